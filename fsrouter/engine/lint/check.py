"""What does not fit together in a rule book: names that lead nowhere, fail-safes that need a router, loops.

Nothing that has such a problem may ever replace a rule book in force. Faults that only make a rule useless are the
business of `lint`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fsrouter.engine.lint import loops
from fsrouter.engine.model.company import Pool, TrackingNumber
from fsrouter.engine.model.destinations import DYNAMIC_AGENTS, SECTION_OF, Destinations
from fsrouter.engine.model.people import Agent, Distribution, Queue, ReceivingNumber
from fsrouter.engine.model.routers import CrmRouter, Priority, Router
from fsrouter.engine.model.rulebook import RuleBook, routes
from fsrouter.engine.model.scalars import did_you_mean
from fsrouter.engine.model.schema import Path, Problem

#: What FreeSWITCH can do with a call all by itself, when no router answers.
FAILSAFE_KINDS = ("number", "phone", "agent", "voicemail", "extension", "hangup")


def check(book: RuleBook) -> list[Problem]:
    """Everything that does not fit together in a rule book. An empty list means that it may be put in force."""
    problems = [Problem(("failsafe",), text) for text in _failsafe(book.header.failsafe)]
    problems += _routes(book, ("failsafe",), book.header.failsafe)
    for section, name, value in book.definitions():
        for path, route in routes(value):
            problems += _routes(book, (section, name, *path), route)
        if section in REFERENCES:
            problems += [Problem((section, name, *path), text) for path, text in REFERENCES[section](book, name, value)]
    if not problems:
        problems += [Problem((SECTION_OF[d.kind], d.name), text) for d, text in loops.endless(book)]
    return problems


def _routes(book: RuleBook, path: Path, route: Destinations) -> list[Problem]:
    found = []
    for i, destination in enumerate(route):
        section = SECTION_OF.get(destination.kind)
        known = book.section(section) if section else {}
        if not section or destination.name in known or destination.is_dynamic:
            continue
        place = path if len(route) == 1 else (*path, i)
        hint = did_you_mean(destination.name, known)
        found.append(Problem(place, f"{destination} does not exist: nothing in {section} has that name{hint}"))
    return found


def _failsafe(route: Destinations) -> Iterator[str]:
    for destination in route:
        if destination.kind not in FAILSAFE_KINDS or destination.name in DYNAMIC_AGENTS:
            kinds = ", ".join(FAILSAFE_KINDS)
            yield f"{destination} needs a router, and the fail-safe is what happens without one; use {kinds}"


Flaws = Iterator[tuple[Path, str]]


def _schedule(book: RuleBook, path: Path, name: str) -> Flaws:
    if name and name not in book.schedules:
        yield path, f"there is no schedule {name!r}{did_you_mean(name, book.schedules)}"


def _crm(book: RuleBook, path: Path, name: str) -> Flaws:
    if name and name not in book.crms:
        yield path, f"there is no CRM {name!r}{did_you_mean(name, book.crms)}"


def _agent(book: RuleBook, name: str, agent: Agent) -> Flaws:
    if name in DYNAMIC_AGENTS:
        yield (), f"agent:{name} means an agent who is found out during the call; use another name"
    for crm in agent.crm_user:
        yield from _crm(book, ("crm_user", crm), "" if crm == "*" else crm)


def _number(book: RuleBook, name: str, number: ReceivingNumber) -> Flaws:
    for hours in number.tagging:
        yield from _schedule(book, ("tagging", hours), hours.removeprefix("not ").strip())


def _queue(book: RuleBook, name: str, queue: Queue) -> Flaws:
    seen = set()
    for i, tier in enumerate(queue.agents):
        if tier.agent not in book.agents:
            yield ("agents", i), f"there is no agent {tier.agent!r}{did_you_mean(tier.agent, book.agents)}"
        if tier.agent in seen:
            yield ("agents", i), f"{tier.agent!r} stands here twice"
        seen.add(tier.agent)


def _distribution(book: RuleBook, name: str, distribution: Distribution) -> Flaws:
    if distribution.owner:
        yield from _crm(book, ("owner", "crm"), distribution.owner.crm)


def _priority(book: RuleBook, name: str, table: Priority) -> Flaws:
    yield from _crm(book, ("crm",), table.crm)
    yield from _schedule(book, ("schedule",), table.schedule)


def _router(book: RuleBook, name: str, router: Router) -> Flaws:
    for i, branch in enumerate(router.branches):
        for hours in ("open", "closed"):
            for test in branch.when.get(hours, ()):
                if test.op != "=":
                    yield ("branches", i, "when", hours), "must name a schedule"
                else:
                    yield from _schedule(book, ("branches", i, "when", hours), test.value)


def _crm_rules(book: RuleBook, name: str, rules: CrmRouter) -> Flaws:
    yield from _crm(book, ("crm",), rules.crm)


def _pool(book: RuleBook, name: str, pool: Pool) -> Flaws:
    for i, number in enumerate(pool.numbers):
        if number not in book.tracking_numbers:
            yield ("numbers", i), f"{number} is no tracking number of this company"
        elif book.tracking_numbers[number].pool not in ("", name):
            yield ("numbers", i), f"{number} says that it belongs to the pool {book.tracking_numbers[number].pool!r}"


def _tracking(book: RuleBook, number: str, tracking: TrackingNumber) -> Flaws:
    for text in _failsafe(tracking.failsafe):
        yield ("failsafe",), text
    if tracking.pool and tracking.pool not in book.pools:
        yield ("pool",), f"there is no pool {tracking.pool!r}{did_you_mean(tracking.pool, book.pools)}"


#: What each kind refers to besides its routes.
REFERENCES: dict[str, Any] = {
    "agents": _agent,
    "numbers": _number,
    "queues": _queue,
    "distributions": _distribution,
    "priorities": _priority,
    "routers": _router,
    "crm_rules": _crm_rules,
    "pools": _pool,
    "tracking_numbers": _tracking,
}
