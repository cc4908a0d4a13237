"""Contacts from a CSV file into the contact cache, all of them or none.

Rows add and change by CRM and id, wherever in the file those of one contact stand; only a row whose column `delete`
says yes removes. They stream from the file into one transaction, so any number takes the memory of one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict, replace

from fsrouter.engine.contacts import Entry
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import did_you_mean
from fsrouter.errors import Error, RulesError, UsageError
from fsrouter.rules.contacts import entries
from fsrouter.store import Store

#: Rows between two reports of progress.
STEP = 100


class Imported(Struct, frozen=True, kw_only=True):
    """What an import has done: contacts, companies with numbers of their own, and how many were to be removed."""

    company: str
    contacts: int = 0
    companies: int = 0
    removed: int = 0


class ContactImport:
    """One import into one company's cache. `crm` is where contacts belong that name none; "" counts for every CRM."""

    def __init__(self, store: Store, book: RuleBook, crm: str) -> None:
        self._store = store
        self._book = book
        self._crm = crm
        self._now = store.clock()

    def run(self, path: Path, advance: Callable[[int], None] = lambda read: None) -> Imported:
        """Import a file; `advance` is told now and then how many rows have been read.

        Raises rules.file_errors.InvalidFile with every bad row, RulesError for an unknown CRM in a row, and UsageError
        when that of the whole import is unknown.
        """
        self._known(self._crm, UsageError)
        rows = _counted(entries(path, self._book, self._crm), advance)
        done = self._store.contacts.import_rows(self._book.company, map(self._heard_of, rows))
        return Imported(company=self._book.company, **asdict(done))

    def _heard_of(self, entry: Entry) -> Entry:
        self._known(entry.contact.crm)
        return replace(entry, contact=replace(entry.contact, synced=self._now))

    def _known(self, crm: str, error: type[Error] = RulesError) -> None:
        if crm and crm not in self._book.crms:
            raise error(f"{self._book.company} has no CRM {crm!r}{did_you_mean(crm, self._book.crms)}")


def _counted(found: Iterable[Entry], advance: Callable[[int], None]) -> Iterator[Entry]:
    for read, entry in enumerate(found, 1):
        if read % STEP == 0:
            advance(read)
        yield entry
