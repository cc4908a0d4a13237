"""`${name}` in an application's argument, and `${api(arguments)}`, as FreeSWITCH expands them.

What lives here: recursive expansion with its depth limit (switch_channel.c:4024-4173). What it must not know: what the
value is for. An API call in an argument really runs: a test that lets hostile text through sees it in
`Switch.commands_run`.
"""

from __future__ import annotations

import re

from fsrouter.simulator.calls.line import Line

_ESCAPED = re.compile(r"\\([\\$])")
_KEPT = {"\\": "\1", "$": "\0"}
_PLACE = re.compile(r"\$\$?\{([^${}]*)\}")
DEPTH = 100


def expand(line: Line, text: str) -> str:
    """The text with its variables filled in; one that is not set is empty. A backslash before `$` or a backslash takes
    its meaning away.
    """
    if "$" not in text or line.is_true("app_disable_expand_variables"):
        return text
    text = _ESCAPED.sub(lambda found: _KEPT[found[1]], text)
    for _ in range(DEPTH):
        filled = _PLACE.sub(lambda place: _fill(line, place), text)
        if "$" not in filled:
            return _restored(filled)
        if filled == text:
            break
        text = filled
    return _restored(text)


def _restored(text: str) -> str:
    return text.replace("\0", "$").replace("\1", "\\")


def _fill(line: Line, place: re.Match[str]) -> str:
    name = place[1]
    if name.endswith(")") and "(" in name:
        api, _, arguments = name[:-1].partition("(")
        return line.switch.api(f"{api} {arguments}".strip()).rstrip("\n")
    if name == "Channel-State-Number":
        return str(line.state)
    return line.get(name) or line.switch.globals.get(name, "")
