"""What operators ask of live calls: hang up, send elsewhere, tag. Each command is done by the router that has the call.

Commands wait in the store, the only thing that processes share. A call's own socket is deaf while somebody is
talking, so they go over the observing connection (docs/wire.md 0.2). A call that is sent to a destination of the
rule book comes back as a new conversation that begins there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import gevent

from fsrouter.engine.model.destinations import destination
from fsrouter.engine.walk.cursor import pack_text
from fsrouter.esl import validation
from fsrouter.esl import variables as names
from fsrouter.esl.inbound import NotConnected
from fsrouter.esl.observer import Observer
from fsrouter.router.call_data import Desk
from fsrouter.router.cdr.writer import Page, Scribe
from fsrouter.settings.model import Settings
from fsrouter.store import Store
from fsrouter.store.commands import Command

_log = logging.getLogger("fsrouter.operators")

#: Seconds between two looks at the commands that wait.
LOOK = 0.25
#: Seconds that a transfer waits for the journal.
SAVE = 0.8

#: What is done to a call on one FreeSWITCH; False when that one does not have it.
CallAction = Callable[[Observer], bool]


class Operators:
    """Carries out the commands that wait for calls of this router."""

    def __init__(
        self, store: Store, desk: Desk, scribe: Scribe, observers: Sequence[Observer], settings: Settings
    ) -> None:
        self._store = store
        self._desk = desk
        self._scribe = scribe
        self._observers = observers
        self._settings = settings
        self._looking: gevent.Greenlet | None = None
        self._verbs: dict[str, Callable[[Page, str], CallAction]] = {
            "hangup": self._hang_up,
            "transfer": self._transfer,
        }

    def start(self) -> None:
        """Begin to look for commands."""
        self._looking = gevent.spawn(self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._looking:
            self._looking.kill()

    def _look(self) -> None:
        while True:
            gevent.sleep(LOOK)
            if not self._scribe.pages:
                continue
            try:
                for command in self._desk.in_store(self._store.commands.pending, self._settings.node, deadline=None):
                    result = self.carry_out(command)
                    self._desk.in_store(self._store.commands.done, command.id, result, deadline=None)
            except Exception as error:
                _log.warning("operators' commands could not be read: %s", error)

    def carry_out(self, command: Command) -> str:
        """Do one command; returns what came of it in words, `done` when it worked. Raises nothing."""
        page = self._scribe.pages.get(command.call)
        if page is None:
            return "this router does not have the call any more"
        try:
            if command.verb == "tag":
                return self._tag(page, command.argument)
            prepare = self._verbs.get(command.verb)
            if prepare is None:
                return f"{command.verb} is not known to this router"
            return self._do(page, command, prepare(page, command.argument))
        except (NotConnected, ValueError) as why:
            return str(why)
        except Exception as error:
            _log.exception("an operator's command failed")
            return f"an error of fsrouter's own: {type(error).__name__}"

    def _do(self, page: Page, command: Command, deed: CallAction) -> str:
        """Do a deed on whichever FreeSWITCH has the call."""
        there = [observer for observer in self._observers if observer.up]
        if not there:
            return "no connection to FreeSWITCH's event socket is up, and nothing else reaches a running call"
        # Noted before: the deed may end the walk that this is a note of.
        page.ordered(f"{command.verb} {command.argument}".strip(), command.who)
        if command.verb == "transfer":
            self._tell_others()
        return "done" if any(deed(observer) for observer in there) else "FreeSWITCH has no such call"

    def _tell_others(self) -> None:
        """Have the journal know the call before it may go to another router, which tells its story on."""
        self._scribe.flush()
        try:
            self._desk.in_store(self._scribe.save, SAVE)
        except Exception as error:
            _log.warning("a call is transferred whose story so far is not in the journal yet: %s", error)

    # What is to be done, checked; the deed itself is False where there is no such call

    def _hang_up(self, page: Page, argument: str) -> CallAction:
        uuid, cause = page.record.uuid, validation.cause(argument or "NORMAL_CLEARING")
        return lambda observer: observer.kill(uuid, cause)

    def _transfer(self, page: Page, argument: str) -> CallAction:
        book = self._desk.snapshot.books[page.record.company]
        target, uuid = destination(argument, book.context), page.record.uuid
        if target.kind == "extension":
            return lambda observer: observer.transfer(uuid, target.name, self._settings.context)
        if book.definition(target) is None and target.kind not in ("phone", "hangup"):
            raise ValueError(f"{target} does not exist in the rule book of {book.company}")
        goto = {names.GOTO: pack_text(str(target), uuid, self._settings.key)}
        entry, context = page.record.number, page.call.channel.get("Caller-Context") or "public"
        return lambda observer: observer.set(uuid, goto) and observer.transfer(uuid, entry, context)

    def _tag(self, page: Page, argument: str) -> str:
        book = self._desk.snapshot.books[page.record.company]
        page.tag(destination(f"tag:{argument}", book.context).name)
        return "done"
