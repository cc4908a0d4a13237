"""What a router does again and again for as long as it runs."""

from __future__ import annotations

from collections.abc import Callable

from fsrouter.log.logger import get_logger
from fsrouter.runtime import Runtime, Task

_log = get_logger("fsrouter.router")


def poll(runtime: Runtime, seconds: float, work: Callable[[], None], failing: str) -> None:
    """Do `work` every so many seconds, for ever; what it raises is logged, with `failing` for what has failed."""
    while True:
        try:
            work()
        except Exception as error:
            _log.warning(failing, error=str(error))
        runtime.sleep(seconds)


class Polls:
    """All that a router does so, each at its own pace in a greenlet of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._tasks: list[Task[None]] = []

    def every(self, seconds: float, work: Callable[[], None], failing: str, at_once: bool = False) -> None:
        """Begin to `poll`, after so many seconds or `at_once`."""
        wait = 0.0 if at_once else seconds
        self._tasks.append(self._runtime.later(wait, poll, self._runtime, seconds, work, failing))

    def cancel(self) -> None:
        """End all of it."""
        for each in self._tasks:
            each.cancel()
