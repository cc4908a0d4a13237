"""The native threads that have the store: whatever blocks is done here, and a call waits for it only so long.

Calls, visitors of web sites and the router itself have threads of their own, so that neither a slow store nor a flood
of visitors keeps a call waiting behind the others' work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gevent
from gevent.threadpool import ThreadPool

from fsrouter.log.context import carried
from fsrouter.store import Store

T = TypeVar("T")

#: Seconds that the store may take for what a call or a visitor asks of it.
DEADLINE = 1.0


class StoreThreads:
    """The threads that have `store`. `patience` is how many seconds it may take for what a call asks of it."""

    def __init__(self, store: Store, threads: int = 4) -> None:
        self.store = store
        self.patience = DEADLINE
        self._calls = ThreadPool(threads)
        self._router = ThreadPool(threads)
        self._visitors = ThreadPool(2)

    def for_call(self, work: Callable[..., T], *args: Any) -> T:
        """Have work done that a call waits for. Raises TimeoutError when it takes longer than `patience`."""
        return _within(self._calls, self.patience, work, args)

    def for_visitor(self, work: Callable[..., T], *args: Any) -> T:
        """Have work done for a visitor of a web site. Raises TimeoutError when it takes longer than DEADLINE."""
        return _within(self._visitors, DEADLINE, work, args)

    def for_router(self, work: Callable[..., T], *args: Any) -> T:
        """Have the router's own work done: heartbeats, the look for changes. It has no deadline."""
        return self._router.spawn(carried(work), *args).get()  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the threads; one that is stuck is left behind."""
        for pool in (self._calls, self._router, self._visitors):
            with gevent.Timeout(DEADLINE, False):
                pool.kill()


def _within(pool: ThreadPool, deadline: float, work: Callable[..., T], args: tuple[Any, ...]) -> T:
    # The wait for a free thread counts: with all of them stuck, `spawn` itself would wait for ever.
    late = gevent.Timeout(deadline, TimeoutError(f"no answer within {deadline} s"))
    answer = None
    try:
        with late:
            answer = pool.spawn(carried(work), *args)
            return answer.get()  # type: ignore[no-any-return]
    except TimeoutError:
        # A hub that stood still hears the alarm before the answer that has been there all the time.
        gevent.sleep(0)
        if answer is None or not answer.ready():
            raise
        return answer.get()  # type: ignore[no-any-return]
