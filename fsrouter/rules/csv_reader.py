"""A CSV file as spreadsheets and CRMs write them: rows by column name, each with its line.

Delimiter, encoding and heading are found out; what cannot be meant is an error with its line. Rows stream, so a
file of any length takes the memory of one row. Knows nothing of what the rows say.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TextIO

from fsrouter.engine.model.scalars import did_you_mean
from fsrouter.engine.text import find, visible
from fsrouter.rules.file_errors import FileError, InvalidFile

DELIMITERS = ",;\t|"
MAX_COLUMNS = 500
CHUNK = 1 << 20

#: More bad rows than this are not looked for: such a file as a whole is something else.
MAX_ERRORS = 10_000


class Row(NamedTuple):
    """A row: the line on which it begins, and its cells by column, without space around them."""

    line: int
    cells: dict[str, str]


@dataclass
class CsvReader:
    """A CSV file, to be read once from top to bottom.

    `known` are the columns that mean something; their names are compared without case, space counting as underscore.
    With `further`, any other column is kept by the name that it has; without, it is a fault. `ignored` columns may
    stand there for people. After the rows, `raise_errors` raises what was wrong with any of them.
    """

    path: Path
    known: tuple[str, ...]
    required: tuple[str, ...]
    further: bool = field(default=False, kw_only=True)
    ignored: tuple[str, ...] = field(default=(), kw_only=True)
    errors: list[FileError] = field(default_factory=list, init=False)

    def add_error(self, line: int, message: object) -> None:
        """Note what is wrong with a row."""
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(FileError(str(self.path), line, 0, str(message)))

    def raise_errors(self) -> None:
        """Raise InvalidFile if anything was wrong."""
        if self.errors:
            raise InvalidFile(self.errors)

    def __iter__(self) -> Iterator[Row]:
        try:
            encoding = encoding_of(self.path)
            with self.path.open(encoding=encoding, newline="") as file:
                yield from self._rows(file)
        except OSError as error:
            raise InvalidFile([FileError(str(self.path), 0, 0, f"cannot be read: {error.strerror or error}")]) from None
        except UnicodeDecodeError:
            self.add_error(0, "is no text that can be read; save it as CSV in UTF-8")

    def _rows(self, file: TextIO) -> Iterator[Row]:
        delimiter, before = _opening(file)
        lines = self._lines(csv.reader(file, delimiter=delimiter, strict=True), before)
        first, heading = next(lines, (1, []))
        columns = self._columns(first, heading)
        self.raise_errors()
        for line, cells in lines:
            while len(cells) > len(columns) and not cells[-1].strip():
                cells.pop()
            if len(cells) != len(columns):
                self.add_error(line, f"has {len(cells)} cells where the heading has {len(columns)}")
            elif unsafe := find("\n".join(cells), lines=True):
                self.add_error(line, unsafe)
            else:
                yield Row(line, dict(zip(columns, map(str.strip, cells), strict=True)))

    def _lines(self, reader: Iterator[list[str]], before: int) -> Iterator[tuple[int, list[str]]]:
        """Every line that is not empty, with its number."""
        while True:
            line = before + reader.line_num + 1  # type: ignore[attr-defined]
            try:
                cells = list(map(visible, next(reader)))
            except StopIteration:
                return
            except csv.Error as error:
                self.add_error(line, f"is no row of CSV ({error}); look at its quotes")
                continue
            if any(cell.strip() for cell in cells):
                yield line, cells

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


def line_count(path: Path) -> int:
    """How many lines a file has, so about how many rows."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(CHUNK), b""))


def encoding_of(path: Path) -> str:
    """How a file's text is encoded: UTF-8 or UTF-16 with or without its mark, else Windows-1252."""
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if head[1::2].count(0) * 2 > len(head[1::2]):
            return "utf-16-le"
        if head[::2].count(0) * 2 > len(head[::2]):
            return "utf-16-be"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while head:
                decoder.decode(head)
                head = file.read(CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"
