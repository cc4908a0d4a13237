"""The destinations that enter a route of their own: menu, router, CRM rules, geo router, split, flow. (The priority
table has a module of its own.)

Each looks at facts or asks for something, notes what it decided and why, and enters the route that it chose. A
missing one is exhausted at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from fsrouter.engine.model import criteria
from fsrouter.engine.model.criterion import SCHEDULE_TESTS
from fsrouter.engine.model.destinations import Destination, Destinations, format_route
from fsrouter.engine.model.routers import Branch, CrmRouter, CrmRule, Split
from fsrouter.engine.numbers.geo import coordinates_of
from fsrouter.engine.walk import nearest
from fsrouter.engine.walk.actions import Draw, Gather, LookUp
from fsrouter.engine.walk.outcomes import Drawn, Gathered, LookedUp
from fsrouter.engine.walk.state import DECIDED, Enter, Steps, WalkState, ask
from fsrouter.engine.walk.trace import age

#: So many branches that did not hold are traced one by one, of a longer router the rest is counted; and so much of a
#: field, for records are other people's texts, of any length.
MAX_BRANCHES, MAX_VALUE = 20, 200


def menu(state: WalkState, destination: Destination) -> Steps:
    """Ask for a key. Silence and wrong keys share the attempts; the last one's kind decides."""
    book, at = state.book.menus[destination.name], str(destination)
    tried, keys = state.progress
    for attempt in range(tried + 1, book.attempts + 1):
        state.begin_part((attempt - 1, keys[:1]))
        prelude = book.invalid_sound if keys else ""
        choices = tuple(book.digits)
        outcome = yield from ask(
            Gather(menu=destination.name, sound=book.greeting, choices=choices, timeout=book.timeout, prelude=prelude),
            Gathered,
        )
        keys = outcome.keys
        of = f"attempt {attempt} of {book.attempts}"
        if keys in book.digits:
            route = book.digits[keys]
            state.note(at, f"key {keys}", f"the caller pressed {keys}, which leads to {format_route(route)}")
            yield Enter(at, route, pressed=True)
            return
        if keys:
            state.note(at, "wrong key", f"the caller pressed {keys}, which is no choice ({of})")
        else:
            state.note(at, "no input", f"the caller pressed nothing ({of})")
    kind = "invalid" if keys else "no_input"
    yield from _enter(state, at, kind, getattr(book, kind), "the attempts are used up")


def router(state: WalkState, destination: Destination) -> Steps:
    """Take the first branch of which all criteria hold."""
    book, at = state.book.routers[destination.name], str(destination)
    holds, why, looked = 0, "no branch holds" if book.branches else "there are no branches", []
    for i, branch in enumerate(book.branches, 1):
        held, reason = _holds(state, branch)
        if held:
            holds, why = i, reason
            break
        looked.append(reason)
    taken = state.decided(holds, len(book.branches))
    if taken != holds:
        why, looked = DECIDED, []
    for i, reason in enumerate(looked[:MAX_BRANCHES], 1):
        state.note(f"{at} branch {i}", "does not hold", reason)
    if not taken and len(looked) > MAX_BRANCHES:
        rest = f"nor do the other {len(looked) - MAX_BRANCHES} branches"
        state.note(f"{at} other branches", "does not hold", rest)
    if taken:
        yield from _enter(state, at, f"branch {taken}", book.branches[taken - 1].then, why)
    else:
        yield from _enter(state, at, "otherwise", book.otherwise, why)


def _holds(state: WalkState, branch: Branch) -> tuple[bool, str]:
    """Whether a branch holds: the reasons of all criteria when it does, of the first that fails when it does not."""
    reasons = []
    for name, tests in branch.when.items():
        held, why = _hours(state, name, tests) if name in SCHEDULE_TESTS else _fact(state, name, tests)
        if not held:
            return False, why
        reasons.append(why)
    return True, "; ".join(reasons)


def _hours(state: WalkState, wanted: str, tests: criteria.Tests) -> tuple[bool, str]:
    reasons = []
    for test in tests:
        is_open, why = state.is_open(test.value)
        reasons.append(f"{test.value} is {'open' if is_open else 'closed'} ({why})")
        if is_open == (wanted == "open"):
            return True, reasons[-1]
    return False, f"{'; '.join(reasons)}, wanted {wanted}"


def _fact(state: WalkState, name: str, tests: criteria.Tests) -> tuple[bool, str]:
    fact = state.fact(name)
    held = criteria.any_holds(tests, fact)
    text = (
        "not known" if fact is None else repr(fact[:MAX_VALUE]) if isinstance(fact, str) else ", ".join(fact) or "none"
    )
    return held, f"{name} is {text}" + ("" if held else f", wanted {criteria.format_tests(tests)}")


def crm(state: WalkState, destination: Destination) -> Steps:
    """Look a field up in the CRM and compare it."""
    book, at = state.book.crm_rules[destination.name], str(destination)
    greeting = book.greeting if any(place.startswith("menu:") for place in state.inside) else ""
    if not state.facts.from_ and not state.facts.given:
        why = f"{state.facts.numberless}, so there is no record to look at"
        yield from _enter(state, at, "otherwise", book.otherwise, why)
        return
    found = yield from ask(
        LookUp(crm=book.crm, module=book.module, field=book.field, number=state.facts.from_, greeting=greeting),
        LookedUp,
    )
    field, source = f"{book.module} {book.field}", _source(book, found)
    if not found.found:
        yield from _enter(state, at, "otherwise", book.otherwise, f"no record with {field} for this caller ({source})")
        return
    reasons = [f"{field} is {found.value[:MAX_VALUE]!r} ({source})"]
    holds = 0
    for i, rule in enumerate(book.rules, 1):
        held, why = _compared(rule, found.value)
        if held or i <= MAX_BRANCHES:
            reasons.append(why)
        if held:
            holds = i
            break
    taken = state.decided(holds, len(book.rules))
    reasons = [*reasons, *([] if holds else ["no rule holds"])] if taken == holds else [DECIDED]
    if taken:
        rule = book.rules[taken - 1]
        yield from _enter(state, at, f"{rule.operator} {rule.value}", rule.destination, "; ".join(reasons))
    else:
        yield from _enter(state, at, "otherwise", book.otherwise, "; ".join(reasons))


def _source(book: CrmRouter, found: LookedUp) -> str:
    """Where a record's field is from, how old it is, and what kept us from fresher news."""
    text = {"live": f"asked {book.crm}", "cached": f"{book.crm} as cached"}.get(found.how, "")
    if found.how == "live":
        text += f" {age(found.age)} ago" if found.age >= 1 else " just now"
    elif text and found.age:
        text += f" {age(found.age)} ago"
    return "; ".join(part for part in (text, found.why) if part) or "nothing is known"


def _compared(rule: CrmRule, value: str) -> tuple[bool, str]:
    if not value:
        return False, f"empty, so not {rule.operator} {rule.value!r}"
    if rule.operator == "=":
        held = criteria.fold(value) == criteria.fold(rule.value)
        return held, f"{'' if held else 'not '}equal to {rule.value!r}"
    ordered = criteria.compare(rule.operator, rule.value, value)
    if ordered is None:
        return False, f"neither numbers nor dates, so it cannot be compared by {rule.operator} with {rule.value!r}"
    return ordered, f"it is {'' if ordered else 'not '}{rule.operator} {rule.value}"


def geo(state: WalkState, destination: Destination) -> Steps:
    """Decide by where the caller's number belongs to: areas first, then the nearest location."""
    book, at = state.book.geo_routers[destination.name], str(destination)
    known = {name: str(state.fact(name)) for name in ("country", "region", "area_code", "city") if state.fact(name)}
    text = ", ".join(f"{name} {value}" for name, value in known.items()) or "nothing is known of the caller's place"
    ways = [("otherwise", book.otherwise)]
    ways += [(f"area {i}", area.then) for i, area in enumerate(book.areas, 1)]
    ways += [(location.name, location.then) for location in book.locations]
    fits = next((i for i, area in enumerate(book.areas, 1) if nearest.area_matches(area, known)), 0)
    why = f"the caller's number belongs to {text}"
    if not fits:
        where = coordinates_of(state.facts.from_) if book.locations and state.facts.from_ else None
        near = nearest.nearest(book.locations, where[0], where[1]) if where else None
        reason = "no location is near enough" if where else "no area fits, and there is no place to measure from"
        why = f"{text}; {reason}"
        if where and near:
            location, distance = near
            fits = 1 + len(book.areas) + book.locations.index(location)
            why = f"the nearest to the caller's {where[2]} ({text}), {distance:.0f} km away"
    taken = state.decided(fits, len(ways) - 1)
    yield from _enter(state, at, *ways[taken], why if taken == fits else DECIDED)


def split(state: WalkState, destination: Destination) -> Steps:
    """Draw a branch by weight."""
    book, at = state.book.splits[destination.name], str(destination)
    drawn = yield from ask(Draw(purpose=at), Drawn)
    i = drawn_branch(book, drawn.number)
    total = sum(share.weight for share in book.branches)
    why = f"drew {drawn.number:.4f}; this branch gets {book.branches[i].weight} of {total} calls"
    yield from _enter(state, at, f"branch {i + 1}", book.branches[i].then, why)


def drawn_branch(split: Split, number: float) -> int:
    """Which branch a drawn number, at least 0 and below 1, means."""
    reach = 0.0
    wanted = number * sum(share.weight for share in split.branches)
    for i, share in enumerate(split.branches):
        reach += share.weight
        if share.weight and wanted < reach:
            return i
    return max(i for i, share in enumerate(split.branches) if share.weight)


def flow(state: WalkState, destination: Destination) -> Steps:
    """Enter a flow's route, recorded from here on when it says so."""
    found = state.book.flows[destination.name]
    recorded = "; talks are recorded from here on" if found.record and not state.record else ""
    state.record = state.record or found.record
    state.notice = found.record_notice or state.notice
    state.note(str(destination), format_route(found.route), f"that is the flow's route{recorded}")
    yield Enter(str(destination), found.route)


def _enter(state: WalkState, at: str, outcome: str, route: Destinations, why: str) -> Iterator[Enter]:
    state.note(
        at,
        f"{outcome}: {format_route(route)}",
        why if route else f"{why}; nothing stands there, so the call goes on behind {at}",
    )
    if route:
        yield Enter(at, route)
