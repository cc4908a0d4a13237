"""What a real FreeSWITCH said, read from `captures/`: the names, the order and the fixed values of what is sent here.

What lives here: reading. What it must not know: what for. Each capture is read once, when it is first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from json import JSONDecoder
from pathlib import Path
from urllib.parse import unquote

_BLOCK = re.compile(r"=== connection \d+ (to|from) FreeSWITCH (?:closed )?\+\d+ms (\d+) bytes\n")


@cache
def frames(name: str) -> tuple[str, ...]:
    """What FreeSWITCH said in a capture, cut at empty lines: header blocks, and the bodies behind them."""
    text = (Path(__file__).parent / "captures" / f"{name}.txt").read_bytes().decode("latin-1")
    said, at = "", 0
    while block := _BLOCK.match(text, at):
        end = block.end() + int(block[2])
        said += text[block.end() : end] if block[1] == "from" else ""
        at = end + 1
    return tuple(said.split("\n\n"))


def connect_blocks(name: str) -> list[dict[str, str]]:
    """The replies to `connect`, values decoded, in the order of the connections."""
    found = [frame.splitlines() for frame in frames(name) if frame.startswith("Event-Name: CHANNEL_DATA")]
    return [
        {header: unquote(value) for header, _, value in (line.partition(": ") for line in block)} for block in found
    ]


@cache
def events(name: str) -> tuple[dict[str, str], ...]:
    """The JSON objects of a capture: events, and dumps of channels."""
    return tuple(JSONDecoder().raw_decode(frame)[0] for frame in frames(name) if frame.startswith("{"))


def variables(headers: Mapping[str, str]) -> dict[str, str]:
    """The channel variables among headers."""
    return {name.removeprefix("variable_"): value for name, value in headers.items() if name.startswith("variable_")}


def between(values: Mapping[str, str], first: str, last: str) -> dict[str, str]:
    """Those from one name to another, both included."""
    names = list(values)
    return {name: values[name] for name in names[names.index(first) : names.index(last) + 1]}
