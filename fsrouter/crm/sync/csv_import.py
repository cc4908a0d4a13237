"""Contacts from a CSV file into the contact cache, all of them or none.

Rows add and change by CRM and id; only a row whose column `delete` says yes removes. They stream from the file into
one transaction, so a hundred thousand take no more memory than one batch.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.contacts import Entry
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import did_you_mean
from fsrouter.errors import Error, RulesError, UsageError
from fsrouter.rules.contacts import entries
from fsrouter.store import Store

#: Rows between two reports of progress.
STEP = 100


class Imported(Struct, frozen=True, kw_only=True):
    """What an import has done: contacts, and companies with numbers of their own; `removed` are rows that removed."""

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
        self._gone: list[Entry] = []
        self._counts = Counter[bool]()
        self._now = store.clock()

    def run(self, path: Path, advance: Callable[[int], None] = lambda read: None) -> Imported:
        """Import a file; `advance` is told now and then how many rows have been read.

        Raises rules.file_errors.InvalidFile with every bad row, RulesError for an unknown CRM in a row, and UsageError
        when that of the whole import is unknown.
        """
        self._known(self._crm, UsageError)
        found = _counted(entries(path, self._book.header.country, self._crm), advance)
        company = self._book.company
        with self._store.together():
            for crm, group in itertools.groupby(found, key=lambda entry: entry.contact.crm):
                self._known(crm)
                self._store.contacts.upsert(company, crm, self._kept(group))
            for entry in self._gone:
                self._remove(entry)
        contacts, companies = self._counts[True], self._counts[False]
        return Imported(company=company, contacts=contacts, companies=companies, removed=len(self._gone))

    def _kept(self, group: Iterable[Entry]) -> Iterator[Entry]:
        """What is added and changed; what is removed is kept for later, since there is little of it."""
        for entry in group:
            if entry.gone:
                self._gone.append(entry)
            else:
                self._counts[bool(entry.contact.id)] += 1
                yield replace(entry, contact=replace(entry.contact, synced=self._now))

    def _remove(self, gone: Entry) -> None:
        """Remove a contact by its id; of a company's own, the numbers that the row names."""
        company, crm, contacts = self._book.company, gone.contact.crm, self._store.contacts
        if gone.contact.id:
            contacts.upsert(company, crm, (), remove=[gone.contact.id])
            return
        for number in gone.numbers:
            for owner in contacts.owners(company, number):
                if not owner.id and owner.crm == crm:
                    left = tuple(n for n in contacts.numbers(company, owner) if n not in gone.numbers)
                    contacts.upsert(company, crm, [Entry(contact=owner, numbers=left)])

    def _known(self, crm: str, error: type[Error] = RulesError) -> None:
        if crm and crm not in self._book.crms:
            raise error(f"{self._book.company} has no CRM {crm!r}{did_you_mean(crm, self._book.crms)}")


def _counted(found: Iterable[Entry], advance: Callable[[int], None]) -> Iterator[Entry]:
    for read, entry in enumerate(found, 1):
        if read % STEP == 0:
            advance(read)
        yield entry
