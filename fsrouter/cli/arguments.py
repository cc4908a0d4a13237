"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

#: A file that must be there.
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

#: How many things a list shows at most.
LIMIT = click.IntRange(1, 1_000_000)

_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def moment(text: str) -> datetime:
    """A moment in ISO 8601; without an offset whoever asked decides where the clock hangs."""
    from fsrouter.rules.call_tests import YEARS

    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no moment; write 2026-11-23T10:00, with an offset as +01:00 if need be"
        ) from None
    if found.year not in YEARS:
        raise click.BadParameter(f"{text!r} is out of reach; write a year from {YEARS[0]} to {YEARS[-1]}")
    return found


def since(text: str) -> float:
    """A beginning in seconds since the epoch: so long ago (7d, 24h, 30m), or a moment in ISO 8601."""
    if found := _SPAN.fullmatch(text.strip()):
        return time.time() - int(found[1]) * _SECONDS[found[2]]
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except ValueError:
        raise click.BadParameter(f"{text!r} is no beginning; write 7d, 24h, 30m or 2026-11-23T10:00") from None


def outcome(text: str) -> str:
    """What may have become of a call, as the journal has it."""
    from fsrouter.engine.model.scalars import did_you_mean
    from fsrouter.store.calls.records import OUTCOMES

    if text not in OUTCOMES:
        raise click.BadParameter(f"{text!r} is no outcome{did_you_mean(text, OUTCOMES)}")
    return text


def keys(text: str) -> tuple[str, ...]:
    """Keys for menus in a row: `1,2,-`, where - is no input."""
    from fsrouter.engine.model.scalars import Context
    from fsrouter.rules.call_tests import KEY

    try:
        return tuple(KEY.read(part, Context()) for part in text.split(",") if text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} {error}") from None


def given(text: str) -> tuple[str, str]:
    """A fact that holds whatever else is known, `FACT=VALUE`, as its name and value."""
    from fsrouter.engine.model.scalars import Context
    from fsrouter.rules.call_tests import FACT, given_problem

    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} has no =; write FACT=VALUE, as caller=repeat")
    try:
        name = FACT.read(name.strip(), Context())
    except ValueError as error:
        raise click.BadParameter(f"{name!r} {error}") from None
    if problem := given_problem(name, value.strip()):
        raise click.BadParameter(f"{name}: {value!r} {problem}")
    return name, value.strip()


def as_json(command: F) -> F:
    """`--json`, for everything that lists."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def company(command: F) -> F:
    """`--company`, where one must be chosen or the list be made shorter."""
    return click.option("--company", metavar="NAME", help="The company, when it is not clear which.")(command)


def yes(command: F) -> F:
    """`--yes`, where a change is shown before it is made."""
    return click.option("--yes", "-y", is_flag=True, help="Do it without being asked.")(command)
