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

_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Moment(click.ParamType):
    """A moment in ISO 8601; without an offset whoever asked decides where the clock hangs."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            self.fail(f"{value!r} is no moment; write 2026-11-23T10:00, with an offset as +01:00 if need be", param, ctx)


class Since(click.ParamType):
    """A beginning in seconds since the epoch: so long ago (7d, 24h, 30m), or a moment in ISO 8601."""

    name = "WHEN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, float):
            return value
        if found := _SPAN.fullmatch(value.strip()):
            return time.time() - int(found[1]) * _SECONDS[found[2]]
        try:
            return datetime.fromisoformat(value.strip()).timestamp()
        except ValueError:
            self.fail(f"{value!r} is no beginning; write 7d, 24h, 30m or 2026-11-23T10:00", param, ctx)


class Keys(click.ParamType):
    """Keys for menus in a row: `1,2,-`, where - is no input."""

    name = "KEYS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, tuple):
            return value
        from fsrouter.engine.values import Context
        from fsrouter.rules.golden import PRESSED

        parts = [part for part in value.split(",") if value]
        try:
            return tuple(PRESSED.read(part, Context()) for part in parts)
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


class Given(click.ParamType):
    """A fact that holds whatever else is known: `FACT=VALUE`."""

    name = "FACT=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, tuple):
            return value
        from fsrouter.engine.values import Context
        from fsrouter.rules.golden import DRAW, FACT

        name, equals, text = value.partition("=")
        if not equals:
            self.fail(f"{value!r} has no =; write FACT=VALUE, as caller=repeat", param, ctx)
        try:
            name = FACT.read(name.strip(), Context())
        except ValueError as error:
            self.fail(f"{name!r} {error}", param, ctx)
        if name == DRAW and not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", text):
            self.fail(f"{text!r} is no draw; write a number from 0 to 1", param, ctx)
        return name, text


def as_json(command: F) -> F:
    """`--json`, for everything that lists."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def company(command: F) -> F:
    """`--company`, where one must be chosen or the list be made shorter."""
    return click.option("--company", metavar="NAME", help="The company; needed when it is not clear which.")(command)


def yes(command: F) -> F:
    """`--yes`, where a change is shown before it is made."""
    return click.option("--yes", "-y", is_flag=True, help="Do it without being asked.")(command)
