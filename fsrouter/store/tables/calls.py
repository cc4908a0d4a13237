"""Calls, and what operators want done to them."""

from __future__ import annotations

from peewee import SQL, BigAutoField, BigIntegerField, BooleanField, DoubleField, IntegerField, TextField

from fsrouter.store.tables.row import Row


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
    # A router of the version before knows nothing of these, and may still write while this one runs.
    walks = TextField(constraints=[SQL("DEFAULT '[]'")])
    price = TextField(constraints=[SQL("DEFAULT ''")])
    currency = TextField(constraints=[SQL("DEFAULT ''")])
    cost = TextField(constraints=[SQL("DEFAULT ''")])
    priced_since = DoubleField(null=True)

    class Meta:
        indexes = ((("company", "began"), False), (("company", "caller", "began"), False))


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
