"""What is wrong in a file, and where: one error each, all of them at once.

Every reader of this package collects errors and refuses the file as a whole. Knows nothing of any format.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from fsrouter.errors import RulesError

#: More errors than this are counted and not printed: nobody reads on, and a broken file may have one a row.
PRINTED = 1000
#: More faults than this are counted and not kept: such a file as a whole is something else.
MAX_ERRORS = 10_000


@dataclass(frozen=True, slots=True, order=True)
class FileError:
    """A fault at a place. `file` is the path as it was given, so that editors find it. `line` and `column` begin at 1;
    0 means that the fault belongs to no line or column. `correction` is the whole line as it should be, without its
    end, and "" where that is not certain.
    """

    file: str
    line: int
    column: int
    message: str
    correction: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"

    @property
    def place(self) -> str:
        """The file with line and column, as editors and compilers write it."""
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])

    @property
    def text(self) -> str:
        """What is wrong, and what to write instead where that is certain."""
        return f"{self.message}; write: {self.correction}" if self.correction else self.message


class InvalidFile(RulesError):
    """A file that is not taken; `errors` says why, in the order of the lines."""

    def __init__(self, errors: Iterable[FileError]) -> None:
        self.errors = tuple(sorted(dict.fromkeys(errors)))
        lines = [str(error) for error in self.errors[:PRINTED]]
        if len(self.errors) > PRINTED:
            lines.append(f"... and {len(self.errors) - PRINTED} more")
        super().__init__("\n".join(lines))


@dataclass
class Faulty:
    """A file that is read row by row. What is wrong with its rows is in `errors`, of which there were `faults`."""

    path: Path
    faults: int = field(default=0, init=False)
    errors: list[FileError] = field(default_factory=list, init=False)

    def add_error(self, line: int, message: object) -> None:
        """Note what is wrong with a row."""
        self.faults += 1
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(FileError(str(self.path), line, 0, str(message)))

    def raise_errors(self) -> None:
        """Raise InvalidFile if anything was wrong."""
        if self.errors:
            raise InvalidFile(self.errors)
