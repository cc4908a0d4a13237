"""A what-if call, as the dashboard has it typed and draws it; `fsrouter.store.what_if` walks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from fsrouter.engine.walk.explain import plans_by_entry
from fsrouter.engine.walk.explained import Explained, explained
from fsrouter.engine.walk.trace import Entry
from fsrouter.rules.call_tests import COUNT, KEY, MOMENT, typed, typed_fact
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
    """A line of the route drawn as a tree: how deep, who looked at the call, what came of it, and why; `plan` is what
    is done at an attempt.
    """

    depth: int
    at: str
    outcome: str
    why: str
    plan: tuple[str, ...] = ()


class Route(Struct, frozen=True):
    """Where the call would go, and its trace as a tree."""

    call: Explained
    branches: tuple[Branch, ...]


def route(context: Context, form: Typed) -> Route:
    """Walk a call that somebody types to its end. Raises RulesError and UsageError with what is wrong in it."""
    call = WhatIf(
        to=form.to,
        caller=form.caller,
        at=typed(MOMENT, form.at) if form.at else datetime.fromtimestamp(context.clock(), UTC),
        given=dict(map(typed_fact, _facts(form.given))),
        press=tuple(typed(KEY, key) for key in _parts(form.press)),
        unanswered=typed(COUNT, form.unanswered or "0"),
        incoming=context.incoming,
    )
    run = from_store(context.store, context.rulebooks.snapshot(), call, gates=context.installation.gate)
    told = explained(run, context.rates())
    return Route(told, tree(run.walk.trace, plans_by_entry(told)))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _facts(text: str) -> list[str]:
    """`FACT=VALUE` each; what has no `=` is one more element of the list before it: `tags=vip, fax`."""
    found: list[str] = []
    for part in _parts(text):
        if found and "=" not in part:
            found[-1] += f", {part}"
        else:
            found.append(part)
    return found


def tree(trace: Iterable[Entry], plans: Mapping[int, tuple[str, ...]]) -> tuple[Branch, ...]:
    """A trace as a tree: what was entered stands below what sent the call there. `plans` are by the entries' places."""
    return tuple(Branch(e.depth, e.at, e.outcome, e.why, plans.get(i, ())) for i, e in enumerate(trace))
