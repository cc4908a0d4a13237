"""Operators' commands to live calls: written by whoever has a terminal, carried out by the router that has the call."""

from __future__ import annotations

from msgspec import Struct

from fsrouter.errors import RulesError, Unreachable, UsageError
from fsrouter.runtime import Event
from fsrouter.store import limits
from fsrouter.store.database import Database
from fsrouter.store.tables.calls import CallRow, CommandRow

VERBS = ("hangup", "transfer", "tag")
#: Seconds after which a command that nobody carried out is void: a call is not hung up by a command of an hour ago.
FRESH = 60.0
#: Looks after which it is seen whether the call is over: then nobody has it who could do anything.
LOOKS = 10
#: The result of a command that was carried out.
DONE = "done"


class Command(Struct, frozen=True, kw_only=True):
    """A command: what (one of VERBS) is to be done with a call, by whose command, when (epoch), and what came of
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


class Patience(Struct, frozen=True):
    """How many seconds a router may take to carry out a command, and how many pass between two looks at whether it
    has.
    """

    limit: float = 10.0
    look: float = 0.1


class Commands:
    """The commands to all calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, call_uuid: str, verb: str, argument: str, who: str) -> int:
        """Command something for a call. Returns the command's id. Raises UsageError for an unknown verb."""
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
        return int(self._database.write(query))

    def pending(self, node: str, now: float | None = None) -> list[Command]:
        """The commands to live calls of a router that are not done and still fresh, the oldest first."""
        now = self._database.clock() if now is None else now
        theirs = CallRow.select(CallRow.uuid).where((CallRow.router == node) & CallRow.ended.is_null())
        waiting = CommandRow.done.is_null() & (CommandRow.at > now - FRESH) & (CommandRow.call << theirs)
        return self._database.select(Command, CommandRow.select().where(waiting).order_by(CommandRow.id))

    def done(self, id: int, result: str) -> bool:
        """Write down what came of a command. Returns False when somebody has done so before."""
        values = {"done": self._database.clock(), "result": limits.truncate(result, limits.LONG)}
        waiting = (CommandRow.id == id) & CommandRow.done.is_null()
        return bool(self._database.write(CommandRow.update(**values).where(waiting)))

    def get(self, id: int) -> Command | None:
        """A command by its id."""
        return next(iter(self._database.select(Command, CommandRow.select().where(CommandRow.id == id))), None)

    def run(
        self,
        call_uuid: str,
        verb: str,
        argument: str,
        who: str,
        stopping: Event,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
    ) -> Command:
        """Have something done with a live call, and wait until it is or `stopping` is set. Returns the command with its
        result, which is DONE or why it could not be done.

        Raises RulesError when the call is over, Unreachable when no router does it; then it is withdrawn.
        """
        given, looks, over = self.add(call_uuid, verb, argument, who), 0, 0
        try:
            while over < 2 and looks * patience.look < patience.limit and not stopping.wait(patience.look):
                looks += 1
                command = self.get(given)
                if command is not None and command.done is not None:
                    return command
                if looks % LOOKS == 0:
                    # Twice: a call that was just transferred is over a moment before the router says that it did it.
                    over = over + 1 if self._is_over(call_uuid) else 0
        finally:
            withdrawn = self.done(given, "the call is over" if over == 2 else "withdrawn")
        command = self.get(given)
        if command is not None and not withdrawn:
            return command
        if over == 2:
            raise RulesError(f"{verb}: the call is over already")
        raise Unreachable(
            f"no router did it within {patience.limit:g} s, so it was withdrawn; see whether `fsrouter serve` runs"
        )

    def _is_over(self, call_uuid: str) -> bool:
        query = CallRow.select(CallRow.uuid).where((CallRow.uuid == call_uuid) & CallRow.ended.is_null(False))
        with self._database.reading() as db:
            return bool(query.exists(db))
