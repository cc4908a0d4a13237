"""Companies' rule books: every revision of each."""

from __future__ import annotations

from peewee import BigAutoField, BigIntegerField, DoubleField, IntegerField, TextField

from fsrouter.store.tables.row import CompanyRow, Row


class RevisionRow(Row):
    """One accepted change of one company's rule book."""

    id = BigIntegerField(primary_key=True)
    company = TextField()
    at = DoubleField()
    who = TextField()
    message = TextField()
    added = IntegerField()
    changed = IntegerField()
    removed = IntegerField()

    class Meta:
        indexes = ((("company", "id"), False),)


class DefinitionRow(Row):
    """One definition over a range of revisions: in force from `since` until before `until`, NULL while it is."""

    id = BigAutoField()
    company = TextField()
    section = TextField()
    parent = TextField()
    name = TextField()
    position = DoubleField()
    body = TextField()
    since = BigIntegerField()
    until = BigIntegerField(null=True)

    class Meta:
        indexes = ((("company", "since"), False), (("company", "until"), False))


class FormerNameRow(CompanyRow):
    """A name that a company has had, and the one that it has."""

    former = TextField(primary_key=True)

    class Meta:
        table_name = "former_name"
