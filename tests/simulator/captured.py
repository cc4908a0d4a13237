"""The captures by connection, cut into frames, and what may differ between two runs of one call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from esl import captures
from esl.captures import Turn

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Frame:
    """One frame of a stream: its headers in order, and its body."""

    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.headers]


@dataclass
class Sameness:
    """Values with everything masked that may differ between two runs: uuids become U1, U2 … in the order in which they
    appear.
    """

    seen: dict[str, str] = field(default_factory=dict)

    def mask(self, text: str) -> str:
        return _UUID.sub(lambda match: self.seen.setdefault(match[0], f"U{len(self.seen) + 1}"), text)


def conversations(name: str) -> dict[int, list[Turn]]:
    """A capture by connection."""
    turns = captures.load(name)
    return {each: [turn for turn in turns if turn.connection == each] for each in captures.connections(turns)}


def frames(stream: bytes) -> Iterator[Frame]:
    """Cut a stream into frames, the simple way."""
    while stream:
        head, end, rest = stream.partition(b"\n\n")
        assert end, stream[:200]
        lines = head.decode("utf-8", "replace").split("\n")
        headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
        length = int(dict(headers).get("Content-Length", 0))
        yield Frame(headers, rest[:length])
        stream = rest[length:]
