"""Operators' commands to live calls: written by whoever has a terminal, read by the router that has the call.

Orders to live calls: written down for the router that has the call, and waited for.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fsrouter.engine.model.destinations import SECTION_OF, destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import did_you_mean
from fsrouter.errors import RulesError, Unreachable, UsageError
from fsrouter.store import limits
from fsrouter.store.database import Database
from fsrouter.store.tables import CallRow, CommandRow

if TYPE_CHECKING:
    from fsrouter.store import Store

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
            raise UsageError(f"{limits.truncate(verb, 60)!r} is no command to a call; it is one of {', '.join(VERBS)}")
        query = CommandRow.insert(
            call=limits.truncate(call_uuid, limits.NAME),
            verb=verb,
            argument=limits.truncate(argument),
            who=limits.truncate(who, limits.NAME),
            at=self._database.clock(),
            result="",
        )
        with self._database.writing() as db:
            return int(query.execute(db))

    def pending(self, node: str, now: float | None = None) -> list[Command]:
        """The commands to live calls of a router that are not done and still fresh, the oldest first."""
        now = self._database.clock() if now is None else now
        theirs = CallRow.select(CallRow.uuid).where((CallRow.router == node) & CallRow.ended.is_null())
        waiting = CommandRow.done.is_null() & (CommandRow.at > now - FRESH) & (CommandRow.call << theirs)
        query: Any = CommandRow.select().where(waiting).order_by(CommandRow.id).dicts()
        with self._database.reading() as db:
            return [Command(**row) for row in query.execute(db)]

    def done(self, id: int, result: str) -> bool:
        """Say what came of a command. Returns False when somebody has said so before."""
        values = {"done": self._database.clock(), "result": limits.truncate(result)}
        with self._database.writing() as db:
            waiting = (CommandRow.id == id) & CommandRow.done.is_null()
            return bool(CommandRow.update(**values).where(waiting).execute(db))

    def get(self, id: int) -> Command | None:
        """A command by its id."""
        query: Any = CommandRow.select().where(CommandRow.id == id).dicts()
        with self._database.reading() as db:
            return next((Command(**row) for row in query.execute(db)), None)


#: Seconds that a router may take, and between two looks at whether it has done it.
PATIENCE = 10.0
LOOK = 0.1
#: Looks after which it is seen whether the call is over: then nobody has it who could do anything.
SECOND = 10
DONE = "done"


def order(store: Store, uuid: str, verb: str, argument: str, who: str, stopping: threading.Event) -> str:
    """Have something done with a live call, and wait until it is. Returns what was done, in words.

    Raises RulesError when it cannot be done, Unreachable when no router does it; then it is withdrawn.
    """
    commands, looks, over = store.commands, 0, 0
    given = commands.add(uuid, verb, argument, who)
    deadline = time.monotonic() + PATIENCE
    while over < 2 and time.monotonic() < deadline and not stopping.wait(LOOK):
        command = commands.get(given)
        if command is not None and command.done is not None:
            if command.result != DONE:
                raise RulesError(f"{verb}: {command.result}")
            return f"{verb} {argument}: done".replace(" :", ":")
        looks += 1
        if looks % SECOND == 0:
            # Twice, since a call that was just transferred is over a moment before the router says that it did it.
            over = over + 1 if _is_over(store, uuid) else 0
    if over == 2 and commands.done(given, "the call is over"):
        raise RulesError(f"{verb}: the call is over already")
    if commands.done(given, "withdrawn"):
        raise Unreachable(f"no router did it within {PATIENCE:g} s, so the order was withdrawn; see the routers (8)")
    return f"{verb}: done"


def _is_over(store: Store, uuid: str) -> bool:
    call = store.journal.get(uuid)
    return call is not None and call.ended is not None


def targets(book: RuleBook) -> list[tuple[str, str]]:
    """Every destination of a rule book that a call can be sent to, and what people call it."""
    found = [
        (f"{kind}:{name}", getattr(value, "title", "") or getattr(value, "label", ""))
        for kind, section in SECTION_OF.items()
        for name, value in book.section(section).items()
    ]
    return [*found, ("phone:+", "any number"), ("extension:", "of the dialplan"), ("hangup", "end the call")]


def flaw(book: RuleBook, text: str) -> str:
    """What is wrong with a destination that somebody types; "" when a call can be sent there."""
    try:
        wanted = destination(text, book.context)
    except ValueError as error:
        return f"{text!r} {error}"
    section = SECTION_OF.get(wanted.kind)
    if section and not wanted.is_dynamic and wanted.name not in book.section(section):
        return f"{wanted} does not exist{did_you_mean(wanted.name, book.section(section))}"
    return ""
