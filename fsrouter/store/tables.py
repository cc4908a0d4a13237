"""The tables, as Peewee models that belong to no database: every query names the one that it runs on.

So one process can hold several stores (tests, `demo`), and no thread depends on a global. A new database is made of
them; one that is older is brought to what they say by the migrations (a test holds the two together).
"""

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
    Model,
    TextField,
)


def _table(row: type[Model]) -> str:
    return row.__name__.removesuffix("Row").lower()


class Row(Model):
    """A row of a table that is named as its class, `RevisionRow` of `revision`, unless it says otherwise."""

    class Meta:
        table_function = _table


class CompanyRow(Row):
    """A row of one company's."""

    company = TextField()


class MetaRow(Row):
    """What the database says of itself: `application` is `fsrouter`."""

    key = TextField(primary_key=True)
    value = TextField()


class CounterRow(Row):
    """A number that only grows (`counters`)."""

    name = TextField(primary_key=True)
    value = BigIntegerField()


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


class CallRow(Row):
    """A call, live (`ended` is NULL) or over."""

    uuid = TextField(primary_key=True)
    company = TextField()
    number = TextField()
    caller = TextField()
    caller_name = TextField()
    contact = TextField()
    contact_name = TextField()
    source = TextField()
    began = DoubleField(index=True)
    answered = DoubleField(null=True)
    ended = DoubleField(null=True)
    where = TextField(column_name="doing")
    destination = TextField()
    agent = TextField()
    outcome = TextField()
    cause = TextField()
    tags = TextField()
    record = BooleanField()
    recording = TextField()
    revision = BigIntegerField()
    router = TextField()
    score = IntegerField(null=True)
    turn = IntegerField()
    facts = TextField()
    trace = TextField()
    attempts = TextField()
    # A router of the version before knows nothing of it, and may still write while this one runs.
    walks = TextField(constraints=[SQL("DEFAULT '[]'")])

    class Meta:
        indexes = ((("company", "began"), False), (("company", "caller", "began"), False))


class TurnRow(CompanyRow):
    """How many calls took a turn in a group."""

    ring_group = TextField()
    taken = BigIntegerField()

    class Meta:
        primary_key = CompositeKey("company", "ring_group")


class AgentRow(CompanyRow):
    """An agent who is, or was, on break."""

    name = TextField()
    state = TextField()
    who = TextField()
    at = DoubleField()

    class Meta:
        table_name = "agent_state"
        primary_key = CompositeKey("company", "name")


class OverrideRow(CompanyRow):
    """A schedule that somebody holds open or closed."""

    schedule = TextField()
    state = TextField()
    who = TextField()
    at = DoubleField()
    until = DoubleField(null=True)

    class Meta:
        table_name = "schedule_override"
        primary_key = CompositeKey("company", "schedule")


class VisitRow(CompanyRow):
    """A number of a pool, the visitor to whom it was shown last, and what is known of their visit."""

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
        primary_key = CompositeKey("company", "number")


class CommandRow(Row):
    """What an operator wants done to a live call."""

    id = BigAutoField()
    call = TextField()
    verb = TextField()
    argument = TextField()
    who = TextField()
    at = DoubleField()
    done = DoubleField(null=True)
    result = TextField()


class OutgoingRow(Row):
    """What is to be sent to others (`store.outgoing`); `done` is NULL until it is sent or given up."""

    id = BigAutoField()
    kind = TextField()
    company = TextField()
    target = TextField()
    subject = TextField()
    key = TextField()
    body = TextField()
    at = DoubleField()
    next = DoubleField()
    tries = IntegerField()
    error = TextField()
    node = TextField()
    done = DoubleField(null=True)

    class Meta:
        indexes = ((("kind", "company", "target", "key"), True), (("kind", "done"), False))


class NodeRow(Row):
    """A router, and when it was last heard of."""

    name = TextField(primary_key=True)
    host = TextField()
    pid = IntegerField()
    version = TextField()
    address = TextField()
    started = DoubleField()
    beat = DoubleField()
    state = TextField()
    calls = IntegerField()
    detail = TextField()


class TokenRow(Row):
    """An access token that a CRM gave, sealed (`store.tokens`), and who asks for one now."""

    name = TextField(primary_key=True)
    sealed = TextField()
    issued = DoubleField()
    ends = DoubleField()
    rests = DoubleField()
    lease_by = TextField()
    lease_until = DoubleField()


class SecretRow(Row):
    """Of a secret (`store.secrets`) and the one before, what they are known by; the secret itself only sealed."""

    name = TextField(primary_key=True)
    current = TextField()
    previous = TextField(null=True)
    until = DoubleField()
    sealed = TextField()


TABLES: tuple[type[Row], ...] = (
    MetaRow, CounterRow, RevisionRow, DefinitionRow, SourceRow, SyncRow, ContactRow, NumberRow,
    CallRow, TurnRow, AgentRow, OverrideRow, VisitRow, CommandRow, OutgoingRow, NodeRow, TokenRow,
    SecretRow,
)  # fmt: skip
