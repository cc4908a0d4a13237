"""A clock that tests of the store set."""

from __future__ import annotations

START = 1_800_000_000.0


class Clock:
    """What is read from it is `now`, in seconds since the epoch."""

    now = START

    def __call__(self) -> float:
        return self.now
