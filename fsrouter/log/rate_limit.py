"""Which of many like lines is written: what strangers can bring about as often as they like must not fill a disk."""

from __future__ import annotations

from typing import Final

from fsrouter.runtime import Clock

#: Kinds that are told apart at once, as addresses; beyond them all others are one kind.
KINDS: Final = 256
OTHERS: Final = ""


class RateLimit:
    """Lets the first line of each kind through, and then one in so many `seconds`. `clock` only grows."""

    def __init__(self, clock: Clock, seconds: float = 60.0) -> None:
        self._clock = clock
        self._seconds = seconds
        self._seen: dict[str, tuple[float, int]] = {}

    def due(self, kind: str) -> int | None:
        """None when a line of this kind is not to be written now; else how many like it were left out before it."""
        now = self._clock()
        if kind not in self._seen and len(self._seen) >= KINDS:
            self._seen = {each: (at, out) for each, (at, out) in self._seen.items() if now - at < self._seconds}
            kind = kind if len(self._seen) < KINDS else OTHERS
        at, left_out = self._seen.get(kind, (now - self._seconds, 0))
        if now - at < self._seconds:
            self._seen[kind] = at, left_out + 1
            return None
        self._seen[kind] = now, 0
        return left_out
