"""The tables, as Peewee models that belong to no database: every query names the one that it runs on.

So one process can hold several stores (tests, `demo`), and no thread depends on a global. A new database is made of
them; one that is older is brought to what they say by the migrations (a test holds the two together).
"""

from __future__ import annotations

from peewee import (
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


class MetaRow(Model):
    """What the database says of itself: `application` is `fsrouter`."""

    key = TextField(primary_key=True)
    value = TextField()

    class Meta:
        table_name = "meta"


class CounterRow(Model):
    """A number that only grows (`counters`)."""

    name = TextField(primary_key=True)
    value = BigIntegerField()

    class Meta:
        table_name = "counter"


class RevisionRow(Model):
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
        table_name = "revision"
        indexes = ((("company", "id"), False),)


class DefinitionRow(Model):
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
        table_name = "definition"
        indexes = ((("company", "since"), False), (("company", "until"), False))


class SourceRow(Model):
    """A CRM's cache: which generation of its contacts is in force, which is being staged, and by whom."""

    company = TextField()
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


class SyncRow(Model):
    """A sync of a CRM's cache that somebody has asked for, which router does it, and what came of the last one."""

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
        table_name = "sync_request"
        primary_key = CompositeKey("company", "crm")


class ContactRow(Model):
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

    class Meta:
        table_name = "contact"
        indexes = ((("company", "crm", "generation", "kind", "key"), True),)


class NumberRow(Model):
    """A number by which a contact can be found, E.164."""

    company = TextField()
    number = TextField()
    contact = ForeignKeyField(ContactRow, on_delete="CASCADE")

    class Meta:
        table_name = "contact_number"
        primary_key = CompositeKey("company", "number", "contact")


class CallRow(Model):
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

    class Meta:
        table_name = "call"
        indexes = ((("company", "began"), False), (("company", "caller", "began"), False))


class TurnRow(Model):
    """How many calls took a turn in a group."""

    company = TextField()
    ring_group = TextField()
    taken = BigIntegerField()

    class Meta:
        table_name = "turn"
        primary_key = CompositeKey("company", "ring_group")


class AgentRow(Model):
    """An agent who is, or was, on break."""

    company = TextField()
    name = TextField()
    state = TextField()
    who = TextField()
    at = DoubleField()

    class Meta:
        table_name = "agent_state"
        primary_key = CompositeKey("company", "name")


class OverrideRow(Model):
    """A schedule that somebody holds open or closed."""

    company = TextField()
    schedule = TextField()
    state = TextField()
    who = TextField()
    at = DoubleField()
    until = DoubleField(null=True)

    class Meta:
        table_name = "schedule_override"
        primary_key = CompositeKey("company", "schedule")


class VisitRow(Model):
    """A number of a pool, the visitor to whom it was shown last, and what is known of their visit."""

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
        table_name = "visit"
        primary_key = CompositeKey("company", "number")


class CommandRow(Model):
    """What an operator wants done to a live call."""

    id = BigAutoField()
    call = TextField()
    verb = TextField()
    argument = TextField()
    who = TextField()
    at = DoubleField()
    done = DoubleField(null=True)
    result = TextField()

    class Meta:
        table_name = "command"


class NodeRow(Model):
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

    class Meta:
        table_name = "node"


TABLES: tuple[type[Model], ...] = (
    MetaRow,
    CounterRow,
    RevisionRow,
    DefinitionRow,
    SourceRow,
    SyncRow,
    ContactRow,
    NumberRow,
    CallRow,
    TurnRow,
    AgentRow,
    OverrideRow,
    VisitRow,
    CommandRow,
    NodeRow,
)
