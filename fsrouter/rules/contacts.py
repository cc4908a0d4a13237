"""Contacts from CSV: `id,name,title,account_id,account,territory,owner,phones` and any further field of the CRM.

Rows stream, so that a hundred thousand contacts take no more memory than their ids. A row without an `id` is a
company's own number. Which contacts the rows are, `engine.contacts` says; where contacts are kept is no affair of this
module.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from fsrouter.engine import contacts
from fsrouter.engine.contacts import TEXTS, Contact, Entry
from fsrouter.engine.model.scalars import MAX_TEXT
from fsrouter.engine.numbers import cells
from fsrouter.errors import Refused
from fsrouter.rules import csv_cells
from fsrouter.rules.csv_reader import CsvReader, Row

COLUMNS = ("id", "crm", *TEXTS, "phones", "delete")


def entries(path: Path, country: str, crm: str = "", only: bool = False) -> Iterator[Entry]:
    """The contacts of a CSV file, one at a time. `crm` is the connection that they belong to where no column `crm`
    says so; with `only` it is that of all, whatever the column says.

    Raises InvalidFile with every bad row at the end, so that what was made of the rows before must be undone then.
    """
    reader = CsvReader(path, COLUMNS, ("id", "phones"), further=True)
    joining = contacts.Joining()
    for row in reader:
        try:
            complete = joining.add(_entry(row, country, crm, only))
        except ValueError as error:
            reader.add_error(row.line, error)
            continue
        if complete and not reader.errors:
            yield complete
    reader.raise_errors()
    yield from joining.rest()


def by_number(path: Path, country: str) -> dict[str, tuple[Contact, ...]]:
    """The contacts of a CSV file by the numbers that they own, each in the order in which contacts are tried; they
    stand for every CRM. Raises InvalidFile.
    """
    found = contacts.by_number(entries(path, country))
    return {number: tuple(msgspec.structs.replace(c, crm="") for c in owners) for number, owners in found.items()}


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
