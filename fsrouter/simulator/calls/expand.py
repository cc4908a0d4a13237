"""`${name}` in an application's argument, and `${api(arguments)}`, as FreeSWITCH expands them.

What lives here: recursive expansion with its depth limit (switch_channel.c:4024-4173). What it must not know: what the
value is for. An API call in an argument really runs: a test that lets hostile text through sees it in
`Switch.commands_run`.
"""

from __future__ import annotations

import re

from fsrouter.simulator.calls.line import Line

_PLACE = re.compile(r"\\?\$\$?\{([^${}]*)\}")
DEPTH = 100


def expand(line: Line, text: str) -> str:
    """The text with its variables filled in; one that is not set is empty; `\\${x}` gives a literal `${x}`."""
    if "$" not in text or line.is_true("app_disable_expand_variables"):
        return text
    for _ in range(DEPTH):
        filled = _PLACE.sub(lambda place: _fill(line, place), text)
        if "$" not in filled:
            return filled.replace("\0", "$")
        if filled == text:
            break
        text = filled
    return text.replace("\0", "$")


def _fill(line: Line, place: re.Match[str]) -> str:
    if place[0].startswith("\\"):
        return f"\0{{{place[1]}}}"
    name = place[1]
    if name.endswith(")") and "(" in name:
        api, _, arguments = name[:-1].partition("(")
        return line.switch.api(f"{api} {arguments}".strip()).rstrip("\n")
    if name == "Channel-State-Number":
        return str(line.state)
    return line.get(name) or line.switch.globals.get(name, "")
