"""Routers, what they have to send to others, and the secrets that they share."""

from __future__ import annotations

from peewee import BigAutoField, DoubleField, IntegerField, TextField

from fsrouter.store.tables.row import Row


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
