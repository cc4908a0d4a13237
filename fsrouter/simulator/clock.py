"""The telephone time of one call: seconds that can be compressed, and that stand still while a router thinks.

What lives here: a heap of timers and the rule by which simulated seconds follow real ones, and whatever else of time
and chance the simulator has: nothing else in it asks a clock, sleeps or draws. What it must not know: channels, phones,
sockets. Each call has a clock of its own, so that one slow router never makes another call's phone
ring out.

Four rules:
1. `speed` simulated seconds go by in one real second. With `speed=math.inf` the next timer is always due at once.
2. Time goes by only while the call waits for something of the telephone world, never while that happens, and never past
   a timer that has not gone off: however late the machine is, 5 s of ringing are 5.0 s in the timeline.
3. While the call waits for a router's next command time stands still, so that a test on a busy machine sees the same
   timeline as on an idle one: a ring of 25 s is never eaten up by a router that needed 30 ms to decide.
4. A router that says nothing for `patience` real seconds gets no more of that grace: time goes on, and the 25 s that
   FreeSWITCH waits for `connect`, or a caller who gives up, come about.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from random import Random
from time import perf_counter, time_ns
from typing import Any

import gevent

__all__ = ["Clock", "Random", "Timer", "Waiter", "epoch_us", "perf_counter", "sleep", "spawn"]

sleep, spawn = gevent.sleep, gevent.spawn


def epoch_us() -> int:
    """Microseconds since the epoch, as FreeSWITCH's events have them."""
    return time_ns() // 1000


class Timer:
    """Something that will happen at a simulated second unless it is cancelled first."""

    __slots__ = ("action", "at")

    def __init__(self, at: float, action: Callable[[], None]) -> None:
        self.at = at
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Never let it happen; harmless when it has."""
        self.action = None


class Clock:
    """Simulated seconds since the call began, and what is to happen at which of them. It begins frozen."""

    __slots__ = (
        "_base", "_driver", "_firing", "_frozen", "_graced", "_heap", "_order", "_patience", "_started", "speed",
    )  # fmt: skip

    def __init__(self, speed: float = 1.0, patience: float = 0.25) -> None:
        self.speed = speed
        self._patience = patience
        self._base = 0.0
        self._started = perf_counter()
        self._frozen, self._graced = True, False
        self._firing = False
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = 0
        self._driver: Any = None

    @property
    def now(self) -> float:
        """Simulated seconds since the call began."""
        if self._frozen or self._firing or self.speed == math.inf:
            return self._base
        reached = self._base + (perf_counter() - self._started) * self.speed
        return min(reached, self._heap[0][0]) if self._heap else reached

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Let `action` be called, on the hub, once that many simulated seconds have gone by; it must not block.

        Never, when `seconds` is infinite.
        """
        timer = Timer(self.now + max(0.0, seconds), action)
        if seconds == math.inf:
            return timer
        self._order += 1
        heapq.heappush(self._heap, (timer.at, self._order, timer))
        self._arm()
        return timer

    def freeze(self) -> None:
        """Time stands still until `thaw`."""
        if not self._frozen:
            self._base = self.now
            self._frozen = True
        self._graced = False
        if self._driver is not None:
            self._driver.stop()

    def grace(self) -> None:
        """Time stands still until `thaw`, or until a router's grace is over."""
        self.freeze()
        self._graced = True
        if self._heap:
            self._arm()

    def thaw(self) -> None:
        """Time goes on."""
        if self._frozen:
            self._frozen = self._graced = False
            self._started = perf_counter()
            if self._heap:
                self._arm()

    def stop(self) -> None:
        """The call is over: nothing that was still to come will happen, and time ends here."""
        self._base = self.now
        self._frozen, self._graced = True, False
        self._heap.clear()
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def _arm(self) -> None:
        """Have the hub wake this clock when its next timer is due."""
        heap = self._heap
        while heap and heap[0][2].action is None:
            heapq.heappop(heap)
        if self._driver is not None:
            self._driver.close()
            self._driver = None
        if not heap or (self._frozen and not self._graced):
            return
        if self._frozen:
            real, due = self._patience, self.thaw
        else:
            real, due = max(0.0, heap[0][0] - self.now) / self.speed, self._fire
        self._driver = gevent.get_hub().loop.timer(real)
        self._driver.start(due)

    def _fire(self) -> None:
        """Let the next thing happen, and what follows from it, before anything later does."""
        heap = self._heap
        while heap:
            at, _, timer = heapq.heappop(heap)
            if timer.action is not None:
                self._base = max(self._base, at)
                action, timer.action = timer.action, None
                self._firing = True
                action()
                self._firing, self._started = False, perf_counter()
                break
        if not self._frozen:
            self._arm()


class Waiter:
    """One greenlet's wait that anybody can end. Whoever waits looks at the facts again afterwards, whatever woke it."""

    __slots__ = ("_asleep",)

    def __init__(self) -> None:
        self._asleep: Any = None

    def pause(self) -> None:
        """Wait until `wake`."""
        self._asleep = gevent.getcurrent()
        try:
            gevent.get_hub().switch()
        finally:
            self._asleep = None

    def wake(self) -> bool:
        """End the wait; False when there is none."""
        asleep = self._asleep
        if asleep is None:
            return False
        self._asleep = None
        gevent.get_hub().loop.run_callback(asleep.switch)
        return True
