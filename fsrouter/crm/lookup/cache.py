"""Answers that are good for a minute, and one question at a time: many calls for one number ask once.

The first who asks fetches; who asks the same meanwhile waits for him, no longer than his own deadline. Failures are
shared with those who wait and not kept. Bounded; safe for threads; the clock is given.

The breaker of one connection: a CRM that fails again and again is left alone for a while.

Closed, everything is let through. After FAILURES in a row it opens, and nothing is asked until PAUSE is over; then one
single request is let through, and what becomes of it decides. Knows no CRM; the clock is given.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

#: Seconds for which an answer is good, and how many are kept.
KEPT = 60.0
MOST = 10_000


@dataclass(slots=True)
class _Asking(Generic[T]):
    """A question that is being asked; `failure` when it came to nothing."""

    done: threading.Event = field(default_factory=threading.Event)
    answer: tuple[T, float] | None = None
    failure: Exception | None = None


class Answers(Generic[T]):
    """Answers by their questions."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
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
            known = self._known(question)
            if known:
                return known
            asking = self._asking.get(question)
            mine = asking is None
            if asking is None:
                asking = self._asking[question] = _Asking()
        if mine:
            self._fetch(question, fetch, asking)
        elif not asking.done.wait(deadline):
            raise TimeoutError("the answer is still on its way")
        if asking.answer is None:
            raise asking.failure or TimeoutError("there is no answer")
        return asking.answer[0], self._clock() - asking.answer[1]

    def _known(self, question: Hashable) -> tuple[T, float] | None:
        known = self._kept.get(question)
        if known is None or self._clock() - known[1] >= KEPT:
            return None
        self._kept.move_to_end(question)
        return known[0], self._clock() - known[1]

    def _fetch(self, question: Hashable, fetch: Callable[[], T], asking: _Asking[T]) -> None:
        try:
            asking.answer = (fetch(), self._clock())
        except Exception as error:
            asking.failure = error
        with self._lock:
            del self._asking[question]
            if asking.answer:
                self._kept[question] = asking.answer
                self._kept.move_to_end(question)
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
        asking.done.set()


FAILURES = 5
PAUSE = 30.0


class Breaker:
    """Whether a connection may be asked. `clock` is monotonic, in seconds. Safe for threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0
        self._trying = False

    def allows(self) -> bool:
        """Whether to ask now. Who is told so must say afterwards how it went."""
        with self._lock:
            if self._clock() < self._until:
                return False
            if self._failures < FAILURES:
                return True
            if self._trying:
                return False
            self._trying = True
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
            if pause is not None:
                self._until = self._clock() + pause
            elif self._failures >= FAILURES:
                self._until = self._clock() + PAUSE

    @property
    def is_open(self) -> bool:
        """Whether nothing is let through now."""
        with self._lock:
            return self._clock() < self._until
