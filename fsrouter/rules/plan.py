"""The plan: what changes when one rule book takes the place of another.

Pure; text for people, values for `--json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.rules import value_changes
from fsrouter.rules.value_changes import KeyChange

ADDED, CHANGED, REMOVED = "added", "changed", "removed"
SIGNS = {ADDED: "+", CHANGED: "~", REMOVED: "-"}


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
    return tuple(value_changes.between(old, new))
