"""Contacts from a CSV file into the contact cache, all of them or none.

Rows add and change by CRM and id; only a row whose column `delete` says yes removes. They stream from the file into
one transaction, so a hundred thousand take no more memory than one batch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import did_you_mean
from fsrouter.errors import Error, RulesError, UsageError
from fsrouter.rules.contacts import COMPANY, DELETE, ContactRow, rows
from fsrouter.store import Entry, Store

#: Rows between two reports of progress.
STEP = 100

#: Companies by how the cache tells them apart: CRM, then the account's id, or its name without case.
Companies = dict[tuple[str, str], Entry]


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
        self._companies: Companies = {}
        self._gone: list[ContactRow] = []
        self._now = store.clock()

    def run(self, path: Path, advance: Callable[[int], None] = lambda read: None) -> Imported:
        """Import a file; `advance` is told now and then how many rows have been read.

        Raises rules.file_errors.InvalidFile with every bad row, RulesError for an unknown CRM in a row, and UsageError
        when that of the whole import is unknown.
        """
        self._known(self._crm, UsageError)
        found = _counted(rows(path, self._book.header.country, self._crm), advance)
        contacts, company = 0, self._book.company
        with self._store.together():
            for crm, group in itertools.groupby(found, key=lambda row: row.contact.crm):
                self._known(crm)
                contacts += self._store.contacts.upsert(company, crm, self._people(group))
            for (crm, _), entry in self._companies.items():
                self._store.contacts.upsert(company, crm, [entry])
            for row in self._gone:
                self._remove(row)
        return Imported(company=company, contacts=contacts, companies=len(self._companies), removed=len(self._gone))

    def _people(self, group: Iterable[ContactRow]) -> Iterator[Entry]:
        """The contacts of a group of rows; the other kinds are kept for later, since there are few of them."""
        for row in group:
            contact = replace(row.contact, synced=self._now)
            if row.kind == DELETE:
                self._gone.append(row)
            elif row.kind == COMPANY:
                key = contact.crm, contact.account_id or contact.account.casefold()
                numbers = (*self._companies[key].numbers, *row.numbers) if key in self._companies else row.numbers
                self._companies[key] = Entry(contact=contact, numbers=numbers)
            else:
                yield Entry(contact=contact, numbers=row.numbers)

    def _remove(self, row: ContactRow) -> None:
        """Remove a contact by its id; of a company's own, the numbers that the row names."""
        company, crm, contacts = self._book.company, row.contact.crm, self._store.contacts
        if row.contact.id:
            contacts.upsert(company, crm, (), remove=[row.contact.id])
            return
        for number in row.numbers:
            for owner in contacts.owners(company, number):
                if not owner.id and owner.crm == crm:
                    left = tuple(n for n in contacts.numbers(company, owner) if n not in row.numbers)
                    contacts.upsert(company, crm, [Entry(contact=owner, numbers=left)])

    def _known(self, crm: str, error: type[Error] = RulesError) -> None:
        if crm and crm not in self._book.crms:
            raise error(f"{self._book.company} has no CRM {crm!r}{did_you_mean(crm, self._book.crms)}")


def _counted(found: Iterable[ContactRow], advance: Callable[[int], None]) -> Iterator[ContactRow]:
    for read, row in enumerate(found, 1):
        if read % STEP == 0:
            advance(read)
        yield row
