"""FreeSWITCH shows a secret to the router. Until one has been made, a database of before asks for none."""

from __future__ import annotations

from typing import Any

import peewee


def up(migrator: Any, db: Any) -> None:
    """Make the table, and a row that is content with nothing."""
    real = "REAL" if isinstance(migrator.database, peewee.SqliteDatabase) else "DOUBLE PRECISION"
    columns = ['"name" TEXT NOT NULL PRIMARY KEY', '"current" TEXT NOT NULL', '"previous" TEXT']
    columns += [f'"until" {real} NOT NULL', '"sealed" TEXT NOT NULL']
    db.execute_sql(f'CREATE TABLE "secret" ({", ".join(columns)})')
    db.execute_sql("INSERT INTO \"secret\" VALUES ('socket', '', NULL, 0, '')")
