"""Operators' commands to live calls: hang up, send elsewhere, tag. Each is carried out by the router that has the call.

Commands wait in the store, the only thing that processes share. A call's own socket is deaf while somebody is
talking, so they go over the observing connection (docs/wire.md 0.2). A call that is sent to a destination of the
rule book comes back as a new conversation that begins there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fsrouter.engine.model.destinations import destination
from fsrouter.engine.model.failsafes import far_ends
from fsrouter.engine.walk.cursor import pack
from fsrouter.errors import Refused
from fsrouter.esl import validation
from fsrouter.esl import variables as names
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.caps import Caps
from fsrouter.esl.inbound import NotConnected
from fsrouter.esl.observer import Observer
from fsrouter.log.logger import get_logger
from fsrouter.router.cdr.live_call import LiveCall
from fsrouter.router.cdr.writer import CdrWriter
from fsrouter.router.rulebooks import RuleBooks
from fsrouter.router.store_threads import StoreThreads
from fsrouter.settings.model import Settings
from fsrouter.store.commands import Command

_log = get_logger("fsrouter.router")

#: Seconds that a transfer waits for the journal.
SAVE = 0.8

#: What is done to a call on one FreeSWITCH; False when that one does not have it.
CallAction = Callable[[Observer], bool]


@dataclass(eq=False)
class OperatorCommands:
    """Carries out the commands that wait for calls of this router."""

    threads: StoreThreads
    rulebooks: RuleBooks
    cdr: CdrWriter
    observers: Sequence[Observer]
    settings: Settings
    call_settings: CallSettings
    caps: Caps

    def look(self) -> None:
        """Carry out the commands that wait. Raises StoreUnreachable."""
        if not self.cdr.live:
            return
        commands = self.threads.store.commands
        for command in self.threads.for_router(commands.pending, self.settings.node):
            self.threads.for_router(commands.done, command.id, self.carry_out(command))

    def carry_out(self, command: Command) -> str:
        """Carry out one command; returns what came of it in words, `done` when it worked. Raises nothing."""
        live = self.cdr.live.get(command.call)
        if live is None:
            return "this router does not have the call any more"
        try:
            match command.verb:
                case "tag":
                    return self._tag(live, command.argument)
                case "hangup":
                    return self._do(live, command, self._hang_up(live, command.argument))
                case "transfer":
                    return self._do(live, command, self._transfer(live, command.argument))
            return f"{command.verb} is not known to this router"
        except (NotConnected, ValueError) as why:
            return str(why)
        except Exception as error:
            _log.exception(
                "an operator's command to the call failed",
                uuid=live.record.uuid,
                company=live.record.company,
                verb=command.verb,
            )
            return f"an error of fsrouter's own: {type(error).__name__}"

    def _do(self, live: LiveCall, command: Command, action: CallAction) -> str:
        """Do something on whichever FreeSWITCH has the call."""
        there = [observer for observer in self.observers if observer.up]
        if not there:
            return "no connection to FreeSWITCH's event socket is up, and nothing else reaches a running call"
        # Noted before: what is done may end the walk that this is a note of.
        live.commanded(f"{command.verb} {command.argument}".strip(), command.who)
        if command.verb == "transfer":
            self._save(live)
        return "done" if any(action(observer) for observer in there) else "FreeSWITCH has no such call"

    def _save(self, live: LiveCall) -> None:
        """Have the journal know the call before it may go to another router, which continues its record."""
        self.cdr.flush()
        try:
            self.threads.for_call(self.cdr.save, SAVE)
        except Exception as error:
            _log.warning(
                "the call is transferred before the journal has its record",
                uuid=live.record.uuid, company=live.record.company, error=str(error),
            )  # fmt: skip

    # What is to be done, checked

    def _hang_up(self, live: LiveCall, argument: str) -> CallAction:
        uuid, cause = live.record.uuid, validation.cause(argument or "NORMAL_CLEARING")
        return lambda observer: observer.kill(uuid, cause)

    def _transfer(self, live: LiveCall, argument: str) -> CallAction:
        in_force = self.rulebooks.snapshot.book(live.record.company)
        book = in_force or live.walk.book
        target, uuid = destination(argument, book.context), live.record.uuid
        gate = self.call_settings.gate(book.company, book.header.country)
        if target.kind == "extension":
            extension = gate.extension(target.name)
            return lambda observer: observer.transfer(uuid, extension, self.call_settings.context)
        if in_force is None:
            raise Refused(f"{book.company} has no rule book any more; its calls can be sent to extensions only")
        if book.definition(target) is None and target.kind not in ("phone", "hangup"):
            raise Refused(f"{target} does not exist in the rule book of {book.company}")
        entry, context = live.record.number, live.call.channel.get("Caller-Context") or "public"
        trunk, far_end = book.trunk_of(entry), next(far_ends(book, target), None)
        over = self.caps.problem(book.company) if far_end and far_end.number else ""
        if far_end and (why := gate.problem(trunk, far_end) or over):
            raise Refused(why)  # said now, while the call is where it is: its leg would be skipped later
        goto = {names.GOTO: pack(str(target), uuid, self.settings.key)}
        return lambda observer: observer.set(uuid, goto) and observer.transfer(uuid, entry, context)

    def _tag(self, live: LiveCall, argument: str) -> str:
        live.tag(destination(f"tag:{argument}", live.walk.book.context).name)
        return "done"
