"""What is wrong in a file, and where: one finding a fault, all of them at once.

Every reader of this package collects findings and refuses the file as a whole. Knows nothing of any format.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fsrouter.errors import RulesError

#: More findings than this are counted and not printed: nobody reads on, and a broken file may have one a row.
PRINTED = 1000


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A fault at a place. `file` is the path as it was given, so that editors find it. `line` and `column` begin at 1;
    0 means that the fault belongs to no line or column.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        return f"{place}: {self.message}"


class Refused(RulesError):
    """A file that is not taken; `findings` says why, in the order of the lines."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(dict.fromkeys(findings)))
        super().__init__(self._told())

    def _told(self) -> str:
        told = [str(finding) for finding in self.findings[:PRINTED]]
        if len(self.findings) > PRINTED:
            told.append(f"... and {len(self.findings) - PRINTED} more")
        return "\n".join(told)
