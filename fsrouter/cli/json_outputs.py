"""What each `--json` prints: the type by the words of its command, and its JSON Schema made from that type.

Only what writes the pages of docs/json, and the test that holds commands to them, looks here; no command does, for the
types of all commands are loaded.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.inspect import StructType

from fsrouter.cli.agents import AgentRow
from fsrouter.cli.companies import Move, Removal, Renaming
from fsrouter.cli.contacts import Match
from fsrouter.cli.lists import EntryRow, ImportedList, ListRow
from fsrouter.cli.rates import FoundRate, NumberRate
from fsrouter.cli.replay import Changed
from fsrouter.cli.rules_check import Found
from fsrouter.cli.rules_test import Result
from fsrouter.crm.check import Seen
from fsrouter.crm.sync.csv_import import Imported
from fsrouter.crm.sync.report import Synced
from fsrouter.engine.walk.explained import Explained
from fsrouter.freeswitch.doctor.dialling import MayDial
from fsrouter.freeswitch.doctor.finding import Finding
from fsrouter.rules.plan import AppliedPlan, CountedPlan
from fsrouter.store import CallLine
from fsrouter.store.calls.views import WholeCall
from fsrouter.store.rulebooks.books import Revision
from fsrouter.store.states import Hours

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Printed(Struct, frozen=True):
    """What a command prints: one struct of these kinds, or a list of `many`."""

    kinds: tuple[type[Struct], ...]
    many: bool


def one(kind: type[Struct]) -> Printed:
    """One struct."""
    return Printed((kind,), many=False)


def many(*kinds: type[Struct]) -> Printed:
    """A list of structs, each of one of these kinds."""
    return Printed(kinds, many=True)


#: What each command prints with `--json`, by its words.
JSON_OUTPUTS: dict[str, Printed] = {
    "rules import": one(AppliedPlan),
    "rules check": many(Found),
    "rules plan": one(CountedPlan),
    "rules test": many(Result),
    "rules log": many(Revision),
    "rules rollback": one(AppliedPlan),
    "rules move": one(Move),
    "rules rename": one(Renaming),
    "rules remove": one(Removal),
    "contacts sync": many(Synced),
    "contacts import": one(Imported),
    "contacts find": many(Match),
    "crm check": many(Seen),
    "calls list": many(CallLine),
    "calls show": one(WholeCall),
    "lists list": many(ListRow, EntryRow),
    "lists import": one(ImportedList),
    "agents list": many(AgentRow),
    "schedules list": many(Hours),
    "freeswitch check": many(Finding, MayDial),
    "rates list": many(NumberRate),
    "rates of": one(FoundRate),
    "replay": many(Changed),
    "explain": one(Explained),
}


def file_name(words: str) -> str:
    """The file of a command's schema: `rules-check.schema.json`."""
    return f"{words.replace(' ', '-')}.schema.json"


def schema(words: str, about: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what a command prints with `--json`; `about` is what the command does.

    Every object is closed, and whatever is always printed is required.
    """
    printed = JSON_OUTPUTS[words]
    references, components = msgspec.json.schema_components(printed.kinds, ref_template="#/$defs/{name}")
    structs = {
        struct.__name__: struct for kind in printed.kinds for struct in _structs(msgspec.inspect.type_info(kind))
    }
    item = references[0] if len(references) == 1 else {"anyOf": list(references)}
    return {
        "$schema": DIALECT,
        "title": f"fsrouter {words} --json",
        "description": about,
        **({"type": "array", "items": item} if printed.many else item),
        "$defs": {name: _closed(found, structs.get(name)) for name, found in components.items()},
    }


def _closed(definition: dict[str, Any], struct: type[Struct] | None) -> dict[str, Any]:
    """The definition of a struct that has all of its keys and no others."""
    if struct is None or definition.get("type") != "object":
        return definition
    leaves_out = struct.__struct_config__.omit_defaults
    properties = definition["properties"]
    if not leaves_out:
        # What is always printed has no default for who reads it.
        properties = {name: {k: v for k, v in of.items() if k != "default"} for name, of in properties.items()}
    return {
        "title": definition["title"],
        "description": inspect.getdoc(struct) or "",
        "type": "object",
        "properties": properties,
        "required": definition.get("required", []) if leaves_out else list(properties),
        "additionalProperties": False,
    }


def _structs(kind: msgspec.inspect.Type) -> Iterator[type[Struct]]:
    """The structs that a type is made of, each as often as it stands there."""
    if isinstance(kind, StructType):
        yield kind.cls
        for field in kind.fields:
            yield from _structs(field.type)
        return
    for name in ("types", "item_types"):
        for part in getattr(kind, name, ()):
            yield from _structs(part)
    for name in ("item_type", "key_type", "value_type", "type"):
        part = getattr(kind, name, None)
        if isinstance(part, msgspec.inspect.Type):
            yield from _structs(part)
