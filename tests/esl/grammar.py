"""FreeSWITCH's own parsers of arguments, line by line after its C, for judging what our encoder makes.

`separate` follows switch_separate_string (switch_utils.c:2705-2880), `bracketed` switch_event_create_brackets
(switch_event.c:1668), `legs` switch_ivr_originate (switch_ivr_originate.c:2141, 2284-2305, 2736, 2796-2876).
"""

from __future__ import annotations

QUOTED, UNQUOTED = "\x01", "\x02"
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "s": " "}


def _cleaned(text: str, delim: str) -> str:
    text = text.lstrip(" ")
    out: list[str] = []
    end = at = 0
    quoted = False
    while at < len(text):
        char = text[at]
        follower = text[at + 1] if at + 1 < len(text) else ""
        if char == "\\" and follower and (follower in "'\"\\" or follower == delim or follower in _ESCAPES):
            out.append(_ESCAPES.get(follower, follower) if follower not in "'\"\\" and follower != delim else follower)
            end = len(out)
            at += 2
            continue
        if char == "'" and (quoted or "'" in text[at + 1 :]):
            quoted = not quoted
            if quoted:
                end = len(out)
        else:
            out.append(char)
            if char != " " or quoted:
                end = len(out)
        at += 1
    return "".join(out[:end]) if end else "".join(out)


def separate(text: str, delim: str, most: int = 1024) -> list[str]:
    if text.startswith("^^") and len(text) > 3:
        delim, text = text[2], text[3:]
    parts: list[str] = []
    at, start, quoted = 0, 0, False
    while at < len(text) and len(parts) + 1 < most:
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "'" and (quoted or delim == " " or "'" in text[at + 1 :]):
            quoted = not quoted
        elif char == delim and not quoted:
            parts.append(text[start:at])
            while delim == " " and at + 1 < len(text) and text[at + 1] == " ":
                at += 1
            start = at + 1
        at += 1
    if start < len(text):
        parts.append(text[start:])
    return [_cleaned(part, "" if delim == " " else delim) for part in parts]


def closing(text: str, opening: str, closer: str) -> int:
    depth = 0
    for at, char in enumerate(text):
        if char == opening:
            depth += 1
        elif char == closer:
            depth -= 1
            if not depth:
                return at
    return -1


def bracketed(text: str, opening: str, closer: str, delim: str) -> tuple[dict[str, str], str]:
    end = closing(text, opening, closer)
    assert end >= 0, "Parse Error!"
    inner, rest = text[1:end], text[end + 1 :]
    if inner.startswith("^^"):
        delim, inner = inner[2], inner[3:]
    found: dict[str, str] = {}
    for part in separate(inner, delim):
        pair = separate(part, "=", 2)
        if len(pair) == 2:
            assert pair[0] not in found
            found[pair[0]] = pair[1]
    return found, rest


def legs(text: str) -> tuple[dict[str, str], list[list[tuple[dict[str, str], str]]]]:
    """The variables of all legs, and group by group (`|`) the legs: their variables and targets."""
    assert ":_:" not in text, "enterprise originate"
    common: dict[str, str] = {}
    text = text.lstrip(" ")
    for opening, closer in ("<>", "{}"):
        while text.startswith(opening):
            found, text = bracketed(text, opening, closer, ",")
            common |= found
    return common, [_group(group) for group in separate(text.lstrip(" "), "|")]


def _group(group: str) -> list[tuple[dict[str, str], str]]:
    chars, end, quoted, alternative = list(group), -1, False, False
    for at, char in enumerate(group):
        if end < 0 and char == "[":
            found = closing(group[at:], "[", "]")
            end = at + found if found >= 0 else -1
            alternative, quoted = group[at + 1 : at + 3] == "^^", False
        if char == "'":
            quoted = not quoted
        if 0 <= at < end and char == "," and group[at - 1] != "\\":
            chars[at] = QUOTED if quoted or alternative else UNQUOTED
        if at == end:
            end = -1
    found_legs = []
    for leg in separate("".join(chars), ","):
        own: dict[str, str] = {}
        rest = leg.lstrip(" ")
        while rest.startswith("["):
            more, rest = bracketed(rest.replace(QUOTED, ","), "[", "]", UNQUOTED)
            own |= more
        found_legs.append((own, rest))
    return found_legs
