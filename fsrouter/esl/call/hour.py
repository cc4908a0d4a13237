"""A count of the last hour that takes little room, whatever is counted. Pure."""

from __future__ import annotations

from collections import deque


class Hour:
    """How many there were in the last hour: by the minute, so that one counts for 60 to 61 minutes."""

    def __init__(self) -> None:
        self._minutes: deque[list[int]] = deque()
        self._sum = 0

    def add(self, now: float) -> None:
        """One more, at a moment in seconds of a clock that only grows."""
        minute = int(now // 60)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += 1
        self._sum += 1

    def count(self, now: float) -> int:
        """How many there were in the hour before a moment."""
        while self._minutes and self._minutes[0][0] < now // 60 - 60:
            self._sum -= self._minutes.popleft()[1]
        return self._sum
