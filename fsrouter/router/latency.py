"""How long FreeSWITCH waits for us: from its answer until our next command, for every call.

What is waited for in between counts too, so a slow database or a slow CRM shows. A bounded ring of the latest; a
measurement costs two looks at a clock.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

from fsrouter.esl.call.call import Line
from fsrouter.esl.events import Channel

#: Measurements that are kept at most, and seconds for which they tell.
KEPT, RECENT = 4096, 60.0


class Pace:
    """The times of one router. `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._took: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def waited(self, since: float) -> None:
        """FreeSWITCH has answered at `since` and is being told what is next now."""
        now = self.clock()
        self._took.append((now, now - since))

    def told(self) -> dict[str, float]:
        """Of the last minute: how many times it waited (`count`), and `median` and `p99` in milliseconds; empty when
        it did not. Of more than KEPT times these are the latest ones.
        """
        since = self.clock() - RECENT
        took = sorted(seconds for at, seconds in self._took if at >= since)
        if not took:
            return {}
        median, p99 = (round(1000 * took[int(len(took) * part)], 3) for part in (0.5, 0.99))
        return {"count": len(took), "median": median, "p99": p99}


class PacedLine:
    """A call's line on which the time between an answer and the next command is taken. FreeSWITCH has just spoken."""

    __slots__ = ("_heard", "_line", "_pace")

    def __init__(self, line: Line, pace: Pace) -> None:
        self._line = line
        self._pace = pace
        self._heard = pace.clock()

    @property
    def ended(self) -> Exception | None:
        """How the conversation ended; None while it goes on."""
        return self._line.ended

    def step(self, variables: Mapping[str, str], app: str, arg: str, deadline: float, before: str = "") -> Channel:
        self._pace.waited(self._heard)
        try:
            return self._line.step(variables, app, arg, deadline, before)
        finally:
            self._heard = self._pace.clock()

    def set(self, variables: Mapping[str, str], deadline: float) -> None:
        self._pace.waited(self._heard)
        try:
            self._line.set(variables, deadline)
        finally:
            self._heard = self._pace.clock()

    def api(self, verb: str, args: str, deadline: float) -> str:
        self._pace.waited(self._heard)
        try:
            return self._line.api(verb, args, deadline)
        finally:
            self._heard = self._pace.clock()

    def let_go(self, variables: Mapping[str, str], deadline: float) -> bool:
        self._pace.waited(self._heard)
        return self._line.let_go(variables, deadline)
