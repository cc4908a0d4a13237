"""What lasts from one call to the next: turns, breaks, overrides of schedules, visitors."""

from __future__ import annotations

from peewee import BigIntegerField, CompositeKey, DoubleField, TextField

from fsrouter.store.tables.row import CompanyRow


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


class ListEntryRow(CompanyRow):
    """What stands on a list of a rule book: a number, the beginning of numbers, or a contact. Found by all that stands
    for a caller; read list by list.
    """

    list = TextField()
    kind = TextField()
    value = TextField()
    who = TextField()
    why = TextField()
    at = DoubleField()
    until = DoubleField(null=True)

    class Meta:
        table_name = "list_entry"
        primary_key = CompositeKey("company", "value", "kind", "list")
        indexes = ((("company", "list", "value", "kind"), True),)
