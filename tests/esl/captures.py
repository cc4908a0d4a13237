"""Reads the simulator's captures: what FreeSWITCH 1.11.1 and a socket server said, byte for byte (README there)."""

from __future__ import annotations

import io
import re
import tarfile
from dataclasses import dataclass
from functools import cache

from paths import CAPTURES

_LINE = re.compile(rb"=== (?:connection (\d+) )?(to|from) FreeSWITCH (closed )?\+(\d+)ms (\d+) bytes\n")

SYNCHRONOUS = sorted(path.stem for path in CAPTURES.glob("*.txt"))
OUTBOUND = [name for name in SYNCHRONOUS if name != "observer"]
ASYNC = [
    "bridge-answered",
    "bridge-busy-then-no-answer-then-playback",
    "caller-hangs-up-in-playback",
    "hostile-caller",
    "hostile-caller-json",
    "json-whisper-accept-extension",
    "json-whisper-plain",
    "menu-digit",
    "pipelined",
    "simultaneous",
]


@dataclass(frozen=True)
class Turn:
    """One party said `data`, or closed, on one connection, `at` milliseconds after its begin."""

    connection: int
    from_switch: bool
    data: bytes
    closed: bool
    at: int


def parse(text: bytes) -> list[Turn]:
    turns, at = [], 0
    while at < len(text):
        line = _LINE.match(text, at)
        assert line, f"no capture at byte {at}"
        start, length = line.end(), int(line[5])
        data = text[start : start + length]
        turns.append(Turn(int(line[1] or 1), line[2] == b"from", data, bool(line[3]), int(line[4])))
        at = start + length + 1
    return turns


@cache
def load(name: str) -> list[Turn]:
    return parse((CAPTURES / f"{name}.txt").read_bytes())


@cache
def load_async(name: str) -> list[Turn]:
    with tarfile.open(CAPTURES / "async.tar.xz") as archive:
        member = archive.extractfile(f"async/{name}.txt")
        assert isinstance(member, io.BufferedReader)
        return parse(member.read())


def sent_by_switch(turns: list[Turn], connection: int = 1) -> bytes:
    """All that FreeSWITCH sent on one connection."""
    return b"".join(turn.data for turn in turns if turn.from_switch and turn.connection == connection)


def connections(turns: list[Turn]) -> list[int]:
    return sorted({turn.connection for turn in turns})
