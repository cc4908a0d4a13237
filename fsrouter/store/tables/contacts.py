"""The cache of CRMs' contacts, by whom it is filled, and the numbers by which a contact is found."""

from __future__ import annotations

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CompositeKey,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from fsrouter.store.tables.row import CompanyRow, Row


class SourceRow(CompanyRow):
    """A CRM's cache: which generation of its contacts is in force, which is being staged, and by whom."""

    crm = TextField()
    generation = BigIntegerField()
    staging = BigIntegerField()
    cursor = TextField()
    mark = TextField()
    synced = DoubleField()
    lease_by = TextField()
    lease_until = DoubleField()

    class Meta:
        table_name = "contact_source"
        primary_key = CompositeKey("company", "crm")


class SyncRow(CompanyRow):
    """A sync of a CRM's cache that somebody has asked for, which router does it, and what came of the last one."""

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
        table_name = "sync_request"
        primary_key = CompositeKey("company", "crm")


class ContactRow(Row):
    """A contact of a CRM, or (kind `account`) a company with numbers of its own."""

    id = BigAutoField()
    company = TextField()
    crm = TextField()
    generation = BigIntegerField()
    kind = TextField()
    key = TextField()
    name = TextField()
    title = TextField()
    account = TextField()
    account_id = TextField()
    territory = TextField()
    owner = TextField()
    fields = TextField()
    synced = DoubleField()
    # The name as names are compared. A router of the version before knows nothing of it, and may still write.
    called = TextField(constraints=[SQL("DEFAULT ''")])

    class Meta:
        indexes = (
            (("company", "crm", "generation", "kind", "key"), True),
            (("company", "crm", "generation", "called"), False),
        )


class NumberRow(CompanyRow):
    """A number by which a contact can be found, E.164."""

    number = TextField()
    contact = ForeignKeyField(ContactRow, on_delete="CASCADE")

    class Meta:
        table_name = "contact_number"
        primary_key = CompositeKey("company", "number", "contact")
