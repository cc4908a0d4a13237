"""Operators' commands to live calls: hang up, send elsewhere, tag. Each is carried out by the router that has the call.

Commands wait in the store, the only thing that processes share. A call's own socket is deaf while somebody is
talking, so they go over the observing connection (docs/wire.md 0.2). A call that is sent to a destination of the
rule book comes back as a new conversation that begins there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from fsrouter.engine.model.destinations import destination
from fsrouter.engine.walk.cursor import pack_text
from fsrouter.esl import validation
from fsrouter.esl import variables as names
from fsrouter.esl.inbound import NotConnected
from fsrouter.esl.observer import Observer
from fsrouter.router.cdr.live_call import LiveCall
from fsrouter.router.cdr.writer import CdrWriter
from fsrouter.router.rulebooks import RuleBooks
from fsrouter.router.store_threads import StoreThreads
from fsrouter.settings.model import Settings
from fsrouter.store import Store
from fsrouter.store.commands import Command

_log = logging.getLogger("fsrouter.router")

#: Seconds between two looks at the commands that wait.
LOOK = 0.25
#: Seconds that a transfer waits for the journal.
SAVE = 0.8

#: What is done to a call on one FreeSWITCH; False when that one does not have it.
CallAction = Callable[[Observer], bool]


class OperatorCommands:
    """Carries out the commands that wait for calls of this router."""

    def __init__(
        self,
        store: Store,
        threads: StoreThreads,
        rulebooks: RuleBooks,
        cdr: CdrWriter,
        observers: Sequence[Observer],
        settings: Settings,
    ) -> None:
        self._store = store
        self._threads = threads
        self._rulebooks = rulebooks
        self._cdr = cdr
        self._observers = observers
        self._settings = settings
        self._verbs: dict[str, Callable[[LiveCall, str], CallAction]] = {
            "hangup": self._hang_up,
            "transfer": self._transfer,
        }

    def look(self) -> None:
        """Carry out the commands that wait. Raises StoreUnreachable."""
        if not self._cdr.live:
            return
        for command in self._threads.for_router(self._store.commands.pending, self._settings.node):
            result = self.carry_out(command)
            self._threads.for_router(self._store.commands.done, command.id, result)

    def carry_out(self, command: Command) -> str:
        """Carry out one command; returns what came of it in words, `done` when it worked. Raises nothing."""
        live = self._cdr.live.get(command.call)
        if live is None:
            return "this router does not have the call any more"
        try:
            if command.verb == "tag":
                return self._tag(live, command.argument)
            prepare = self._verbs.get(command.verb)
            if prepare is None:
                return f"{command.verb} is not known to this router"
            return self._do(live, command, prepare(live, command.argument))
        except (NotConnected, ValueError) as why:
            return str(why)
        except Exception as error:
            _log.exception("an operator's command to call %s of %s failed", command.call, live.record.company)
            return f"an error of fsrouter's own: {type(error).__name__}"

    def _do(self, live: LiveCall, command: Command, action: CallAction) -> str:
        """Do something on whichever FreeSWITCH has the call."""
        there = [observer for observer in self._observers if observer.up]
        if not there:
            return "no connection to FreeSWITCH's event socket is up, and nothing else reaches a running call"
        # Noted before: what is done may end the walk that this is a note of.
        live.commanded(f"{command.verb} {command.argument}".strip(), command.who)
        if command.verb == "transfer":
            self._save(live)
        return "done" if any(action(observer) for observer in there) else "FreeSWITCH has no such call"

    def _save(self, live: LiveCall) -> None:
        """Have the journal know the call before it may go to another router, which continues its record."""
        self._cdr.flush()
        try:
            self._threads.for_call(self._cdr.save, SAVE)
        except Exception as error:
            uuid, company = live.record.uuid, live.record.company
            _log.warning("call %s of %s is transferred before the journal has its record: %s", uuid, company, error)

    # What is to be done, checked

    def _hang_up(self, live: LiveCall, argument: str) -> CallAction:
        uuid, cause = live.record.uuid, validation.cause(argument or "NORMAL_CLEARING")
        return lambda observer: observer.kill(uuid, cause)

    def _transfer(self, live: LiveCall, argument: str) -> CallAction:
        book = self._rulebooks.snapshot.books[live.record.company]
        target, uuid = destination(argument, book.context), live.record.uuid
        if target.kind == "extension":
            return lambda observer: observer.transfer(uuid, target.name, self._settings.context)
        if book.definition(target) is None and target.kind not in ("phone", "hangup"):
            raise ValueError(f"{target} does not exist in the rule book of {book.company}")
        goto = {names.GOTO: pack_text(str(target), uuid, self._settings.key)}
        entry, context = live.record.number, live.call.channel.get("Caller-Context") or "public"
        return lambda observer: observer.set(uuid, goto) and observer.transfer(uuid, entry, context)

    def _tag(self, live: LiveCall, argument: str) -> str:
        book = self._rulebooks.snapshot.books[live.record.company]
        live.tag(destination(f"tag:{argument}", book.context).name)
        return "done"
