"""A row of a table, as a Peewee model."""

from __future__ import annotations

from peewee import Model, TextField


def _table(row: type[Model]) -> str:
    return row.__name__.removesuffix("Row").lower()


class Row(Model):
    """A row of a table that is named as its class, `RevisionRow` of `revision`, unless it says otherwise."""

    class Meta:
        table_function = _table


class CompanyRow(Row):
    """A row of one company's."""

    company = TextField()
