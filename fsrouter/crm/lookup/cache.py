"""What keeps look-ups few: answers that are good for a minute, one question asked once at a time, and a breaker for a
CRM that fails again and again. Knows no CRM; bounded; safe for threads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from fsrouter.runtime import Clock, Event, Runtime

T = TypeVar("T")

#: Seconds for which an answer is good, and how many are kept.
KEPT = 60.0
MOST = 10_000
#: Failures in a row that open a breaker, and seconds for which it then lets nothing through.
FAILURES = 5
PAUSE = 30.0


class _Asking(Generic[T]):
    """A question that somebody asks now; when it is `over` there is the answer and its time, or else the error."""

    def __init__(self, over: Event) -> None:
        self.over = over
        self.error: Exception | None = None
        self.answer: tuple[T, float] | None = None


class LookupCache(Generic[T]):
    """Answers by their questions. Whoever asks first fetches; whoever asks the same meanwhile waits for that answer, no
    longer than their own deadline. Failures are shared with those who wait and not kept.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._clock = runtime.monotonic
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[T, float]] = OrderedDict()
        self._asking: dict[Hashable, _Asking[T]] = {}

    def kept(self, question: Hashable) -> tuple[T, float] | None:
        """The answer that is kept, and its age in seconds; None when there is none, or it is too old."""
        with self._lock:
            return self._known(question)

    def get(self, question: Hashable, fetch: Callable[[], T], deadline: float) -> tuple[T, float]:
        """The answer and its age in seconds: one that is kept, or what `fetch` gives.

        Raises what `fetch` raises, and TimeoutError when somebody else's takes longer than `deadline` seconds.
        """
        with self._lock:
            if known := self._known(question):
                return known
            asking = self._asking.get(question)
            mine = asking is None
            if asking is None:
                asking = self._asking[question] = _Asking(self._runtime.event())
        if mine:
            self._fetch(question, fetch, asking)
        elif not asking.over.wait(deadline):
            raise TimeoutError
        if asking.error is not None:
            raise asking.error
        assert asking.answer is not None
        answer, at = asking.answer
        return answer, self._clock() - at

    def _known(self, question: Hashable) -> tuple[T, float] | None:
        known = self._kept.get(question)
        if known is None or self._clock() - known[1] >= KEPT:
            return None
        self._kept.move_to_end(question)
        return known[0], self._clock() - known[1]

    def _fetch(self, question: Hashable, fetch: Callable[[], T], asking: _Asking[T]) -> None:
        try:
            asking.answer = fetch(), self._clock()
        except Exception as error:
            asking.error = error
        with self._lock:
            del self._asking[question]
            if asking.answer is not None:
                self._kept[question] = asking.answer
                self._kept.move_to_end(question)
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
        asking.over.set()


class Breaker:
    """Whether a connection may be asked.

    Closed, everything is let through. After FAILURES in a row it opens, and nothing is asked until PAUSE is over; then
    one single request is let through, and what becomes of it decides. `clock` only grows, in seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0
        self._trying = False

    def allows(self) -> bool:
        """Whether to ask now. Who is told so must say afterwards how it went."""
        with self._lock:
            if self._clock() < self._until or self._trying:
                return False
            self._trying = self._failures >= FAILURES
            return True

    def succeeded(self) -> None:
        """It answered."""
        with self._lock:
            self._failures, self._until, self._trying = 0, 0.0, False

    def failed(self, pause: float | None = None) -> None:
        """It did not. `pause` are the seconds for which the CRM itself wants to be left alone."""
        with self._lock:
            self._failures += 1
            self._trying = False
            if pause is None and self._failures >= FAILURES:
                pause = PAUSE
            if pause is not None:
                self._until = self._clock() + pause
