"""An order that is drawn by weight: of a group's members, of a trunk's gateways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def by_weight(pool: Sequence[tuple[T, int]], drawn: float) -> list[T]:
    """Draw all without putting back, each by its weight, by one number that is drawn, at least 0 and below 1.

    What is left of the drawn number within the share that it fell into is the next draw. A weight of 0 is never drawn.
    """
    rest, order = [(each, weight) for each, weight in pool if weight], []
    while rest:
        wanted = drawn * sum(weight for _, weight in rest)
        i = 0
        while i < len(rest) - 1 and wanted >= rest[i][1]:
            wanted -= rest[i][1]
            i += 1
        each, weight = rest.pop(i)
        order.append(each)
        drawn = min(wanted / weight, 1 - 2**-53)
    return order
