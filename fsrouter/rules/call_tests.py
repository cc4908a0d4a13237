"""Call tests: calls and what must become of them, for `rules test FILE CALLS`.

A calls file is a list of calls, or a mapping with `contacts` and `calls`. Here it is read; who walks the call is no
affair of this module, what became of it otherwise than expected is told by `expectations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from fsrouter.engine.model import fact_names, fact_values, schema
from fsrouter.engine.model.destinations import Item
from fsrouter.engine.model.scalars import FLAG, KEYS, Context, Scalar, Text
from fsrouter.engine.model.schema import Definition, OneOrMany, Problem
from fsrouter.engine.numbers import dialled
from fsrouter.engine.walk.explained import Explained
from fsrouter.engine.words import did_you_mean
from fsrouter.errors import Refused, UsageError
from fsrouter.rules import expectations, yaml_reader
from fsrouter.rules.expectations import Expected
from fsrouter.rules.file_errors import InvalidFile
from fsrouter.rules.yaml_reader import Source

#: The years in which calls can be thought of: calendars, time zones and epochs all reach over them.
YEARS = range(1970, 2200)


def _moment(text: str, context: Context) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refused("is no moment; write 2026-11-23T10:00, with an offset as +01:00 if need be") from None
    if found.year not in YEARS:
        raise Refused(f"is out of reach; write a year from {YEARS[0]} to {YEARS[-1]}")
    return found


def _keys(text: str, context: Context) -> str:
    return "-" if text.strip() == "-" else str(KEYS.read(text.strip(), context))


def _count(text: str, context: Context) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text.strip()):
        raise Refused("is no number of attempts")
    return int(text)


def _dialled(text: str, context: Context) -> str:
    if not dialled.digits(text):
        raise Refused("is no number that can be dialled; write it as +13125550150")
    return text


MOMENT = Scalar("moment", _moment, datetime.isoformat, {"type": "string"})
KEY = Scalar("key", _keys, schema={"type": "string"})
COUNT = Scalar("number of attempts", _count, schema={"type": ["integer", "string"]})
DIALLED = Scalar("dialled number", _dialled, schema={"type": ["string", "integer"]})


def typed(scalar: Scalar, text: str) -> Any:
    """What a text means that somebody types for one value of a call. Raises UsageError, which quotes it."""
    try:
        return scalar.read(text, Context())
    except ValueError as error:
        raise UsageError(f"{text!r} {error}") from None


def typed_fact(text: str) -> tuple[str, str]:
    """A fact that holds whatever else is known, typed as `FACT=VALUE`: its name and value. Raises UsageError."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        raise UsageError(f"{text!r} has no =; write FACT=VALUE, as caller=repeat")
    name = typed(fact_names.GIVEN, name)
    if problem := fact_values.problem(name, value):
        raise UsageError(f"{name}: {value!r} {problem}")
    return name, value


def together(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Facts that were typed one by one: of one that is a list, all that was given; of any other what came last."""
    found: dict[str, str] = {}
    for name, value in given:
        found[name] = f"{found[name]},{value}" if name in found and name in fact_names.LISTS else value
    return found


class CallEntry(Definition, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A call as a calls file writes it: what is dialled, by whom, when, what happens meanwhile, and what is expected.

    What is not expected (None) is not looked at.
    """

    why: Annotated[Text, "What the call shows."] = ""
    to: Annotated[str, DIALLED, "The number that is dialled, as a carrier or people write it."]
    from_: Annotated[Text, "The caller's number as the carrier gives it, or an extension; withheld when absent."] = ""
    at: Annotated[datetime | None, MOMENT, "When it is, local time of the company; now when absent."] = None
    set: Annotated[dict[Annotated[str, fact_names.GIVEN], Text], "Facts that hold whatever else is known."] = {}
    press: Annotated[tuple[Annotated[str, KEY], ...], OneOrMany, "The keys for the menus on the way."] = ()
    unanswered: Annotated[int, COUNT, "How many of the first attempts get no answer."] = 0
    expect: Annotated[Expected | None, "What takes the call, or more of what must become of it."] = None
    record: Annotated[bool | None, FLAG, "The same as expect.record."] = None
    tags: Annotated[tuple[Text, ...] | None, OneOrMany, "The same as expect.tags."] = None
    attempts: Annotated[tuple[Item, ...] | None, OneOrMany, "The same as expect.attempts."] = None

    def problems(self) -> Iterator[tuple[tuple[str, str], str]]:
        found = ((name, value, fact_values.problem(name, value)) for name, value in self.set.items())
        return ((("set", name), f"{value[:60]!r} {problem}") for name, value, problem in found if problem)

    def problem(self) -> str:
        beside = self._beside
        if self.expect is None and not beside:
            return "expects nothing; give expect, record, tags or attempts"
        twice = [name for name in beside if getattr(self.expect, name, None) is not None]
        return f"expects {twice[0]} twice; once is enough" if twice else ""

    @property
    def _beside(self) -> dict[str, Any]:
        """What is expected beside `expect`."""
        given = {name: getattr(self, name) for name in ("record", "tags", "attempts")}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def expected(self) -> Expected:
        """All that must become of the call."""
        return msgspec.structs.replace(self.expect or Expected(), **self._beside)


class CallTest(CallEntry, frozen=True, kw_only=True):
    """A call of a calls file, with the line on which it stands."""

    line: int


@dataclass(frozen=True)
class CallTests:
    """A calls file: its calls, and the contacts file beside it that it names, if any."""

    file: str
    calls: tuple[CallTest, ...]
    contacts: Path | None = None


def load(path: Path, context: Context) -> CallTests:
    """Read a calls file with a company's country. Raises InvalidFile with every fault."""
    return read(yaml_reader.load(path), context)


def read(source: Source, context: Context) -> CallTests:
    """The calls of a source that was read. Raises InvalidFile with every fault."""
    tree, problems, under, contacts = source.tree, list[Problem](), schema.Path(), None
    if isinstance(tree, Mapping):
        known = ("contacts", "calls")
        problems += [
            Problem((key,), f"unknown key {key[:60]!r}{did_you_mean(key, known)}") for key in tree if key not in known
        ]
        contacts = tree.get("contacts")
        if contacts is not None and not isinstance(contacts, str):
            problems.append(Problem(("contacts",), "must be the name of a CSV file"))
        tree, under = tree.get("calls"), ("calls",)
    if not isinstance(tree, list):
        problems.append(Problem(under, "must be a list of calls: - {to: NUMBER, from: NUMBER, expect: DESTINATION}"))
        tree = []
    entries: dict[schema.Path, CallEntry] = {}
    for i, item in enumerate(tree):
        entry, faults = schema.read(CallEntry, _split(item), context, (*under, i))
        problems += faults
        if entry:
            entries[(*under, i)] = entry
    if problems:
        raise InvalidFile(source.errors(problems[: schema.MANY]))
    places = source.places(entries)
    calls = [CallTest(line=places[at].line, **msgspec.structs.asdict(entry)) for at, entry in entries.items()]
    return CallTests(source.file, tuple(calls), source.folder / contacts if contacts else None)


def _split(item: Any) -> Any:
    """A call with `press: "1,2"` split as on the command line, and `set: {list: [a, b]}` joined as there."""
    if isinstance(item, Mapping) and isinstance(item.get("press"), str):
        item = {**item, "press": item["press"].split(",")}
    if isinstance(item, Mapping) and isinstance(given := item.get("set"), Mapping):
        joined = {
            name: ",".join(v)
            for name, v in given.items()
            if fact_names.folded(str(name)) in fact_names.LISTS and _texts(v)
        }
        item = {**item, "set": {**given, **joined}}
    return item


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def mismatches(call: CallTest, got: Explained) -> list[str]:
    """What became of a call otherwise than expected, each in words."""
    return list(expectations.mismatches(call.expected, got))
