"""Routes that can only loop: definitions which every call enters and none can leave.

For each definition two things can be possible: that it takes a call, and that a call comes back from it. A
definition for which neither is possible only sends calls round in a circle. Both are found as a least fixed point
over the routes, so nothing is assumed that no path shows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from fsrouter.engine.model.company import Flow
from fsrouter.engine.model.destinations import BRANCHING, SECTION_OF, Destination, Destinations
from fsrouter.engine.model.routers import CrmRouter, GeoRouter, Menu, Priority, Router
from fsrouter.engine.model.rulebook import RuleBook

#: Leaves of a route by whether they can take a call, and whether a call can come back from them.
LEAVES = {
    **dict.fromkeys(("agent", "number", "phone", "queue", "distribution"), (True, True)),
    **dict.fromkeys(("voicemail", "extension", "hangup"), (True, False)),
    **dict.fromkeys(("play", "say", "tag"), (False, True)),
}

#: By destination whether it can take a call, and whether a call can come back from it.
Abilities = Mapping[Destination, tuple[bool, bool]]


def ways(value: Any) -> list[Destinations]:
    """The routes of a branching definition, one of which every call that enters takes; an empty one is exhausted at
    once.
    """
    match value:
        case Flow():
            return [value.route]
        case Menu():
            return [*value.digits.values(), value.no_input, value.invalid]
        case Priority():
            return _table(value)
        case Router():
            return [*(branch.then for branch in value.branches), value.otherwise]
        case CrmRouter():
            return [*(rule.destination for rule in value.rules), value.otherwise]
        case GeoRouter():
            return [*(area.then for area in value.areas), *(place.then for place in value.locations), value.otherwise]
    return [share.then for share in value.branches if share.weight] or [()]


def _table(table: Priority) -> list[Destinations]:
    """The routes of a priority table, in office hours and after them; one that says nothing for after hours keeps
    to the first.
    """
    pairs = [(rule.in_office or rule.to, rule.after_hours) for rule in table.rules]
    pairs += [(office.in_office, office.after_hours) for office in table.offices]
    routes = [in_office for in_office, _ in pairs]
    if table.schedule:
        routes += [after or table.after_hours or in_office for in_office, after in pairs]
    return routes if table.no_match else [*routes, ()]


def endless(book: RuleBook) -> Iterator[tuple[Destination, str]]:
    """Every branching definition that can neither take a call nor give it back, with the complaint about it."""
    for destination, able in abilities(book, BRANCHING, ways).items():
        if able == (False, False):
            yield destination, "can only loop: every way through it comes back to itself and nothing takes the call"


def abilities(book: RuleBook, kinds: Collection[str], ways: Callable[[Any], list[Destinations]]) -> Abilities:
    """What is possible for the definitions of some kinds, each of which is left by one of the routes that `ways` has
    for it.
    """
    graph = {
        Destination(kind, name): ways(value)
        for kind, section in SECTION_OF.items()
        if kind in kinds
        for name, value in book.section(section).items()
    }
    able: dict[Destination, tuple[bool, bool]] = dict.fromkeys(graph, (False, False))
    before: Abilities = {}
    while before != able:
        before = dict(able)
        for destination, routes in graph.items():
            through = [_through(route, able) for route in routes]
            able[destination] = any(takes for takes, _ in through), any(returns for _, returns in through)
    return able


def _through(route: Destinations, able: Abilities) -> tuple[bool, bool]:
    takes = False
    for destination in route:
        taken, returned = of(destination, able)
        takes = takes or taken
        if not returned:
            return takes, False
    return takes, True


def of(destination: Destination, able: Abilities) -> tuple[bool, bool]:
    """What is possible for a destination; one that is not among those found goes by its kind."""
    return able.get(destination) or LEAVES.get(destination.kind, (True, True))
