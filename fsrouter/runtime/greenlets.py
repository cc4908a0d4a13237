"""The seam for a router: what waits and what runs at the side are greenlets of the hub."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

import gevent
from gevent.threadpool import ThreadPool

from fsrouter import runtime
from fsrouter.runtime.native import Native

T = TypeVar("T")


class _Greenlet(gevent.Greenlet):  # type: ignore[misc]
    cancel = gevent.Greenlet.kill


class Greenlets(Native):
    """The hub of the thread that calls, beside the machine's own clocks, chance and threads."""

    sleep = staticmethod(gevent.sleep)
    spawn = staticmethod(_Greenlet.spawn)

    def later(self, seconds: float, work: Callable[..., T], *args: Any) -> runtime.Task[T]:
        # The hub's clock stands still while greenlets run, and a timer goes by it: it would go off too early.
        gevent.get_hub().loop.update_now()
        return _Greenlet.spawn_later(seconds, work, *args)  # type: ignore[no-any-return]

    def within(self, seconds: float) -> AbstractContextManager[object]:
        """A `with` block that ends, without an error, where it waits when so many seconds have gone by."""
        return gevent.Timeout(seconds, False)  # type: ignore[no-any-return]

    def pool(self, name: str, size: int) -> runtime.Pool:
        return _Pool(size)


class _Pool:
    def __init__(self, size: int) -> None:
        self._threads = ThreadPool(size)

    def __len__(self) -> int:
        return len(self._threads)

    def run(self, work: Callable[..., T], *args: Any, deadline: float | None = None) -> T:
        if deadline is None:
            return self._threads.spawn(work, *args).get()  # type: ignore[no-any-return]
        # The wait for a free thread counts: with all of them stuck, `spawn` itself would wait for ever.
        late = gevent.Timeout(deadline, TimeoutError(f"no answer within {deadline:g} s"))
        answer = None
        try:
            with late:
                answer = self._threads.spawn(work, *args)
                return answer.get()  # type: ignore[no-any-return]
        except TimeoutError:
            # A hub that stood still hears the alarm before the answer that has been there all the time.
            gevent.sleep(0)
            if answer is None or not answer.ready():
                raise
            return answer.get()  # type: ignore[no-any-return]

    def close(self, patience: float) -> None:
        with gevent.Timeout(patience, False):
            self._threads.kill()


GREENLETS: Final = Greenlets()
"""The seam of a router."""
