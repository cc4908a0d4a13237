"""The access tokens of CRMs are shared by all routers of a database, sealed."""

from __future__ import annotations

from typing import Any

import peewee


def up(migrator: Any, db: Any) -> None:
    """Make the table."""
    real = "REAL" if isinstance(migrator.database, peewee.SqliteDatabase) else "DOUBLE PRECISION"
    columns = ['"name" TEXT NOT NULL PRIMARY KEY', '"sealed" TEXT NOT NULL']
    columns += [f'"{name}" {real} NOT NULL' for name in ("issued", "ends", "rests")]
    columns += ['"lease_by" TEXT NOT NULL', f'"lease_until" {real} NOT NULL']
    db.execute_sql(f'CREATE TABLE "token" ({", ".join(columns)})')
