"""Lists of callers have entries: numbers, beginnings of numbers and contacts."""

from __future__ import annotations

from typing import Any

import peewee


def up(migrator: Any, db: Any) -> None:
    """Make the table and its index."""
    sqlite = isinstance(migrator.database, peewee.SqliteDatabase)
    real, option = ("REAL", " WITHOUT ROWID") if sqlite else ("DOUBLE PRECISION", "")
    columns = [f'"{name}" TEXT NOT NULL' for name in ("company", "list", "kind", "value", "who", "why")]
    columns += [f'"at" {real} NOT NULL', f'"until" {real}', 'PRIMARY KEY ("company", "value", "kind", "list")']
    db.execute_sql(f'CREATE TABLE "list_entry" ({", ".join(columns)}){option}')
    db.execute_sql(
        'CREATE UNIQUE INDEX "listentryrow_company_list_value_kind" ON "list_entry" '
        '("company", "list", "value", "kind")'
    )
