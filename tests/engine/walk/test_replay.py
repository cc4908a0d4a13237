"""Replay: a past call retraced by its own book, and by others."""

from __future__ import annotations

from typing import Any

import pytest

from engine.books import MAIN, People, book, facts
from fsrouter.engine.walk.outcomes import Availability, Dialled, LegResult, LookedUp
from fsrouter.engine.walk.replay import (
    BEFORE_STEPS,
    CUT,
    ELSEWHERE,
    NO_NUMBER,
    SAME,
    UNKNOWN,
    Past,
    Verdict,
    not_retraced,
    replay,
)
from fsrouter.engine.walk.steps import Step, Walked
from fsrouter.engine.walk.walk import Walk

GROUP = "distributions: {d: {groups: [{rule: %s, members: [%s]}]}}"
TURNS = GROUP % ("round-robin", "agent:nancy, agent:johan, agent:vald")
MENU = 'menus: {m: {greeting: ivr/m.wav, digits: {"1": agent:nancy, "2": agent:johan}}}'
SPLIT = "splits: {s: {branches: [{weight: 50, then: agent:nancy}, {weight: 50, then: agent:johan}]}}"
LOOK_UP = """
crm_rules: {c: {crm: hub, module: contacts, field: tier, rules: [{operator: '=', value: gold, destination: agent:vald}],
            otherwise: agent:nancy}}
"""


def lived(rules: str, to: str, steps: int | None = None, goto: Any = (), **people: Any) -> Past:
    """A past call along a route; after so many `steps` the caller hung up."""
    walk = Walk(book(rules, to), facts(), goto)
    People(**people).drive(walk)
    done = walk.steps
    if steps is not None:
        done = (*done[:steps], Step(done[steps].asked, done[steps].of))
    walked = Walked(steps=done, goto=str(goto[0]) if goto else "")
    return Past(number=MAIN, facts=walk.facts, walks=(walked,), destination=walk.destination)


def verdict(past: Past, rules: str, to: str) -> Verdict:
    return replay(book(rules, to), past)


ANSWERED = [Dialled(outcome="answered")]
CHANCES: list[tuple[str, str, dict[str, Any]]] = [
    (TURNS, "distribution:d", {"turns": [1], "dials": ANSWERED}),
    (TURNS, "distribution:d", {"turns": [5]}),
    (SPLIT, "split:s", {"draws": [0.9], "dials": ANSWERED}),
    (GROUP % ("random", "agent:nancy, agent:johan, agent:vald"), "distribution:d", {"draws": [0.7]}),
    (GROUP % ("sequential", "agent:nancy, agent:johan"), "distribution:d",
     {"availability": {"agent:nancy": Availability(on_break=True)}}),
    (GROUP % ("least-connected", "agent:nancy, agent:johan"), "distribution:d",
     {"availability": {"agent:nancy": Availability(calls=1)}}),
    (LOOK_UP, "crm:c", {"found": LookedUp(how="live", value="gold", found=True)}),
    (MENU, "menu:m", {"keys": ["9", "2"]}),
    ("", "[queue:support, agent:nancy]", {"queues": ["timeout"]}),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "to", "people"), CHANCES)
def test_what_chance_decided_is_decided_so_again(rules: str, to: str, people: dict[str, Any]) -> None:
    past = lived(rules, to, **people)
    assert verdict(past, rules, to) == Verdict(how=SAME)
    for steps in range(len(past.walks[0].steps)):
        assert verdict(lived(rules, to, steps, **people), rules, to) == Verdict(how=SAME)


OTHERS = [
    ("", "agent:nancy", "", "[agent:nancy]", SAME),
    ("", "agent:nancy", "", "[tag:x, 'say:hello', agent:nancy]", SAME),
    ("", "[agent:nancy, agent:johan]", "", "[agent:johan, agent:nancy]", ELSEWHERE),
    ("", "[agent:nancy, voicemail:main]", "", "voicemail:main", ELSEWHERE),
    ("", "queue:support", "", "queue:vip", ELSEWHERE),
    ("", "hangup:USER_BUSY", "", "hangup", ELSEWHERE),
    ("", "extension:1001", "", "extension:1002", ELSEWHERE),
    ("", "agent:nancy", "", "[agent:nancy, agent:johan]", ELSEWHERE),
    (GROUP % ("simultaneous", "agent:nancy, agent:johan"), "distribution:d",
     GROUP % ("simultaneous", "agent:johan, agent:nancy"), "distribution:d", SAME),
    (MENU, "menu:m", MENU.replace("ivr/m.wav", "ivr/other.wav"), "menu:m", SAME),
    (MENU, "menu:m", MENU.replace("agent:johan", "agent:vald"), "menu:m", SAME),
    (MENU, "menu:m", MENU.replace("agent:nancy", "agent:vald"), "menu:m", ELSEWHERE),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "to", "others", "instead", "how"), OTHERS)
def test_call_goes_elsewhere_when_it_takes_another_way(
    rules: str, to: str, others: str, instead: str, how: str
) -> None:
    assert verdict(lived(rules, to, keys=["1"]), others, instead).how == how


def test_verdict_tells_where_the_ways_part_and_what_was_assumed() -> None:
    rules = MENU.replace("agent:nancy", "[agent:vald, agent:nancy]")
    told = verdict(lived(MENU, "menu:m", keys=["1"], dials=ANSWERED), rules, "menu:m")
    assert (told.how, told.was, told.would, told.at) == (ELSEWHERE, "agent:nancy", "agent:vald", "menu:m")
    assert told.why == "the caller pressed 1, which leads to agent:vald, agent:nancy"
    assert told.assumed == ("agent:vald answers",)


def test_ways_to_the_same_end_are_told() -> None:
    told = verdict(lived("", "[agent:nancy, agent:vald, voicemail:main]"), "", "[agent:nancy, voicemail:main]")
    assert (told.was, told.would) == ("agent:vald, voicemail:main", "voicemail:main")


def test_caller_who_hung_up_in_a_sound_goes_nowhere_else_for_another_sound() -> None:
    past = lived("", "['play:ivr/a.wav', agent:nancy]", steps=0)
    for route in (
        "['play:ivr/b.wav', agent:nancy]",
        "['play:ivr/b.wav', 'play:ivr/a.wav', agent:nancy]",
        "agent:nancy",
    ):
        assert verdict(past, "", route).how == SAME


def test_member_who_answered_in_a_group_answers_alone() -> None:
    group = GROUP % ("simultaneous", "agent:nancy, agent:johan")
    legs = (
        LegResult(destination="agent:nancy", outcome="busy"),
        LegResult(destination="agent:johan", outcome="answered"),
    )
    past = lived(group, "distribution:d", dials=[Dialled(outcome="answered", by="agent:johan", legs=legs)])
    told = verdict(past, "", "[agent:nancy, agent:johan]")
    assert (told.would, told.assumed) == ("agent:johan", ())


def test_walk_that_an_operator_ordered_is_retraced_too() -> None:
    rules = book(MENU, "agent:nancy")
    goto = (rules.tracking_numbers[MAIN].to[0].__class__("menu", "m"),)
    first = lived(MENU, "agent:nancy", steps=1)
    past = Past(
        number=MAIN, facts=first.facts, walks=(*first.walks, *lived(MENU, "agent:nancy", goto=goto, keys=["2"]).walks)
    )
    assert replay(rules, past).how == SAME
    assert replay(book(MENU.replace("agent:johan", "agent:vald"), "agent:nancy"), past).would == "agent:vald"
    gone = replay(book("", "agent:nancy"), past)
    assert (gone.how, gone.at) == (ELSEWHERE, "menu:m")


def test_what_cannot_be_retraced_is_unknown_and_says_why() -> None:
    past = lived("", "agent:nancy")
    cut = Past(number=MAIN, facts=past.facts, walks=(Walked(steps=past.walks[0].steps, cut=True),))
    before = Past(number=MAIN, facts=past.facts, walks=())
    assert [verdict(each, "", "agent:nancy") for each in (cut, before)] == [
        Verdict(how=UNKNOWN, why=CUT), Verdict(how=UNKNOWN, why=BEFORE_STEPS)
    ]  # fmt: skip
    assert not_retraced({CUT: 1, BEFORE_STEPS: 4}) == (
        "; 5 cannot be retraced: 1 more happened than a record holds, 4 recorded before steps were kept"
    )
    assert not_retraced({}) == ""


def test_number_that_is_no_tracking_number_any_more() -> None:
    past = Past(number="+18725550199", facts=facts(), walks=(), destination="agent:nancy")
    assert verdict(past, "", "agent:nancy") == Verdict(
        how=ELSEWHERE, was="agent:nancy", at="+18725550199", why=NO_NUMBER
    )


def test_call_in_which_our_own_code_failed_stands_where_it_stood() -> None:
    walk = Walk(book(MENU, "menu:m"), facts())
    walk.begin()
    walk.failed("an error")
    past = Past(number=MAIN, facts=walk.facts, walks=(Walked(steps=walk.steps),), destination="failsafe")
    assert verdict(past, MENU, "menu:m").how == SAME
