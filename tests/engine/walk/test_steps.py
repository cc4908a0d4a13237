"""The steps of a walk: what was asked, and how each of it ended."""

from __future__ import annotations

from typing import get_args

import msgspec

from engine.books import People, book, facts
from fsrouter.engine.walk.actions import Action
from fsrouter.engine.walk.outcomes import Dialled, Gathered, Seen
from fsrouter.engine.walk.steps import ASKED, Step, Walked
from fsrouter.engine.walk.walk import Walk

RULES = """
menus: {m: {greeting: ivr/m.wav, digits: {"1": [agent:nancy, voicemail:main]}}}
"""


def test_every_action_has_a_word_of_its_own() -> None:
    every = {kind for union in get_args(Action) for kind in (get_args(union) or (union,))}
    assert set(ASKED) == every
    assert len({word for word, _ in ASKED.values()}) == len(every)


def test_steps_tell_what_was_asked_and_how_it_ended() -> None:
    walk = Walk(book(RULES, "menu:m"), facts())
    walk.begin()
    assert walk.steps == (Step("menu", ("menu:m",)),)
    walk.next(Gathered(keys="1"))
    walk.next(Seen(availability=()))
    assert walk.steps[-1] == Step("ring", ("agent:nancy",))
    walk.next(Dialled(outcome="busy"))
    assert walk.steps == (
        Step("menu", ("menu:m",), Gathered(keys="1")),
        Step("presence", ("agent:nancy",), Seen(availability=())),
        Step("ring", ("agent:nancy",), Dialled(outcome="busy")),
        Step("voicemail", ("voicemail:main",)),
    )


def test_what_was_under_way_when_our_own_code_failed_stays_without_an_outcome() -> None:
    walk = Walk(book(RULES, "menu:m"), facts())
    walk.begin()
    walk.failed("an error")
    assert walk.steps == (Step("menu", ("menu:m",)), Step("failsafe", ("fsrouter failed",)))
    assert walk.trace[-1].outcome == "failed" and walk.destination == "failsafe"


def test_steps_are_read_as_they_were_written() -> None:
    walk = Walk(book(RULES, "menu:m"), facts())
    People(keys=["1"]).drive(walk)
    walked = Walked(revision=3, goto="menu:m", steps=walk.steps, facts=walk.facts)
    assert msgspec.json.decode(msgspec.json.encode(walked), type=Walked) == walked
