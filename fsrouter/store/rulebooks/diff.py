"""The difference between a rule book and what is in force: which rows end, and which begin.

A row's position is a float, so that one changes without all others being written again: what stays in order keeps its
own; what is new, or was moved, gets one between its neighbours'.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fsrouter.errors import RulesError
from fsrouter.store.rulebooks.rows import RULES, Row


@dataclass(slots=True)
class Change:
    """Ids of rows that are no longer in force, rows that now are with their positions, and how many did what."""

    closed: list[int] = field(default_factory=list)
    opened: list[tuple[Row, float]] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        return bool(self.closed or self.opened)


def compare(book: Iterable[Row], in_force: Iterable[tuple[int, str, str, float, str]]) -> Change:
    """What must happen to the rows in force, (id, section, name, position, body) each, to become the book's.

    Raises RulesError when two rules of a priority table look for the same value.
    """
    old = {(section, name): (id, position, body) for id, section, name, position, body in in_force}
    change = Change()
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in book:
        groups.setdefault((row.section, row.parent), []).append(row)
    for rows in groups.values():
        _unique(rows)
        before = [old.get((row.section, row.name)) for row in rows]
        positions = arrange([was[1] if was else None for was in before])
        for row, was, position in zip(rows, before, positions, strict=True):
            if was and was[1:] == (position, row.body):
                continue
            change.opened.append((row, position))
            if was:
                change.closed.append(was[0])
                change.changed += 1
            else:
                change.added += 1
    stays = {(row.section, row.name) for row in itertools.chain.from_iterable(groups.values())}
    gone = [was[0] for key, was in old.items() if key not in stays]
    change.removed = len(gone)
    change.closed.extend(gone)
    return change


def _unique(rows: list[Row]) -> None:
    if rows[0].section == RULES and len({row.name for row in rows}) != len(rows):
        seen: set[str] = set()
        for row in rows:
            if row.name in seen:
                raise RulesError(f"priorities.{row.parent}: has two rules for {row.name.partition('/')[2]}")
            seen.add(row.name)


def arrange(positions: Sequence[float | None]) -> list[float]:
    """Strictly increasing positions for things in a row, of which each has an old one or None.

    As many as possible keep what they have. When there is no room between two of them, all are numbered anew.
    """
    kept = _increasing(positions)
    found = [position if i in kept else None for i, position in enumerate(positions)]
    arranged = _filled(found)
    if all(a < b for a, b in itertools.pairwise(arranged)):
        return arranged
    return [float(i) for i in range(len(positions))]


def _increasing(positions: Sequence[float | None]) -> set[int]:
    """The indexes of a longest subsequence of positions that grows (patience sorting)."""
    tops: list[float] = []
    ends: list[int] = []
    before: dict[int, int] = {}
    for i, position in enumerate(positions):
        if position is None:
            continue
        pile = bisect_left(tops, position)
        if pile:
            before[i] = ends[pile - 1]
        tops[pile : pile + 1] = [position]
        ends[pile : pile + 1] = [i]
    kept = set()
    at = ends[-1] if ends else None
    while at is not None:
        kept.add(at)
        at = before.get(at)
    return kept


def _filled(found: list[float | None]) -> list[float]:
    arranged: list[float] = []
    i = 0
    while i < len(found):
        here = found[i]
        if here is not None:
            arranged.append(here)
            i += 1
            continue
        end = next((j for j in range(i, len(found)) if found[j] is not None), len(found))
        gap = end - i
        after = found[end] if end < len(found) else None
        low = arranged[-1] if arranged else (after - gap - 1 if after is not None else -1.0)
        step = (after - low) / (gap + 1) if after is not None else 1.0
        arranged.extend(low + step * (k + 1) for k in range(gap))
        i = end
    return arranged
