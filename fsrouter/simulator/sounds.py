"""How long a thing takes to play, and whether it can be played at all.

What lives here: tones, silence, streams, phrases and files as durations in seconds. What it must not know: who listens.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection

LIST = "file_string://"
FILE_SECONDS = 2.5
SPOKEN_CHARACTERS_PER_SECOND = 15.0

Files = Collection[str] | Callable[[str], bool] | None
"""Which files there are: a collection of paths, a predicate, or None for every path but those under /nowhere."""

_TONE = re.compile(r"%\(\s*(\d+)\s*,\s*(\d+)")
_LOOPS = re.compile(r";loops=(-?\d+)")


def seconds(path: str, known: Files = None) -> float | None:
    """How long it plays; `math.inf` for a stream without end; None for a file that does not exist."""
    path = re.sub(r"^\{[^}]*\}", "", path.strip())
    if path.startswith(LIST):
        return sum(seconds(part, known) or 0.0 for part in parts(path))
    scheme, separator, rest = path.partition("://")
    if separator:
        return _stream(scheme, rest)
    if path == "silence":
        return 0.0
    if path.startswith(("say:", "phrase:")):
        return speech_seconds(path)
    if not _exists(path, known):
        return None
    return FILE_SECONDS


def parts(path: str) -> list[str]:
    """The sounds of a `file_string://A!B`, one after the other; of any other, itself (mod_dptools.c:4961)."""
    return path.removeprefix(LIST).split("!") if path.startswith(LIST) else [path]


def speech_seconds(text: str) -> float:
    """How long a voice needs for a text."""
    return max(0.3, len(text) / SPOKEN_CHARACTERS_PER_SECOND)


def _stream(scheme: str, rest: str) -> float | None:
    if scheme == "tone_stream":
        total = sum(int(on) + int(off) for on, off in _TONE.findall(rest)) / 1000.0
        loops = _LOOPS.search(rest)
        times = int(loops[1]) if loops else 1
        return math.inf if times < 0 else total * max(1, times)
    if scheme == "silence_stream":
        milliseconds = int(rest.split(",")[0] or 0)
        return math.inf if milliseconds < 0 else milliseconds / 1000.0
    if scheme == "say":
        return speech_seconds(rest)
    if scheme == "local_stream":
        return math.inf
    return None


def _exists(path: str, known: Files) -> bool:
    if known is None:
        return bool(path) and not path.startswith("/nowhere/")
    return known(path) if callable(known) else path in known
