"""Contacts from CSV: `id,name,title,account_id,account,territory,owner,phones` and any further field of the CRM.

Rows stream, so that a hundred thousand contacts take no more memory than their ids. A row without an `id` is a
company's own number. Knows nothing of where contacts are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from fsrouter.engine.model.scalars import MAX_TEXT
from fsrouter.engine.numbers import cells
from fsrouter.engine.walk.facts import Contact
from fsrouter.errors import Refused
from fsrouter.rules import csv_cells
from fsrouter.rules.csv_reader import CsvReader, Row

COLUMNS = ("id", "crm", "name", "title", "account_id", "account", "territory", "owner", "phones", "delete")
OF_THE_CONTACT = ("id", "crm", "name", "title", "account_id", "account", "territory", "owner")

#: The kinds of rows.
CONTACT, COMPANY, DELETE = "contact", "company", "delete"


class ContactRow(NamedTuple):
    """A row of contacts: the contact, its numbers in E.164, and which kind of row it is: `contact`; `company` (a
    company's own number, without an id); or `delete` (by CRM and id, or by the numbers where there is no id).
    """

    contact: Contact
    numbers: tuple[str, ...]
    kind: str


def rows(path: Path, country: str, crm: str = "") -> Iterator[ContactRow]:
    """The contacts of a CSV file, one at a time. `crm` is the connection that they belong to where no column `crm`
    says so.

    Rows of one contact that stand one below the other are one contact with all of their numbers. Raises InvalidFile
    with every bad row at the end, so that what was made of the rows before must be undone then.
    """
    reader = CsvReader(path, COLUMNS, ("id", "phones"), further=True)
    seen: set[str] = set()
    last: ContactRow | None = None
    for row in reader:
        try:
            found = _row(row, country, crm)
            key = found.contact.crm, found.contact.id
            if last and found.contact.id and found.kind == last.kind and key == (last.contact.crm, last.contact.id):
                last = _joined(last, found)
                continue
            if found.contact.id and "\0".join(key) in seen:
                raise Refused(f"{key[1]!r} stands further up already; put a contact's rows together")
            if found.contact.id:
                seen.add("\0".join(key))
        except ValueError as error:
            reader.add_error(row.line, error)
            continue
        if last and not reader.errors:
            yield last
        last = found
    reader.raise_errors()
    if last:
        yield last


def by_number(path: Path, country: str) -> dict[str, tuple[Contact, ...]]:
    """The contacts of a CSV file by the numbers that they own, each in the order in which contacts are tried; they
    stand for every CRM. Raises InvalidFile.
    """
    found: dict[str, list[Contact]] = {}
    for row in rows(path, country):
        for number in row.numbers if row.kind != DELETE else ():
            found.setdefault(number, []).append(msgspec.structs.replace(row.contact, crm=""))
    return {number: tuple(sorted(owners, key=lambda c: (not c.id, c.id))) for number, owners in found.items()}


def _row(row: Row, country: str, crm: str) -> ContactRow:
    found = {column: " ".join(text.split()) for column, text in row.cells.items() if column != "phones"}
    found["id"] = cells.plain(found["id"])
    for column, text in found.items():
        if len(text) > MAX_TEXT:
            raise Refused(f"{column} is longer than {MAX_TEXT} characters")
    fields = {column: text for column, text in found.items() if text and column not in COLUMNS}
    known: dict[str, Any] = {column: found.get(column, "") for column in OF_THE_CONTACT}
    contact = Contact(fields=fields, **(known | {"crm": known["crm"] or crm}))
    numbers, unread = cells.numbers_of([row.cells["phones"]], country)
    if unread:
        raise Refused(f"{unread[0].text[:60]!r} {unread[0].problem}")
    return ContactRow(contact, numbers, _kind(contact, numbers, found.get("delete", "")))


def _kind(contact: Contact, numbers: tuple[str, ...], delete: str) -> str:
    if not contact.id and not numbers:
        raise Refused("has neither an id nor a number")
    if csv_cells.yes(delete):
        return DELETE
    if contact.id:
        return CONTACT
    if not contact.account and not contact.account_id:
        raise Refused("has neither an id nor an account, so it is nobody's number")
    return COMPANY


def _joined(first: ContactRow, second: ContactRow) -> ContactRow:
    """Two rows of one contact as one: all numbers, and of each field what is said first. Raises Refused when the
    rows contradict each other.
    """
    merged: dict[str, Any] = {"fields": second.contact.fields | first.contact.fields}
    for column in OF_THE_CONTACT:
        old, new = getattr(first.contact, column), getattr(second.contact, column)
        if old and new and old != new:
            raise Refused(f"gives {first.contact.id!r} the {column} {new[:60]!r}; the row above says {old[:60]!r}")
        merged[column] = old or new
    numbers = tuple(dict.fromkeys((*first.numbers, *second.numbers)))
    return ContactRow(msgspec.structs.replace(first.contact, **merged), numbers, first.kind)
