"""The difference between a rule book and what is in force: which rows end, and which begin."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from fsrouter.errors import RulesError
from fsrouter.store.bodies import RULES, Row
from fsrouter.store.order import arrange


@dataclass(slots=True)
class Change:
    """Ids of rows that are no longer in force, rows that now are with their positions, and how many did what."""

    closed: list[int] = field(default_factory=list)
    opened: list[tuple[Row, float]] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        return bool(self.closed or self.opened)


def compare(book: Iterable[Row], in_force: Iterable[tuple[int, str, str, float, str]]) -> Change:
    """What must happen to the rows in force, (id, section, name, position, body) each, to become the book's.

    Raises RulesError when two rules of a priority table look for the same value.
    """
    old = {(section, name): (id, position, body) for id, section, name, position, body in in_force}
    change = Change()
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in book:
        groups.setdefault((row.section, row.parent), []).append(row)
    for rows in groups.values():
        _unique(rows)
        before = [old.get((row.section, row.name)) for row in rows]
        positions = arrange([was[1] if was else None for was in before])
        for row, was, position in zip(rows, before, positions, strict=True):
            if was and was[1:] == (position, row.body):
                continue
            change.opened.append((row, position))
            if was:
                change.closed.append(was[0])
                change.changed += 1
            else:
                change.added += 1
    stays = {(row.section, row.name) for row in itertools.chain.from_iterable(groups.values())}
    gone = [was[0] for key, was in old.items() if key not in stays]
    change.removed = len(gone)
    change.closed.extend(gone)
    return change


def _unique(rows: list[Row]) -> None:
    if rows[0].section == RULES and len({row.name for row in rows}) != len(rows):
        seen: set[str] = set()
        for row in rows:
            if row.name in seen:
                raise RulesError(f"priorities.{row.parent}: has two rules for {row.name.partition('/')[2]}")
            seen.add(row.name)
