"""What does not fit together in a rule book: names that lead nowhere, fail-safes that need a router, queues that
mod_callcenter would not take.

Nothing that has such a problem may ever replace a rule book in force; what else may not, and what only makes a rule
useless, is asked of `lint`, which asks here first.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from fsrouter.engine.lint.references import named
from fsrouter.engine.model import destinations
from fsrouter.engine.model.company import Pool, TrackingNumber
from fsrouter.engine.model.criteria import Test
from fsrouter.engine.model.criterion import SCHEDULE_TESTS
from fsrouter.engine.model.destinations import DYNAMIC_AGENTS, SECTION_OF, Destinations
from fsrouter.engine.model.dialable import MAX_QUEUE_NAME, MAX_WAIT
from fsrouter.engine.model.failsafes import FAILSAFE_KINDS
from fsrouter.engine.model.people import Agent, Queue
from fsrouter.engine.model.routers import Router
from fsrouter.engine.model.rulebook import RuleBook, places, routes
from fsrouter.engine.model.schema import MANY, Path, Problem
from fsrouter.engine.words import did_you_mean

#: What is missing where one of a section is named that it has not.
WHAT = {"schedules": "schedule", "crms": "CRM", "agents": "agent", "pools": "pool", "lists": "list"}

Problems = Iterator[tuple[Path, str]]


def check(book: RuleBook) -> list[Problem]:
    """Everything that does not fit together in a rule book; of more than anybody reads the first."""
    return list(islice(_problems(book), MANY))


def _problems(book: RuleBook) -> Iterator[Problem]:
    for text in _failsafe(book.header.failsafe):
        yield Problem(("failsafe",), text)
    for path, text in _route(book, ("failsafe",), book.header.failsafe):
        yield Problem(path, text)
    for section, name, value in book.definitions():
        for path, text in _definition(book, name, value):
            yield Problem((section, name, *path), text)


def _definition(book: RuleBook, name: str, value: Any) -> Problems:
    for path, route in routes(value):
        yield from _route(book, path, route)
    yield from _itself(book, name, value)
    for path, section, wanted in named(value):
        known = book.section(section)
        if wanted not in known:
            meant = did_you_mean(wanted, known) or f"; write it under `{section}:`"
            yield path, f"there is no {WHAT[section]} {wanted!r}{meant}"


def _route(book: RuleBook, path: Path, route: Destinations) -> Problems:
    for place, destination in places(path, route):
        section = SECTION_OF.get(destination.kind)
        known = book.section(section) if section else {}
        if section and destination.name not in known and not destination.is_dynamic:
            hint = did_you_mean(destination.name, known)
            yield place, f"{destination} does not exist: nothing in {section} has that name{hint}"


def _failsafe(route: Destinations) -> Iterator[str]:
    for destination in route:
        if destination.kind not in FAILSAFE_KINDS or destination.name in DYNAMIC_AGENTS:
            kinds = ", ".join(FAILSAFE_KINDS)
            yield f"{destination} needs a router, and the fail-safe is what happens without one; use {kinds}"


def _itself(book: RuleBook, name: str, value: Any) -> Problems:
    """What is wrong with a definition besides what it names."""
    match value:
        case Agent() if name in DYNAMIC_AGENTS:
            yield (), f"agent:{name} means an agent who is found out during the call; use another name"
        case Queue():
            if problem := _name_problem(book, name):
                yield (), problem
            if value.max_wait > MAX_WAIT:
                yield ("max_wait",), f"it is {value.max_wait} seconds; between 0 and {MAX_WAIT} are possible"
            agents = [tier.agent for tier in value.agents]
            for i, agent in enumerate(agents):
                if problem := _name_problem(book, agent):
                    yield ("agents", i), problem
                if agent in agents[:i]:
                    yield ("agents", i), f"{agent!r} stands here twice"
        case Router():
            for i, branch in enumerate(value.branches):
                for hours in SCHEDULE_TESTS:
                    if any(test.op != "=" for test in branch.when.get(hours, ())):
                        yield ("branches", i, "when", hours), "must name a schedule"
                for test in branch.when.get("list", ()):
                    if not _some_list(book, test):
                        yield ("branches", i, "when", "list"), f"no list of the rule book is {test}"
        case Pool():
            for i, number in enumerate(value.numbers):
                if number not in book.tracking_numbers:
                    yield ("numbers", i), f"{number} is no tracking number of this company"
                elif (other := book.tracking_numbers[number].pool) not in ("", name):
                    yield ("numbers", i), f"{number} says that it belongs to the pool {other!r}"
        case TrackingNumber():
            for text in _failsafe(value.failsafe):
                yield ("failsafe",), text


def _some_list(book: RuleBook, test: Test) -> bool:
    """Whether a test of the lists that a caller is on is about any list, where it names none outright (`named`)."""
    means = Test("=", test.value) if test.op == "!=" else test
    outright = test.op not in ("known", "contains") and "*" not in test.value
    return outright or any(means.holds((name,)) for name in book.lists)


def _name_problem(book: RuleBook, name: str) -> str:
    """What is wrong with the name of a queue or of its agent, which mod_callcenter has with the company's."""
    long = len(f"{name}@{book.company}") > MAX_QUEUE_NAME
    return f"{name}@{book.company} is longer than {MAX_QUEUE_NAME} characters" if long else ""


def destination_problem(book: RuleBook, text: str) -> str:
    """What is wrong with a destination that somebody types; "" when a call can be sent there."""
    try:
        wanted = destinations.destination(text, book.context)
    except ValueError as error:
        return f"{text!r} {error}"
    section = SECTION_OF.get(wanted.kind)
    if section and not wanted.is_dynamic and wanted.name not in book.section(section):
        return f"{wanted} does not exist{did_you_mean(wanted.name, book.section(section))}"
    return ""
