"""The priority table: who is calling decides.

Rules of this file: contact, title, account, territory, DID default, no match;
the first that has a rule decides. The kind decides first, then the contact: all contacts that own the number are
tried for one kind before the next. A company's own number counts for account and territory. Outside office hours
the rule's `after_hours` is used, else the table's, else what holds in office hours.
"""

from __future__ import annotations

from collections.abc import Iterator

from fsrouter.engine.contacts import Contact, of_crm
from fsrouter.engine.model.destinations import Destination, Destinations, format_route
from fsrouter.engine.model.routers import PRIORITY_KINDS, OfficeRoute, Priority, PriorityRule, folded
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.state import Enter, Steps, WalkState


def priority(state: WalkState, destination: Destination) -> Steps:
    """Find the caller's rule and enter its route."""
    table, at = state.book.priorities[destination.name], str(destination)
    rule, why = find(table, state.facts)
    if rule:
        state.head_start = rule.head_start or state.head_start
        route, hours = _at_this_hour(
            state, table, OfficeRoute(in_office=rule.in_office or rule.to, after_hours=rule.after_hours or rule.to)
        )
        outcome = f"{rule.kind} {rule.value}"
    elif state.facts.to in table.did_defaults:
        route, hours = _at_this_hour(state, table, table.did_defaults[state.facts.to])
        outcome, why = "DID default", f"{why}; {state.facts.to} has a default"
    elif table.no_match:
        route, hours = _at_this_hour(state, table, table.no_match)
        outcome = "no match"
    else:
        state.note(at, "no match", f"{why}; nothing is said for this case, so the call goes on behind {at}")
        return
    state.note(at, f"{outcome}: {format_route(route)}", f"{why}{hours}")
    if route:
        yield Enter(at, route)


def find(table: Priority, facts: Facts) -> tuple[PriorityRule | None, str]:
    """The rule that decides, if any, and in words what was looked at on the way to it."""
    contacts = list(of_crm(facts.contacts, table.crm))
    why: list[str] = []
    for kind in PRIORITY_KINDS:
        looked = list(dict.fromkeys(_values(kind, contacts, facts.given)))
        for value in looked:
            rule = table.index.get((kind, folded(kind, value)))
            if rule:
                return rule, "; ".join([*why, f"the caller's {kind} {value} has a rule"])
        if looked:
            why.append(f"no rule for {kind} {' or '.join(looked[:5])}")
    return None, "; ".join(why) or ("the caller is no known contact" if facts.from_ else facts.numberless)


def _values(kind: str, contacts: list[Contact], given: dict[str, str]) -> Iterator[str]:
    """What the caller has of a kind, in the order in which it is tried; an account counts by its id and by its name."""
    names = ("account_id", "account") if kind == "account" else (kind,)
    if any(name in given for name in names):
        yield from (given[name] for name in names if given.get(name))
        return
    for contact in contacts:
        if not contact.id and kind in ("contact", "title"):
            continue
        for name in names:
            value = getattr(contact, "id" if name == "contact" else name)
            if value:
                yield value


def _at_this_hour(state: WalkState, table: Priority, routes: OfficeRoute) -> tuple[Destinations, str]:
    if not table.schedule:
        return routes.in_office, ""
    is_open, why = state.is_open(table.schedule)
    if is_open:
        return routes.in_office, f"; {table.schedule} is open ({why})"
    return (
        routes.after_hours or table.after_hours or routes.in_office,
        f"; {table.schedule} is closed ({why}), so the after-hours route",
    )
