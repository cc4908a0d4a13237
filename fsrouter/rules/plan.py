"""The plan: what changes when one rule book takes the place of another.

Pure; text for people, values for `--json`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from fsrouter.engine.model import schema
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.rules import yaml_writer

ADDED, CHANGED, REMOVED = "added", "changed", "removed"
SIGNS = {ADDED: "+", CHANGED: "~", REMOVED: "-"}

#: A value longer than this is told by its ends, a list by how many elements came and went.
SHOWN = 60


class KeyChange(Struct, frozen=True):
    """A key of a definition that changed: what it was and what it will be, in words; "" is not given."""

    key: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.key}: {self.old or 'nothing'} -> {self.new or 'nothing'}"


class Change(Struct, frozen=True):
    """A definition that is `added`, `changed` or `removed`: `verb` says which. The company itself has the section
    `company`.
    """

    section: str
    name: str
    verb: str
    keys: tuple[KeyChange, ...] = ()

    def __str__(self) -> str:
        line = f"{SIGNS[self.verb]} {self.section}.{self.name}"
        return f"{line}  {'; '.join(map(str, self.keys))}" if self.keys else line


class CountedPlan(Struct, frozen=True, kw_only=True):
    """What an import would change in a company's rule book: how many definitions it adds, changes and removes, and
    each `changes` in the order of the sections.
    """

    company: str
    added: int
    changed: int
    removed: int
    changes: tuple[Change, ...]


class AppliedPlan(CountedPlan, frozen=True, kw_only=True):
    """A plan that was shown and asked about: `revision` is the one in force now, the former one when nothing was to be
    changed or the answer was no, 0 for none.
    """

    revision: int


class Plan(Struct, frozen=True):
    """Every change between two rule books of a company, in the order of the sections."""

    company: str
    changes: tuple[Change, ...] = ()

    def count(self, verb: str) -> int:
        """How many definitions are `added`, `changed` or `removed`."""
        return sum(change.verb == verb for change in self.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __str__(self) -> str:
        if not self.changes:
            return f"{self.company}: nothing changes"
        counts = ", ".join(f"{self.count(verb)} {verb}" for verb in SIGNS)
        return "\n".join([f"{self.company}: {counts}", *(f"  {change}" for change in self.changes)])

    @property
    def counted(self) -> CountedPlan:
        """The plan with its counts, for `--json`."""
        return CountedPlan(
            company=self.company,
            added=self.count(ADDED),
            changed=self.count(CHANGED),
            removed=self.count(REMOVED),
            changes=self.changes,
        )


def between(old: RuleBook | None, new: RuleBook) -> Plan:
    """What changes when `new` takes the place of `old`; None is no book at all."""
    changes = list(_section("company", {new.company: old.header} if old else {}, {new.company: new.header}))
    for section in SECTIONS:
        changes += _section(section, old.section(section) if old else {}, new.section(section))
    return Plan(new.company, tuple(changes))


def _section(section: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in {**old, **new}:
        if name not in old:
            yield Change(section, name, ADDED)
        elif name not in new:
            yield Change(section, name, REMOVED)
        elif old[name] != new[name]:
            yield Change(section, name, CHANGED, keys(old[name], new[name]))


def keys(old: Struct, new: Struct) -> tuple[KeyChange, ...]:
    """The keys in which two definitions differ."""
    if type(old) is not type(new):
        return (KeyChange("type", str(old.__struct_config__.tag), str(new.__struct_config__.tag)),)
    return tuple(
        KeyChange(field.name, *_words(getattr(old, field.attribute), getattr(new, field.attribute), field))
        for field in schema.fields(type(old))
        if getattr(old, field.attribute) != getattr(new, field.attribute)
    )


def _words(old: Any, new: Any, field: schema.Field) -> tuple[str, str]:
    """An old and a new value in words: whole when they are short, else what came and went."""
    long = sum(len(value) > 3 for value in (old, new) if isinstance(value, tuple | dict))
    if not long:
        before, after = (_value(value, field) for value in (old, new))
        if max(len(before), len(after)) <= SHOWN:
            return before, after
    if isinstance(old, tuple | dict) and isinstance(new, tuple | dict):
        gone, come = _apart(old, new), _apart(new, old)
        return f"{len(old)} ({gone} of them no more)", f"{len(new)} ({come} of them new)"
    return _shortened(_value(old, field)), _shortened(_value(new, field))


def _apart(one: Any, other: Any) -> int:
    """How many elements of one list or mapping are not in the other."""
    return (_counted(one) - _counted(other)).total()


def _counted(value: Any) -> Counter[bytes]:
    items = value.items() if isinstance(value, Mapping) else value
    return Counter(msgspec.json.encode(item) for item in items)


def _value(value: Any, field: schema.Field) -> str:
    if value is None or value in ("", (), {}):
        return ""
    return yaml_writer.flow(schema.write(value, field.type), quote=str, quote_key=str)


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
