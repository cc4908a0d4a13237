"""The contact cache is kept fresh: one sync of one connection.

A full sync stages everything beside what is in force, page by page with a cursor, and puts it in force at its end: so
one that breaks, by a CRM that fails or a router that dies, leaves the old cache whole and is gone on with later. An
incremental sync asks for what has changed and writes each page at once; the mark moves when it has seen everything.
One router does it at a time, by a lease in the store. Memory is that of one page, however many contacts there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from fsrouter.crm.connection import Connection
from fsrouter.crm.connectors.base import Found, Page
from fsrouter.crm.connectors.csvfile import CsvFile, changed
from fsrouter.crm.errors import CrmBadReply, CrmEmpty, CrmError, CrmExpired
from fsrouter.crm.sync import owners
from fsrouter.crm.sync.marks import Mark, Staged, mark_of, read, written
from fsrouter.crm.sync.report import Report, Unread
from fsrouter.crm.transport.http import SYNC, Bounds
from fsrouter.crm.transport.messages import Flow
from fsrouter.crm.transport.retries import Retries
from fsrouter.engine.contacts import Entry, identified, problem
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers import cells
from fsrouter.errors import Error
from fsrouter.runtime import Runtime
from fsrouter.store import Contacts, Stage
from fsrouter.store.sources import LEASE

T = TypeVar("T")

#: Seconds after which everything is read again: what a CRM does not list as deleted is gone then at the latest.
FULL_EVERY = 86_400.0
#: Seconds by which an incremental sync looks back, for clocks that differ and searches that lag behind.
OVERLAP = 300.0
#: Seconds for which a broken sync may be gone on with; the shortest-lived cursor is Zoho's, a day.
RESUMABLE = 20 * 3600.0
#: Pages after which a CRM is taken to go round in a circle, and pages in a row that have nothing on them.
MOST_PAGES = 100_000
MOST_EMPTY = 1000
#: Numbers that could not be read which are listed, of those that are counted.
LISTED = 1000
#: Rows of a file after which progress is told.
STEP = 500


class Sync:
    """One sync of what `source` has into a company's contacts; `node` holds the lease.

    `progress(read, of)` is told now and then and may end it by raising; `of` is None while nobody knows. `pause` waits
    for so many seconds, which is the runtime's `sleep` when nobody says otherwise; `bounds` are those of one request.
    """

    def __init__(
        self,
        source: Connection | CsvFile,
        book: RuleBook,
        contacts: Contacts,
        node: str,
        runtime: Runtime,
        progress: Callable[[int, int | None], None] | None = None,
        pause: Callable[[float], None] | None = None,
        bounds: Bounds = SYNC,
    ) -> None:
        self._source = source
        self._key = book.company, source.name
        self._book = book
        self._ids = book.ids(source.name)
        self._contacts = contacts
        self._node = node
        self._progress = progress
        self._pause = pause or runtime.sleep
        self._today, self._clock = runtime.now, runtime.monotonic
        self._bounds = bounds
        self._retries = Retries(self._wait, self._clock)
        self._leased = float("-inf")
        self._words: dict[str, str] = {}
        self._owner_fields: frozenset[str] = frozenset()
        self._count_anew()
        self._notes: list[str] = []
        self._accept_empty = False

    def run(self, full: bool = False, accept_empty: bool = False) -> Report:
        """Bring the cache up to date; `full` reads everything even where changes could be asked for; `accept_empty`
        believes a CRM, or a file, that it has no contacts any more.

        Raises CrmError, CrmEmpty among them, and Error when another router has taken over.
        """
        self._accept_empty = accept_empty
        source, began = self._source, self._clock()
        if not self._lease(LEASE):
            return Report(crm=source.name, kind="elsewhere")
        self._leased = self._clock()
        try:
            kind = self._file(source) if isinstance(source, CsvFile) else self._crm(source, full)
        finally:
            self._lease(0.0)
        return Report(
            crm=source.name,
            kind=kind,
            listed=tuple(self._listed),
            notes=tuple(self._notes),
            seconds=self._clock() - began,
            **self._counts,
        )

    def _count_anew(self) -> None:
        self._counts = {"contacts": 0, "gone": 0, "unread": 0, "left_out": 0, "without_number": 0}
        self._listed: list[Unread] = []

    # A file

    def _file(self, file: CsvFile) -> str:
        before, made_of = mark_of(self._contacts, *self._key), self._made_of()
        seen, now = file.mark(before.file), self._today()
        mark = written(Mark(full=now, done=now, file=seen, made_of=made_of))
        if not changed(seen, before.file) and before.made_of == made_of:
            self._contacts.upsert(*self._key, (), mark=mark)
            return "unchanged"
        rows = self._rows(file.entries(now))
        self._counts["contacts"] = self._contacts.replace(*self._key, rows, mark, self._believe)
        self._counts["unread"], self._counts["left_out"] = file.unread.cells, file.unread.rows
        self._listed = [Unread("", str(each), each.line) for each in file.unread.listed[:LISTED]]
        return "full"

    def _rows(self, rows: Iterable[Entry]) -> Iterator[Entry]:
        for so_far, entry in enumerate(rows, 1):
            if self._progress and so_far % STEP == 0:
                self._progress(so_far, None)
            yield entry

    # A CRM

    def _crm(self, crm: Connection, full: bool) -> str:
        if not crm.connector.can.syncs:
            return "nothing"
        self._know_owners(crm)
        made_of, mark, now = self._made_of(), mark_of(self._contacts, *self._key), self._today()
        fresh = mark.made_of == made_of and now - mark.full < FULL_EVERY
        if not full and fresh and crm.connector.can.incremental:
            try:
                self._changes(crm, mark, now)
                return "incremental"
            except CrmExpired:
                self._count_anew()
        self._everything(crm, made_of, now)
        return "full"

    def _ask(self, crm: Connection, flow: Flow[T]) -> T:
        return crm.run(flow, self._bounds, retries=self._retries)

    def _changes(self, crm: Connection, mark: Mark, now: float) -> None:
        for page in self._pages(crm, mark.since, ""):
            self._contacts.upsert(*self._key, self._entries(page, now), remove=map(self._ids.read, page.gone))
        after = msgspec.structs.replace(mark, since=now - OVERLAP, done=now)
        self._contacts.upsert(*self._key, (), mark=written(after))

    def _everything(self, crm: Connection, made_of: str, now: float) -> None:
        staged = self._contacts.stage(*self._key, resume=True)
        broken = read(staged.cursor, Staged)
        if broken and broken.made_of == made_of and now - broken.began <= RESUMABLE:
            try:
                return self._stage(crm, staged, broken)
            except CrmBadReply:
                self._count_anew()  # a cursor that the CRM no longer takes: from the beginning, once
        try:
            self._stage(crm, self._contacts.stage(*self._key), Staged(now, made_of))
        except CrmExpired:
            self._count_anew()
            self._stage(crm, self._contacts.stage(*self._key), Staged(self._today(), made_of))

    def _stage(self, crm: Connection, stage: Stage, here: Staged) -> None:
        """Stage everything from here on, and put it in force."""
        for page in self._pages(crm, 0.0, here.at, self._total(crm)):
            behind = Staged(here.began, here.made_of, page.cursor)
            stage.add(self._entries(page, self._today()), cursor=written(behind))
        self._believe(stage)
        mark = Mark(since=here.began - OVERLAP, full=here.began, done=self._today(), made_of=here.made_of)
        stage.swap(written(mark))

    def _believe(self, stage: Stage) -> None:
        """Raise CrmEmpty when nobody is left of those who were there: a credential that may read nothing any more, or
        a file that is being written, looks like that, and calls would be those of strangers.
        """
        company, name = self._key
        if self._accept_empty or stage.people() or not (known := self._contacts.people(company, name)):
            return
        stage.drop()
        raise CrmEmpty(
            f"{name}: says that it has no contacts, so the {known:,} that are known stay;"
            f" if it has none, say: fsrouter contacts sync {company} --crm {name} --accept-empty"
        )

    def _pages(self, crm: Connection, since: float, cursor: str, total: int | None = None) -> Iterator[Page]:
        seen = empty = 0
        milestone = cursor
        for number in range(1, MOST_PAGES + 1):
            self._hold()
            page = self._ask(crm, crm.connector.page(since, cursor))
            yield page
            seen += len(page.found) + len(page.gone)
            self._counts["gone"] += len(page.gone)
            if self._progress:
                self._progress(seen, total)
            if not page.cursor:
                return
            empty = 0 if page.found or page.gone or page.passed else empty + 1
            if page.cursor in (cursor, milestone) or empty == MOST_EMPTY:
                break
            cursor = page.cursor
            if number.bit_count() == 1:
                # Brent: a cursor that is kept for ever longer meets every circle, however large, with one in memory.
                milestone = cursor
        raise CrmBadReply(f"{crm.name}: goes round in a circle: its pages do not end")

    def _entries(self, page: Page, now: float) -> Iterator[Entry]:
        for found in page.found:
            numbers, unread = cells.numbers_of(found.phones, self._book.header.country)
            self._complain(found, unread)
            entry = identified(Entry(contact=found.contact, numbers=numbers), self._ids)
            if problem(entry):
                continue
            self._counts["contacts"] += 1
            self._counts["without_number"] += not numbers
            contact = owners.with_words(entry.contact, self._words, self._owner_fields)
            yield msgspec.structs.replace(entry, contact=msgspec.structs.replace(contact, synced=now))

    def _complain(self, found: Found, unread: tuple[cells.Unread, ...]) -> None:
        self._counts["unread"] += len(unread)
        whose = found.contact.id or found.contact.account_id
        self._listed.extend(Unread(whose, part.text) for part in unread[: LISTED - len(self._listed)])

    def _know_owners(self, crm: Connection) -> None:
        if not owners.any_by_address(self._book, crm.name):
            return
        self._owner_fields = owners.owner_properties(self._book, crm.name)
        try:
            self._words = owners.words_of_users(self._book, crm.name, self._ask(crm, crm.connector.users()))
        except CrmError as error:
            self._notes.append(f"owners are known by id only: {error}")

    def _total(self, crm: Connection) -> int | None:
        if not self._progress:
            return None
        try:
            return max(0, self._ask(crm, crm.connector.count(crm.connector.modules[0]))) or None
        except CrmError:
            return None

    def _made_of(self) -> str:
        """What the cache depends on besides the CRM: when it changes, everything must be read again."""
        wanted = (self._book.crms[self._source.name], sorted(self._book.crm_fields), self._book.header.country)
        made_of = msgspec.json.encode((wanted, sorted(self._words.items()), sorted(self._owner_fields)))
        return hashlib.sha256(made_of).hexdigest()[:16]

    def _lease(self, seconds: float) -> bool:
        return self._contacts.sources.lease(*self._key, self._node, seconds)

    def _hold(self) -> None:
        """Prolong the lease, when a part of it has gone by. Raises Error when it is another router's by now."""
        if self._clock() - self._leased < LEASE / 3:
            return
        if not self._lease(LEASE):
            company, crm = self._key
            raise Error(f"another router syncs {company}'s {crm} by now; this sync was given up")
        self._leased = self._clock()

    def _wait(self, seconds: float) -> None:
        self._hold()
        self._pause(seconds)
