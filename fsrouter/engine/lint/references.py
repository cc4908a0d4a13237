"""What points where in a rule book: where a definition can send a call, what sends calls to it, what calls reach.

Every way that stands in the rules counts, also one that another rule keeps calls from ever taking.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from fsrouter.engine.model.company import TrackingNumber
from fsrouter.engine.model.criteria import fold
from fsrouter.engine.model.criterion import SCHEDULE_TESTS
from fsrouter.engine.model.destinations import SECTION_OF, Destination, Destinations
from fsrouter.engine.model.people import Agent, Distribution, Owner, Queue, ReceivingNumber
from fsrouter.engine.model.routers import CrmRouter, Priority, Router
from fsrouter.engine.model.rulebook import RuleBook, places, routes
from fsrouter.engine.model.schema import Path

OWNER = Destination("agent", "owner")


def named(value: Any) -> Iterator[tuple[Path, str, str]]:
    """What a definition names besides its routes: the path of the key, and the section and name that it means."""
    return ((path, section, name) for path, section, name in _named(value) if name)


def _named(value: Any) -> Iterator[tuple[Path, str, str]]:
    match value:
        case Agent():
            yield from ((("crm_user", crm), "crms", crm) for crm in value.crm_user if crm != "*")
            yield ("hours",), "schedules", value.hours
        case ReceivingNumber():
            yield from ((("tagging", hours), "schedules", schedule_of(hours)) for hours in value.tagging)
        case Queue():
            yield from ((("agents", i), "agents", tier.agent) for i, tier in enumerate(value.agents))
        case Distribution(owner=Owner(crm=crm)):
            yield ("owner", "crm"), "crms", crm
        case Priority():
            yield ("crm",), "crms", value.crm
            yield ("schedule",), "schedules", value.schedule
        case Router():
            for i, branch in enumerate(value.branches):
                for hours in SCHEDULE_TESTS:
                    tests = (test for test in branch.when.get(hours, ()) if test.op == "=")
                    yield from ((("branches", i, "when", hours), "schedules", test.value) for test in tests)
                whole = (test.value for test in branch.when.get("list", ()) if test.op in ("=", "!="))
                lists = (fold(name) for name in whole if "*" not in name)
                yield from ((("branches", i, "when", "list"), "lists", name) for name in lists)
        case CrmRouter():
            yield ("crm",), "crms", value.crm
        case TrackingNumber():
            yield ("pool",), "pools", value.pool


def schedule_of(hours: str) -> str:
    """The schedule that a key of a receiving number's `tagging` means: `office`, `not office`."""
    return hours.removeprefix("not ").strip()


_KIND_OF = {section: kind for kind, section in SECTION_OF.items()}


class References:
    """What points where in one rule book; made once, asked often.

    A definition is meant by section and name, as paths of findings begin with them: `("menus", "main")`, or
    `("tracking_numbers", "+18725550111")`.
    """

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.routes: dict[tuple[str, str], list[tuple[Path, Destinations]]] = {}
        for section, name, value in book.definitions():
            self.routes[section, name] = list(routes(value))

    def onward(self, section: str, name: str) -> Iterator[tuple[Path, Destination]]:
        """Every destination that a definition names, with the path of keys to it inside of the definition."""
        for path, route in self.routes.get((section, name), ()):
            yield from places(path, route)
        value = self.book.section(section).get(name)
        if isinstance(value, Queue):
            for i, tier in enumerate(value.agents):
                yield ("agents", i), Destination("agent", tier.agent)
        elif isinstance(value, Distribution) and value.owner:
            yield ("owner",), OWNER

    @cached_property
    def _pointing(self) -> dict[Destination, list[Path]]:
        found: dict[Destination, list[Path]] = defaultdict(list)
        for section, name in self.routes:
            for path, destination in self.onward(section, name):
                found[destination].append((section, name, *path))
        for destination in self.book.header.failsafe:
            found[destination].append(("failsafe",))
        return found

    @property
    def places(self) -> Iterator[tuple[Destination, Path]]:
        """Every destination that the rule book names, and where."""
        return ((destination, path) for destination, paths in self._pointing.items() for path in paths)

    @property
    def dialled(self) -> Iterator[tuple[Path, str]]:
        """Every number (E.164) that the rule book has dialled, and where."""
        for section in ("agents", "numbers"):
            for name, value in self.book.section(section).items():
                if value.number:
                    yield (section, name, "number"), value.number
        yield from ((path, destination.name) for destination, path in self.places if destination.kind == "phone")

    def pointing(self, destination: Destination) -> list[Path]:
        """The path of every place in the rule book that names a destination."""
        return list(self._pointing.get(destination, ()))

    def reached(self, starts: Iterable[Destination]) -> frozenset[Destination]:
        """The destinations that calls reach from some, these included."""
        return frozenset(destination for destination, _ in self._spread(starts))

    def inside_menus(self, starts: Iterable[Destination]) -> tuple[frozenset[Destination], frozenset[Destination]]:
        """The destinations that calls reach from some without a menu on the way, and those that they reach from
        within one.
        """
        spread = self._spread(starts)
        return frozenset(d for d, menu in spread if not menu), frozenset(d for d, menu in spread if menu)

    def _spread(self, starts: Iterable[Destination]) -> set[tuple[Destination, bool]]:
        seen: set[tuple[Destination, bool]] = set()
        waiting = [(destination, False) for destination in starts]
        while waiting:
            destination, menu = waiting.pop()
            if (destination, menu) in seen:
                continue
            seen.add((destination, menu))
            menu = menu or destination.kind == "menu"
            waiting.extend((onward, menu) for onward in self.beyond(destination))
        return seen

    def beyond(self, destination: Destination) -> Iterable[Destination]:
        """The destinations to which one leads at once: those of its own routes, and whoever a dynamic agent may be."""
        if destination.is_dynamic:
            agents = self.book.agents.items()
            return [Destination("agent", name) for name, who in agents if destination != OWNER or who.crm_user]
        section = SECTION_OF.get(destination.kind)
        return (onward for _, onward in self.onward(section, destination.name)) if section else ()

    @cached_property
    def by_calls(self) -> frozenset[Destination]:
        """The destinations that the company's calls reach, the fail-safes included."""
        starts = [d for t in self.book.tracking_numbers.values() for d in (*t.to, *t.failsafe)]
        return self.reached([*starts, *self.book.header.failsafe])

    @cached_property
    def by_pools(self) -> frozenset[Destination]:
        """The destinations that calls to a pool's numbers reach."""
        pooled = {number for pool in self.book.pools.values() for number in pool.numbers}
        numbers = self.book.tracking_numbers.items()
        return self.reached(d for number, t in numbers if t.pool or number in pooled for d in t.to)


def destination_of(section: str, name: str) -> Destination | None:
    """The destination that a definition is, or None for what no call can be sent to (schedules, pools)."""
    kind = _KIND_OF.get(section)
    return Destination(kind, name) if kind else None
