"""How calls end that nobody takes: hung up for want of a route, or going round until that is a loop.

Each check takes the references of a book and gives findings. What callers press, who answers and what facts a call has
may be anything: what is said holds whatever they are, or says for which calls it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from fsrouter.engine.lint import loops
from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.implication import covering
from fsrouter.engine.lint.references import References, destination_of
from fsrouter.engine.model.company import Flow
from fsrouter.engine.model.criterion import SCHEDULE_TESTS
from fsrouter.engine.model.destinations import BRANCHING, SECTION_OF, Destination, Destinations, format_route
from fsrouter.engine.model.fact_names import folded
from fsrouter.engine.model.routers import CrmRouter, GeoRouter, Menu, Priority, Router
from fsrouter.engine.model.rulebook import places
from fsrouter.engine.model.schema import Path

Findings = Iterator[Finding]

#: What of a call may not be the same when it comes to a router again by way of something else: its tags, and the time.
CHANGING = {"tags", *SCHEDULE_TESTS}
#: What may stand before a definition in its own route, so that nothing decides otherwise when the call is there again.
PLAIN = ("agent", "number", "phone", "distribution", "play", "say", "tag")
#: What a loop ends in.
ROUND = "until that is taken for a loop and the call goes to the fail-safe"


def _path(destination: Destination) -> tuple[str, str]:
    return SECTION_OF[destination.kind], destination.name


def entering_themselves(refs: References) -> Findings:
    """Definitions whose own route leads back to them, where they decide as before; and those to which every call comes
    back that nobody takes.
    """
    never = set(loops.endless(refs.book))
    told = set(never)
    for destination, here in _decided_again(refs):
        if destination not in never:
            told.add(destination)
            message = (
                f"{destination} enters itself, and it decides as it did before {ROUND}; lead elsewhere,"
                " as to a voicemail or to hangup"
            )
            yield finding("enters-itself", here, message)
    for destination in _round(refs, loops.WITH_ROUTES, loops.untaken_ways, loops.UNTAKEN):
        if destination not in told:
            message = f"no way leads a call out of {destination} that nobody takes: it goes round {ROUND}"
            yield finding("enters-itself", _path(destination), f"{message}; lead it to a voicemail or to hangup")


def _decided_again(refs: References) -> Iterator[tuple[Destination, Path]]:
    """Definitions that a call enters again by their own route and that then decide the same, and the place."""
    able = loops.abilities(refs.book, loops.WITH_ROUTES, loops.all_ways)
    for (section, name), routes in refs.routes.items():
        here = destination_of(section, name)
        if here is None:
            continue
        for path, route in routes:
            before = route[: route.index(here)] if here in route else None
            if (
                before is not None
                and _steady(refs.book.section(section)[name], at_once=not before)
                and all(each.kind in PLAIN and loops.of(each, able)[1] for each in before)
            ):
                yield here, (section, name, *next(place for place, each in places(path, route) if each == here))
                break


def _steady(value: Any, *, at_once: bool) -> bool:
    """Whether a definition decides the same for a call that enters it again, `at_once` when nothing was done since."""
    match value:
        case Router():
            return at_once or not any(
                fact in CHANGING for branch in value.branches for fact in map(folded, branch.when)
            )
        case Priority():
            return at_once or not value.schedule
    return isinstance(value, (Flow, GeoRouter))


def silent_loops(refs: References) -> Findings:
    """Menus to which every caller comes back who presses nothing."""
    never = set(loops.endless(refs.book))
    for destination in _round(refs, BRANCHING, loops.silent_ways):
        if destination.kind == "menu" and destination not in never:
            route = format_route(refs.book.menus[destination.name].no_input)
            message = (
                f"no way leads a caller out of {destination} who presses nothing: by {route} they go round {ROUND}"
            )
            yield finding("silent-loop", (*_path(destination), "no_input"), f"{message}; lead no_input elsewhere")


def _round(
    refs: References,
    kinds: Collection[str],
    ways: Callable[[Any], list[Destinations]],
    leaves: Mapping[str, tuple[bool, bool]] = loops.LEAVES,
) -> list[Destination]:
    """The definitions from which nothing but the same way again is possible, in their order."""
    able = loops.abilities(refs.book, kinds, ways, leaves)
    routes = {each: ways(refs.book.definition(each)) for each in loops.stuck(able)}
    # What keeps a call of a stuck definition is the first of its route that does not give it back, which is stuck too.
    keeping = {
        each: {next(one for one in route if not loops.of(one, able, leaves)[1]) for route in own}
        for each, own in routes.items()
    }
    circling = loops.circling(keeping)
    return [each for each in keeping if each in circling]


def dead_ends(refs: References) -> Findings:
    """Where calls to a number are hung up because nothing says where they go."""
    direct: dict[Destination, list[str]] = defaultdict(list)
    for number, tracking in refs.book.tracking_numbers.items():
        if tracking.to:
            direct[tracking.to[-1]].append(number)
        else:
            message = f"{number} leads nowhere, so its calls are hung up; name a destination"
            yield finding("dead-end", ("tracking_numbers", number, "to"), message)
    for destination, number in _last(refs).items():
        if missing := dict(_missing(refs.book.definition(destination), direct[destination])):
            message = (
                f"{destination} has no {' and no '.join(missing)}, and nothing stands behind it for calls to {number}:"
                f" {' or '.join(missing.values())} is hung up"
            )
            yield finding("dead-end", _path(destination), message)


def _last(refs: References) -> dict[Destination, str]:
    """The definitions that stand last on a number's way, so that who comes back from them is hung up; each with such a
    number.
    """
    able = loops.abilities(refs.book, loops.WITH_ROUTES, loops.all_ways)
    found: dict[Destination, str] = {}
    for number, tracking in refs.book.tracking_numbers.items():
        waiting = [tracking.to]
        while waiting:
            route = waiting.pop()
            last = route[-1] if route else None
            if last is None or last in found or last.kind not in loops.WITH_ROUTES:
                continue
            if all(loops.of(each, able)[1] for each in route[:-1]):
                found[last] = number
                waiting += loops.all_ways(refs.book.definition(last))
    return found


def _missing(value: Any, direct: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The routes that a definition lacks though calls may come that need them, each with whom it leaves without one;
    `direct` are the numbers on whose own route it stands last.
    """
    match value:
        case Menu():
            if not value.no_input:
                yield "no_input", "a caller who presses nothing"
            if not value.invalid:
                yield "invalid", "a caller who presses a wrong key"
        case Priority() if not value.no_match:
            # A number that has a default of its own needs none.
            if not value.did_defaults or any(number not in value.did_defaults for number in direct):
                yield "no_match", "a caller for whom there is no rule"
        case Router() if not value.otherwise:
            whens = [{folded(fact): tests for fact, tests in branch.when.items()} for branch in value.branches]
            if not covering([*whens, {}], len(whens)):
                yield "otherwise", "a call for which no branch holds"
        case CrmRouter() if not value.otherwise:
            yield "otherwise", "a call for which no rule holds"
        case GeoRouter() if not value.otherwise:
            yield "otherwise", "a caller from elsewhere or from nobody knows where"


CHECKS = (entering_themselves, silent_loops, dead_ends)
