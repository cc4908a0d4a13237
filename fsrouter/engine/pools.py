"""Pools: which tracking numbers make one, and which one a number belongs to.

A number belongs to a pool when the pool lists it or when it names the pool; either says enough. Which visitor is shown
which number is no affair of the engine.
"""

from __future__ import annotations

from fsrouter.engine.model import Pool
from fsrouter.engine.rulebook import RuleBook


def numbers(book: RuleBook, name: str) -> tuple[str, ...]:
    """The numbers of a pool, E.164: those that it lists, then those that name it. Empty when there is no such pool."""
    if name not in book.pools:
        return ()
    naming = (number for number, tracking in book.tracking_numbers.items() if tracking.pool == name)
    return tuple(dict.fromkeys((*book.pools[name].numbers, *naming)))


def holding(book: RuleBook, number: str) -> Pool | None:
    """The pool that a tracking number belongs to, None for one of none."""
    tracking = book.tracking_numbers.get(number)
    if tracking is not None and tracking.pool:
        return book.pools.get(tracking.pool)
    return next((pool for pool in book.pools.values() if number in pool.numbers), None)
