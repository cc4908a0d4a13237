"""Contacts from CSV: `id,name,title,account_id,account,territory,owner,phones` and any further field of the CRM.

Rows stream, so that any number of contacts takes the memory of one. A row without `id` and `name` is a company's own
number. Which contacts the rows are, `engine.contacts` says; where contacts are kept is no affair of this
module.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fsrouter.engine import contacts
from fsrouter.engine.contacts import TEXTS, Contact, Entry
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import MAX_TEXT
from fsrouter.engine.numbers import cells
from fsrouter.errors import Refused
from fsrouter.rules import csv_cells
from fsrouter.rules.csv_reader import CsvReader, Row

COLUMNS = ("id", "crm", *TEXTS, "phones", "delete")


def entries(path: Path, book: RuleBook, crm: str = "", only: bool = False) -> Iterator[Entry]:
    """The rows of a CSV file, one at a time, each with the ids that its contact and account are known by. `crm` is the
    connection that they belong to where no column `crm` says so; with `only` it is that of all, whatever the column
    says.

    Raises InvalidFile with every bad row at the end, so that what was made of the rows before must be undone then.
    """
    reader = CsvReader(path, COLUMNS, ("id", "phones"), further=True)
    for row in reader:
        try:
            entry = _entry(row, book.header.country, crm, only)
            entry = contacts.identified(entry, book.ids(entry.contact.crm))
            if nobody := contacts.problem(entry):
                raise Refused(nobody)
        except ValueError as error:
            reader.add_error(row.line, error)
            continue
        if not reader.errors:
            yield entry
    reader.raise_errors()


def by_number(path: Path, book: RuleBook) -> dict[str, tuple[Contact, ...]]:
    """The contacts of a CSV file by the numbers that they own, in the form in which numbers are compared, each in the
    order in which contacts are tried; those of rows that name no CRM stand for every one. Raises InvalidFile.
    """
    return contacts.by_number(entries(path, book), tuple(book.crms))


def _entry(row: Row, country: str, crm: str, only: bool) -> Entry:
    found = {column: " ".join(text.split()) for column, text in row.cells.items() if column != "phones"}
    found["id"] = cells.plain(found["id"])
    for column, text in found.items():
        if len(text) > MAX_TEXT:
            raise Refused(f"{column} is longer than {MAX_TEXT} characters")
    numbers, unread = cells.numbers_of([row.cells["phones"]], country)
    if unread:
        raise Refused(f"{unread[0].text[:60]!r} {unread[0].problem}")
    fields = {column: text for column, text in found.items() if text and column not in COLUMNS}
    known: dict[str, Any] = {column: found.get(column, "") for column in ("id", *TEXTS)}
    where = crm if only else found.get("crm") or crm
    return Entry(
        contact=Contact(crm=where, fields=fields, **known), numbers=numbers, gone=csv_cells.yes(found.get("delete", ""))
    )
