"""A what-if call, as the dashboard has it typed and draws it; `fsrouter.store.what_if` walks it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from fsrouter.engine.model.fact_names import DRAW, NAMES
from fsrouter.engine.model.scalars import did_you_mean
from fsrouter.engine.walk.explain import as_dict
from fsrouter.errors import UsageError
from fsrouter.store.what_if import WhatIf, from_store
from fsrouter.tui.context import Context


class Typed(Struct, frozen=True):
    """A call as somebody types it: numbers as people write them, `at` in ISO 8601 in the company's time or "" for
    now, `given` as `FACT=VALUE, …`, `press` as `1,2,-`, `unanswered` how many attempts get no answer.
    """

    to: str = ""
    caller: str = ""
    at: str = ""
    given: str = ""
    press: str = ""
    unanswered: str = ""


class Branch(Struct, frozen=True):
    """A line of the route drawn as a tree: how deep, who looked at the call, what came of it, and why."""

    depth: int
    at: str
    outcome: str
    why: str


class Route(Struct, frozen=True):
    """Where the call would go: what is known of its walk, and its trace as a tree."""

    walk: Mapping[str, Any]
    branches: tuple[Branch, ...]


def route(context: Context, typed: Typed) -> Route:
    """Walk a call that somebody types to its end. Raises RulesError and UsageError with what is wrong in it."""
    call = WhatIf(
        to=typed.to,
        caller=typed.caller,
        at=moment(typed.at) or datetime.fromtimestamp(context.clock(), UTC),
        given=facts(typed.given),
        press=tuple(key.strip() for key in typed.press.split(",") if key.strip()),
        unanswered=_count(typed.unanswered),
    )
    walk = as_dict(from_store(context.store, context.rulebooks.read(), call))
    return Route(walk, tree(walk["trace"]))


def moment(text: str) -> datetime | None:
    """A moment as it is typed, None for "". Raises UsageError."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"{text!r} is no moment; write 2026-11-23T10:00") from None


def facts(text: str) -> dict[str, str]:
    """The facts of `FACT=VALUE, …`, the number that is drawn among them. Raises UsageError."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise UsageError(f"{part!r} has no =; write FACT=VALUE, as caller=repeat")
        if name not in NAMES and name != DRAW and not name.startswith("crm."):
            raise UsageError(f"{name!r} is no fact{did_you_mean(name, [*NAMES, DRAW])}")
        found[name] = value
    if DRAW in found and not _is_draw(found[DRAW]):
        raise UsageError(f"{found[DRAW]!r} is no draw; write a number from 0 to 1")
    return found


def _is_draw(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def _count(text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise UsageError(f"{text!r} is no number of attempts")
    return int(text or 0)


def tree(trace: Sequence[Mapping[str, str]]) -> tuple[Branch, ...]:
    """A trace as a tree: what was entered stands below what sent the call there, by the route that this named."""
    above: list[Mapping[str, str]] = []
    found = []
    for entry in trace:
        at = entry["at"]
        while above and not _names(above[-1], at):
            above.pop()
        found.append(Branch(len(above), at, entry["outcome"], entry["why"]))
        above.append(entry)
    return tuple(found)


def _names(entry: Mapping[str, str], at: str) -> bool:
    """Whether an entry of the trace says that the call goes to what stands at another one: in a route that is its
    outcome, or in the reason of a key that was pressed.
    """
    target = at.partition(" ")[0]
    if entry["at"].partition(" ")[0] == target:
        return False
    words = re.split(r"[\s,]+", f"{entry['outcome']} {entry['why']}")
    return target in words or at in entry["outcome"]
