"""The seam for processes of plain threads. Knows no gevent: the dashboard and the command line have none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from random import random as drawn
from random import randrange
from typing import Any, Final, Generic, TypeVar

from fsrouter import runtime

T = TypeVar("T")


class Native:
    """The machine's own clocks, chance and threads."""

    # The functions themselves: whoever asks for the time on a call's way pays for nothing else.
    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    random = staticmethod(drawn)
    below = staticmethod(randrange)
    event = staticmethod(threading.Event)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def later(self, seconds: float, work: Callable[..., T], *args: Any) -> runtime.Task[T]:
        return _Task(seconds, work, args)

    def spawn(self, work: Callable[..., T], *args: Any) -> runtime.Task[T]:
        return _Task(0.0, work, args)

    def thread(self, name: str, work: Callable[..., object], *args: Any) -> runtime.Thread:
        thread = threading.Thread(target=work, args=args, name=name, daemon=True)
        thread.start()
        return thread

    def condition(self) -> runtime.Condition:
        return threading.Condition(threading.Lock())

    def pool(self, name: str, size: int) -> runtime.Pool:
        return _Pool(name, size)


class _Task(Generic[T]):
    """A thread that waits first. An error in it is shown by whoever starts threads (`threading.excepthook`)."""

    def __init__(self, seconds: float, work: Callable[..., T], args: tuple[Any, ...]) -> None:
        self._answers: list[T] = []
        self._error: BaseException | None = None
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(seconds, work, args), daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        self._cancelled.set()

    def join(self, timeout: float | None = None) -> None:
        self._thread.join(timeout)

    def get(self) -> T:
        self.join()
        if self._error is not None:
            raise self._error
        return self._answers[0]

    def _run(self, seconds: float, work: Callable[..., T], args: tuple[Any, ...]) -> None:
        if self._cancelled.wait(seconds):
            return
        try:
            self._answers.append(work(*args))
        except BaseException as error:
            self._error = error
            raise


class _Pool:
    def __init__(self, name: str, size: int) -> None:
        from concurrent import futures  # takes its time to load, and a command has no pool

        self._wait = futures.wait
        self._threads = futures.ThreadPoolExecutor(size, name)
        self._open: set[futures.Future[Any]] = set()

    def __len__(self) -> int:
        return len(self._open)

    def run(self, work: Callable[..., T], *args: Any, deadline: float | None = None) -> T:
        answer = self._threads.submit(work, *args)
        self._open.add(answer)
        answer.add_done_callback(self._open.discard)
        return answer.result(deadline)

    def close(self, patience: float) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._wait(list(self._open), patience)


NATIVE: Final[runtime.Runtime] = Native()
"""The seam of a process of plain threads."""
