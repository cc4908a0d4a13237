"""What operators ask of live calls: hang up, send elsewhere, tag. Each command is done by the router that has the call.

Commands wait in the store, the only thing that processes share. A call's own socket is deaf while somebody is
talking, so they go over the observing connection (WIRE.md section 0.2). A call that is sent to a destination of the
rule book comes back as a new conversation that begins there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import gevent

from fsrouter.desk import Desk
from fsrouter.engine.cursor import pack_text
from fsrouter.engine.route import Destination, destination
from fsrouter.engine.rulebook import RuleBook
from fsrouter.esl import variables as names
from fsrouter.esl.allowed import Refused
from fsrouter.esl.observer import NotConnected, Observer
from fsrouter.scribe import Page, Scribe
from fsrouter.settings import Settings
from fsrouter.store import Store
from fsrouter.store.commands import Command

_log = logging.getLogger("fsrouter.operators")

#: Seconds between two looks at the commands that wait.
LOOK = 0.25


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
        self._verbs: dict[str, Callable[[Page, str, Observer], str]] = {
            "hangup": self._hang_up,
            "transfer": self._transfer,
            "tag": self._tag,
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
        """Do one command; returns what came of it in words, `done` when it worked."""
        page = self._scribe.pages.get(command.call)
        if page is None:
            return "this router does not have the call any more"
        verb = self._verbs.get(command.verb)
        if verb is None:
            return f"{command.verb} is not known to this router"
        for observer in self._observers:
            if not observer.up:
                continue
            try:
                return verb(page, command.argument, observer)
            except (NotConnected, Refused, ValueError) as why:
                return str(why)
        return "no connection to FreeSWITCH's event socket is up, and nothing else reaches a running call"

    def _hang_up(self, page: Page, argument: str, observer: Observer) -> str:
        return (
            "done" if observer.kill(page.record.uuid, argument or "NORMAL_CLEARING") else "FreeSWITCH has no such call"
        )

    def _transfer(self, page: Page, argument: str, observer: Observer) -> str:
        book = self._desk.snapshot.books[page.record.company]
        target = destination(argument, book.context)
        uuid = page.record.uuid
        if target.kind == "extension":
            done = observer.transfer(uuid, target.name, self._settings.context)
        else:
            self._mark(book, uuid, target, observer)
            done = observer.transfer(uuid, page.record.number, page.call.channel.get("Caller-Context") or "public")
        return "done" if done else "FreeSWITCH has no such call"

    def _mark(self, book: RuleBook, uuid: str, target: Destination, observer: Observer) -> None:
        if book.definition(target) is None and target.kind not in ("phone", "hangup"):
            raise ValueError(f"{target} does not exist in the rule book of {book.company}")
        goto = pack_text(str(target), uuid, self._settings.key)
        observer.set(uuid, {names.GOTO: goto})

    def _tag(self, page: Page, argument: str, observer: Observer) -> str:
        page.tag(str(destination(f"tag:{argument}", self._desk.snapshot.books[page.record.company].context).name))
        return "done"
