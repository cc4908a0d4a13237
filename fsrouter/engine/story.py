"""What a walk leaves behind: the trace of everything that looked at the call, and the attempts to reach somebody.

These are the values that `explain`, the journal and the dashboard show; they are made here and nowhere else, so
that all of them tell the same.
"""

from __future__ import annotations

from msgspec import Struct

#: Units of time as people read them, and their seconds.
UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60))


class Entry(Struct, frozen=True):
    """One thing that looked at the call: where (`router:callers`), what came of it, and why, in words for an office
    manager.
    """

    at: str
    outcome: str
    why: str


class Attempt(Struct, frozen=True):
    """One attempt to reach somebody: `targets` as destinations, `ring` in seconds, and how it ended.

    `outcome` is `answered`, `no-answer`, `busy` or `skipped`; `by` is who answered, where that is known; `legs`
    tells of each target how it ended.
    """

    destination: str
    targets: tuple[str, ...]
    ring: int
    outcome: str
    by: str = ""
    legs: tuple[tuple[str, str, str], ...] = ()


def age(seconds: float) -> str:
    """A span of time as people say it: `3 days`, `40 s`."""
    unit, size = next(((unit, size) for unit, size in UNITS if seconds >= 2 * size), ("s", 1))
    return f"{seconds / size:.0f} {unit}"
