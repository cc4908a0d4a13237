"""How long FreeSWITCH waits for us: from its answer until our next command, for every call.

What is waited for in between counts too, so a slow database or a slow CRM shows. A bounded ring of the latest; sessions
take the times (`esl.lifecycle`), and whoever keeps longer accounts is told each (`call_metrics`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from fsrouter.runtime import Clock

#: Measurements that are kept at most, and seconds for which they tell.
KEPT, RECENT = 4096, 60.0


class Latency:
    """The times of one router. `clock` gives seconds that only grow; `also` is told each time."""

    def __init__(self, clock: Clock, also: Callable[[float], None] = lambda seconds: None) -> None:
        self.clock = clock
        self._also = also
        self._took: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def add(self, seconds: float) -> None:
        """FreeSWITCH has waited for `seconds` and is being told what is next now."""
        self._took.append((self.clock(), seconds))
        self._also(seconds)

    def as_dict(self) -> dict[str, float]:
        """Of the last minute: how many times it waited (`count`), and `median` and `p99` in milliseconds; empty when
        it did not. Of more than KEPT times these are the latest ones.
        """
        since = self.clock() - RECENT
        took = sorted(seconds for at, seconds in self._took if at >= since)
        if not took:
            return {}
        median, p99 = (round(1000 * took[int(len(took) * part)], 3) for part in (0.5, 0.99))
        return {"count": len(took), "median": median, "p99": p99}
