"""The destinations that a call has entered, and when it is in a loop: after more than MAX_DESTINATIONS of them, or more
than MAX_ENTRIES times one. A key that the caller presses begins the count anew; MAX_DESTINATIONS_EVER bounds even that.
"""

from __future__ import annotations

from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.walk.position import digest

MAX_DESTINATIONS = 50
MAX_ENTRIES = 10
MAX_DESTINATIONS_EVER = 1000


class Entered:
    """The destinations that a call has entered: how many `ever`, and digests of those since the caller's last key."""

    def __init__(self, ever: int = 0, since_key: bytes = b"") -> None:
        self.ever = ever
        self._since_key = [int.from_bytes(since_key[i : i + 2]) for i in range(0, len(since_key), 2)]

    def enter(self, destination: Destination) -> str:
        """Count one more. Returns in words what is wrong when that is a loop, else ""."""
        mark = digest(str(destination)) >> 8
        self._since_key.append(mark)
        self.ever += 1
        if self._since_key.count(mark) > MAX_ENTRIES:
            return f"{destination} was entered more than {MAX_ENTRIES} times"
        if len(self._since_key) > MAX_DESTINATIONS:
            return f"the call went through more than {MAX_DESTINATIONS} destinations"
        if self.ever > MAX_DESTINATIONS_EVER:
            return f"the call went through more than {MAX_DESTINATIONS_EVER} destinations"
        return ""

    def pressed(self) -> None:
        """The caller has pressed a key."""
        self._since_key.clear()

    def before(self) -> tuple[int, bytes]:
        """Those entered before the one that was entered last, as they travel."""
        return self.ever - 1, b"".join([mark.to_bytes(2) for mark in self._since_key[:-1]])
