"""The priority table: who is calling decides.

Rules of this file: contact, title, account, territory, DID default, no match;
the first that has a rule decides. The kind decides first, then the contact: all contacts that own the number are
tried for one kind before the next, unless the table says otherwise of a line that several share (`shared_line`). A
company's own number counts for account and territory. Outside office hours the rule's `after_hours` is used, else the
table's, else what holds in office hours.
"""

from __future__ import annotations

from collections.abc import Iterator

from fsrouter.engine.contacts import Contact, common, folded_name, of_crm, people
from fsrouter.engine.model.destinations import Destination, Destinations, format_route
from fsrouter.engine.model.routers import PRIORITY_KINDS, OfficeRoute, Priority, PriorityRule, folded
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.state import DECIDED, Enter, Steps, WalkState

#: What the caller has of a kind, its rule, if any, and in words what keeps the rule from holding.
Looked = tuple[str, PriorityRule | None, str]


def priority(state: WalkState, destination: Destination) -> Steps:
    """Find the caller's rule and enter its route."""
    table, at = state.book.priorities[destination.name], str(destination)
    rule, why = find(state.book, table, state.facts)
    found = _named(rule) if rule else ""
    outcome = state.chosen(found, map(_named, table.rules))
    if outcome != found:
        rule, why = next((rule for rule in table.rules if _named(rule) == outcome), None), DECIDED
    if rule:
        state.head_start = rule.head_start or state.head_start
        routes = OfficeRoute(in_office=rule.in_office or rule.to, after_hours=rule.after_hours or rule.to)
    elif state.facts.to in table.did_defaults:
        routes, outcome = table.did_defaults[state.facts.to], "DID default"
        why = f"{why}; {state.facts.to} has a default"
    elif table.no_match:
        routes, outcome = table.no_match, "no match"
    else:
        state.note(at, "no match", f"{why}; nothing is said for this case, so the call goes on behind {at}")
        return
    route, hours = _at_this_hour(state, table, routes)
    state.note(at, f"{outcome}: {format_route(route)}", f"{why}{hours}")
    if route:
        yield Enter(at, route)


def _named(rule: PriorityRule) -> str:
    return f"{rule.kind} {rule.value}"


def find(book: RuleBook, table: Priority, facts: Facts) -> tuple[PriorityRule | None, str]:
    """The rule that decides, if any, and in words what was looked at on the way to it."""
    contacts, several = _who_counts(table, facts)
    why = [several] if several else []
    for kind in PRIORITY_KINDS:
        looked = []
        for value, rule, problem in _looked(book, table, kind, contacts, facts.given):
            if rule and not problem:
                return rule, "; ".join([*why, f"the caller's {kind} {value} has a rule"])
            why += [problem] if problem else []
            looked.append(value)
        if looked:
            why.append(f"no rule for {kind} {' or '.join(list(dict.fromkeys(looked))[:5])}")
    return None, "; ".join(why) or (
        "the caller is no known contact" if facts.from_ else "the caller's number is withheld"
    )


def _who_counts(table: Priority, facts: Facts) -> tuple[list[Contact], str]:
    """The owners of the caller's number that the table looks at, and in words why not all of them, if so."""
    contacts = list(of_crm(facts.contacts, table.crm))
    known = people(contacts)
    several = int(facts.given.get("contacts") or len(known))
    if several < 2 or table.shared_line == "first":
        return contacts, ""
    if table.shared_line == "none":
        return [], f"{several} contacts share the caller's number, so it stands for none (shared_line: none)"
    why = f"{several} contacts share the caller's number, so only what all of them have counts (shared_line: account)"
    return [*([common(known)] if known else []), *contacts[len(known) :]], why


def _looked(
    book: RuleBook, table: Priority, kind: str, contacts: list[Contact], given: dict[str, str]
) -> Iterator[Looked]:
    if kind == "contact":
        return _of_contact(book, table, contacts, given)
    return _of_kind(table, kind, contacts, given)


def _of_contact(book: RuleBook, table: Priority, contacts: list[Contact], given: dict[str, str]) -> Iterator[Looked]:
    """The callers' ids, in all ways in which they are written, and the names that nobody else has."""
    known = people(contacts)
    if "contact" in given or "contact_name" in given:
        known = (Contact(id=given.get("contact", ""), name=given.get("contact_name", "")),)
    for contact in known:
        forms = book.ids(contact.crm).forms(contact.id)
        by_id = next(filter(None, (table.index.get(("contact", form)) for form in forms)), None)
        by_name = table.names.get(folded_name(contact.name)) if contact.name else None
        if by_id or not by_name:
            yield contact.id, by_id, ""
            continue
        others = any(not table.crm or crm in ("", table.crm) for crm in contact.namesakes)
        yield (
            contact.name,
            by_name,
            f"another contact is called {contact.name} too, so only an id counts" if others else "",
        )


def _of_kind(table: Priority, kind: str, contacts: list[Contact], given: dict[str, str]) -> Iterator[Looked]:
    """What the caller has of another kind, in the order in which it is tried; an account counts by its id and by its
    name.
    """
    names = ("account_id", "account") if kind == "account" else (kind,)
    if any(name in given for name in names):
        values = [given[name] for name in names if name in given]
    else:
        # Nobody's title is a company's.
        counting = people(contacts) if kind == "title" else contacts
        values = [str(getattr(contact, name)) for contact in counting for name in names]
    for value in filter(None, values):
        yield value, table.index.get((kind, folded(kind, value))), ""


def _at_this_hour(state: WalkState, table: Priority, routes: OfficeRoute) -> tuple[Destinations, str]:
    if not table.schedule:
        return routes.in_office, ""
    is_open, why = state.is_open(table.schedule)
    if state.decided(is_open, 1) != is_open:
        is_open, why = not is_open, DECIDED
    if is_open:
        return routes.in_office, f"; {table.schedule} is open ({why})"
    return (
        routes.after_hours or table.after_hours or routes.in_office,
        f"; {table.schedule} is closed ({why}), so the after-hours route",
    )
