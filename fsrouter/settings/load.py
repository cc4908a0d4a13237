"""Loads the settings: `fsrouter.toml`, then the environment, which comes last."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from fsrouter.engine.words import nearest
from fsrouter.errors import UsageError
from fsrouter.settings import secrets
from fsrouter.settings.check import problems
from fsrouter.settings.model import (
    Dialling,
    Gateway,
    Incoming,
    Log,
    Numbers,
    RateSheet,
    Settings,
    Speech,
    Switch,
    Trunk,
)

#: The database's name in the user's data directory.
DATABASE = "fsrouter.db"
#: The settings that the environment may give, as `FSROUTER_NAME`; of those with a dot, `FSROUTER_TABLE_NAME`.
FROM_ENVIRONMENT = ("database", "listen", "web", "node", "key", "log.format", "log.level")
#: The tables of a settings file.
_TABLES: dict[str, type[Struct]] = {
    "freeswitch": Switch,
    "trunks": Trunk,
    "trunks.gateways": Gateway,
    "dialling": Dialling,
    "numbers": Numbers,
    **dict.fromkeys(("numbers.gateways", "numbers.profiles", "numbers.freeswitch"), Incoming),
    "rates": RateSheet,
    "speech": Speech,
    "log": Log,
}
#: TOML's kinds of values as they are written.
_KINDS = {
    "str": 'a text ("…")',
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list ([…])",
    "object": "a table ([…] above its lines)",
}


def load(path: str = "", environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a file (by default `FSROUTER_CONFIG`, else none) under those of the environment.

    Raises UsageError.
    """
    settings = given(path, environment)
    return msgspec.structs.replace(
        settings,
        database=settings.database or f"sqlite:///{secrets.data_directory(environment) / DATABASE}",
        freeswitch=tuple(secrets.with_password(switch, environment) for switch in settings.freeswitch),
        key=settings.key or secrets.signing_key(settings.key_file, environment),
    )


def database(path: str = "", environment: Mapping[str, str] = os.environ) -> str:
    """The database that `load` would name, for who only looks: makes nothing. Raises UsageError."""
    named = given(path, environment).database
    return named or f"sqlite:///{secrets.data_directory(environment, make=False) / DATABASE}"


def given(path: str = "", environment: Mapping[str, str] = os.environ) -> Settings:
    """What file and environment say, with nothing but the plain defaults in the place of what they do not: without
    passwords and keys, for who only looks. Raises UsageError.
    """
    path = path or environment.get("FSROUTER_CONFIG", "")
    found: dict[str, Any] = _file(path) if path else {}
    if isinstance(found.get("freeswitch"), dict):
        found["freeswitch"] = [found["freeswitch"]]
    variables = {name: environment.get(variable(name)) for name in FROM_ENVIRONMENT}
    variables = {name: value for name, value in variables.items() if value}
    for name, value in variables.items():
        table, _, key = name.rpartition(".")
        if not table:
            found[name] = value
        elif isinstance(within := found.setdefault(table, {}), dict):
            within[key] = value
    try:
        settings = msgspec.convert(found, Settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path or 'the environment'}: {_in_words(str(error), _trunk_of(error, found))}") from None
    if found_problems := list(problems(settings)):
        raise UsageError("\n".join(f"{_source(problem, variables, path)}: {problem}" for problem in found_problems))
    if path and settings.rates.file:
        beside = Path(path).resolve().parent / settings.rates.file
        settings = msgspec.structs.replace(settings, rates=msgspec.structs.replace(settings.rates, file=str(beside)))
    return settings


def variable(name: str) -> str:
    """The environment's variable for a setting: `FSROUTER_LOG_LEVEL` for `log.level`."""
    return f"FSROUTER_{name.upper().replace('.', '_')}"


def _source(problem: str, variables: Container[str], path: str) -> str:
    """Where a problem comes from: the environment for the settings that it gave (`variables`), else the file."""
    setting = re.match(r"[\w.]+", problem)
    return "the environment" if not path or (setting and setting[0] in variables) else path


def _trunk_of(error: msgspec.ValidationError, found: dict[str, Any]) -> str:
    """The name of the trunk that msgspec found wrong, "" when it is something else: it names no key of a table."""
    if "$.trunks[...]" in str(error):
        for name, trunk in found["trunks"].items():
            try:
                msgspec.convert({"trunks": {name: trunk}}, Settings)
            except msgspec.ValidationError:
                return str(name)
    return ""


def _in_words(error: str, trunk: str) -> str:
    """What msgspec found wrong, as who wrote the file would put it: `freeswitch[0].port: …` and what belongs there."""
    what, _, where = error.partition(" - at `$.")
    where = where.rstrip("`")
    table_name = re.sub(r"\[.*?\]", "", where)
    where = where.replace("trunks[...]", f"trunks.{trunk}")
    if unknown := re.search("unknown field `(.*)`", what, re.DOTALL):
        table = _TABLES.get(table_name, Settings)
        known = [each.name for each in msgspec.structs.fields(table)]
        near = nearest(unknown[1], known)
        remedy = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
        place = f" in [{where.partition('[')[0]}]" if where else ""
        return f"unknown setting {unknown[1]!r}{place}; {remedy}"
    if kinds := re.fullmatch("Expected `(.*)`, got `(.*)`", what):
        wanted, found = (
            _KINDS.get(kind.removesuffix(" | null").removeprefix("str | "), kind) for kind in kinds.groups()
        )
        return f"{where}: is {found} where {wanted} belongs"
    if lacking := re.search("missing required field `(.*)`", what):
        return f"{where}: lacks its {lacking[1]!r}"
    return f"{where}: {what}"


def _file(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the settings cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is no TOML: {error}") from None
