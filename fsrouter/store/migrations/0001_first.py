"""Definitions with revisions, contacts, the call journal, and what the processes share."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CompositeKey,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    TextField,
)


def up(migrator: Any, db: peewee.Database) -> None:
    _shared(db)
    _definitions(db)
    _contacts(db)
    _journal(db)


def _shared(db: peewee.Database) -> None:
    class MetaRow(peewee.Model):
        key = TextField(primary_key=True)
        value = TextField()

        class Meta:
            database = db
            table_name = "meta"

    class CounterRow(peewee.Model):
        name = TextField(primary_key=True)
        value = BigIntegerField()

        class Meta:
            database = db
            table_name = "counter"

    class TurnRow(peewee.Model):
        company = TextField()
        ring_group = TextField()
        taken = BigIntegerField()

        class Meta:
            database = db
            table_name = "turn"
            primary_key = CompositeKey("company", "ring_group")

    class AgentRow(peewee.Model):
        company = TextField()
        name = TextField()
        state = TextField()
        who = TextField()
        at = DoubleField()

        class Meta:
            database = db
            table_name = "agent_state"
            primary_key = CompositeKey("company", "name")

    class OverrideRow(peewee.Model):
        company = TextField()
        schedule = TextField()
        state = TextField()
        who = TextField()
        at = DoubleField()
        until = DoubleField(null=True)

        class Meta:
            database = db
            table_name = "schedule_override"
            primary_key = CompositeKey("company", "schedule")

    class CommandRow(peewee.Model):
        id = BigAutoField()
        call = TextField()
        verb = TextField()
        argument = TextField()
        who = TextField()
        at = DoubleField()
        done = DoubleField(null=True)
        result = TextField()

        class Meta:
            database = db
            table_name = "command"

    class NodeRow(peewee.Model):
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
            database = db
            table_name = "node"

    # What waits to be done is all that anybody looks for.
    CommandRow.add_index(CommandRow.index(CommandRow.at, where=CommandRow.done.is_null(), name="command_waiting"))
    db.create_tables([MetaRow, CounterRow, TurnRow, AgentRow, OverrideRow, CommandRow, NodeRow])
    MetaRow.insert(key="application", value="fsrouter").execute()
    CounterRow.insert_many([{"name": "revision", "value": 0}, {"name": "states", "value": 0}]).execute()


def _definitions(db: peewee.Database) -> None:
    class RevisionRow(peewee.Model):
        id = BigIntegerField(primary_key=True)
        company = TextField()
        at = DoubleField()
        who = TextField()
        message = TextField()
        added = IntegerField()
        changed = IntegerField()
        removed = IntegerField()

        class Meta:
            database = db
            table_name = "revision"
            indexes = ((("company", "id"), False),)

    class DefinitionRow(peewee.Model):
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
            database = db
            table_name = "definition"
            indexes = ((("company", "since"), False), (("company", "until"), False))

    row = DefinitionRow
    in_force = row.until.is_null()
    row.add_index(row.index(row.company, row.section, row.name, unique=True, where=in_force, name="definition_name"))
    row.add_index(
        row.index(row.company, row.section, row.parent, row.position, where=in_force, name="definition_position")
    )
    # A number that is dialled belongs to one company.
    dialled = in_force & (row.section == "tracking_numbers")
    row.add_index(row.index(row.name, unique=True, where=dialled, name="definition_dialled"))
    db.create_tables([RevisionRow, DefinitionRow])


def _contacts(db: peewee.Database) -> None:
    class SourceRow(peewee.Model):
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
            database = db
            table_name = "contact_source"
            primary_key = CompositeKey("company", "crm")

    class ContactRow(peewee.Model):
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
            database = db
            table_name = "contact"
            indexes = ((("company", "crm", "generation", "kind", "key"), True),)

    class NumberRow(peewee.Model):
        company = TextField()
        number = TextField()
        contact = ForeignKeyField(ContactRow, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "contact_number"
            primary_key = CompositeKey("company", "number", "contact")
            # The key is the whole row: with it as the table itself a look-up is one descent, and a million numbers
            # take half the room.
            without_rowid = isinstance(db, peewee.SqliteDatabase)

    db.create_tables([SourceRow, ContactRow, NumberRow])


def _journal(db: peewee.Database) -> None:
    class CallRow(peewee.Model):
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
            database = db
            table_name = "call"
            indexes = ((("company", "began"), False), (("company", "caller", "began"), False))

    row = CallRow
    row.add_index(row.index(row.company, row.began, where=row.ended.is_null(), name="call_live"))
    # The latest scored call, and the latest that an agent took, without walking past all that were neither.
    row.add_index(row.index(row.company, row.caller, row.began, where=row.score.is_null(False), name="call_scored"))
    row.add_index(row.index(row.company, row.caller, row.began, where=row.agent != "", name="call_with_agent"))
    db.create_tables([CallRow])
