"""What the database has of itself: what it is, and numbers that only grow."""

from __future__ import annotations

from peewee import BigIntegerField, TextField

from fsrouter.store.tables.row import Row


class MetaRow(Row):
    """What the database says of itself: `application` is `fsrouter`."""

    key = TextField(primary_key=True)
    value = TextField()


class CounterRow(Row):
    """A number that only grows (`counters`)."""

    name = TextField(primary_key=True)
    value = BigIntegerField()
