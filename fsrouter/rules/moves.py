"""Tracking numbers that go from one company's rule book to another's: both books as they are to be. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from fsrouter.engine.lint.check import check
from fsrouter.engine.model.destinations import Destinations, destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import Context
from fsrouter.errors import RulesError, UsageError
from fsrouter.rules import csv_cells


def moved(
    old: RuleBook, new: RuleBook, numbers: Sequence[str], route: str | None = None, failsafe: str | None = None
) -> tuple[RuleBook, RuleBook]:
    """The book that gives numbers (E.164) up and the one that gets them, with `route` in place of where they lead and
    `failsafe` of their fail-safes, each a destination or several as in a CSV file's cell.

    A number of a pool names the pool there, too. Raises RulesError when the new company lacks what a number names,
    UsageError when a route is none.
    """
    given = {"to": route, "failsafe": failsafe}
    others = {key: _route(key, text, new.context) for key, text in given.items() if text is not None}
    carried = {}
    for number in numbers:
        tracking = old.tracking_numbers[number]
        pool = tracking.pool or next((name for name, pool in old.pools.items() if number in pool.numbers), "")
        carried[number] = replace(tracking, pool=pool, **others)
    getting = replace(new, tracking_numbers=new.tracking_numbers | carried)
    lacking = [problem for problem in check(getting) if problem.path[:1] == ("tracking_numbers",)]
    if lacking:
        raise RulesError(
            "\n".join(
                [
                    *(f"{new.company}: {problem}" for problem in lacking),
                    f"make what lacks in {new.company} first, take it out of the number in {old.company}, or "
                    "give other destinations with --route and --failsafe",
                ]
            )
        )
    return _without(old, frozenset(numbers)), getting


def _route(key: str, text: str, context: Context) -> Destinations:
    parts = csv_cells.route(text)
    try:
        return tuple(destination(part, context) for part in ([parts] if isinstance(parts, str) else parts))
    except ValueError as error:
        raise UsageError(f"--{'route' if key == 'to' else key}: {text[:60]!r} {error}") from None


def _without(book: RuleBook, numbers: frozenset[str]) -> RuleBook:
    """A book without tracking numbers, and without what it has of them elsewhere."""
    return replace(
        book,
        tracking_numbers={n: tracking for n, tracking in book.tracking_numbers.items() if n not in numbers},
        pools={
            name: replace(pool, numbers=tuple(n for n in pool.numbers if n not in numbers))
            for name, pool in book.pools.items()
        },
        priorities={
            name: replace(table, did_defaults={n: to for n, to in table.did_defaults.items() if n not in numbers})
            if numbers & table.did_defaults.keys()
            else table
            for name, table in book.priorities.items()
        },
    )
