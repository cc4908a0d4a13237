"""The telephone directory of the house, the contact cache, kept fresh: every CRM connection of every rule book is
synced when it is due or somebody asks for it, by whichever router has its lease; a CSV file as soon as it changes.

All of it is done in native threads; the hub and the calls on it notice nothing. What fails is said once, is tried
again with more and more patience, and can be seen (`told`) until it works. How a sync goes is `crm.sync`'s affair.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.crm.sync.state import Asked, Listing
from fsrouter.crm.sync.sync import Report, Sync, due
from fsrouter.crm.transport.client import Cut, Exchange
from fsrouter.crm.transport.connection import Line
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import Error
from fsrouter.store import Source, Store

_log = logging.getLogger("fsrouter.directory")

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

Key = tuple[str, str]


class Directory:
    """Keeps the contact caches of all companies fresh. `books` gives the rule books in force, `node` holds the leases;
    `look` and `again` are seconds, see LOOK and AGAIN. `synced` is when a sync of this router last worked (epoch), 0
    for never.
    """

    def __init__(
        self,
        store: Store,
        books: Callable[[], Mapping[str, RuleBook]],
        exchange: Exchange,
        node: str,
        look: float = LOOK,
        again: float = AGAIN,
    ) -> None:
        self.synced = 0.0
        self._contacts = store.contacts
        self._asked = Asked(store.syncs, node)
        self._books = books
        self._exchange = exchange
        self._node = node
        self._every = look
        self._patience = again
        self._listings: dict[Key, Listing] = {}
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="fsrouter-directory", daemon=True)

    def start(self) -> None:
        """Begin to look for what is due."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and have every sync end; blocks ENDING seconds at most. Cuts the exchange."""
        self._exchange.cut()
        until = time.monotonic() + ENDING
        busy = {key: listing.busy for key, listing in list(self._listings.items()) if listing.busy}
        for thread in (self._thread, *busy.values()):
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        for key in (key for key, thread in busy.items() if thread.is_alive()):
            _log.info("the sync of %s is left behind; the next router goes on with it", _name(key))
            self._give_back(key)
            self._asked.give_back(key)

    def told(self) -> dict[str, Any]:
        """What there is to see: by `COMPANY/CRM` what fails and why, and how far a sync has come."""
        told = {_name(key): listing.told() for key, listing in list(self._listings.items())}
        return {name: said for name, said in told.items() if said}

    def _run(self) -> None:
        while not self._exchange.is_cut:
            try:
                self._look()
                self._trouble = ""
            except Cut:
                return
            except Exception as error:
                if str(error) != self._trouble:
                    _log.warning("what is due cannot be seen; the contact caches stay as they are: %s", error)
                self._trouble = str(error)
            try:
                self._exchange.pause(self._every)
            except Cut:
                return

    def _look(self) -> None:
        """Begin what is due, as far as there is room."""
        books = self._books()
        wanted = {(company, crm): book for company, book in books.items() for crm in book.crms}
        for key in [key for key, listing in self._listings.items() if key not in wanted and not listing.is_busy]:
            del self._listings[key]
        sources = {(source.company, source.crm): source for source in self._contacts.sources.list()} if books else {}
        for key, known in sources.items():
            if key not in wanted and key[0] in books and key[1] and known.mark and due(known.mark, FORGET, time.time()):
                _log.info("the contacts of %s are forgotten; the rule book has no such CRM any more", _name(key))
                self._contacts.replace(*key, (), mark="")
        asked = self._asked.waiting() if books else frozenset()
        for key in (key for key in asked if key not in wanted and key[0] in books):
            self._asked.refuse(key, f"the rule book of {key[0]} has no CRM {key[1]!r}")
        for key, book in wanted.items():
            self._look_at(key, book, sources.get(key), key in asked)

    def _look_at(self, key: Key, book: RuleBook, known: Source | None, asked: bool) -> None:
        """Begin the sync of one connection when it is due or asked for, and nobody is at it."""
        listing, source = self._listing(key, book), self._line(key, book)
        if source is None:
            if asked:
                self._asked.refuse(key, "is only looked up during calls, never synced")
            return
        wanted = self._due(listing, source, book, known)
        leased = known is not None and known.lease_by != self._node and known.lease_until > time.time()
        if listing.is_busy or leased or not (wanted or asked) or not self._room():
            return
        # Of several routers that see it asked for, the one that takes it does it.
        if (asked and self._asked.take(key)) or wanted:
            self._begin(key, book, listing, source)

    def _listing(self, key: Key, book: RuleBook) -> Listing:
        agents = tuple(tuple(agent.crm_user.items()) for agent in book.agents.values() if agent.crm_user)
        wants = book.crms[key[1]], book.crm_fields, book.header.country, agents
        listing = self._listings.setdefault(key, Listing(wants))
        listing.depends_on(wants)
        return listing

    def _line(self, key: Key, book: RuleBook) -> Line | CsvFile | None:
        """What is synced; None for what is only looked up."""
        line = self._exchange.lines.of(book, key[1])
        if line is not None:
            return line if line.connector.syncs else None
        return self._exchange.lines.file(book, key[1])

    def _due(self, listing: Listing, source: Line | CsvFile, book: RuleBook, known: Source | None) -> bool:
        moved = isinstance(source, CsvFile) and listing.moved(source)
        if time.monotonic() < listing.again and not moved:
            return False
        name = source.name if isinstance(source, CsvFile) else source.connector.name
        mark = known.mark if known else ""
        asked_anew = bool(listing.changed) and due(mark, 0.0, listing.changed)
        return moved or asked_anew or due(mark, book.crms[name].sync, time.time())

    def _room(self) -> bool:
        return sum(listing.is_busy for listing in self._listings.values()) < AT_ONCE

    def _begin(self, key: Key, book: RuleBook, listing: Listing, source: Line | CsvFile) -> None:
        name = f"fsrouter-sync-{_name(key)}"
        listing.begin(threading.Thread(target=self._sync, args=(key, book, listing, source), name=name, daemon=True))

    def _sync(self, key: Key, book: RuleBook, listing: Listing, source: Line | CsvFile) -> None:
        def progress(read: int, of: int | None) -> None:
            listing.read, listing.of = read, of
            self._exchange.ask_on()
            self._asked.progress(key, read, of)

        with self._said(key, listing):
            sync = Sync(book, self._contacts, self._node, progress, sleep=self._exchange.pause)
            report = sync.run(source)
            if report.kind == "elsewhere":
                listing.tried = None  # whether the other router saw the file as it is now is looked at again
                self._asked.give_back(key)
            else:
                self._succeeded(key, listing, report)

    def _succeeded(self, key: Key, listing: Listing, report: Report) -> None:
        if listing.trouble or report.contacts or report.gone:
            told = _name(key), report.kind, report.contacts, report.gone, report.unread, report.seconds
            _log.info("%s: %s sync: %s contacts, %s gone, %s numbers cannot be read, %.1f s", *told)
        listing.worked(report.unread)
        self.synced = time.time()
        self._asked.done(key, report)

    @contextmanager
    def _said(self, key: Key, listing: Listing) -> Iterator[None]:
        """Whatever a sync can raise: said when it is news, remembered, and tried again later."""
        try:
            yield
        except Cut:
            self._asked.give_back(key)
        except Error as error:
            self._failed(key, listing, str(error), getattr(error, "retry_after", None) or 0.0)
        except Exception as error:
            if not self._exchange.is_cut:
                _log.exception("the sync of %s failed by an error of our own", _name(key))
                self._failed(key, listing, f"an error of fsrouter's own: {type(error).__name__}", 0.0)

    def _failed(self, key: Key, listing: Listing, why: str, least: float) -> None:
        if why != listing.trouble:
            _log.warning("%s cannot be synced, the contact cache stays as it is: %s", _name(key), why)
        listing.failed(why, self._patience, least)
        self._asked.failed(key, why)

    def _give_back(self, key: Key) -> None:
        try:
            self._contacts.sources.lease(*key, self._node, 0.0)
        except Error as error:
            _log.info("the lease of %s ends by itself: %s", _name(key), error)


def _name(key: Key) -> str:
    return "/".join(key)
