"""The breaker of one connection: a CRM that fails again and again is left alone for a while.

Closed, everything is let through. After FAILURES in a row it opens, and nothing is asked until PAUSE is over; then one
single request is let through, and what becomes of it decides. Knows no CRM; the clock is given.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

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
