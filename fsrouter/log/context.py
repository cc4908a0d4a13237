"""Which call the lines are about that are logged from here on. Bound once where a call begins.

Every greenlet and every thread has a context of its own and begins with an empty one (gevent's greenlets as well as
`threading`), so a call's greenlet binds for itself alone; work that it has done elsewhere is handed its context along
(`carried`).
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_bound: contextvars.ContextVar[Mapping[str, str]] = contextvars.ContextVar("log", default=MappingProxyType({}))


def bind(**fields: str) -> None:
    """Have every line that this greenlet logs bear `fields` too (`uuid`, `company`)."""
    _bound.set({**_bound.get(), **fields})


def bound() -> Mapping[str, str]:
    """What has been bound in this greenlet or thread."""
    return _bound.get()


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """`work` for another greenlet or thread, once: what is bound here is bound there while it runs."""
    context = contextvars.copy_context()

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.run(work, *args, **kwargs)

    return run
