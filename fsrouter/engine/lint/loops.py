"""Routes that can only loop: definitions which every call enters and none can leave.

For each definition two things can be possible: that it takes a call, and that a call comes back from it. A
definition for which neither is possible only sends calls round in a circle. Both are found as a least fixed point
over the routes, so nothing is assumed that no path shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fsrouter.engine.model import company, routers
from fsrouter.engine.model.destinations import BRANCHING, SECTION_OF, Destination, Destinations

if TYPE_CHECKING:
    from fsrouter.engine.model.rulebook import RuleBook

#: Leaves of a route by whether they can take a call, and whether a call can come back from them (DESIGN section 3).
LEAVES = {
    "agent": (True, True),
    "number": (True, True),
    "phone": (True, True),
    "queue": (True, True),
    "distribution": (True, True),
    "voicemail": (True, False),
    "extension": (True, False),
    "hangup": (True, False),
    "play": (False, True),
    "say": (False, True),
    "tag": (False, True),
}


def arms(value: Any) -> list[Destinations]:
    """The routes of a deciding definition, one of which every call that enters takes; an empty one is exhausted at
    once.
    """
    if isinstance(value, company.Flow):
        return [value.route]
    if isinstance(value, routers.Menu):
        return [*value.digits.values(), value.no_input, value.invalid]
    if isinstance(value, routers.Priority):
        return _table(value)
    if isinstance(value, routers.Router):
        return [*(branch.then for branch in value.branches), value.otherwise]
    if isinstance(value, routers.CrmRouter):
        return [*(rule.destination for rule in value.rules), value.otherwise]
    if isinstance(value, routers.GeoRouter):
        return [*(area.then for area in value.areas), *(place.then for place in value.locations), value.otherwise]
    return [share.then for share in value.branches if share.weight] or [()]


def _table(table: routers.Priority) -> list[Destinations]:
    """The routes of a priority table, in office hours and after them; one that says nothing for after hours keeps
    to the first.
    """
    offices = [*table.did_defaults.values(), *([table.no_match] if table.no_match else [])]
    pairs = [(rule.in_office or rule.to, rule.after_hours) for rule in table.rules]
    pairs += [(office.in_office, office.after_hours) for office in offices]
    routes = [in_office for in_office, _ in pairs]
    if table.schedule:
        routes += [after or table.after_hours or in_office for in_office, after in pairs]
    return routes if table.no_match else [*routes, ()]


def endless(book: RuleBook) -> Iterator[tuple[Destination, str]]:
    """Every deciding definition that can neither take a call nor give it back, with the complaint about it."""
    graph = {
        Destination(kind, name): arms(value)
        for kind, section in SECTION_OF.items()
        if kind in BRANCHING
        for name, value in book.section(section).items()
    }
    able = dict.fromkeys(graph, (False, False))

    def can(destination: Destination) -> tuple[bool, bool]:
        return LEAVES[destination.kind] if destination.kind in LEAVES else able[destination]

    changed = True
    while changed:
        changed = False
        for destination, routes in graph.items():
            outcome = _any(_through(route, can) for route in routes)
            if outcome != able[destination]:
                able[destination], changed = outcome, True
    for destination in graph:
        if able[destination] == (False, False):
            yield destination, "can only loop: every way through it comes back to itself and nothing takes the call"


def _through(route: Destinations, can: Any) -> tuple[bool, bool]:
    takes = False
    for destination in route:
        taken, returned = can(destination)
        takes = takes or taken
        if not returned:
            return takes, False
    return takes, True


def _any(outcomes: Iterator[tuple[bool, bool]]) -> tuple[bool, bool]:
    takes = returns = False
    for taken, returned in outcomes:
        takes, returns = takes or taken, returns or returned
    return takes, returns
