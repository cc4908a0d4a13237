"""The contact cache is kept fresh: one sync of one connection.

A full sync stages everything beside what is in force, page by page with a cursor, and puts it in force at its end: so
one that breaks, by a CRM that fails or a router that dies, leaves the old cache whole and is gone on with later. An
incremental sync asks for what has changed and writes each page at once; the mark moves when it has seen everything.
One router does it at a time, by a lease in the store. Memory is that of one page, however many contacts there are.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from fsrouter.crm.connectors import phones
from fsrouter.crm.connectors.base import Found, Page
from fsrouter.crm.connectors.csvfile import CsvFile, changed
from fsrouter.crm.errors import CrmBadReply, CrmError
from fsrouter.crm.sync import owners
from fsrouter.crm.transport.connection import Line, Patience
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import Error
from fsrouter.store import Contacts, Entry, Stage

#: Seconds after which everything is read again: what a CRM does not list as deleted is gone then at the latest.
FULL_EVERY = 86_400.0
#: Seconds by which an incremental sync looks back, for clocks that differ and searches that lag behind.
OVERLAP = 300.0
#: Seconds for which a broken sync may be gone on with; the shortest-lived cursor is Zoho's, a day.
RESUMABLE = 20 * 3600.0
#: Seconds of the lease; longer than any single wait.
LEASE = 300.0
#: Pages after which a CRM is taken to go round in a circle.
MOST_PAGES = 100_000
#: Numbers that could not be read which are listed, of those that are counted.
LISTED = 1000
#: Rows of a file after which progress is told.
TOLD = 500


class Mark(Struct, frozen=True, kw_only=True):
    """How far a connection has been seen: changes `since` are not, `full` is when everything was read, `done` when
    anything was (seconds since the epoch); `made_of` what the cache depends on besides the CRM, `file` a file's mark.
    """

    since: float = 0.0
    full: float = 0.0
    done: float = 0.0
    made_of: str = ""
    file: str = ""


class Unread(Struct, frozen=True):
    """A telephone number that cannot be read, and whose it is."""

    contact: str
    text: str


class Report(Struct, frozen=True, kw_only=True):
    """What one run of a sync did.

    `kind` is `full`, `incremental`, `unchanged` (a file), `elsewhere` (another router is at it) or `nothing` (a CRM
    that is only looked up). `contacts` were written and `gone` removed by name; `unread` telephone numbers made no
    sense, the first of which are `listed`.
    """

    crm: str
    kind: str
    contacts: int = 0
    gone: int = 0
    unread: int = 0
    listed: tuple[Unread, ...] = ()
    without_number: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


def read_mark(text: str) -> Mark:
    """The mark that the store keeps; the beginning when it has none, or one that is not ours."""
    try:
        return msgspec.json.decode(text, type=Mark) if text else Mark()
    except msgspec.MsgspecError:
        return Mark()


def due(text: str, every: float, now: float) -> bool:
    """Whether a connection whose mark is `text` should be synced, `every` so many seconds."""
    return read_mark(text).done + every <= now


class _Broken(Struct, frozen=True):
    """The cursor of a staged sync, as the store keeps it."""

    began: float
    made_of: str
    at: str


class Sync:
    """One sync of one connection of a company; `node` holds the lease. `sleep`, `clock` and `today` are the seam of
    time. `progress(read, of)` is told now and then and may end it by raising; `of` is None while nobody knows.
    """

    def __init__(
        self,
        book: RuleBook,
        contacts: Contacts,
        node: str,
        progress: Callable[[int, int | None], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], float] = time.time,
    ) -> None:
        self._book = book
        self._contacts = contacts
        self._node = node
        self._progress = progress
        self._sleep, self._clock, self._today = sleep, clock, today
        self._leased = float("-inf")
        self._words: dict[str, str] = {}
        self._fields: frozenset[str] = frozenset()
        self._counts = {"contacts": 0, "gone": 0, "unread": 0, "without_number": 0}
        self._listed: list[Unread] = []
        self._notes: list[str] = []

    def run(self, source: Line | CsvFile, full: bool = False) -> Report:
        """Bring the cache up to date; `full` reads everything even where changes could be asked for.

        Raises CrmError, and Error when another router has taken over.
        """
        crm = source.name if isinstance(source, CsvFile) else source.connector.name
        began = self._clock()
        if not self._contacts.sources.lease(self._book.company, crm, self._node, LEASE):
            return Report(crm=crm, kind="elsewhere")
        self._leased = self._clock()
        try:
            kind = self._file(source) if isinstance(source, CsvFile) else self._crm(source, full)
        finally:
            self._contacts.sources.lease(self._book.company, crm, self._node, 0.0)
        return Report(
            crm=crm,
            kind=kind,
            listed=tuple(self._listed),
            notes=tuple(self._notes),
            seconds=self._clock() - began,
            **self._counts,
        )

    # A file

    def _file(self, file: CsvFile) -> str:
        before = self._mark(file.name)
        seen, now = file.mark(before.file), self._today()
        mark = _written(Mark(full=now, done=now, file=seen))
        if not changed(seen, before.file):
            self._contacts.upsert(self._book.company, file.name, (), mark=mark)
            return "unchanged"
        entries = (self._counted(entry) for entry in file.entries(self._today))
        self._contacts.replace(self._book.company, file.name, entries, mark=mark)
        return "full"

    def _counted(self, entry: Entry) -> Entry:
        self._counts["contacts"] += 1
        if self._progress and self._counts["contacts"] % TOLD == 0:
            self._progress(self._counts["contacts"], None)
        return entry

    # A CRM

    def _crm(self, line: Line, full: bool) -> str:
        crm = line.connector.name
        if not line.connector.syncs:
            return "nothing"
        patience = Patience(line, self._sleep, self._clock, lambda seconds: self._hold(crm))
        self._know_owners(line, patience)
        made_of, mark, now = self._made_of(line), self._mark(crm), self._today()
        fresh = mark.made_of == made_of and now - mark.full < FULL_EVERY
        if not full and fresh and line.connector.incremental:
            self._changes(line, patience, mark, now)
            return "incremental"
        self._everything(line, patience, made_of, now)
        return "full"

    def _changes(self, line: Line, patience: Patience, mark: Mark, now: float) -> None:
        company, crm = self._book.company, line.connector.name
        for page in self._pages(line, patience, mark.since, ""):
            self._contacts.upsert(company, crm, self._entries(page, now), remove=page.gone)
        after = msgspec.structs.replace(mark, since=now - OVERLAP, done=now)
        self._contacts.upsert(company, crm, (), mark=_written(after))

    def _everything(self, line: Line, patience: Patience, made_of: str, now: float) -> None:
        crm = line.connector.name
        stage = self._contacts.stage(self._book.company, crm, resume=True)
        broken = _read_broken(stage.cursor)
        if broken is None or broken.made_of != made_of or now - broken.began > RESUMABLE:
            stage, broken = self._contacts.stage(self._book.company, crm), None
        try:
            began = self._staged(line, patience, stage, broken or _Broken(now, made_of, ""))
        except CrmBadReply:
            # A cursor that the CRM no longer takes: from the beginning, once.
            if broken is None:
                raise
            stage = self._contacts.stage(self._book.company, crm)
            began = self._staged(line, patience, stage, _Broken(now, made_of, ""))
        stage.swap(_written(Mark(since=began - OVERLAP, full=began, done=self._today(), made_of=made_of)))

    def _staged(self, line: Line, patience: Patience, stage: Stage, broken: _Broken) -> float:
        """Stage everything from a cursor on. Returns when the sync began, in seconds since the epoch."""
        total = self._total(line, patience)
        for page in self._pages(line, patience, 0.0, broken.at, total):
            at = _Broken(broken.began, broken.made_of, page.cursor)
            stage.add(self._entries(page, self._today()), cursor=msgspec.json.encode(at).decode())
        return broken.began

    def _pages(
        self, line: Line, patience: Patience, since: float, cursor: str, total: int | None = None
    ) -> Iterator[Page]:
        read = 0
        for _ in range(MOST_PAGES):
            self._hold(line.connector.name)
            page = patience.run(line.connector.page(since, cursor))
            yield page
            read += len(page.found) + len(page.gone)
            self._counts["gone"] += len(page.gone)
            if self._progress:
                self._progress(read, total)
            if not page.cursor:
                return
            if page.cursor == cursor:
                break
            cursor = page.cursor
        raise CrmBadReply(f"{line.connector.name}: goes round in a circle: its pages do not end")

    def _entries(self, page: Page, now: float) -> Iterator[Entry]:
        for found in page.found:
            numbers, unread = phones.read(found.phones, self._book.header.country)
            self._complain(found, unread)
            if not found.contact.id and not (numbers and (found.contact.account_id or found.contact.account)):
                continue
            self._counts["contacts"] += 1
            self._counts["without_number"] += not numbers
            contact = owners.renamed(found.contact, self._words, self._fields)
            yield Entry(contact=msgspec.structs.replace(contact, synced=now), numbers=numbers)

    def _complain(self, found: Found, unread: tuple[str, ...]) -> None:
        self._counts["unread"] += len(unread)
        whose = found.contact.id or found.contact.account_id
        self._listed.extend(Unread(whose, text) for text in unread[: LISTED - len(self._listed)])

    def _know_owners(self, line: Line, patience: Patience) -> None:
        if not owners.by_address(self._book, line.connector.name):
            return
        self._fields = owners.properties(self._book, line.connector.name)
        try:
            users = patience.run(line.connector.users())
            self._words = owners.spoken(self._book, line.connector.name, users)
        except CrmError as error:
            self._notes.append(f"owners are known by id only: {error}")

    def _total(self, line: Line, patience: Patience) -> int | None:
        if not self._progress:
            return None
        try:
            return max(0, patience.run(line.connector.count(line.connector.modules[0]))) or None
        except CrmError:
            return None

    def _made_of(self, line: Line) -> str:
        """What the cache depends on besides the CRM: when it changes, everything must be read again."""
        wanted = (self._book.crms[line.connector.name], sorted(self._book.crm_fields), self._book.header.country)
        told = msgspec.json.encode((wanted, sorted(self._words.items()), sorted(self._fields)))
        return hashlib.sha256(told).hexdigest()[:16]

    def _mark(self, crm: str) -> Mark:
        known = (source for source in self._contacts.sources.list(self._book.company) if source.crm == crm)
        return read_mark(next((source.mark for source in known), ""))

    def _hold(self, crm: str) -> None:
        """Prolong the lease, when a part of it has gone by. Raises Error when it is another router's by now."""
        if self._clock() - self._leased < LEASE / 3:
            return
        if not self._contacts.sources.lease(self._book.company, crm, self._node, LEASE):
            raise Error(f"another router syncs {self._book.company}'s {crm} by now; this sync was given up")
        self._leased = self._clock()


def _written(mark: Mark) -> str:
    return msgspec.json.encode(mark).decode()


def _read_broken(cursor: str) -> _Broken | None:
    try:
        return msgspec.json.decode(cursor, type=_Broken) if cursor else None
    except msgspec.MsgspecError:
        return None
