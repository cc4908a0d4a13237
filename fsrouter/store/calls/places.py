"""Where a live call is: the words in which its router writes that down (`where`), and what they say to whoever counts
live calls or shows them.
"""

from __future__ import annotations

from fsrouter.store.calls.records import CallLine

#: How a call's place begins while it rings some destinations, waits in a queue, and talks with somebody.
RINGS, WAITS, TALKS = "rings ", "waits in queue:", "talks to "


def talks_to(call: CallLine) -> str:
    """Whom a live call talks to (`agent:nancy`, or `somebody`); "" when it does not."""
    return call.where.removeprefix(TALKS) if call.where.startswith(TALKS) else ""


def waits_in(call: CallLine) -> str:
    """The queue in which a live call waits, by name; "" when it does not."""
    return call.where.removeprefix(WAITS) if call.where.startswith(WAITS) else ""


def rung(call: CallLine) -> list[str]:
    """The destinations that are rung for a live call."""
    return call.where.removeprefix(RINGS).split(", ") if call.where.startswith(RINGS) else []
