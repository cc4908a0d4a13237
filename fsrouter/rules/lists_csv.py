"""The entries of a list of callers as a CSV file, both ways.

A row has a number, the beginning of numbers, or a contact; who put it on the list, why, when and until when. Rows add
and change by what they name; only a row whose column `delete` says yes removes. Every bad row is an error with its
line, and then nothing is taken. A file of any length takes the memory of a few rows: what was read waits in a file.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from fsrouter.engine import times
from fsrouter.engine.model import lists
from fsrouter.engine.model.lists import CONTACT, KINDS, NUMBER, PREFIX, Change, Listed, Member
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.numbers import cells
from fsrouter.engine.text import removed
from fsrouter.errors import Refused, UsageError
from fsrouter.rules import csv_cells
from fsrouter.rules.csv_reader import CsvReader, Row
from fsrouter.rules.file_errors import FileError, InvalidFile

COLUMNS = (*KINDS, "who", "why", "at", "until")
#: Columns that a file may lack: of entries that are there already these stay as they are.
OPTIONAL = ("who", "why", "at", "until")
#: Rows between two reports of progress.
STEP = 1000

_encode, _decoder = msgspec.json.encode, msgspec.json.Decoder(Change)


@dataclass
class ListFile:
    """A CSV file of one list's entries, for a company's `book`. What its rows do not say is taken from who reads it
    `now` (epoch): `who`. Used in a `with` block, which keeps what was read.
    """

    path: Path
    book: RuleBook
    name: str
    who: str
    now: float
    rows: int = field(default=0, init=False)
    lacks: frozenset[str] = field(default=frozenset(OPTIONAL), init=False)
    _read: IO[bytes] = field(init=False, repr=False)

    def __enter__(self) -> ListFile:
        self._read = tempfile.TemporaryFile()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._read.close()

    def read(self, advance: Callable[[int], None] = lambda read: None) -> None:
        """Read the whole file; `advance` is told now and then how many rows have been. Raises InvalidFile with every
        bad row.
        """
        reader = CsvReader(self.path, (*COLUMNS, "delete"), ())
        for row in reader:
            if not self.rows:
                self._heading(row)
            try:
                self._read.write(_encode(self._change(row)) + b"\n")
            except ValueError as error:
                reader.add_error(row.line, error)
            self.rows += 1
            if self.rows % STEP == 0:
                advance(self.rows)
        reader.raise_errors()

    def changes(self) -> Iterator[Change]:
        """What was read, in the order of the rows."""
        self._read.seek(0)
        return map(_decoder.decode, self._read)

    def _heading(self, row: Row) -> None:
        if not row.cells.keys() & set(KINDS):
            missing = f"lacks a column {', '.join(KINDS[:-1])} or {KINDS[-1]}; the first line names the columns"
            raise InvalidFile([FileError(str(self.path), 1, 0, missing)])
        self.lacks = frozenset(OPTIONAL) - row.cells.keys()

    def _change(self, row: Row) -> Change:
        """What a row says. Raises Refused."""
        texts = row.cells
        at = self._moment("at", texts)
        entry = Listed(
            list=self.name,
            member=_member(texts, self.book.context),
            who=cells.plain(texts.get("who", "")) or self.who,
            why=lists.why(cells.plain(texts.get("why", ""))),
            at=float(int(self.now)) if at is None else at,
            until=self._moment("until", texts),
        )
        return Change(listed=entry, gone=csv_cells.yes(texts.get("delete", "")))

    def _moment(self, column: str, texts: dict[str, str]) -> float | None:
        text = cells.plain(texts.get(column, ""))
        try:
            return float(round(times.parse_moment(text, self.book.header.timezone, self.now))) if text else None
        except UsageError as error:
            raise Refused(f"{column}: {error}") from None


def _member(texts: dict[str, str], context: Context) -> Member:
    given = [(kind, text) for kind in KINDS if (text := cells.plain(texts.get(kind, "")))]
    if len(given) != 1:
        named = " and ".join(kind for kind, _ in given) or "neither number, prefix nor contact"
        raise Refused(f"has {named}; a row has one of {', '.join(KINDS)}")
    ((kind, text),) = given
    try:
        if kind == CONTACT:
            if cells.is_shortened(text):
                raise Refused("was an id before a spreadsheet shortened it; format the column as text")
            return lists.contact(text)
        if kind == PREFIX:
            return lists.prefix(text.removesuffix("*"))
        return lists.member(texts[NUMBER], context, csv_cells.number)
    except ValueError as error:
        raise Refused(f"{kind}: {text[: lists.LONGEST_QUOTED]!r} {error}") from None


def written(entries: Iterable[Listed], zone: str) -> Iterator[str]:
    """The lines of a CSV file of some entries, the heading first; moments on the clock of a time zone."""
    line = io.StringIO()
    sheet = csv.writer(line, lineterminator="")

    def of(row: Iterable[Any]) -> str:
        line.seek(0)
        line.truncate()
        sheet.writerow(row)
        return line.getvalue()

    yield of(COLUMNS)
    for each in entries:
        member = [each.member.value if each.member.kind == kind else "" for kind in KINDS]
        texts = (csv_cells.guarded(text) for text in (*member, removed(each.who, "?"), each.why))
        ends = "" if each.until is None else times.local(each.until, zone)
        yield of((*texts, times.local(each.at, zone), ends))
