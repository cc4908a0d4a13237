"""Which visitor was shown which number of a pool."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, DoubleField, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    class CounterRow(peewee.Model):
        name = TextField(primary_key=True)
        value = BigIntegerField()

        class Meta:
            database = db
            table_name = "counter"

    class VisitRow(peewee.Model):
        company = TextField()
        number = TextField()
        session = TextField()
        source = TextField()
        keyword = TextField()
        active_page = TextField()
        landing = TextField()
        campaign = TextField()
        referrer = TextField()
        began = DoubleField()
        seen = DoubleField()

        class Meta:
            database = db
            table_name = "visit"
            primary_key = CompositeKey("company", "number")

    db.create_tables([VisitRow])
    CounterRow.insert(name="visits", value=0).execute()
