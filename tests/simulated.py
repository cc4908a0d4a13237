"""A runtime whose time goes by only when nobody has anything else to do, and whose chance is a seed's: whatever takes
its time, chance and threads from the seam runs on it at once, and the same way each time.

Threads and tasks are greenlets of one native thread that take turns where they wait. Whoever made the runtime drives
it: their own `sleep`, `join`, `wait` and `get` let the others run.
"""

from __future__ import annotations

import heapq
import math
import traceback
from collections.abc import Callable
from random import Random
from typing import Any, Generic, TypeVar

import greenlet

from fsrouter import runtime
from fsrouter.runtime.greenlets import GREENLETS, Greenlets
from fsrouter.runtime.native import NATIVE, Native

T = TypeVar("T")

#: Where simulated time begins, in seconds since the epoch: 2027-01-15 08:00 UTC.
START = 1_800_000_000.0


def native_at(now: runtime.Clock = NATIVE.now, monotonic: runtime.Clock = NATIVE.monotonic) -> Native:
    """Plain threads and chance, and clocks that a test makes up: for what waits for real sockets and processes."""
    made_up = Native()
    made_up.now, made_up.monotonic = now, monotonic
    return made_up


def greenlets_at(now: runtime.Clock, random: Callable[[], float] = GREENLETS.random) -> Greenlets:
    """The hub's greenlets, and a clock and chance that a test makes up."""
    made_up = Greenlets()
    made_up.now, made_up.random = now, random
    return made_up


class SimulatedRuntime:
    """Virtual time from `start` on, and chance from `seed`. `slept` are all sleeps, in their order."""

    def __init__(self, seed: int = 0, start: float = START) -> None:
        self.slept: list[float] = []
        self._start = start
        self._gone = 0.0
        self._random = Random(seed)
        self._driver = greenlet.getcurrent()
        self._due: list[tuple[float, int, _Due]] = []
        self._order = 0
        self._waiting: list[greenlet.greenlet] = []

    def now(self) -> float:
        return self._start + self._gone

    def monotonic(self) -> float:
        return self._gone

    def random(self) -> float:
        return self._random.random()

    def below(self, number: int) -> int:
        return self._random.randrange(number)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self._gone + max(0.0, seconds)
        if greenlet.getcurrent() is self._driver:
            while self._step(until):
                pass
            self._gone = until
        else:
            self._at(until, greenlet.getcurrent().switch)
            self._driver.switch()

    def later(self, seconds: float, work: Callable[..., T], *args: Any) -> runtime.Task[T]:
        return _Task(self, seconds, work, args)

    def spawn(self, work: Callable[..., T], *args: Any) -> runtime.Task[T]:
        return _Task(self, 0.0, work, args)

    def thread(self, name: str, work: Callable[..., object], *args: Any) -> runtime.Thread:
        return _Task(self, 0.0, work, args)

    def event(self) -> runtime.Event:
        return _Event(self)

    def condition(self) -> runtime.Condition:
        return _Condition(self)

    def pool(self, name: str, size: int) -> runtime.Pool:
        return _Pool(self, size)

    # What the parts below are made of

    def _at(self, moment: float, action: Callable[[], object]) -> _Due:
        self._order += 1
        due = _Due(action)
        heapq.heappush(self._due, (moment, self._order, due))
        return due

    def _step(self, until: float) -> bool:
        """Let the next thing happen; False when there is none up to a moment."""
        while self._due and self._due[0][0] <= until:
            moment, _, due = heapq.heappop(self._due)
            if due.action is not None:
                self._gone = max(self._gone, moment)
                due.action()
                return True
        return False

    def wake(self) -> None:
        """Whatever was waited for may hold by now: all who wait look again."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            self._at(self._gone, each.switch)

    def wait(self, holds: Callable[[], T], timeout: float | None = None) -> T:
        """Wait until `holds` does, at most so many seconds. Returns what it gave last."""
        until = math.inf if timeout is None else self._gone + max(0.0, timeout)
        late = None if timeout is None else self._at(until, self.wake)
        try:
            while not (found := holds()) and self._gone < until:
                if greenlet.getcurrent() is not self._driver:
                    self._waiting.append(greenlet.getcurrent())
                    self._driver.switch()
                elif not self._step(until):
                    raise RuntimeError("everybody waits for somebody else")
            return found
        finally:
            if late is not None:
                late.action = None


class _Due:
    """Something that is to happen; None for what nobody waits for any more."""

    def __init__(self, action: Callable[[], object] | None) -> None:
        self.action = action


class _Task(Generic[T]):
    def __init__(self, on: SimulatedRuntime, seconds: float, work: Callable[..., T], args: tuple[Any, ...]) -> None:
        self._on = on
        self._over = False
        self._answer: list[T] = []
        self._error: BaseException | None = None
        self._greenlet = greenlet.greenlet(lambda: self._run(work, args), on._driver)
        on._at(on.monotonic() + seconds, self._begin)

    def cancel(self) -> None:
        if not self._greenlet:
            self._over = True
            self._on.wake()
        else:
            self._on._at(self._on.monotonic(), self._greenlet.throw)
            self.join()

    def is_alive(self) -> bool:
        return not self._over

    def join(self, timeout: float | None = None) -> None:
        self._on.wait(lambda: self._over, timeout)

    def get(self) -> T:
        self.join()
        if self._error:
            raise self._error
        return self._answer[0]

    def _begin(self) -> None:
        if not self._over:
            self._greenlet.switch()

    def _run(self, work: Callable[..., T], args: tuple[Any, ...]) -> None:
        try:
            self._answer.append(work(*args))
        except greenlet.GreenletExit:
            pass
        except BaseException as error:
            self._error = error
            traceback.print_exc()
        finally:
            self._over = True
            self._on.wake()


class _Event:
    def __init__(self, on: SimulatedRuntime) -> None:
        self._on = on
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        self._on.wake()

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        return self._on.wait(self.is_set, timeout)


class _Condition:
    def __init__(self, on: SimulatedRuntime) -> None:
        self._on = on
        self._held = False

    def __enter__(self) -> None:
        self._on.wait(lambda: not self._held)
        self._held = True

    def __exit__(self, *_: object) -> None:
        self._held = False
        self._on.wake()

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        self.__exit__()
        try:
            return self._on.wait(lambda: not self._held and predicate(), timeout)
        finally:
            self.__enter__()

    def notify_all(self) -> None:
        self._on.wake()


class _Pool:
    def __init__(self, on: SimulatedRuntime, size: int) -> None:
        self._on = on
        self._size = size
        self._begun: list[object] = []
        self._open: list[object] = []

    def __len__(self) -> int:
        return len(self._open)

    def run(self, work: Callable[..., T], *args: Any, deadline: float | None = None) -> T:
        piece = object()
        self._open.append(piece)
        task = self._on.spawn(self._do, piece, work, args)
        if not self._on.wait(lambda: piece not in self._open, deadline):
            raise TimeoutError(f"no answer within {deadline} s")
        return task.get()

    def close(self, patience: float) -> None:
        self._on.wait(lambda: not self._open, patience)

    def _do(self, piece: object, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        self._on.wait(lambda: len(self._begun) < self._size)
        self._begun.append(piece)
        try:
            return work(*args)
        finally:
            self._begun.remove(piece)
            self._open.remove(piece)
