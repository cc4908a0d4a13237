"""A CSV file as spreadsheets and CRMs write them: rows by column name, each with its line.

Delimiter, encoding and heading are found out; what cannot be meant is an error with its line, and costs no other row.
Rows stream, so a file of any length takes the memory of one row. Knows nothing of what the rows say.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TextIO

from fsrouter.engine.text import find, visible
from fsrouter.engine.words import did_you_mean
from fsrouter.errors import Refused
from fsrouter.rules.file_errors import Faulty, FileError, InvalidFile
from fsrouter.rules.text_lines import CENTRAL, NO_TEXT, WESTERN, Lines, mended, not_text, opened

DELIMITERS = ",;\t|"
MAX_COLUMNS = 500


class Row(NamedTuple):
    """A row: the line on which it begins, and its cells by column, without space around them."""

    line: int
    cells: dict[str, str]


@dataclass
class CsvReader(Faulty):
    """A CSV file, to be read once from top to bottom.

    `known` are the columns that mean something; their names are compared without case, space counting as underscore.
    With `further`, any other column is kept by the name that it has; without, it is a fault. `ignored` columns may
    stand there for people. Where `name` is given, it alone says how the columns are called, each by another name, or
    raises Refused; asked to be sure, it raises as well when it is not. Cells may then have NO_TEXT in them.

    What is wrong with a row is in `errors`, of which there were `faults`; `raise_errors` raises them.
    """

    known: tuple[str, ...]
    required: tuple[str, ...]
    further: bool = field(default=False, kw_only=True)
    ignored: tuple[str, ...] = field(default=(), kw_only=True)
    name: Callable[[Sequence[str], bool], list[str]] | None = field(default=None, kw_only=True)

    def __iter__(self) -> Iterator[Row]:
        try:
            if wrong := not_text(self.path):
                raise InvalidFile([FileError(str(self.path), 0, 0, wrong)])
            with opened(self.path) as file:
                yield from self._rows(file)
        except OSError as error:
            raise InvalidFile([FileError(str(self.path), 0, 0, f"cannot be read: {error.strerror or error}")]) from None

    def _rows(self, file: TextIO) -> Iterator[Row]:
        delimiter, before = _opening(file)
        lines = Lines(file, before)
        rows = self._parted(csv.reader(lines, delimiter=delimiter, strict=True), lines)
        first, heading = next(rows, (1, []))
        columns, older = self._named(first, heading)
        self.raise_errors()
        for line, raw in rows:
            # Most rows are ASCII, in which there is nothing to mend.
            plain = "".join(raw)
            cells = raw if plain.isascii() else [visible(mended(cell, older)) for cell in raw]
            while len(cells) > len(columns) and not cells[-1].strip():
                cells.pop()
            if len(cells) != len(columns):
                self.add_error(line, f"has {len(cells)} cells where the heading has {len(columns)}")
                lines.back_to(_next_row(lines.taken, delimiter, len(columns)))
            elif not (cells is raw and plain.isprintable()) and (unsafe := find("\n".join(cells), lines=True)):
                self.add_error(line, unsafe)
            elif not self.name and any(
                NO_TEXT in cell and NO_TEXT not in was for cell, was in zip(cells, raw, strict=False)
            ):
                self.add_error(line, "has bytes that are no text that can be read; save it as CSV in UTF-8")
            else:
                yield Row(line, dict(zip(columns, map(str.strip, cells), strict=True)))

    def _parted(self, reader: Iterator[list[str]], lines: Lines) -> Iterator[tuple[int, list[str]]]:
        """Every row that is not empty, with the number of its first line."""
        while True:
            line = lines.begin()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self.add_error(line, f"is no row of CSV ({error}); look at its quotes")
                # A quote that nobody closes must not take the rows behind it along.
                lines.back_to(1)
                continue
            if any(cell.strip() for cell in cells):
                yield line, cells

    def _named(self, line: int, heading: list[str]) -> tuple[list[str], str]:
        """The names of the columns as the rest of the program knows them, and the encoding of what is no UTF-8."""
        if self.name is None:
            return self._columns(line, [visible(mended(cell)) for cell in heading]), WESTERN
        refused = ""
        for older, sure in ((WESTERN, True), (CENTRAL, True), (WESTERN, False)):
            cells = [visible(mended(cell, older)).strip() for cell in heading]
            while cells and not cells[-1]:
                cells.pop()
            try:
                return self.name(cells[: MAX_COLUMNS + 1], sure), older
            except Refused as error:
                refused = str(error)
        if not self.errors:
            self.add_error(line, refused)
        return [], WESTERN

    def _columns(self, line: int, heading: list[str]) -> list[str]:
        """The names of the columns as the rest of the program knows them."""
        written = {name.casefold(): name for name in (*self.known, *self.ignored)}
        columns = [written.get("_".join(cell.split()).casefold(), cell.strip()) for cell in heading]
        while columns and not columns[-1]:
            columns.pop()
        if len(columns) > MAX_COLUMNS:
            self.add_error(line, f"has more than {MAX_COLUMNS} columns")
        for i, name in enumerate(columns):
            if name in columns[:i]:
                self.add_error(line, f"has two columns {name!r}")
            elif name not in written.values() and not self.further:
                self.add_error(line, f"has the unknown column {name[:60]!r}{did_you_mean(name, self.known)}")
            elif not name or find(name, lines=True) or len(name) > 100:
                self.add_error(line, "has a column without a name, or with one that is none; mend the heading")
        for name in self.required:
            if name not in columns:
                self.add_error(line, f"lacks the column {name!r}; the first line names the columns")
        return columns


def _opening(file: TextIO) -> tuple[str, int]:
    """The delimiter, and how many lines come before the heading. Excel writes `sep=;` into a line of its own."""
    first = file.readline(1 << 16)
    if found := re.fullmatch(r"\"?sep=([,;\t|])\"?\s*", first):
        return found[1], 1
    file.seek(0)
    bare = re.sub(r'"[^"]*"?', "", first)
    return max(DELIMITERS, key=bare.count), 0


def _next_row(lines: Sequence[str], delimiter: str, width: int) -> int:
    """Which of the lines that were taken for one row begins another; their number where none does."""
    for place, line in enumerate(lines[1:], 1):
        try:
            if len(next(csv.reader([line], delimiter=delimiter, strict=True), [])) == width:
                return place
        except csv.Error:
            continue
    return len(lines)
