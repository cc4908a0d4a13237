"""Routes that can only loop: definitions which calls enter and none can leave: no call at all, none that nobody takes,
or none whose caller presses nothing.

For each definition two things can be possible: that it takes a call, and that a call comes back from it. A
definition for which neither is possible only sends calls round in a circle. Both are found as a least fixed point
over the routes, so nothing is assumed that no path shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from fsrouter.engine.model.company import Flow
from fsrouter.engine.model.destinations import BRANCHING, SECTION_OF, Destination, Destinations
from fsrouter.engine.model.people import Distribution, Queue, ReceivingNumber
from fsrouter.engine.model.routers import CrmRouter, GeoRouter, Menu, Priority, Router
from fsrouter.engine.model.rulebook import RuleBook

#: Leaves of a route by whether they can take a call, and whether a call can come back from them.
LEAVES = {
    **dict.fromkeys(("agent", "number", "phone", "queue", "distribution"), (True, True)),
    **dict.fromkeys(("voicemail", "extension", "hangup"), (True, False)),
    **dict.fromkeys(("play", "say", "tag"), (False, True)),
}
#: The same for a call that nobody takes.
UNTAKEN = {**LEAVES, **dict.fromkeys(("agent", "number", "phone", "queue", "distribution"), (False, True))}

#: Destinations that have routes of their own, also those by one of which a call comes back that was not taken.
WITH_ROUTES = (*BRANCHING, "number", "queue", "distribution")

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


def all_ways(value: Any) -> list[Destinations]:
    """The routes of which a call that comes back from a definition has been through one."""
    match value:
        case ReceivingNumber():
            return [value.no_answer]
        case Queue():
            return [value.unanswered, *([value.exit_to] if value.exit_key else [])]
        case Distribution():
            return [value.unanswered]
        case Priority():
            return [*ways(value), *value.all_after_hours]
    return ways(value)


def untaken_ways(value: Any) -> list[Destinations]:
    """The same for a call that nobody takes: who waits for ever in a queue comes back only by a key."""
    forever = [(Destination("hangup"),)] if isinstance(value, Queue) and not value.max_wait else []
    return [*all_ways(value), *forever]


def silent_ways(value: Any) -> list[Destinations]:
    """The routes of a branching definition for callers who press nothing."""
    return [value.no_input] if isinstance(value, Menu) else ways(value)


def _table(table: Priority) -> list[Destinations]:
    """The routes of a priority table, in office hours and after them; one that says nothing for after hours keeps
    to the first.
    """
    routes = [in_office for in_office, _ in table.pairs]
    if table.schedule:
        routes += [after or table.after_hours or in_office for in_office, after in table.pairs]
    return routes if table.no_match else [*routes, ()]


def endless(book: RuleBook) -> Iterator[Destination]:
    """Every branching definition that can neither take a call nor give it back."""
    return stuck(abilities(book, BRANCHING, ways))


def stuck(able: Abilities) -> Iterator[Destination]:
    """The destinations that can neither take a call nor give it back."""
    return (destination for destination, possible in able.items() if possible == (False, False))


def abilities(
    book: RuleBook,
    kinds: Collection[str],
    ways: Callable[[Any], Iterable[Destinations]],
    leaves: Mapping[str, tuple[bool, bool]] = LEAVES,
) -> Abilities:
    """What is possible for the definitions of some kinds, each of which is left by one of the routes that `ways` has
    for it; `leaves` say what is for the other kinds of destinations.
    """
    graph = {
        Destination(kind, name): ways(value)
        for kind, section in SECTION_OF.items()
        if kind in kinds
        for name, value in book.section(section).items()
    }
    leading: dict[Destination, set[Destination]] = defaultdict(set)
    for destination, routes in graph.items():
        for onward in {each for route in routes for each in route if each in graph}:
            leading[onward].add(destination)
    able: dict[Destination, tuple[bool, bool]] = dict.fromkeys(graph, (False, False))
    waiting = dict.fromkeys(graph)
    while waiting:
        destination, _ = waiting.popitem()
        through = [_through(route, able, leaves) for route in graph[destination]]
        found = any(takes for takes, _ in through), any(returns for _, returns in through)
        if found != able[destination]:
            able[destination] = found
            waiting.update(dict.fromkeys(leading[destination]))
    return able


def circling(graph: Mapping[Destination, set[Destination]]) -> set[Destination]:
    """The destinations of a graph that lead back to themselves (Tarjan's strongly connected components)."""
    found: set[Destination] = set()
    index: dict[Destination, int] = {}
    low: dict[Destination, int] = {}
    path: list[Destination] = []
    for start in graph:
        work = [] if start in index else [(start, iter(graph[start]))]
        while work:
            here, onward = work[-1]
            if here not in index:
                index[here] = low[here] = len(index)
                path.append(here)
            for each in onward:
                if each not in index:
                    work.append((each, iter(graph[each])))
                    break
                low[here] = min(low[here], low[each])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    together = {path.pop()}
                    while here not in together:
                        together.add(path.pop())
                    low.update(dict.fromkeys(together, len(graph)))
                    if len(together) > 1 or here in graph[here]:
                        found |= together
    return found


def _through(route: Destinations, able: Abilities, leaves: Mapping[str, tuple[bool, bool]]) -> tuple[bool, bool]:
    takes = False
    for destination in route:
        taken, returned = of(destination, able, leaves)
        takes = takes or taken
        if not returned:
            return takes, False
    return takes, True


def of(
    destination: Destination, able: Abilities, leaves: Mapping[str, tuple[bool, bool]] = LEAVES
) -> tuple[bool, bool]:
    """What is possible for a destination; one that is not among those found goes by its kind."""
    return able.get(destination) or leaves.get(destination.kind, (True, True))
