"""What in a rule book has no effect: branches that never decide, destinations that no call comes to.

Each check takes the references of a book and gives findings. None guesses: what is said to be without effect is so for
every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fsrouter.engine.lint import loops
from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.implication import covering, holds_with
from fsrouter.engine.lint.references import OWNER, References, destination_of, named
from fsrouter.engine.lint.tests_on_facts import why_never
from fsrouter.engine.model import criteria
from fsrouter.engine.model.criterion import SCHEDULE_TESTS
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.fact_names import OF_A_CONTACT, POOL_ONLY, crm_field, folded
from fsrouter.engine.model.routers import Area, Branch, CrmRule, Location
from fsrouter.engine.numbers import geo

Findings = Iterator[Finding]


def _ordinals(what: str, indexes: Sequence[int]) -> str:
    named = " and ".join(str(i + 1) for i in indexes)
    return f"{what} {named} always decides first" if len(indexes) == 1 else f"{what} {named} between them always decide"


def branches(refs: References) -> Findings:
    """Branches of routers that never decide."""
    for name, router in refs.book.routers.items():
        whens = [{folded(fact): tests for fact, tests in branch.when.items()} for branch in router.branches]
        for i, branch in enumerate(router.branches):
            path = ("routers", name, "branches", i)
            earlier = covering(whens, i)
            impossible = _impossible(branch)
            if impossible:
                yield finding("never-holds", path, f"branch {i + 1} can never hold: {impossible}")
            elif len(earlier) == 1 and _implied(whens[earlier[0]], whens[i]):
                message = f"branches {earlier[0] + 1} and {i + 1} hold for the same calls; keep one of them"
                yield finding("same-criteria", path, message)
            elif earlier:
                message = f"branch {i + 1} can never decide: {_ordinals('branch', earlier)}; move it up or remove it"
                yield finding("never-matches", path, message)


def _implied(when: dict[str, criteria.Tests], other: dict[str, criteria.Tests]) -> bool:
    return all(holds_with(when, fact, tests) for fact, tests in other.items())


def _impossible(branch: Branch) -> str:
    """Why a branch can never hold, or ""."""
    for fact, tests in branch.when.items():
        if why := why_never(folded(fact), tests):
            return why
    opened, closed = ([test.value for test in branch.when.get(hours, ())] for hours in SCHEDULE_TESTS)
    if len(opened) == 1 and opened == closed:
        return f"{opened[0]} is never open and closed at once"
    return ""


def rules(refs: References) -> Findings:
    """CRM rules, areas and locations that never decide."""
    for name, crm in refs.book.crm_rules.items():
        yield from _covered(("crm_rules", name, "rules"), "rule", crm.rules, _covers_rule)
    for name, places in refs.book.geo_routers.items():
        yield from _covered(("geo_routers", name, "areas"), "area", places.areas, _covers_area)
        yield from _covered(("geo_routers", name, "locations"), "location", places.locations, _covers_location)


def _covered(path: tuple[str, ...], what: str, items: Sequence[Any], covers: Callable[[Any, Any], bool]) -> Findings:
    for i, item in enumerate(items):
        earlier = next((j for j in range(i) if covers(items[j], item)), None)
        if earlier is not None:
            message = f"{what} {i + 1} can never decide: {_ordinals(what, [earlier])}; move it up or remove it"
            yield finding("never-matches", (*path, i), message)


def _covers_rule(earlier: CrmRule, later: CrmRule) -> bool:
    if later.operator == "=":
        if earlier.operator == "=":
            return criteria.fold(earlier.value) == criteria.fold(later.value)
        written = later.value.upper(), later.value.lower()
        return all(criteria.compare(earlier.operator, earlier.value, value) for value in written)
    if earlier.operator == "=":
        return False
    rule, other = (criteria.Test(r.operator, r.value.strip()) for r in (later, earlier))
    return holds_with({"": (rule,)}, "", (other,))


def _covers_area(earlier: Area, later: Area) -> bool:
    keys = ("country", "region", "area_code")
    wanted, given = ([{v.strip().casefold() for v in getattr(area, key)} for key in keys] for area in (earlier, later))
    return all(mine and mine <= theirs for mine, theirs in zip(given, wanted, strict=True) if theirs)


def _covers_location(earlier: Location, later: Location) -> bool:
    near_enough = earlier.within is None or (later.within is not None and later.within <= earlier.within)
    return near_enough and geo.distance(earlier.at, later.at) == 0


def pool_only(refs: References) -> Findings:
    """Criteria that only a pool can know, where calls come but none of a pool."""
    for name, router in refs.book.routers.items():
        destination = Destination("router", name)
        if destination not in refs.by_calls or destination in refs.by_pools:
            continue
        for i, branch in enumerate(router.branches):
            for fact in POOL_ONLY:
                if fact in branch.when:
                    effect = "always" if any(test.op == "unknown" for test in branch.when[fact]) else "never"
                    message = f"only a pool's number brings a {fact}, and none leads here: this {effect} holds"
                    yield finding("pool-only", ("routers", name, "branches", i, "when", fact), message)


def unreached(refs: References) -> Findings:
    """Definitions that no call comes to."""
    for section, name, _ in refs.book.definitions():
        destination = destination_of(section, name)
        if destination and destination not in refs.by_calls:
            places = sorted({".".join(map(str, path[:2])) for path in refs.pointing(destination)})
            message = (
                f"only {', '.join(places[:5])} leads there, and no call comes to that"
                if places
                else "nothing leads there"
            )
            yield finding("unreached", (section, name), f"no call reaches {destination}: {message}")


def unused(refs: References) -> Findings:
    """Schedules, CRMs, lists and pools that nothing uses."""
    book = refs.book
    # That an agent is a CRM's user is no use of it: somebody must look there.
    used = {
        (section, name)
        for where, _, value in book.definitions()
        for _, section, name in named(value)
        if (where, section) != ("agents", "crms")
    }
    for name in book.schedules:
        if ("schedules", name) not in used:
            yield finding("unused", ("schedules", name), f"nothing looks at the schedule {name}")
    for name in book.crms if not _any_crm(refs) else ():
        if ("crms", name) not in used:
            yield finding("unused", ("crms", name), f"no rule looks at the CRM {name}")
    tests = [test for router in book.routers.values() for b in router.branches for test in b.when.get("list", ())]
    for name in book.lists:
        # That a caller is on no list at all says something of each.
        if not any(test.op == "known" or test.holds((name,)) is (test.op != "!=") for test in tests):
            yield finding("unused", ("lists", name), f"no rule looks at the list {name}")
    for name, pool in book.pools.items():
        if not pool.numbers and ("pools", name) not in used:
            yield finding("unused", ("pools", name), f"the pool {name} has no numbers")


def _any_crm(refs: References) -> bool:
    """Whether something looks at contacts without saying of which CRM."""
    book = refs.book
    facts = {fact for router in book.routers.values() for branch in router.branches for fact in branch.when}
    return (
        any(not table.crm for table in book.priorities.values())
        or any(d.owner and not d.owner.crm for d in book.distributions.values())
        or any(fact in OF_A_CONTACT or crm_field(fact) for fact in facts)
        or any(path[0] != "distributions" or path[2:] != ("owner",) for path in refs.pointing(OWNER))
    )


def behind(refs: References) -> Findings:
    """Destinations that stand behind one which never gives a call back."""
    able = loops.abilities(refs.book, loops.WITH_ROUTES, loops.all_ways)
    for (section, name), routes in refs.routes.items():
        for path, route in routes:
            # FreeSWITCH walks a fail-safe by itself and knows of no route but this one.
            known = {} if path == ("failsafe",) else able
            returns = [loops.of(destination, known)[1] for destination in route[:-1]]
            if False in returns:
                stop = returns.index(False)
                rest = ", ".join(map(str, route[stop + 1 :]))
                message = f"no call comes to {rest}: {route[stop]} before it never gives one back"
                yield finding("dead", (section, name, *path, stop + 1), message)


def never_open(refs: References) -> Findings:
    """Schedules that are never open."""
    for name, schedule in refs.book.schedules.items():
        if not schedule.hours and not schedule.open:
            message = f"the schedule {name} has neither hours nor open dates, so it is never open unless overridden"
            yield finding("never-open", ("schedules", name), message)


CHECKS = (branches, rules, pool_only, unreached, unused, behind, never_open)
