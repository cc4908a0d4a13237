"""Corrections of a faulty file: lines as they should be, given only where the file says so itself.

Whoever finds a fault proposes edits; one of them is taken when the text that it makes reads better than the one that
is there, and none where nothing does. How much is tried is bounded by the size of the text. Knows nothing of YAML.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, islice
from typing import NamedTuple

from fsrouter.rules.file_errors import FileError

#: Characters of texts that are read to try proposals, and how many are tried of one fault, in one file.
BUDGET = 400_000
MANY = 24
#: A line longer than this is not written out.
LONGEST = 1000

_LINE_END = re.compile(r"\r\n|[\r\n]")
#: Names of what may be a credential: such a line is not written out, since messages go into logs.
_SECRET = re.compile(r"token|secret|password|api.?key|private.?key|authorization|basic|bearer", re.IGNORECASE)
#: Where connections to CRMs begin: at the begin of a line, or behind something else.
_CRMS = re.compile(r"""^([ \t]*)["']?crms["']?[ \t]*:|\bcrms["']?[ \t]*:""", re.MULTILINE)
#: Lines of theirs that have no credential; in any other a header, a field or an address may be one.
_PLAIN = re.compile(r"[ \t]*(?:type|sync|write_back|api|method|format)[ \t]*:[^,{}]*")


class Edit(NamedTuple):
    """A text in the place of the characters from `start` to before `end`, none of which ends a line."""

    start: int
    end: int
    text: str


Edits = tuple[Edit, ...]


@dataclass(frozen=True)
class Fault:
    """An error, and the edits that may mend it, the likeliest first; `certain` ones need not be tried."""

    error: FileError
    proposals: Iterable[Edits] = ()
    certain: bool = False


class Verdict(NamedTuple):
    """How far reading a text gets, more being better, and what is wrong with it then; nothing when it is sound. Where
    reading stops at the first stage, `stopped` is the line and column of that, and its error the last.
    """

    stage: int
    errors: Sequence[FileError]
    stopped: tuple[int, int] = (0, 0)


Judge = Callable[[str], Verdict]

#: How far a text is read: to which end, with how few faults.
Progress = tuple[int, int]


def applied(text: str, edits: Edits) -> str:
    """A text with edits made, which stand in order."""
    pieces, at = [], 0
    for edit in edits:
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, text[at:]])


def with_corrections(text: str, faults: Sequence[Fault], judge: Judge) -> Iterator[FileError]:
    """The errors of a text, with the corrections that are found."""
    trial = _Trial(text, judge)
    lines: Lines | None = None
    for fault in faults:
        edits = next(iter(fault.proposals), None) if fault.certain else trial.best(fault)
        if edits is None or any(_LINE_END.search(text, edit.start, edit.end) for edit in edits):
            yield fault.error
        else:
            lines = lines or Lines(text)
            yield from _corrected(fault.error, edits, lines)


def _corrected(error: FileError, edits: Edits, lines: Lines) -> Iterator[FileError]:
    """An error at each line that edits change, which is where the fault is."""
    for number, here in groupby(edits, lambda edit: lines.number(edit.start)):
        found = tuple(here)
        begin, end = lines.extent(number)
        shifted = tuple(Edit(edit.start - begin, edit.end - begin, edit.text) for edit in found)
        line = applied(lines.text[begin:end], shifted) if end - begin <= LONGEST else ""
        at = error.column if number == error.line else found[0].start - begin + 1
        secret = _SECRET.search(line) or (lines.is_of_crms(begin, end) and not _PLAIN.fullmatch(line))
        shown = "" if secret else line.rstrip()
        yield replace(error, line=number, column=at, correction=shown)


class Lines:
    """Where the lines of a text begin, which are counted from 1."""

    def __init__(self, text: str) -> None:
        self.text = text
        ends = [found.span() for found in _LINE_END.finditer(text)]
        self._begins = [0, *(end for _, end in ends)]
        self._ends = [*(begin for begin, _ in ends), len(text)]

    def number(self, index: int) -> int:
        """The line in which a character stands."""
        return bisect_right(self._begins, index)

    def extent(self, number: int) -> tuple[int, int]:
        """A line without its end: its first character and the one behind its last."""
        return self._begins[number - 1], self._ends[number - 1]

    def is_of_crms(self, begin: int, end: int) -> bool:
        """Whether what stands from one character to another has to do with connections to CRMs."""
        return any(first <= end and begin <= last for first, last in self._crms)

    @cached_property
    def _crms(self) -> list[tuple[int, int]]:
        """Where connections to CRMs stand; up to the end of the text where indentation does not tell."""
        found = []
        for each in islice(_CRMS.finditer(self.text), MANY):
            next_key = each[1] is not None and re.compile(
                rf"^[ \t]{{0,{min(len(each[1]), LONGEST)}}}[\w\"']", re.MULTILINE
            )
            left = next_key.search(self.text, each.end()) if next_key else None
            found.append((each.start(), left.start() - 1 if left else len(self.text)))
        return found


class _Trial:
    """Proposals tried one after the other, within the budget of a file."""

    def __init__(self, text: str, judge: Judge) -> None:
        self._text = text
        self._judge = judge
        self._now: Verdict | None = None
        self._lines: Lines | None = None
        self._left = min(MANY, BUDGET // (len(text) + 1))

    def best(self, fault: Fault) -> Edits | None:
        """The first proposal that leaves nothing wrong, else the one with which the text is read the furthest; None
        where none is good.
        """
        found: list[tuple[Progress, Edits]] = []
        if not self._left:
            return None
        for edits in islice(fault.proposals, MANY):
            if not self._left or not edits:
                break
            self._left -= 1
            now = self._now = self._now or self._judge(self._text)
            if not now.errors:
                break
            then = self._judge(applied(self._text, edits))
            if not then.errors:
                return edits
            if progress := _progress(now, then, self._behind(edits), self._begins(edits)):
                found.append((progress, edits))
        return max(found, key=lambda each: each[0])[1] if found else None

    def _begins(self, edits: Edits) -> dict[int, int]:
        """The lines that edits change, each with the column of the first of them."""
        lines = self._lines = self._lines or Lines(self._text)
        found: dict[int, int] = {}
        for edit in edits:
            number = lines.number(edit.start)
            found.setdefault(number, edit.start - lines.extent(number)[0] + 1)
        return found

    def _behind(self, edits: Edits) -> tuple[int, int]:
        """Line and column behind the last of some edits, when they are made."""
        self._lines = self._lines or Lines(self._text)
        number = self._lines.number(edits[-1].start)
        begin, _ = self._lines.extent(number)
        grown = sum(len(each.text) - each.end + each.start for each in edits if each.start >= begin)
        return number, edits[-1].end - begin + grown + 1


def _progress(now: Verdict, then: Verdict, behind: tuple[int, int], begins: Mapping[int, int]) -> Progress | None:
    """How much better a text reads than the one that is there, None when it does not: it is read to the same end with
    fewer faults, or what it gets stuck at stands further down.
    """
    if then.stage < now.stage or (then.stage == now.stage > 0 and len(then.errors) >= len(now.errors)):
        return None
    if then.stage == 0 and then.stopped <= behind:
        return None
    # Faults of YAML show up when the parser comes by; one in a line before is made by the edit.
    earlier = {(error.line, error.message) for error in now.errors}
    if then.stage == 1 and any(e.line < behind[0] and (e.line, e.message) not in earlier for e in then.errors):
        return None
    # What stands before an edit in its line was read without a fault. One that comes to it when the whole text is read,
    # or a bracket there that keeps open, is the edit's: another bracket was meant.
    before = [e for e in then.errors if e.column < begins.get(e.line, 0) and e not in now.errors]
    if before and (then.stopped[0] > behind[0] if then.stage == 0 else then.stage > 1 >= now.stage):
        return None
    return then.stage, -len(then.errors)
