"""The dial string of `bridge`: `{all}[leg]target,[leg]target|[leg]target`.

What lives here: FreeSWITCH's grammar of it (docs/wire.md 10 and 11), in its own words. What it must not know: phones,
timers.

Strategy: as switch_ivr_originate.c reads it. Leading `<..>` and `{..}` belong to every leg, `|` separates groups that
are tried in turn, `,` separates legs of a group that ring at once, `[..]` belongs to the leg that it stands before. The
end of a bracket is found by counting brackets alone, blind to quotes (switch_utils.c:794); inside it `'..'` protects
commas. `:_:` anywhere makes originations of their own that all ring at once (switch_ivr_originate.c:2141).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLOSES = {"{": "}", "[": "]", "<": ">"}
_QUOTING = re.compile(r"\\(.?)|'", re.DOTALL)
_DECODED = {"n": "\n", "r": "\r", "t": "\t", "s": " "}


class BadDialString(ValueError):
    """FreeSWITCH would not understand this dial string; it ends such a bridge with ORIGINATOR_CANCEL."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One leg that is asked for: its target as written, its variables, the leg's own over the common ones."""

    target: str
    variables: dict[str, str]


def parse(text: str) -> list[list[Endpoint]]:
    """The groups of a dial string in order, each a list of legs that ring at once. Raises BadDialString.

    What hostile text smuggled in is dialled, as FreeSWITCH dials it: a test sees it ring.
    """
    if ":_:" in text:
        return [[leg for part in text.split(":_:") for group in parse(part) for leg in group]]
    common: dict[str, str] = {}
    rest = text.strip()
    while rest[:1] in ("{", "<"):
        inside, rest = _bracket(rest)
        common |= variables(inside)
    groups = [[_leg(leg, common) for leg in _split(group, ",")] for group in _split(rest, "|")]
    if not groups:
        raise BadDialString("there is nothing to dial")
    return groups


def variables(inside: str) -> dict[str, str]:
    """`a=1,b='x, y'` as a dict; `^^:` at the start makes `:` the separator (switch_event.c:1726)."""
    separator = ","
    if inside.startswith("^^") and len(inside) > 2:
        separator, inside = inside[2], inside[3:]
    found: dict[str, str] = {}
    for item in _split(inside, separator, quotes=True):
        name, equals, value = item.partition("=")
        if equals and name.strip():
            found[name.strip()] = _plain(value.strip())
    return found


def _leg(text: str, common: dict[str, str]) -> Endpoint:
    own: dict[str, str] = {}
    text = text.strip()
    while text.startswith("["):
        inside, text = _bracket(text)
        own |= variables(inside)
    if not text:
        raise BadDialString(f"no target in {text!r}")
    return Endpoint(text, {**common, **own} if own else common)


def _bracket(text: str) -> tuple[str, str]:
    """What the bracket that opens `text` holds, and what comes behind it."""
    opens, closes = text[0], _CLOSES[text[0]]
    depth = 0
    for at, char in enumerate(text):
        if char == opens:
            depth += 1
        elif char == closes:
            depth -= 1
            if not depth:
                return text[1:at], text[at + 1 :].lstrip()
    raise BadDialString(f"{opens} is never closed")


def _split(text: str, separator: str, *, quotes: bool = False) -> list[str]:
    """Split outside of brackets, and outside of `'..'` where quotes count."""
    if separator not in text:
        return [text] if text.strip() else []
    parts, depth, quoted, begin = [], 0, False, 0
    for at, char in enumerate(text):
        if quotes and char == "'" and text[at - 1 : at] != "\\":
            quoted = not quoted
        elif not quotes and char in "[{":
            depth += 1
        elif not quotes and char in "]}":
            depth -= 1
        elif char == separator and not depth and not quoted:
            parts.append(text[begin:at])
            begin = at + 1
    parts.append(text[begin:])
    return [part for part in parts if part.strip()]


def _plain(value: str) -> str:
    """A value without its quotes and backslashes; `\\n`, `\\r`, `\\t`, `\\s` are decoded (switch_utils.c:2635)."""
    return _QUOTING.sub(lambda at: _DECODED.get(at[1], at[1] or ""), value)
