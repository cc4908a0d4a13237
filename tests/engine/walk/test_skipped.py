"""Whom the settings do not let be dialled: they are skipped as somebody on a break is, and are no attempt."""

from __future__ import annotations

import pytest

from engine.books import MAIN, People, book, driven, facts, thought, traced, tried, walked
from fsrouter.engine.model.failsafes import FarEnd
from fsrouter.engine.walk.actions import Dial, Transfer
from fsrouter.engine.walk.explained import as_data, explained
from fsrouter.engine.walk.outcomes import Availability, Dialled, LegResult
from fsrouter.engine.walk.replay import ELSEWHERE, SAME, Past, replay
from fsrouter.engine.walk.steps import Walked
from fsrouter.engine.walk.walk import Walk
from fsrouter.errors import Refused

WHY = "refused as number to dial: it is dear"
NUMBERS = """
numbers:
  dear: {number: "+1 900 555 0153", no_answer: voicemail:main, tagging: {office: office, not nights: day}}
  desk: {number: "+1 312 555 0150", no_answer: hangup, tagging: {not nights: day}}
"""
GROUP = NUMBERS + "distributions: {d: {groups: [{rule: %s, members: [%s], ring: 20s}]}}"


def skipped(*names: str, outcome: str = "skipped", **more: object) -> Dialled:
    legs = tuple(LegResult(destination=name, outcome="skipped", cause=WHY) for name in names)
    return Dialled(outcome=outcome, legs=legs, **more)


@pytest.mark.parametrize("target", ["number:dear", "phone:+19005550153", "agent:vald"])
def test_target_is_no_attempt_and_the_next_one_rings(target: str) -> None:
    rules = book(NUMBERS, f"['{target}', agent:nancy]")
    walk, _ = driven(rules, people=People(dials=[skipped(target)]))
    assert tried(walk) == ["agent:nancy 30 no-answer"]
    assert f"{target} -> skipped | {WHY}" in traced(walk)
    assert walk.destination == "hangup" and walk.unanswered


def test_number_that_was_not_rung_has_no_answer_route() -> None:
    rules = book(NUMBERS, "[number:dear, number:desk]")
    walk, _ = driven(rules, people=People(dials=[skipped("number:dear")]))
    assert tried(walk) == ["number:desk 30 no-answer"] and walk.destination == "hangup"
    walk, _ = driven(rules)
    assert walk.destination == "voicemail:main", "one that was rung has"


def test_tag_of_hours_is_given_to_none_that_was_not_rung() -> None:
    walk, _ = driven(book(NUMBERS, "[number:dear, agent:nancy]"), people=People(dials=[skipped("number:dear")]))
    assert walk.tags == []
    group = book(GROUP % ("simultaneous", "number:dear, number:desk"), "['tag:mine', distribution:d]")
    walk, _ = driven(group, people=People(dials=[skipped("number:dear", outcome="no-answer")]))
    assert walk.tags == ["mine", "day"]


def test_others_of_a_group_ring_and_are_the_attempt() -> None:
    rules = book(GROUP % ("simultaneous", "number:dear, agent:nancy, number:desk"), "distribution:d")
    legs = (
        LegResult(destination="number:dear", outcome="skipped", cause=WHY),
        LegResult(destination="agent:nancy", outcome="answered"),
        LegResult(destination="number:desk", outcome="lost", cause="LOSE_RACE"),
    )
    walk, _ = driven(rules, people=People(dials=[Dialled(outcome="answered", by="agent:nancy", legs=legs)]))
    (attempt,) = walk.attempts
    assert attempt.targets == ("agent:nancy", "number:desk") and [leg.destination for leg in attempt.legs] == [
        "agent:nancy", "number:desk",
    ]  # fmt: skip
    assert traced(walk).count("number:dear -> skipped") == 1 and walk.agent == "nancy"


@pytest.mark.parametrize(
    ("members", "dials", "then"),
    [
        ("number:desk, number:dear", [Dialled(outcome="busy"), skipped("number:dear")], "hangup"),
        ("number:dear, number:desk", [skipped("number:dear")], "hangup"),
        ("number:desk, number:dear", [], "voicemail:main"),
    ],
)
def test_last_tried_number_is_one_that_was_rung(members: str, dials: list[Dialled], then: str) -> None:
    walk, _ = driven(book(GROUP % ("sequential", members), "distribution:d"), people=People(dials=dials))
    assert walk.destination == then


def test_turn_of_a_member_who_may_not_be_dialled_is_the_next_ones() -> None:
    rules = book(GROUP % ("round-robin", "agent:nancy, number:dear, agent:vald, agent:johan"), "distribution:d")
    walk, done = driven(rules, people=People(turns=[1], dials=[skipped("number:dear")]))
    assert tried(walk) == ["distribution:d(agent:vald) 20 no-answer"]
    assert sum(isinstance(action, Dial) for action in done) == 2


def test_nobody_of_a_route_is_unanswered_without_an_attempt() -> None:
    walk, _ = driven(book(NUMBERS, "number:dear"), people=People(dials=[skipped("number:dear")]))
    assert walk.unanswered and not walk.attempts


def past(rules: str, to: str, *dials: Dialled) -> Past:
    walk = Walk(book(rules, to), facts())
    People(dials=dials).drive(walk)
    return Past(number=MAIN, facts=walk.facts, walks=(Walked(steps=walk.steps),), destination=walk.destination)


def test_replay_of_a_skipped_one_is_the_same_way_with_it_and_without() -> None:
    call = past(NUMBERS, "[number:dear, agent:nancy]", skipped("number:dear"))
    assert replay(book(NUMBERS, "[number:dear, agent:nancy]"), call).how == SAME
    assert replay(book(NUMBERS, "[agent:nancy]"), call).how == SAME
    assert replay(book(NUMBERS, "[number:dear, agent:nancy, number:dear]"), call).how == SAME
    assert replay(book(NUMBERS, "[number:dear, agent:johan]"), call).how == ELSEWHERE


def test_replay_remembers_of_a_group_who_was_skipped() -> None:
    legs = (
        LegResult(destination="number:dear", outcome="skipped", cause=WHY),
        LegResult(destination="agent:nancy", outcome="no-answer"),
    )
    group = GROUP % ("simultaneous", "number:dear, agent:nancy")
    call = past(group, "distribution:d", Dialled(outcome="no-answer", legs=legs))
    assert replay(book(group, "[number:dear, agent:nancy]"), call).how == SAME


# Where somebody knows what the settings let be dialled


class Closed:
    """Lets nothing of some beginnings be dialled."""

    def __init__(self, *beginnings: str) -> None:
        self._beginnings = beginnings

    def problem(self, trunk: str, far_end: FarEnd) -> str:
        return WHY if (far_end.endpoint or far_end.number).startswith(self._beginnings) else ""

    def gateways(self, trunk: str, far_end: FarEnd, drawn: float) -> tuple[str, list[tuple[str, int]]]:
        if far_end.endpoint:
            return "", []
        return trunk or "only", [("a", 3), ("b", 1)] if drawn < 0.75 else [("b", 1), ("a", 3)]

    def extension(self, extension: str) -> str:
        if extension.startswith(self._beginnings):
            raise Refused("it may be a number outside", "extension")
        return extension


def test_explained_call_skips_them_and_they_are_none_of_the_unanswered() -> None:
    rules = book(NUMBERS, "[number:dear, agent:nancy, number:dear, agent:johan]")
    walk = walked(rules, gate=Closed("+1900"), unanswered=1)
    assert tried(walk) == ["agent:nancy 30 no-answer", "agent:johan 30 answered"]
    assert walk.destination == "agent:johan" and traced(walk).count(f"number:dear -> skipped | {WHY}") == 2
    assert walked(rules).destination == "number:dear", "without settings everything is open"


@pytest.mark.parametrize(("drawn", "order"), [(0.0, "ab"), (0.8, "ba")])
def test_explained_call_tells_by_which_gateways_a_number_would_be_tried(drawn: float, order: str) -> None:
    run = thought(book(NUMBERS, "[agent:nancy, number:desk]"), gate=Closed("-"), unanswered=1, draw=drawn)
    walk = run.walk
    by_phone, by_gateways = as_data(explained(run).attempts)
    assert "gateways" not in by_phone and "trunk" not in by_phone and by_gateways["trunk"] == "only"
    assert by_gateways["gateways"] == [{"gateway": name, "weight": {"a": 3, "b": 1}[name]} for name in order]
    assert "by a (weight 3), else by b (weight 1)" in traced(walk) or order == "ba"


def test_explained_group_tells_the_gateways_once() -> None:
    rules = book(GROUP % ("simultaneous", "agent:nancy, number:desk, number:dear"), "distribution:d")
    run = thought(rules, gate=Closed("+1900"))
    assert [each["gateway"] for each in as_data(explained(run).attempts[0])["gateways"]] == ["a", "b"]
    assert "rang agent:nancy, number:desk for up to 20 s by a (weight 3), else by b (weight 1)" in traced(run.walk)


def test_explained_group_rings_the_others() -> None:
    rules = book(GROUP % ("simultaneous", "number:dear, agent:nancy, agent:johan"), "distribution:d")
    assert tried(walked(rules, gate=Closed("+1900"))) == ["distribution:d(agent:nancy agent:johan) 20 answered"]
    assert walked(rules, gate=Closed("+1900", "user/1002")).destination == "agent:nancy"


def test_extension_that_is_closed_is_skipped_and_the_call_goes_on() -> None:
    rules = book(to="['extension:9011442079460100', agent:nancy]")
    walk = walked(rules, gate=Closed("9011"))
    assert walk.destination == "agent:nancy" and "extension:9011442079460100 -> skipped | refused as" in traced(walk)
    assert walked(rules).destination == "extension:9011442079460100"
    closed = Availability(closed="refused as extension: it is closed")
    walk, done = driven(rules, people=People(availability={"extension:9011442079460100": closed}))
    assert not any(isinstance(action, Transfer) for action in done) and tried(walk) == ["agent:nancy 30 no-answer"]


def test_replay_asks_of_those_who_were_not_rung_then() -> None:
    call = past("", "agent:nancy", Dialled(outcome="answered"))
    assert replay(book(NUMBERS, "[number:dear, agent:nancy]"), call).how == ELSEWHERE
    assert replay(book(NUMBERS, "[number:dear, agent:nancy]"), call, Closed("+1900")).how == SAME
    assert replay(book(NUMBERS, "['extension:9011', agent:nancy]"), call, Closed("9011")).how == SAME
    group = book(GROUP % ("simultaneous", "number:dear, agent:johan"), "distribution:d")
    told = replay(group, call, Closed("+1900"))
    assert (told.how, told.assumed) == (ELSEWHERE, ("agent:johan answers",))
    assert replay(group, call, Closed("+1900", "user/1002")).would == "hangup"
