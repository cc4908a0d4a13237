"""CRM rules: what is compared with what, where it is from and how old, and what the caller hears."""

from __future__ import annotations

import pytest

from engine.books import ADA, MORNING, People, book, contact, driven, facts, moment, traced, walked
from fsrouter.engine.walk.actions import LookUp
from fsrouter.engine.walk.outcomes import LookedUp
from fsrouter.rules.file_errors import InvalidFile

LIVE = LookedUp(how="live", found=True)

# operator, value of the rule, the record's field, whether the rule holds
COMPARED = [
    # text: = without case, whole
    ("=", "gold", "GOLD", True),
    ("=", "gold", " gold ", True),
    ("=", "gold", "golden", False),
    ("=", "g*", "gold", False),
    ("=", "3", "3.0", False),
    ("=", "straße", "STRASSE", True),
    ("=", "gold", "", False),
    # numbers
    ("<", "0", "-12.50", True),
    ("<", "0", "0", False),
    ("<=", "0", "0.00", True),
    (">", "3", "10", True),
    (">=", "3", "3", True),
    (">=", "3", "2.999", False),
    (">", "-5", "+4", True),
    # dates
    ("<", "2026-12-24", "2026-12-23", True),
    ("<", "2026-12-24", "2026-12-24", False),
    (">=", "2026-12-24", "2026-12-24T10:00:00Z", True),
    (">", "2026-02-01", "2026-01-31", False),
    # neither
    (">=", "3", "blocked", False),
    ("<", "3", "", False),
    ("<", "2026-12-24", "3", False),
    (">", "3", "2026-12-24", False),
]


def rules(operator: str = ">=", value: str = "3", more: str = "") -> str:
    return f"""
crm_rules:
  tier: {{crm: people, module: Contacts, field: tier, otherwise: agent:johan, {more}
    rules: [{{operator: "{operator}", value: "{value}", destination: agent:nancy}}]}}
menus:
  main: {{greeting: hi.wav, attempts: 1, digits: {{"1": flow:asks, "2": agent:vald}}, no_input: crm:tier}}
flows:
  asks: {{route: crm:tier}}
"""


@pytest.mark.parametrize(("operator", "value", "field", "holds"), COMPARED)
def test_field_comparison_by_operator(operator, value, field, holds):
    found = LookedUp(how="live", value=field, found=True)
    walk, _ = driven(book(rules(operator, value), to="crm:tier"), people=People(found=found))
    assert walk.attempts[0].destination == ("agent:nancy" if holds else "agent:johan"), traced(walk)


def test_uncomparable_field_is_traced():
    walk, _ = driven(
        book(rules(), to="crm:tier"), people=People(found=LookedUp(how="live", value="blocked", found=True))
    )
    assert "Contacts tier is 'blocked' (asked people just now)" in traced(walk)
    assert "neither numbers nor dates, so it cannot be compared by >= with '3'" in traced(walk)


def test_first_crm_rule_that_holds_wins():
    several = """
crm_rules:
  tier:
    {crm: people, field: tier, rules: [
      {operator: "=", value: blocked, destination: hangup}, {operator: ">=", value: 3, destination: agent:nancy},
      {operator: ">=", value: 1, destination: agent:vald}]}
"""
    for value, taken in (("BLOCKED", "hangup"), ("3", "agent:nancy"), ("2", "agent:vald"), ("0", "hangup")):
        known = facts(caller=ADA, contacts=(contact(id="1", tier=value),))
        walk = walked(book(several, to="crm:tier"), known)
        assert walk.destination == taken
        assert ("no rule holds" in traced(walk)) == (value == "0")


# what was found out, and how the trace tells it
SOURCES = [
    (LookedUp(how="live", value="5", found=True), "asked people just now"),
    (LookedUp(how="cached", value="5", found=True), "people as cached)"),
    (LookedUp(how="cached", value="5", found=True, age=90.0), "people as cached 90 s ago"),
    (LookedUp(how="cached", value="5", found=True, age=600.0), "people as cached 10 minutes ago"),
    (LookedUp(how="cached", value="5", found=True, age=3 * 3600.0), "people as cached 3 hours ago"),
    (LookedUp(how="cached", value="5", found=True, age=40 * 86400.0), "people as cached 40 days ago"),
    (
        LookedUp(how="cached", value="5", found=True, age=600.0, why="people did not answer within 2 s"),
        "people as cached 10 minutes ago; people did not answer within 2 s",
    ),
    (LookedUp(how="live"), "no record with Contacts tier for this caller (asked people just now)"),
    (LookedUp(how="unknown", why="people did not answer"), "for this caller (people did not answer)"),
    (LookedUp(how="unknown"), "for this caller (nothing is known)"),
]


@pytest.mark.parametrize(("found", "text"), SOURCES)
def test_trace_has_source_and_age_of_the_field(found, text):
    walk, _ = driven(book(rules(), to="crm:tier"), people=People(found=found))
    assert text in traced(walk)
    assert walk.attempts[0].destination == ("agent:nancy" if found.found else "agent:johan")


def test_lookup_has_crm_module_field_and_number():
    _, done = driven(book(rules(more="greeting: wait.wav,"), to="crm:tier"), facts(caller=ADA))
    assert done[0] == LookUp(crm="people", module="Contacts", field="tier", number=ADA, deadline=2.0)


# the route, the keys, whether the greeting plays
GREETED = [
    ("crm:tier", "", ""),
    ("flow:asks", "", ""),
    ("menu:main", "1", "wait.wav"),
    ("menu:main", "", "wait.wav"),
    ("[menu:main, crm:tier]", "9", ""),
    ("[menu:main, crm:tier]", "2", ""),
]


@pytest.mark.parametrize(("route", "keys", "greeting"), GREETED)
def test_crm_greeting_plays_only_inside_a_menu(route, keys, greeting):
    _, done = driven(book(rules(more="greeting: wait.wav,"), to=route), people=People(keys=[keys]))
    assert next(action.greeting for action in done if isinstance(action, LookUp)) == greeting


def test_withheld_number_is_not_looked_up():
    walk, done = driven(book(rules(), to="crm:tier"), facts(caller=""))
    assert not any(isinstance(action, LookUp) for action in done)
    assert "withheld" in traced(walk) and walk.attempts[0].destination == "agent:johan"


# the cached contact, as `explain` sees it: field, contacts, given facts, whether tier >= 3
CACHED = [
    ([contact(id="1", crm="people", tier="3")], {}, True),
    ([contact(id="1", crm="hub", tier="3")], {}, False),
    ([contact(id="1", tier="3")], {}, True),
    ([contact(id="1", crm="hub", tier="1"), contact(id="2", crm="people", tier="4")], {}, True),
    ([contact(id="1", Tier="3")], {}, True),
    ([contact(id="1", tier="")], {}, False),
    ([contact(id="1")], {}, False),
    ([contact(account="Globex", tier="3")], {}, False),
    ([], {}, False),
    ([], {"crm.tier": "3"}, True),
    ([contact(id="1", tier="3")], {"crm.tier": "1"}, False),
]


@pytest.mark.parametrize(("contacts", "given", "holds"), CACHED)
def test_cached_contact_counts_without_a_live_record(contacts, given, holds):
    walk = walked(book(rules(), to="crm:tier"), facts(caller=ADA, contacts=tuple(contacts), given=given))
    assert walk.destination == ("agent:nancy" if holds else "agent:johan")


def test_trace_has_age_of_the_cached_contact():
    known = facts(caller=ADA, contacts=(contact(id="1", tier="3", synced=moment(MORNING) - 7200),))
    assert "people as cached 2 hours ago" in traced(walked(book(rules(), to="crm:tier"), known))


@pytest.mark.parametrize("field", ["title", "Title", "account", "account_id", "territory", "owner", "name", "id"])
def test_contact_columns_are_crm_fields_too(field):
    known = {"id": "x", "name": "x", "title": "x", "account": "x", "account_id": "x", "territory": "x", "owner": "x"}
    text = rules("=", "X").replace("field: tier", f"field: {field}")
    assert (
        walked(book(text, to="crm:tier"), facts(caller=ADA, contacts=(contact(**known),))).destination == "agent:nancy"
    )


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ('{operator: ">", value: high, destination: hangup}', "neither a number nor a date"),
        ('{operator: "~", value: x, destination: hangup}', "is no operator"),
        ("{value: x, destination: hangup}", "lacks 'operator'"),
    ],
)
def test_crm_rule_that_cannot_hold_is_refused(rule, why):
    with pytest.raises(InvalidFile, match=why):
        book(f"crm_rules: {{tier: {{crm: people, field: tier, rules: [{rule}]}}}}")


def test_unknown_crm_is_refused():
    with pytest.raises(InvalidFile, match="there is no CRM 'peeple'; did you mean 'people'"):
        book("crm_rules: {tier: {crm: peeple, field: tier, rules: []}}")


def test_long_list_of_crm_rules_is_traced_in_short():
    many = ", ".join(f'{{operator: "=", value: v{i}, destination: hangup}}' for i in range(300))
    text = f"crm_rules: {{tier: {{crm: people, field: tier, rules: [{many}], otherwise: agent:johan}}}}"
    found = LookedUp(how="live", value="x" * 100_000, found=True)
    walk, _ = driven(book(text, to="crm:tier"), people=People(found=found))
    assert len(traced(walk)) < 3000
