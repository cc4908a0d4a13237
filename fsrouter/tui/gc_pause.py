"""Python's search for reference cycles, paused while a large rule book is made or looked through.

A book of 100,000 rules is some million values without a cycle among them. Each full search goes through all of them and
stops every thread for up to half a second, so that keys wait. Values without cycles need no search to be freed.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fsrouter.engine.model.rulebook import RuleBook

#: Rules of a company from which on its book is a large one.
LARGE = 5_000

_lock = threading.Lock()
_paused = 0


def is_large(*books: RuleBook | None) -> bool:
    """Whether any of some rule books is large."""
    return any(sum(len(table.rules) for table in book.priorities.values()) > LARGE for book in books if book)


@contextmanager
def gc_paused(large: bool = True) -> Iterator[None]:
    """Search for no cycles in the block when it is about a `large` book, and never among what is there at its end."""
    if not large:
        yield
        return
    _count(+1)
    try:
        yield
    finally:
        _count(-1)


def _count(by: int) -> None:
    """Note that a block begins or ends; several threads may be in one."""
    global _paused
    with _lock:
        _paused += by
        if _paused:
            gc.disable()
        else:
            gc.freeze()
            gc.enable()
