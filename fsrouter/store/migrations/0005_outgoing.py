"""What is to be sent to others, and may be sent later, waits in the database."""

from __future__ import annotations

from typing import Any

import peewee

TEXTS = ("kind", "company", "target", "subject", "key", "body")
INDEXES = (
    'CREATE UNIQUE INDEX "outgoingrow_kind_company_target_key" ON "outgoing" ("kind", "company", "target", "key")',
    'CREATE INDEX "outgoingrow_kind_done" ON "outgoing" ("kind", "done")',
    'CREATE INDEX "outgoing_waiting" ON "outgoing" ("kind", "company", "target", "subject", "id") '
    'WHERE ("done" IS NULL)',
)


def up(migrator: Any, db: Any) -> None:
    """Make the table and its indexes."""
    sqlite = isinstance(migrator.database, peewee.SqliteDatabase)
    key, real = ("INTEGER", "REAL") if sqlite else ("BIGSERIAL", "DOUBLE PRECISION")
    columns = [f'"id" {key} NOT NULL PRIMARY KEY', *(f'"{name}" TEXT NOT NULL' for name in TEXTS)]
    columns += [f'"at" {real} NOT NULL', f'"next" {real} NOT NULL', '"tries" INTEGER NOT NULL']
    columns += ['"error" TEXT NOT NULL', '"node" TEXT NOT NULL', f'"done" {real}']
    db.execute_sql(f'CREATE TABLE "outgoing" ({", ".join(columns)})')
    for index in INDEXES:
        db.execute_sql(index)
