"""Contacts from a file into the contact cache, in one transaction.

Rows add and change by CRM and id, wherever in the file those of one contact stand; only a row whose column `delete`
says yes removes. They stream from the file into one transaction, so any number takes the memory of one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict, replace

from fsrouter.engine.contacts import Entry
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.words import did_you_mean
from fsrouter.errors import UsageError
from fsrouter.rules.contacts import ContactsFile
from fsrouter.rules.unread import UnreadCell
from fsrouter.store import Store

#: Rows between two reports of progress.
STEP = 100


class Imported(Struct, frozen=True, kw_only=True):
    """What an import has done: contacts, companies with numbers of their own, and how many were to be removed.

    `layout` is how the file was read, and `crm` the connection to which contacts belong that name none, "" for every
    one. `unread` cells could not be read and `left_out` rows were, the first of which are `listed`.
    """

    company: str
    layout: str = ""
    crm: str = ""
    contacts: int = 0
    companies: int = 0
    removed: int = 0
    unread: int = 0
    left_out: int = 0
    listed: tuple[UnreadCell, ...] = ()


class ContactImport:
    """One import into one company's cache. `crm` is where contacts belong that name none; where it is empty, those of a
    product are its only connection's, and others count for every CRM. `format`, `map` and `strict` are as ContactsFile
    has them.
    """

    def __init__(
        self,
        store: Store,
        book: RuleBook,
        crm: str = "",
        format: str = "",
        map: Mapping[str, Sequence[str]] | None = None,
        strict: bool = False,
    ) -> None:
        self._store = store
        self._book = book
        self._crm = crm
        self._format = format
        self._map = map
        self._strict = strict
        self._now = store.clock()

    def run(self, path: Path, advance: Callable[[int], None] = lambda read: None) -> Imported:
        """Import a file; `advance` is told now and then how many rows have been read.

        Raises rules.file_errors.InvalidFile when it cannot be read, or strictly not all of it, and UsageError when the
        company has no such CRM.
        """
        if self._crm and self._crm not in self._book.crms:
            known = did_you_mean(self._crm, self._book.crms)
            raise UsageError(f"{self._book.company} has no CRM {self._crm!r}{known}")
        file = ContactsFile(
            path, self._book, self._crm, by_layout=True, format=self._format, map=self._map, strict=self._strict
        )
        rows = map(self._heard_of, _counted(file, advance))
        done = self._store.contacts.import_rows(self._book.company, rows)
        return Imported(
            company=self._book.company,
            layout=file.layout.title,
            crm=file.crm,
            unread=file.unread.cells,
            left_out=file.unread.rows,
            listed=tuple(file.unread.listed),
            **asdict(done),
        )

    def _heard_of(self, entry: Entry) -> Entry:
        return replace(entry, contact=replace(entry.contact, synced=self._now))


def _counted(found: Iterable[Entry], advance: Callable[[int], None]) -> Iterator[Entry]:
    for read, entry in enumerate(found, 1):
        if read % STEP == 0:
            advance(read)
        yield entry
