"""Positions: how things in a row keep their order when one of them changes, without all others being written again.

A position is a float. What stays in order keeps its own; what is new, or was moved, gets one between its neighbours'.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence


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
