"""Syncs that somebody has asked for."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BooleanField, CompositeKey, DoubleField, IntegerField, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    class SyncRow(peewee.Model):
        company = TextField()
        crm = TextField()
        who = TextField()
        at = DoubleField()
        node = TextField()
        seen = DoubleField()
        contacts = IntegerField()
        total = IntegerField(null=True)
        done = DoubleField(null=True)
        failed = BooleanField()
        result = TextField()

        class Meta:
            database = db
            table_name = "sync_request"
            primary_key = CompositeKey("company", "crm")

    db.create_tables([SyncRow])
