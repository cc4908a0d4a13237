"""What could not be read of a file that was read all the same: cells, and rows as a whole.

The import goes on without them; nothing of them is lost in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from fsrouter.rules.file_errors import FileError

#: So many are listed, of those that are counted.
LISTED = 1000
#: Characters of a cell that are shown.
LONGEST = 60


class UnreadCell(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a cell that could not be read: its line, the heading of its column, its text and what is wrong, as a
    phrase that goes on from it. Of a row that was left out as a whole, `column` and `text` are empty.
    """

    line: int
    column: str = ""
    text: str = ""
    problem: str

    def __str__(self) -> str:
        return f"{self.column}: {self.text[:LONGEST]!r} {self.problem}" if self.column else self.problem


@dataclass
class Unread:
    """All that could not be read of one file, counted; the first of them are `listed`."""

    cells: int = 0
    rows: int = 0
    listed: list[UnreadCell] = field(default_factory=list)

    def add(self, line: int, column: str, text: str, problem: str) -> None:
        """A cell, or a piece of one, could not be read."""
        self.cells += 1
        self._list(UnreadCell(line=line, column=column, text=text, problem=problem))

    def leave_out(self, line: int, problem: str) -> None:
        """A row was left out."""
        self.rows += 1
        self._list(UnreadCell(line=line, problem=problem))

    def _list(self, found: UnreadCell) -> None:
        if len(self.listed) < LISTED:
            self.listed.append(found)

    def __bool__(self) -> bool:
        return bool(self.cells or self.rows)

    def errors(self, path: Path) -> list[FileError]:
        """The same as errors of a file."""
        return [FileError(str(path), each.line, 0, str(each)) for each in self.listed]


def by_line(found: UnreadCell) -> int:
    """The order in which they are told."""
    return found.line
