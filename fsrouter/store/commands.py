"""Operators' commands to live calls: written by whoever has a terminal, read by the router that has the call."""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct

from fsrouter.errors import UsageError
from fsrouter.store import limits
from fsrouter.store.database import Database
from fsrouter.store.tables import CallRow, CommandRow

VERBS = ("hangup", "transfer", "tag")
#: Seconds after which a command that nobody carried out is void: a call is not hung up by an order of an hour ago.
FRESH = 60.0


class Command(Struct, frozen=True, kw_only=True):
    """A command: what (one of VERBS) is to be done with a call, by whose order, when (epoch), and what came of
    it. `done` is None until something did.
    """

    id: int
    call: str
    verb: str
    argument: str
    who: str
    at: float
    done: float | None = None
    result: str = ""


class Commands:
    """The commands to all calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, call_uuid: str, verb: str, argument: str, who: str) -> int:
        """Order something for a call. Returns the command's id. Raises UsageError for an unknown verb."""
        if verb not in VERBS:
            raise UsageError(f"{limits.short(verb, 60)!r} is no command to a call; it is one of {', '.join(VERBS)}")
        query = CommandRow.insert(
            call=limits.short(call_uuid, limits.NAME),
            verb=verb,
            argument=limits.short(argument),
            who=limits.short(who, limits.NAME),
            at=time.time(),
            result="",
        )
        with self._database.writing() as db:
            return int(query.execute(db))

    def pending(self, node: str, now: float | None = None) -> list[Command]:
        """The commands to live calls of a router that are not done and still fresh, the oldest first."""
        now = time.time() if now is None else now
        theirs = CallRow.select(CallRow.uuid).where((CallRow.router == node) & CallRow.ended.is_null())
        waiting = CommandRow.done.is_null() & (CommandRow.at > now - FRESH) & (CommandRow.call << theirs)
        query: Any = CommandRow.select().where(waiting).order_by(CommandRow.id).dicts()
        with self._database.reading() as db:
            return [Command(**row) for row in query.execute(db)]

    def done(self, id: int, result: str) -> bool:
        """Say what came of a command. Returns False when somebody has said so before."""
        values = {"done": time.time(), "result": limits.short(result)}
        with self._database.writing() as db:
            waiting = (CommandRow.id == id) & CommandRow.done.is_null()
            return bool(CommandRow.update(**values).where(waiting).execute(db))

    def get(self, id: int) -> Command | None:
        """A command by its id."""
        query: Any = CommandRow.select().where(CommandRow.id == id).dicts()
        with self._database.reading() as db:
            return next((Command(**row) for row in query.execute(db)), None)
