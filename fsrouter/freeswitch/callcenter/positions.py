"""Callers who wait in queues: where they stand, when they are told so, and agents' phones that ring for them.

Pure bookkeeping over what mod_callcenter tells; it sends nothing and has no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from fsrouter.esl.events import Event
from fsrouter.freeswitch.callcenter.tables import Row

#: Seconds of waiting after which a caller first hears where they stand.
FIRST: Final = 5.0
#: The most callers whose ringing agents are remembered.
MAX_CALLERS: Final = 10_000
#: The states of a caller who waits (mod_callcenter.c:149).
_WAITS: Final = frozenset({"Waiting", "Trying"})


def waiting_callers(members: Iterable[Row]) -> Iterator[tuple[int, str, float]]:
    """Of a queue's members, the first one first: position from 1, channel, when they joined (epoch)."""
    waiting = (row for row in members if row.get("state") in _WAITS and row.get("session_uuid"))
    for position, row in enumerate(waiting, 1):
        joined = row.get("joined_epoch", "")
        yield position, row["session_uuid"], float(joined) if joined.isdigit() else 0.0


def position_sounds(position: int) -> str:
    """`You are number N in line` as the sounds that FreeSWITCH has (docs/phrase/phrase_en.xml); "" above 99, which
    nobody wants to hear.
    """
    if not 0 < position < 100:
        return ""
    digits = [position] if position <= 20 or position % 10 == 0 else [position // 10 * 10, position % 10]
    files = ["ivr/ivr-you_are_number.wav", *(f"digits/{digit}.wav" for digit in digits), "ivr/ivr-in_line.wav"]
    return "file_string://" + "!".join(files)


class Announcements:
    """Who was told their position when: the first time after FIRST seconds, then every `every` seconds."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._when: dict[str, float] = {}

    def due(self, queue: Iterable[tuple[int, str, float]], now: float) -> list[tuple[int, str]]:
        """Those of a whole queue (see `waiting_callers`) who are to be told now: position and channel."""
        found = []
        for position, uuid, joined in queue:
            due = self._when.get(uuid, joined + FIRST)
            if now >= due:
                found.append((position, uuid))
                self._when[uuid] = now + self._every
        return found

    def forget(self, gone_before: float) -> None:
        """Forget those who were last told long ago: they wait no more (epoch)."""
        self._when = {uuid: when for uuid, when in self._when.items() if when >= gone_before}


class Offers:
    """Which agents are being rung for which caller, by member uuid, as the events tell."""

    def __init__(self) -> None:
        self._open: dict[str, set[str]] = {}

    def is_open(self, member: str) -> bool:
        """Whether an agent's phone rings, or is about to, for a caller."""
        return bool(self._open.get(member))

    def on_event(self, event: Event) -> str:
        """Take in an event of callcenter::info. Returns the member uuid of a caller who has just left while an agent
        was offered to them, else "".
        """
        member, agent = event.get("CC-Member-UUID"), event.get("CC-Agent")
        match event.get("CC-Action"):
            case "agent-offering":
                if member not in self._open and len(self._open) >= MAX_CALLERS:
                    del self._open[next(iter(self._open))]
                self._open.setdefault(member, set()).add(agent)
            case "bridge-agent-start" | "bridge-agent-fail":
                rings = self._open.get(member, set())
                rings.discard(agent)
                if not rings:
                    self._open.pop(member, None)
            case "member-queue-end" if event.get("CC-Cause") == "Cancel" and self.is_open(member):
                return member
        return ""
