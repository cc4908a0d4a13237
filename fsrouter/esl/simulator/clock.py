"""The telephone time of one call: seconds that can be compressed, and that stand still while a router thinks.

What lives here: a heap of timers and the rule by which simulated seconds follow real ones. What it must not know: channels,
phones, sockets. Each call has a clock of its own, so that one slow router never makes another call's phone ring out.

Three rules:
1. `speed` simulated seconds go by in one real second. With `speed=math.inf` the next timer is always due at once, in order.
2. While FreeSWITCH waits for a router's next command the clock is frozen, so that a test on a busy machine sees the same
   story as on an idle one: a ring of 25 s is never eaten up by a router that needed 30 ms to decide.
3. A router that says nothing for `patience` real seconds gets no more of that grace: time goes on, and the 25 s that
   FreeSWITCH waits for `connect`, or a caller who gives up, come about.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from time import perf_counter

import gevent


class Timer:
    """Something that will happen at a simulated second unless it is cancelled first."""

    __slots__ = ("at", "happen")

    def __init__(self, at: float, happen: Callable[[], None]) -> None:
        self.at = at
        self.happen: Callable[[], None] | None = happen

    def cancel(self) -> None:
        """Never let it happen; harmless when it has."""
        self.happen = None


class Clock:
    """Simulated seconds since the call began, and what is to happen at which of them."""

    __slots__ = ("_base", "_driver", "_frozen", "_heap", "_order", "_patience", "_started", "speed")

    def __init__(self, speed: float = 1.0, patience: float = 0.25) -> None:
        self.speed = speed
        self._patience = patience
        self._base = 0.0
        self._started = perf_counter()
        self._frozen = False
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = 0
        self._driver: gevent._gevent_cevent.timer | None = None

    @property
    def now(self) -> float:
        """Simulated seconds since the call began."""
        if self._frozen or self.speed == math.inf:
            return self._base
        return self._base + (perf_counter() - self._started) * self.speed

    def after(self, seconds: float, happen: Callable[[], None]) -> Timer:
        """Let `happen` be called, on the hub, once that many simulated seconds have gone by; it must not block."""
        timer = Timer(self.now + max(0.0, seconds), happen)
        self._order += 1
        heapq.heappush(self._heap, (timer.at, self._order, timer))
        self._arm()
        return timer

    def freeze(self) -> None:
        """A router is asked now: time stands still until `thaw`, or until the router's grace is over."""
        if self._frozen:
            return
        self._base = self.now
        self._frozen = True
        if self._heap:
            self._arm()

    def thaw(self) -> None:
        """The router has spoken: time goes on."""
        if not self._frozen:
            return
        self._frozen = False
        self._started = perf_counter()
        if self._heap:
            self._arm()

    def stop(self) -> None:
        """The call is over: nothing that was still to come will happen."""
        self._heap.clear()
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def _arm(self) -> None:
        """Have the hub wake this clock when its next timer is due."""
        heap = self._heap
        while heap and heap[0][2].happen is None:
            heapq.heappop(heap)
        if self._driver is not None:
            self._driver.close()
            self._driver = None
        if not heap:
            return
        if self._frozen:
            real, due = self._patience, self._lose_patience
        else:
            real, due = max(0.0, heap[0][0] - self.now) / self.speed, self._ring
        self._driver = gevent.get_hub().loop.timer(real)
        self._driver.start(due)

    def _lose_patience(self) -> None:
        self.thaw()

    def _ring(self) -> None:
        """Let everything happen that is due; with infinite speed only the next thing, and then what follows from it."""
        heap = self._heap
        if self.speed == math.inf:
            while heap:
                at, _, timer = heapq.heappop(heap)
                if timer.happen is not None:
                    self._base = max(self._base, at)
                    self._let(timer)
                    break
        else:
            now = self.now
            while heap and heap[0][0] <= now + 1e-9:
                self._let(heapq.heappop(heap)[2])
        if not self._frozen:
            self._arm()

    @staticmethod
    def _let(timer: Timer) -> None:
        happen, timer.happen = timer.happen, None
        if happen is not None:
            happen()
