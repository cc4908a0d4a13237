"""Contacts from files: CSV in the layout of any product, and vCard. Which columns mean what, `engine.layouts` says.

Rows stream, so that any number of contacts takes the memory of one. A row without id and name is a company's own
number. Which contacts the rows are, `engine.contacts` says; where contacts are kept is no affair of this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fsrouter.engine import contacts
from fsrouter.engine.contacts import TEXTS, Contact, Entry
from fsrouter.engine.layouts import FIRST, LABEL, LAST, MAP, MIDDLE, Layout, mapped, recognised
from fsrouter.engine.layouts.address_books import VCARD
from fsrouter.engine.layouts.crms import OWN
from fsrouter.engine.model.crms import TYPES
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import MAX_TEXT
from fsrouter.engine.numbers import cells
from fsrouter.engine.text import find
from fsrouter.engine.words import did_you_mean
from fsrouter.errors import Refused
from fsrouter.rules import csv_cells
from fsrouter.rules.csv_reader import MAX_COLUMNS, CsvReader, Row
from fsrouter.rules.file_errors import FileError, InvalidFile
from fsrouter.rules.text_lines import NO_TEXT, not_text
from fsrouter.rules.unread import Unread, by_line
from fsrouter.rules.vcard_reader import VCardReader, is_vcard

#: Characters of a heading.
LONGEST_HEADING = 200
#: Which of several numbers a heading is about: `Phone 2 - Value` has its kind in `Phone 2 - Label`.
_PLACE = re.compile(r"\d+")
#: What of a row says whose it is.
_SINGLE = ("id", "crm", *TEXTS, "email", "delete")


class ContactsFile:
    """A file of contacts, to be read once from top to bottom: its rows, each with the ids that its contact and account
    are known by. Its headings say which layout it has, unless `format` does, or `map` names the columns.

    `crm` is the connection that contacts belong to where no column says so; with `only` it is that of all, whatever a
    column says. With `by_layout`, where `crm` is empty, contacts of a product belong to the company's only connection
    of that type: `crm` is right, and `layout` known, from the first row on.

    What could not be read is in `unread`, and the rest is read all the same; not so with `strict`. Iterating raises
    InvalidFile for a file that cannot be read at all, and at its end for one of which strictly not all could be, so
    that what was made of the rows before must be undone then.
    """

    def __init__(
        self,
        path: Path,
        book: RuleBook,
        crm: str = "",
        *,
        only: bool = False,
        by_layout: bool = False,
        format: str = "",
        map: Mapping[str, Sequence[str]] | None = None,
        strict: bool = False,
    ) -> None:
        self.crm = crm
        self.layout = OWN
        self.unread = Unread()
        self._path = path
        self._book = book
        self._only = only
        self._by_layout = by_layout
        self._format = format
        self._map = map or {}
        self._strict = strict
        self._country = book.header.country
        self._columns: dict[str, tuple[str, ...]] = {}

    def __iter__(self) -> Iterator[Entry]:
        reader = self._reader()
        for row in reader:
            try:
                yield from self._entries(row)
            except ValueError as error:
                self.unread.leave_out(row.line, str(error))
        for fault in reader.errors:
            self.unread.leave_out(fault.line, fault.message)
        self.unread.rows += reader.faults - len(reader.errors)
        self.unread.listed.sort(key=by_line)
        if self._strict and self.unread:
            raise InvalidFile(self.unread.errors(self._path))

    def _reader(self) -> CsvReader | VCardReader:
        try:
            if wrong := not_text(self._path):
                raise self._invalid(0, wrong)
            cards = is_vcard(self._path)
        except OSError as error:
            raise self._invalid(0, f"cannot be read: {error.strerror or error}") from None
        if cards and (self._map or self._format not in ("", VCARD.name)):
            raise self._invalid(1, "is a vCard file, whose properties are known; leave --format and --map out")
        if not cards and self._format == VCARD.name:
            raise self._invalid(1, "is no vCard file: it does not begin with BEGIN:VCARD")
        if not cards:
            return CsvReader(self._path, (), (), name=self._named)
        self._has_layout(VCARD, [heading for headings in VCARD.headings.values() for heading in headings])
        return VCardReader(self._path)

    def _invalid(self, line: int, why: str) -> InvalidFile:
        return InvalidFile([FileError(str(self._path), line, 0, why)])

    def _named(self, headings: Sequence[str], sure: bool) -> list[str]:
        """The columns by their headings, each another: `Titre` and `Titre (2)`. Raises Refused when the headings do not
        say what the columns are; `sure`, also when only the format does.
        """
        if not headings:
            raise Refused("is empty; the first line names the columns")
        if len(headings) > MAX_COLUMNS:
            raise Refused(f"has more than {MAX_COLUMNS} columns")
        names: list[str] = []
        for place, heading in enumerate(headings, 1):
            if unsafe := find(heading, lines=True):
                raise Refused(f"has a heading that {unsafe}")
            name = " ".join(heading.split())[:LONGEST_HEADING] or f"column {place}"
            count = sum(before == name or before.startswith(f"{name} (") for before in names)
            names.append(f"{name} ({count + 1})" if name in names else name)
        base = recognised(names, self._format, sure) if self._format or not self._map else None
        self._has_layout(mapped(names, self._map, base) if self._map or base is None else base, names)
        return names

    def _has_layout(self, layout: Layout, headings: Sequence[str]) -> None:
        self.layout, self._columns = layout, layout.arranged(headings)
        self._single = [what for what in _SINGLE if what in self._columns]
        self._lists = [heading for what in layout.lists for heading in self._columns.get(what, ())]
        self._labels = {
            heading: label
            for label in self._columns.get(LABEL, ())
            for heading in self._columns.get("phones", ())
            if _PLACE.findall(heading) == _PLACE.findall(label)
        }
        # An address of mail is a field too, by which rules can decide.
        self._further = (*self._columns.get("", ()), *self._columns.get("email", ()))
        self._ids = TYPES[layout.crm].CAN.ids if layout.crm else None
        if self._by_layout and layout.crm and not self.crm:
            named = [name for name, crm in self._book.crms.items() if isinstance(crm, TYPES[layout.crm])]
            self.crm = named[0] if len(named) == 1 else ""

    def _entries(self, row: Row) -> Iterator[Entry]:
        """The contact of a row, and its company where the row has that one's own numbers. Raises Refused when the row
        is nobody's.
        """
        texts = {what: self._text(row, what) for what in self._single}
        named = "" if self._only else texts.get("crm", "")
        if named and named not in self._book.crms:
            raise Refused(f"has the crm {named[:60]!r}, which the company lacks{did_you_mean(named, self._book.crms)}")
        where = named or self.crm
        known: dict[str, Any] = {name: texts.get(name, "") for name in TEXTS}
        known["account_id"] = cells.plain(known["account_id"])
        known["owner"] = self._ids.read(known["owner"]) if self._ids else known["owner"]
        for name in self.layout.lists:
            known[name] = self._first(known[name], name, texts)
        id, email = cells.plain(texts.get("id", "")), texts.get("email", "")
        if cells.is_shortened(id) or NO_TEXT in id:
            raise Refused(f"has the id {id[:60]!r}, which is none; format the column as text and export it again")
        known["name"] = known["name"] or self._full_name(row) or (email if id or not known["account"] else "")
        numbers, company = self._numbers(row, "phones"), self._numbers(row, "account_phones")
        gone = csv_cells.yes(texts.get("delete", ""))
        if company and not (known["account"] or known["account_id"]):
            numbers, company = (*numbers, *company), ()
        if company and not gone:
            own = Contact(
                crm=where, account=known["account"], account_id=known["account_id"], territory=known["territory"]
            )
            yield self._told(Entry(contact=own, numbers=company))
        if id or known["name"] or numbers or (not company and self._is_empty(row)):
            contact = Contact(id=id, crm=where, fields=self._fields(row), **known)
            yield self._told(Entry(contact=contact, numbers=numbers, gone=gone))

    def _is_empty(self, row: Row) -> bool:
        """Whether a row without anybody lacks what it should have. Products' lists have companies and addresses of mail
        that nobody calls from; and a cell that could not be read has been counted.
        """
        numbers = (*self._columns.get("phones", ()), *self._columns.get("account_phones", ()))
        return self.layout.name in (OWN.name, MAP) and not any(row.cells.get(heading) for heading in numbers)

    def _told(self, row: Entry) -> Entry:
        """A row with the ids that it is known by. Raises Refused when it is nobody's."""
        entry = contacts.identified(row, self._ids or self._book.ids(row.contact.crm))
        if nobody := contacts.problem(entry):
            raise Refused(nobody)
        return entry

    def _text(self, row: Row, what: str) -> str:
        """What the columns of a kind say: the first that is not empty; of names that were mapped all."""
        found: list[str] = []
        for heading in self._columns[what]:
            if text := " ".join(row.cells.get(heading, "").split()):
                if len(text) > MAX_TEXT:
                    raise Refused(f"{heading} is longer than {MAX_TEXT} characters")
                self._complain(row, heading, text)
                found.append(text)
        return " ".join(found if what == "name" and what in self._map else found[:1])

    def _complain(self, row: Row, heading: str, text: str) -> None:
        """List a cell with bytes that are no text; the rest of it is taken."""
        if not text.isascii() and NO_TEXT in text:
            self.unread.add(row.line, heading, text, "has bytes that are no text")

    def _full_name(self, row: Row) -> str:
        parts = (self._text(row, part) for part in (FIRST, MIDDLE, LAST) if part in self._columns)
        return " ".join(filter(None, parts))

    def _first(self, text: str, what: str, texts: Mapping[str, str]) -> str:
        """The first of several values, where a product writes lists: of companies the one that is named first."""
        several = what in self.layout.lists and (what == "account_id" or ";" in texts.get("account_id", ";"))
        return text.partition(";")[0].strip() if several else text

    def _numbers(self, row: Row, what: str) -> tuple[str, ...]:
        found: tuple[str, ...] = ()
        for heading in self._columns.get(what, ()):
            label = self._labels.get(heading)
            if (text := row.cells.get(heading)) and not (label and cells.is_fax(row.cells[label])):
                numbers, unread = cells.numbers_of([text], self._country)
                found = (*found, *numbers) if found else numbers
                for part in unread:
                    self.unread.add(row.line, heading, part.text, part.problem)
        return tuple(dict.fromkeys(found)) if len(found) > 1 else found

    def _fields(self, row: Row) -> dict[str, str]:
        """The further fields of the CRM, and lists of which only the first is taken."""
        found: dict[str, str] = {}
        further = self._further if self.layout is not VCARD else self._properties(row)
        for heading in (*further, *(heading for heading in self._lists if ";" in row.cells.get(heading, ""))):
            text = " ".join(row.cells.get(heading, "").split())
            if len(text) > MAX_TEXT:
                self.unread.add(row.line, heading, text[: cells.LONGEST], f"is longer than {MAX_TEXT} characters")
                continue
            if text:
                self._complain(row, heading, text)
                found[heading] = text
        return found

    def _properties(self, row: Row) -> Iterator[str]:
        return (name for name in row.cells if not VCARD.what(name) or name == "EMAIL")


def by_number(
    path: Path,
    book: RuleBook,
    unread: Unread | None = None,
    format: str = "",
    map: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, tuple[Contact, ...]]:
    """The contacts of a file by the numbers that they own, in the form in which numbers are compared, each in the order
    in which contacts are tried; those of rows that name no CRM stand for every one. What could not be read is added to
    `unread`. Raises InvalidFile.
    """
    file = ContactsFile(path, book, format=format, map=map)
    if unread is not None:
        file.unread = unread
    return contacts.by_number(file, tuple(book.crms))
