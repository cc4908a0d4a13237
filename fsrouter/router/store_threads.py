"""The native threads that have the store: whatever blocks is done here, and a call waits for it only so long.

Calls, visitors of web sites and the router itself have threads of their own, so that neither a slow store nor a flood
of visitors keeps a call waiting behind the others' work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fsrouter.log.context import carried
from fsrouter.runtime import Runtime
from fsrouter.store import Store

T = TypeVar("T")

#: Seconds that the store may take for what a call or a visitor asks of it.
DEADLINE = 1.0


class StoreThreads:
    """The threads that have `store`. `patience` is how many seconds it may take for what a call asks of it."""

    def __init__(self, store: Store, runtime: Runtime, threads: int = 4) -> None:
        self.store = store
        self.patience = DEADLINE
        self._calls = runtime.pool("store-calls", threads)
        self._router = runtime.pool("store-router", threads)
        self._visitors = runtime.pool("store-visitors", 2)

    def for_call(self, work: Callable[..., T], *args: Any) -> T:
        """Have work done that a call waits for. Raises TimeoutError when it takes longer than `patience`."""
        return self._calls.run(carried(work), *args, deadline=self.patience)

    def for_visitor(self, work: Callable[..., T], *args: Any) -> T:
        """Have work done for a visitor of a web site. Raises TimeoutError when it takes longer than DEADLINE."""
        return self._visitors.run(carried(work), *args, deadline=DEADLINE)

    def for_router(self, work: Callable[..., T], *args: Any) -> T:
        """Have the router's own work done: heartbeats, the look for changes. It has no deadline."""
        return self._router.run(carried(work), *args)

    def close(self) -> None:
        """End the threads; one that is stuck is left behind."""
        for pool in (self._calls, self._router, self._visitors):
            pool.close(DEADLINE)
