"""The scribe: keeps one page for each live call of this router and has the journal written behind it.

Hears the observing connection and tells each page what concerns it. What stands on a page is `page`'s affair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol

import gevent

from fsrouter.engine.walk.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.call.call import Call
from fsrouter.esl.call.legs import unlabelled
from fsrouter.esl.events import Event
from fsrouter.router.cdr.builder import agent_of, queue_agent
from fsrouter.router.cdr.live_call import LINGER, Page
from fsrouter.store.calls.journal import CallRecord

__all__ = ["Journal", "Page", "Scribe"]

#: Seconds until the journal is told what happened to a call.
TELL = 0.1


class Journal(Protocol):
    """Where pages go: takes a record and returns at once; a later record of the same call replaces an earlier one."""

    def put(self, record: CallRecord) -> None: ...

    def flush(self, timeout: float) -> bool: ...


class Scribe:
    """Keeps the pages of this router's live calls, by uuid.

    `talks` counts the talks of each (company, destination). `observed` tells whether an observing connection is up;
    without one nothing is waited for that only it could tell. `linger` is how many seconds a page stays open for that.
    """

    def __init__(self, journal: Journal, node: str, clock: Callable[[], float]) -> None:
        self._journal = journal
        self.node = node
        self.clock = clock
        self.pages: dict[str, Page] = {}
        self.talks: Counter[tuple[str, str]] = Counter()
        self.listeners: list[Callable[[CallRecord], None]] = []
        self.observed: Callable[[], bool] = lambda: False
        self.linger = LINGER
        self._ringing: dict[str, str] = {}
        self._unwritten: dict[Page, None] = {}

    def open(self, call: Call, walk: Walk, turn: int = 1, earlier: CallRecord | None = None) -> Page:
        """The page of a call that a router is handed for the `turn`-th time, 1 when its walk begins anew.

        `earlier` is what another router has written of it.
        """
        page = self.pages.get(call.channel.uuid)
        if page is None or page.record.company != walk.book.company:
            # One company's page is none of another's business: a call that was sent on to another one gets its own.
            page = self.pages[call.channel.uuid] = Page(self, call, walk, earlier)
        page.handed(call, walk, turn)
        return page

    def busy(self, company: str, destination: str) -> int:
        """How many live calls of this router a destination has."""
        return self.talks[company, destination]

    def heard(self, event: Event) -> None:
        """Take in what the observing connection tells."""
        match event.name:
            case "CHANNEL_ANSWER" if event.variable(names.TARGET):
                self._ringing[event.uuid] = unlabelled(event.variable(names.TARGET))
            case "CHANNEL_BRIDGE":
                who = self._ringing.pop(event.get("Bridge-B-Unique-ID"), "") or queue_agent(event)
                page = self.pages.get(event.get("Bridge-A-Unique-ID"))
                if page:
                    page.talks(who)
            case "CUSTOM" if event.get("CC-Action") == "bridge-agent-start":
                page = self.pages.get(event.get("CC-Member-Session-UUID"))
                if page:
                    page.talks(agent_of(event.get("CC-Agent")))
            case "CHANNEL_HANGUP_COMPLETE":
                self._ringing.pop(event.uuid, None)
                page = self.pages.get(event.uuid)
                if page:
                    page.hung_up(event)

    def waiting(self) -> list[Page]:
        """The pages of the calls that the dialplan has in a queue."""
        return [page for page in self.pages.values() if page.waiting and not page.over]

    def deaf(self) -> None:
        """The observing connection is lost: what was to be heard over it will not be."""
        self._ringing.clear()

    def drain(self) -> None:
        """Wait for what may still be heard of calls, not longer than a page would; then close those that are over.

        A call that is still in a queue stays as it is: another router hears of it.
        """
        with gevent.Timeout(self.linger, False):
            while (self.pages and self.observed()) or any(page.over for page in self.pages.values()):
                gevent.sleep(0.01)
        for page in [page for page in self.pages.values() if page.over]:
            page.put_away()
        self.flush()

    def close(self, page: Page) -> None:
        """Put a page away for good."""
        if self.pages.get(page.record.uuid) is page:
            del self.pages[page.record.uuid]
        page.talked_out()

    def later(self, page: Page) -> None:
        """Have a page written soon: what happens to a call within a moment is written once."""
        if not self._unwritten:
            gevent.spawn_later(TELL, self.flush)
        self._unwritten[page] = None

    def flush(self) -> None:
        """Have every page written that tells something new."""
        unwritten, self._unwritten = self._unwritten, {}
        for page in unwritten:
            self.put(page.told())

    def save(self, seconds: float) -> None:
        """Have everything in the journal, after `seconds` at most: another router may look. Blocks; no hub's work."""
        self._journal.flush(seconds)

    def put(self, record: CallRecord) -> None:
        """Have a record written, and tell whoever listens."""
        self._journal.put(record)
        for listener in self.listeners:
            listener(record)
