"""Distributions: owner first, ring groups in a row, every rule of distribution."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import permutations
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.books import ADA, OnBreak, People, book, contact, driven, facts, traced, tried, walked
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.people import Member
from fsrouter.engine.walk.actions import Dial, Draw, Presence, TakeTurn
from fsrouter.engine.walk.outcomes import Availability, Dialled, LegResult
from fsrouter.engine.walk.ring_groups import shuffled, weighted
from fsrouter.rules.file_errors import InvalidFile

AGENTS = "[agent:nancy, agent:johan, agent:vald]"
BREAK = Availability(on_break=True)


def group(rule: str, members: str = AGENTS, more: str = "") -> str:
    return f"distributions: {{d: {{groups: [{{rule: {rule}, members: {members}, ring: 20s}}]{more}}}}}"


def order(rule: str, people: People | None = None, members: str = AGENTS) -> list[str]:
    """Who is rung, attempt by attempt, when nobody answers; several at once joined by +."""
    walk, _ = driven(book(group(rule, members), to="distribution:d"), people=people)
    return ["+".join(target.partition(":")[2] for target in a.targets) for a in walk.attempts]


# rule, turn, who rings when nobody is on break, and when johan is
TURNS = [
    ("simultaneous", 0, ["nancy+johan+vald"], ["nancy+vald"]),
    ("sequential", 7, ["nancy", "johan", "vald"], ["nancy", "vald"]),
    ("round-robin", 0, ["nancy"], ["nancy"]),
    ("round-robin", 1, ["johan"], ["vald"]),
    ("round-robin", 2, ["vald"], ["vald"]),
    ("round-robin", 3, ["nancy"], ["nancy"]),
    ("linear-round-robin", 0, ["nancy", "johan", "vald"], ["nancy", "vald"]),
    ("linear-round-robin", 1, ["johan", "vald", "nancy"], ["vald", "nancy"]),
    ("linear-round-robin", 2, ["vald", "nancy", "johan"], ["vald", "nancy"]),
    ("linear-round-robin", 3_000_000_001, ["johan", "vald", "nancy"], ["vald", "nancy"]),
    ("least-connected", 0, ["nancy", "johan", "vald"], ["nancy", "vald"]),
    ("random", 0, ["nancy", "johan", "vald"], ["nancy", "vald"]),
    ("weighted", 0, ["nancy", "johan", "vald"], ["nancy", "vald"]),
]


@pytest.mark.parametrize(("rule", "turn", "everybody", "without"), TURNS)
def test_ring_order_by_rule(rule, turn, everybody, without):
    assert order(rule, People(turns=[turn])) == everybody
    assert order(rule, People(turns=[turn], availability={"agent:johan": BREAK})) == without


@pytest.mark.parametrize("rule", sorted({row[0] for row in TURNS}))
def test_group_rings_nobody_when_all_are_on_break(rule):
    availability = {f"agent:{name}": BREAK for name in ("nancy", "johan", "vald")}
    walk, _ = driven(
        book(group(rule, more=", unanswered: number:desk"), to="distribution:d"),
        people=People(availability=availability),
    )
    assert tried(walk) == ["number:desk 25 no-answer"]
    assert f"group 1 rings {rule}: nobody; on break: agent:nancy, agent:johan, agent:vald" in traced(walk)


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        ("simultaneous", [Presence]),
        ("sequential", [Presence]),
        ("least-connected", [Presence]),
        ("round-robin", [Presence, TakeTurn]),
        ("linear-round-robin", [Presence, TakeTurn]),
        ("random", [Presence, Draw]),
        ("weighted", [Presence, Draw]),
    ],
)
def test_turn_or_draw_is_taken_once_per_group(rule, asked):
    _, done = driven(book(group(rule), to="distribution:d"))
    assert [type(action) for action in done if not isinstance(action, Dial)][:-1] == asked


def test_each_group_has_its_own_turn():
    rules = """
distributions:
  d: {groups: [{rule: round-robin, members: [agent:nancy, agent:johan]}, {rule: round-robin, members: [agent:nancy,
      agent:johan, agent:vald]}]}
"""
    walk, done = driven(book(rules, to="distribution:d"), people=People(turns=[1, 2]))
    turns = [action for action in done if isinstance(action, TakeTurn)]
    assert turns == [TakeTurn(group="distribution:d/1", members=2), TakeTurn(group="distribution:d/2", members=3)]
    assert [a.targets for a in walk.attempts] == [("agent:johan",), ("agent:vald",)]


# availability, the order of least-connected
BUSY = [
    ({}, ["nancy", "johan", "vald", "desk", "+13125550199"]),
    ({"agent:nancy": Availability(calls=1)}, ["johan", "vald", "desk", "+13125550199"]),
    ({"number:desk": Availability(calls=1)}, ["nancy", "johan", "vald", "+13125550199", "desk"]),
    (
        {"number:desk": Availability(calls=3), "phone:+13125550199": Availability(calls=2)},
        ["nancy", "johan", "vald", "+13125550199", "desk"],
    ),
    ({"agent:vald": BREAK, "agent:johan": Availability(calls=9)}, ["nancy", "desk", "+13125550199"]),
]


@pytest.mark.parametrize(("availability", "rung"), BUSY)
def test_least_connected_orders_by_live_calls_and_skips_busy_agents(availability, rung):
    members = "[agent:nancy, agent:johan, agent:vald, number:desk, 'phone:+13125550199']"
    assert order("least-connected", People(availability=availability), members) == rung


@pytest.mark.parametrize("rule", ["simultaneous", "sequential", "round-robin"])
def test_other_rules_ring_busy_agents(rule):
    assert order(rule, People(availability={"agent:nancy": Availability(calls=1)}))[0].startswith("nancy")


def test_busy_agents_are_traced():
    people = People(availability={"agent:nancy": Availability(calls=1), "agent:vald": BREAK})
    walk, _ = driven(book(group("least-connected"), to="distribution:d"), people=people)
    assert "rings least-connected: agent:johan; on break: agent:vald; busy: agent:nancy" in traced(walk)


# Groups in a row, ring times, attempts

GROUPS = """
numbers:
  slow: {number: "+13125550160", ring: 99s, no_answer: agent:vald, accept: "7"}
distributions:
  two:
    groups:
      - {rule: sequential, members: [number:slow, agent:nancy], ring: 11s}
      - {rule: simultaneous, members: [agent:johan, agent:vald], ring: 12s, accept: "1"}
      - {rule: round-robin, members: ["phone:+13125550199"]}
    unanswered: queue:vip
"""


def test_group_ring_time_overrides_the_members():
    walk, done = driven(book(GROUPS, to="[distribution:two, voicemail:main]"))
    assert tried(walk) == [
        "distribution:two(number:slow) 11 no-answer",
        "distribution:two(agent:nancy) 11 no-answer",
        "distribution:two(agent:johan agent:vald) 12 no-answer",
        "distribution:two(phone:+13125550199) 30 no-answer",
        "queue:vip 120 no-answer",
    ]
    legs = [leg.accept for action in done if isinstance(action, Dial) for leg in action.legs]
    assert legs == ["7", "", "1", "1", ""]


@pytest.mark.parametrize(
    ("unanswered", "taken"),
    [
        (0, "number:slow"),
        (1, "agent:nancy"),
        (2, "distribution:two"),
        (3, "phone:+13125550199"),
        (4, "queue:vip"),
        (5, "voicemail:main"),
    ],
)
def test_destination_of_a_distribution_call(unanswered, taken):
    assert walked(book(GROUPS, to="[distribution:two, voicemail:main]"), unanswered=unanswered).destination == taken


def test_answering_member_of_a_group_is_recorded():
    answered = Dialled(
        outcome="answered", by="agent:vald", legs=(LegResult(destination="agent:johan", outcome="lost"),)
    )
    walk, _ = driven(book(group("simultaneous"), to="distribution:d"), people=People(dials=[answered]))
    assert (walk.destination, walk.agent, walk.attempts[0].by) == ("distribution:d", "vald", "agent:vald")
    assert "distribution:d -> answered by agent:vald" in traced(walk)


# When every group is exhausted

NO_ANSWER = """
numbers:
  a: {number: "+13125550160", no_answer: agent:nancy}
  b: {number: "+13125550161", no_answer: agent:johan}
  c: {number: "+13125550162"}
"""
# the groups, which are out, what comes behind them
LAST = [
    ("[{rule: sequential, members: [number:a, number:b]}]", (), "agent:johan"),
    ("[{rule: sequential, members: [number:b, number:a]}]", (), "agent:nancy"),
    ("[{rule: sequential, members: [number:b, number:a]}]", ("number:a",), "agent:johan"),
    ("[{rule: sequential, members: [number:a, agent:vald]}]", (), "agent:nancy"),
    ("[{rule: simultaneous, members: [number:a, number:b, agent:vald]}]", (), "agent:johan"),
    ("[{rule: simultaneous, members: [number:a, number:b, agent:vald]}]", ("number:b",), "agent:nancy"),
    ("[{rule: sequential, members: [number:a, number:c]}]", (), "voicemail:main"),
    ("[{rule: simultaneous, members: [number:a]}, {rule: simultaneous, members: [agent:vald]}]", (), "agent:nancy"),
    ("[{rule: simultaneous, members: [number:b]}, {rule: round-robin, members: [number:a]}]", (), "agent:nancy"),
    ("[{rule: linear-round-robin, members: [number:a, number:b]}]", (), "agent:johan"),
    ("[{rule: sequential, members: [agent:vald, 'phone:+13125550199']}]", (), "voicemail:main"),
    ("[{rule: sequential, members: [number:a]}]", ("number:a",), "voicemail:main"),
]


@pytest.mark.parametrize(("groups", "out", "behind"), LAST)
def test_distribution_falls_back_to_no_answer_of_the_last_number(groups, out, behind):
    rules = NO_ANSWER + f"distributions: {{d: {{groups: {groups}}}}}"
    people = People(availability=dict.fromkeys(out, BREAK))
    walk, _ = driven(book(rules, to="[distribution:d, voicemail:main]"), people=people)
    after = [a.destination for a in walk.attempts if a.destination != "distribution:d"]
    assert (after or [walk.destination])[0] == behind


def test_unanswered_replaces_the_numbers_no_answer():
    rules = (
        NO_ANSWER + "distributions: {d: {groups: [{rule: sequential, members: [number:a]}], unanswered: agent:vald}}"
    )
    walk = walked(book(rules, to="[distribution:d, queue:vip]"), unanswered=2)
    assert [a.destination for a in walk.attempts] == ["distribution:d", "agent:vald", "queue:vip"]


# The owner

OWNED = """
distributions:
  by-property: {owner: {crm: hub, property: Hubspot_Owner_Id, ring: 15s}, groups: [{rule: sequential,
      members: [agent:nancy]}]}
  by-owner: {owner: {}, groups: [{rule: sequential, members: [agent:nancy, agent:johan]}], unanswered: queue:vip}
  only: {owner: {ring: 5s}}
"""
HUB = {"id": "1", "crm": "hub"}
# distribution, contacts, given facts, the owner who rings first
OWNERS = [
    ("by-property", [contact(**HUB, owner="501", hubspot_owner_id="502")], {}, "johan"),
    ("by-property", [contact(**HUB, owner="502")], {}, "johan"),
    ("by-property", [contact(**HUB, owner="502", hubspot_owner_id="")], {}, "johan"),
    ("by-property", [contact(**HUB, owner="502", hubspot_owner_id="999")], {}, ""),
    ("by-property", [contact(**HUB)], {}, ""),
    (
        "by-property",
        [contact(id="0", crm="people", owner="502"), contact(**HUB, owner="vald@acme.example")],
        {},
        "vald",
    ),
    ("by-property", [contact(id="0", crm="people", owner="502")], {}, ""),
    ("by-property", [contact(id="0", owner="502")], {}, "johan"),
    ("by-property", [], {}, ""),
    ("by-property", [contact(account="Globex", owner="502")], {}, ""),
    ("by-property", [], {"owner": "502"}, "johan"),
    ("by-property", [contact(**HUB, owner="501")], {"owner": "502"}, "johan"),
    ("by-property", [contact(**HUB, owner="501")], {"owner": ""}, ""),
    ("by-owner", [contact(id="0", crm="people", owner="502")], {}, "johan"),
    ("by-owner", [contact(id="0", crm="people", owner="503")], {}, "vald"),
    ("by-owner", [contact(id="0", crm="hub", owner="503")], {}, ""),
    ("only", [contact(id="0", owner="502")], {}, "johan"),
    ("only", [], {}, ""),
]


@pytest.mark.parametrize(("name", "contacts", "given_", "owner"), OWNERS)
def test_owner_rings_first_when_asked_for(name, contacts, given_, owner):
    known = facts(caller=ADA, contacts=tuple(contacts), given=given_)
    walk = walked(book(OWNED, to=f"distribution:{name}"), known, unanswered=9)
    seconds = {"by-property": 15, "by-owner": 30, "only": 5}[name]
    attempts = [f"distribution:{name}(agent:{owner}) {seconds} no-answer"] if owner else []
    groups = {"by-property": ["nancy"], "by-owner": ["nancy", "johan"], "only": []}[name]
    attempts += [f"distribution:{name}(agent:{member}) 30 no-answer" for member in groups]
    assert tried(walk)[: len(attempts)] == attempts, traced(walk)
    assert ("no owner" in traced(walk)) == (not owner)


def test_owner_rings_again_as_member_and_not_on_break():
    known = facts(caller=ADA, contacts=(contact(id="1", owner="502"),))
    rules = book(OWNED, to="distribution:by-owner")
    assert [a.targets[0] for a in walked(rules, known, unanswered=9).attempts][:3] == [
        "agent:johan",
        "agent:nancy",
        "agent:johan",
    ]
    away = walked(rules, known, unanswered=9, available=OnBreak({"agent:johan"}))
    assert [a.targets[0] for a in away.attempts] == ["agent:nancy", "queue:vip"]
    assert "owner skipped | agent:johan is on break" in traced(away)


FOUND = "[agent:johan, agent:owner, agent:last]"


@pytest.mark.parametrize(
    ("rule", "known", "rung"),
    [
        ("sequential", facts(last_agent="vald", contacts=(contact(id="1", owner="501"),)), ["johan", "nancy", "vald"]),
        ("sequential", facts(last_agent="johan", contacts=(contact(id="1", owner="501"),)), ["johan", "nancy"]),
        ("sequential", facts(), ["johan"]),
        ("simultaneous", facts(last_agent="vald", contacts=(contact(id="1", owner="501"),)), ["johan+nancy+vald"]),
        ("linear-round-robin", facts(last_agent="johan", contacts=(contact(id="1", owner="501"),)), ["nancy", "johan"]),
        ("round-robin", facts(), ["johan"]),
    ],
)
def test_dynamic_members_are_resolved_during_the_call(rule, known, rung):
    walk, _ = driven(book(group(rule, FOUND), to="distribution:d"), known, People(turns=[1]))
    assert ["+".join(target.removeprefix("agent:") for target in a.targets) for a in walk.attempts] == rung


# Draws


def _names(members: list[Member]) -> str:
    return "".join(member.member.name for member in members)


def _present(weights: str | dict[str, int]) -> list[tuple[Member, Availability]]:
    known = dict.fromkeys(weights, 1) if isinstance(weights, str) else weights
    return [
        (Member(member=Destination("agent", name), weight=weight), Availability()) for name, weight in known.items()
    ]


@pytest.mark.parametrize("size", range(1, 6))
def test_random_orders_are_equally_likely(size):
    names, draws = "abcde"[:size], factorial(size) * 4
    orders = Counter(_names(shuffled(_present(names), (2 * i + 1) / (2 * draws))) for i in range(draws))
    assert orders == dict.fromkeys(map("".join, permutations(names)), 4)


@given(st.integers(1, 12), st.floats(0, 1))
def test_any_draw_gives_a_permutation(size, drawn):
    names = "abcdefghijkl"[:size]
    assert sorted(_names(shuffled(_present(names), drawn))) == sorted(names)


def test_zero_draw_leaves_the_order():
    assert _names(shuffled(_present("abcd"), 0.0)) == "abcd"
    assert _names(weighted(_present({"a": 0, "b": 1, "c": 9}), 0.0)) == "bc"


@pytest.mark.parametrize("weights", [{"a": 3, "b": 1}, {"a": 1, "b": 2, "c": 3}, {"a": 5, "b": 0, "c": 5}, {"a": 7}])
def test_weighted_first_member_is_by_weight(weights):
    draws = sum(weights.values()) * 60
    firsts = Counter(_names(weighted(_present(weights), (2 * i + 1) / (2 * draws)))[0] for i in range(draws))
    assert firsts == {name: 60 * weight for name, weight in weights.items() if weight}


def test_weighted_whole_order_is_by_weight():
    """Drawn one after the other without putting back: 3:2:1 gives bca a share of 2/6 * 1/4."""
    weights = {"a": 3, "b": 2, "c": 1}
    draws = 60 * 60
    orders = Counter(_names(weighted(_present(weights), (2 * i + 1) / (2 * draws))) for i in range(draws))
    for order_ in map("".join, permutations(weights)):
        first, second, _ = (weights[name] for name in order_)
        assert orders[order_] == Fraction(first, 6) * Fraction(second, 6 - first) * draws


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9), min_size=1), st.floats(0, 1))
def test_zero_weight_is_never_drawn_and_others_once(weights, drawn):
    drawn_names = _names(weighted(_present(weights), drawn))
    assert sorted(drawn_names) == sorted(name for name, weight in weights.items() if weight)


def test_draw_decides_the_ring_order():
    rules = group("weighted", "[{member: agent:nancy, weight: 1}, {member: agent:johan, weight: 3}]")
    for drawn, first in ((0.0, "nancy"), (0.24, "nancy"), (0.25, "johan"), (1.0, "johan")):
        assert walked(book(rules, to="distribution:d"), draw=drawn).destination == f"agent:{first}"


@pytest.mark.parametrize(
    ("groups", "why"),
    [
        ("[{rule: sequential, members: []}]", "no members"),
        ("[{rule: sequential, members: [agent:nancy, agent:nancy]}]", "twice"),
        ("[{rule: sequential, members: [queue:vip]}]", "members are agents, numbers and phones"),
        ("[{rule: weighted, members: [{member: agent:nancy, weight: 0}]}]", "only weights of 0"),
        ("[{rule: turns, members: [agent:nancy]}]", "is no rule of distribution"),
        ("[]", "neither an owner nor groups"),
    ],
)
def test_invalid_distribution_is_refused(groups, why):
    with pytest.raises(InvalidFile, match=why):
        book(f"distributions: {{d: {{groups: {groups}}}}}")
