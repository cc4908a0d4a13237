"""Counters: numbers that only grow, one row each, shared by all processes.

Whoever writes what one of them counts moves it in the same transaction. That locks its row, so such writers queue up;
and whoever only looks sees by one number whether there is anything new.
"""

from __future__ import annotations

from typing import Any

from fsrouter.store.tables import CounterRow

#: Revisions of rule books; changes of what operators set by hand; numbers shown to visitors.
REVISION, STATES, VISITS = "revision", "states", "visits"


def count(db: Any, name: str) -> int:
    """How far a counter is."""
    query: Any = CounterRow.select(CounterRow.value).where(CounterRow.name == name).tuples()
    return int(next(iter(query.execute(db)))[0])


def move(db: Any, name: str, by: int = 1) -> None:
    """Move a counter on; by 0 only has other writers wait. Inside of a `writing` block."""
    CounterRow.update(value=CounterRow.value + by).where(CounterRow.name == name).execute(db)
