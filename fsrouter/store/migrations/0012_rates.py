"""Calls have what a minute with who answered costs, and what they have cost."""

from __future__ import annotations

from typing import Any

import peewee


def up(migrator: Any, db: Any) -> None:
    """Add the columns; of the calls of before nothing of it is known."""
    real = "REAL" if isinstance(migrator.database, peewee.SqliteDatabase) else "DOUBLE PRECISION"
    columns = [f"\"{name}\" TEXT NOT NULL DEFAULT ''" for name in ("price", "currency", "cost")]
    for column in (*columns, f'"priced_since" {real}'):
        db.execute_sql(f'ALTER TABLE "call" ADD COLUMN {column}')
