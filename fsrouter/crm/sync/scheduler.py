"""The contact sync scheduler keeps the contact cache fresh: every CRM connection of every rule book is synced when it
is due or somebody asks for it, by whichever router has its lease; a CSV file as soon as it changes.

All of it is done in native threads; the hub and the calls on it notice nothing. What fails is logged once, is tried
again ever later, and can be seen (`status`) until it works. How a sync goes is the affair of `sync`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fsrouter.crm.client import Cancelled, Client
from fsrouter.crm.connection import Connection
from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.crm.sync.marks import due
from fsrouter.crm.sync.report import Report
from fsrouter.crm.sync.state import REPORT, Key, Requested, SyncState
from fsrouter.crm.sync.sync import Sync
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import Error
from fsrouter.log.logger import get_logger
from fsrouter.runtime import Thread
from fsrouter.store import Source, Store

_log = get_logger("fsrouter.crm")

#: Seconds between two looks at what is due and at the CSV files; these are taken when they rest for one of them.
LOOK = 1.0
#: Syncs of one router that may run at once.
AT_ONCE = 4
#: Seconds until what has failed is tried again, at first.
AGAIN = 60.0
#: Seconds that syncs get to end when the router stops; what does not is left behind, and may write nothing any more.
ENDING = 2.0

#: Seconds after the last sync until the contacts of a connection are forgotten that the rule book has no more: who
#: takes one out by mistake has so long to put it back.
FORGET = 86_400.0


class ContactSyncScheduler:
    """Keeps the contact caches of all companies fresh. `books` gives the rule books in force, `node` holds the leases;
    `look`, `again` and `report` are seconds, see LOOK, AGAIN and REPORT. `synced` is when a sync of this router last
    worked (epoch), 0 for never.
    """

    def __init__(
        self,
        store: Store,
        books: Callable[[], Mapping[str, RuleBook]],
        client: Client,
        node: str,
        look: float = LOOK,
        again: float = AGAIN,
        report: float = REPORT,
    ) -> None:
        self.synced = 0.0
        self._contacts = store.contacts
        self._requested = Requested(store.syncs, node, client.runtime.monotonic, report)
        self._books = books
        self._client = client
        self._runtime = client.runtime
        self._node = node
        self._every = look
        self._again = again
        self._states: dict[Key, SyncState] = {}
        self._trouble = ""
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to look for what is due."""
        self._thread = self._runtime.thread("fsrouter-contact-sync", self._run)

    def stop(self) -> None:
        """Look no more, and have every sync end; blocks ENDING seconds at most. Cancels the client."""
        self._client.cancel()
        until = self._runtime.monotonic() + ENDING
        busy = {key: state.busy for key, state in list(self._states.items()) if state.busy}
        for thread in filter(None, (self._thread, *busy.values())):
            thread.join(max(0.0, until - self._runtime.monotonic()))
        for key in (key for key, thread in busy.items() if thread.is_alive()):
            _log.info("the sync is left behind; the next router goes on with it", company=key[0], crm=key[1])
            try:
                self._contacts.sources.lease(*key, self._node, 0.0)
            except Error as error:
                _log.info("the lease of the sync ends by itself", company=key[0], crm=key[1], error=str(error))
            self._requested.give_back(key)

    def status(self) -> dict[str, Any]:
        """What there is to see: by `COMPANY/CRM` what fails and why, and how far a sync has come."""
        states = {_name(key): state.as_dict() for key, state in list(self._states.items())}
        return {name: state for name, state in states.items() if state}

    def _run(self) -> None:
        try:
            while not self._client.is_cancelled:
                self._look()
                self._client.pause(self._every)
        except Cancelled:
            pass

    def _look(self) -> None:
        try:
            self._begin_due()
            self._trouble = ""
        except Exception as error:
            if str(error) != self._trouble:
                _log.warning("what is due cannot be seen; the contact caches stay as they are", error=str(error))
            self._trouble = str(error)

    def _begin_due(self) -> None:
        """Begin what is due, as far as there is room."""
        books = self._books()
        wanted = {(company, crm): book for company, book in books.items() for crm in book.crms}
        for key in [key for key, state in self._states.items() if key not in wanted and not state.is_busy]:
            del self._states[key]
        if not books:
            return
        sources = {(source.company, source.crm): source for source in self._contacts.sources.list()}
        now = self._runtime.now()
        for key, known in sources.items():
            if key not in wanted and key[0] in books and key[1] and known.mark and due(known.mark, FORGET, now):
                _log.info(
                    "the contacts are forgotten; the rule book has no such CRM any more", company=key[0], crm=key[1]
                )
                self._contacts.replace(*key, (), mark="")
        requested = self._requested.waiting()
        for key in (key for key in requested if key not in wanted and key[0] in books):
            self._requested.refuse(key, f"the rule book of {key[0]} has no CRM {key[1]!r}")
        for key, book in wanted.items():
            self._look_at(key, book, sources.get(key), key in requested)

    def _look_at(self, key: Key, book: RuleBook, known: Source | None, requested: bool) -> None:
        """Begin the sync of one connection when it is due or asked for, and nobody is at it."""
        state, source = self._state(key, book), self._client.source(book, key[1])
        if source is None or (isinstance(source, Connection) and not source.connector.can.syncs):
            if requested:
                self._requested.refuse(key, "is only looked up during calls, never synced")
            return
        wanted = self._is_due(state, source, book, known)
        leased = known is not None and known.lease_by != self._node and known.lease_until > self._runtime.now()
        room = sum(state.is_busy for state in self._states.values()) < AT_ONCE
        if state.is_busy or leased or not (wanted or requested) or not room:
            return
        # Of several routers that see it asked for, the one that takes it does it.
        if (requested and self._requested.take(key)) or wanted:
            state.begins()
            state.busy = self._runtime.thread(f"fsrouter-sync-{_name(key)}", self._sync, key, book, state, source)

    def _state(self, key: Key, book: RuleBook) -> SyncState:
        agents = tuple(tuple(agent.crm_user.items()) for agent in book.agents.values() if agent.crm_user)
        wants = book.crms[key[1]], book.crm_fields, book.header.country, agents
        state = self._states.setdefault(key, SyncState(wants))
        state.depends_on(wants, self._runtime.now())
        return state

    def _is_due(self, state: SyncState, source: Connection | CsvFile, book: RuleBook, known: Source | None) -> bool:
        moved = isinstance(source, CsvFile) and state.moved(source)
        if self._runtime.monotonic() < state.again and not moved:
            return False
        mark = known.mark if known else ""
        changed = bool(state.changed) and due(mark, 0.0, state.changed)
        return moved or changed or due(mark, book.crms[source.name].sync, self._runtime.now())

    def _sync(self, key: Key, book: RuleBook, state: SyncState, source: Connection | CsvFile) -> None:
        """Run one sync. Whatever it can raise is said when it is news, remembered, and tried again later."""

        def progress(read: int, of: int | None) -> None:
            state.read, state.of = read, of
            self._client.raise_if_cancelled()
            self._requested.progress(key, read, of)

        try:
            parts = source, book, self._contacts, self._node, self._runtime
            self._ended(key, state, Sync(*parts, progress, pause=self._client.pause).run())
        except Cancelled:
            self._requested.give_back(key)
        except Error as error:
            self._failed(key, state, str(error), getattr(error, "retry_after", None) or 0.0)
        except Exception as error:
            if not self._client.is_cancelled:
                _log.exception("the sync failed by an error of our own", company=key[0], crm=key[1])
                self._failed(key, state, f"an error of fsrouter's own: {type(error).__name__}", 0.0)

    def _ended(self, key: Key, state: SyncState, report: Report) -> None:
        if report.kind == "elsewhere":
            state.tried = None  # whether the other router saw the file as it is now is looked at again
            self._requested.give_back(key)
            return
        if state.trouble or report.contacts or report.gone:
            _log.info(
                "contacts are synced", company=key[0], crm=key[1], kind=report.kind, contacts=report.contacts,
                gone=report.gone, unread=report.unread, left_out=report.left_out, seconds=round(report.seconds, 1),
            )  # fmt: skip
        state.worked(report.unread, report.left_out)
        self.synced = self._runtime.now()
        self._requested.done(key, report.in_words())

    def _failed(self, key: Key, state: SyncState, why: str, least: float) -> None:
        if why != state.trouble:
            _log.warning(
                "the CRM cannot be synced, the contact cache stays as it is", company=key[0], crm=key[1], error=why
            )
        state.failed(why, self._runtime.monotonic(), self._again, least)
        self._requested.done(key, why, failed=True)


def _name(key: Key) -> str:
    return "/".join(key)
