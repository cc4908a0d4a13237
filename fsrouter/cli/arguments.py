"""Arguments and options that several commands share, and how their texts are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from fsrouter.cli.session import Session
from fsrouter.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

#: A file that must be there, one that is written, and a directory.
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
DIRECTORY = click.Path(file_okay=False, path_type=Path)

#: How many things a list shows at most.
LIMIT = click.IntRange(1, 1_000_000)


def moment(text: str) -> datetime:
    """A moment in ISO 8601; in whose zone it is when it has no offset is for whoever asked to say."""
    from fsrouter.rules.call_tests import MOMENT, typed

    found: datetime = _argument(typed, MOMENT, text)
    return found


def since(text: str) -> float:
    """A beginning in seconds since the epoch: so long ago (7d, 24h, 30m), or a moment in ISO 8601."""
    from fsrouter.engine.times import parse_past

    session = click.get_current_context().find_object(Session)
    found = parse_past(text.strip(), session.clock(), datetime.timestamp) if session else None
    if found is None:
        raise click.BadParameter(f"{text!r} is no beginning; write 7d, 24h, 30m or 2026-11-23T10:00")
    return found


def outcome(text: str) -> str:
    """What may have become of a call, as the journal has it."""
    from fsrouter.engine.words import did_you_mean
    from fsrouter.store.calls.records import OUTCOMES

    if text not in OUTCOMES:
        raise click.BadParameter(f"{text!r} is no outcome{did_you_mean(text, OUTCOMES)}")
    return text


def keys(text: str) -> tuple[str, ...]:
    """Keys for menus in a row: `1,2,-`, where - is no input."""
    from fsrouter.rules.call_tests import KEY, typed

    return tuple(_argument(typed, KEY, part) for part in text.split(",") if text)


def given(text: str) -> tuple[str, str]:
    """A fact that holds whatever else is known, `FACT=VALUE`, as its name and value."""
    from fsrouter.rules.call_tests import typed_fact

    return _argument(typed_fact, text)


def _argument(read: Callable[..., T], *typed: Any) -> T:
    """What reading makes of an argument; what is wrong with it, click says with the argument's name."""
    try:
        return read(*typed)
    except UsageError as error:
        raise click.BadParameter(str(error)) from None


def as_json(command: F) -> F:
    """`--json`, for everything that lists."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def company(command: F) -> F:
    """`--company`, where one must be chosen or the list be made shorter."""
    return click.option("--company", metavar="NAME", help="The company, when it is not clear which.")(command)


def limit(default: int, help: str = "List the latest N at most.") -> Callable[[F], F]:
    """`--limit`, for lists that grow."""
    return click.option("--limit", type=LIMIT, metavar="N", default=default, show_default=True, help=help)


def directory(name: str, help: str, required: bool = False) -> Callable[[F], F]:
    """An option that names a directory."""
    return click.option(name, metavar="DIR", type=DIRECTORY, required=required, help=help)


def yes(command: F) -> F:
    """`--yes`, where a change is shown before it is made."""
    return click.option("--yes", "-y", is_flag=True, help="Do it without being asked.")(command)
