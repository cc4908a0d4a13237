"""Call distribution: the page for those who come from it does what it says, setting by setting."""

from __future__ import annotations

import pytest

from engine.books import People
from engine.pages import Page, Shows, every_setting_is_shown, page
from fsrouter.engine.walk.actions import Dial, TakeTurn
from fsrouter.engine.walk.outcomes import Availability

ADA, GRACE, ALAN = (f"+1415555010{i}" for i in (1, 2, 3))
ALL, TURNS, HUNT, LADDER, LEAST, DRAWN, SHARES, OWNED, TRIAL = (f"01{i}" for i in range(11, 20))


def rung(*names: str):
    """Whom the attempts rang, in order; several at once joined by +."""
    return lambda walk, _: ["+".join(t.partition(":")[2] for t in a.targets) for a in walk.attempts] == list(names)


def seconds(*rings: int):
    return lambda walk, _: [a.ring for a in walk.attempts] == list(rings)


def asks_for_a_turn(walk, done) -> bool:
    return TakeTurn(group="distribution:turns/1", members=3) in done


BREAK = {"agent:johan": Availability(on_break=True)}

SHOWN = [
    Shows("ring group, step", OWNED, rung("vald", "nancy+johan", "center"), ALAN),
    Shows("members", LADDER, rung("nancy", "desk", "+13125550199")),
    Shows("simultaneous, ring all", ALL, rung("nancy+center")),
    Shows("simultaneous, ring all", ALL, "distribution:all"),
    Shows("round robin", TURNS, rung("nancy")),
    Shows("round robin", TURNS, rung("vald"), people=People(turns=[5])),
    Shows("round robin", TURNS, asks_for_a_turn),
    Shows("round robin that goes on when nobody answers", HUNT, rung("nancy", "johan", "vald")),
    Shows(
        "round robin that goes on when nobody answers", HUNT, rung("johan", "vald", "nancy"), people=People(turns=[1])
    ),
    Shows("sequential, top down, hunt", LADDER, rung("nancy", "desk", "+13125550199"), people=People(turns=[7])),
    Shows(
        "least busy", LEAST, rung("johan", "desk"), people=People(availability={"agent:nancy": Availability(calls=1)})
    ),
    Shows(
        "least busy",
        LEAST,
        rung("nancy", "johan", "desk"),
        people=People(availability={"number:desk": Availability(calls=2)}),
    ),
    Shows("random", DRAWN, rung("nancy", "johan", "vald"), people=People(draws=[0.0])),
    Shows("random", DRAWN, rung("vald", "johan", "nancy"), people=People(draws=[0.99])),
    Shows("weighted, percentage", SHARES, rung("nancy", "johan"), people=People(draws=[0.74])),
    Shows("weighted, percentage", SHARES, rung("johan", "nancy"), people=People(draws=[0.75])),
    Shows("one of several routes by percentage", TRIAL, rung("nancy"), people=People(draws=[0.89])),
    Shows("one of several routes by percentage", TRIAL, asks_for_a_turn, people=People(draws=[0.9])),
    Shows("ring time", HUNT, seconds(15, 15, 15)),
    Shows("ring time", LADDER, seconds(15, 15, 15)),
    Shows("ring time", LEAST, seconds(30, 30, 30)),
    Shows("ring the contact's owner first", OWNED, rung("johan", "vald", "nancy+johan", "center"), ADA),
    Shows("ring the contact's owner first", OWNED, rung("nancy", "vald", "nancy+johan", "center"), GRACE),
    Shows("ring the contact's owner first", OWNED, seconds(20, 30, 10, 30), GRACE),
    Shows(
        "ring the contact's owner first", OWNED, rung("vald", "nancy", "center"), ADA, people=People(availability=BREAK)
    ),
    Shows("press a key to take the call", ALL, lambda _, done: [leg.accept for leg in done[1].legs] == ["1", "1"]),
    Shows(
        "press a key to take the call",
        TURNS,
        lambda _, done: all(leg.accept == "" for a in done if isinstance(a, Dial) for leg in a.legs),
    ),
    Shows("nobody answers", ALL, "voicemail:main", assumed={"unanswered": 1}),
    Shows("nobody answers", LADDER, "voicemail:main", assumed={"unanswered": 3}),
    Shows("agent unavailable", HUNT, rung("nancy", "vald"), people=People(availability=BREAK)),
    Shows("agent unavailable", TURNS, rung("vald"), people=People(availability=BREAK, turns=[1])),
    Shows("next step when nobody answers", OWNED, "distribution:owned", ALAN, assumed={"unanswered": 1}),
    Shows("next step when nobody answers", TURNS, "voicemail:main", assumed={"unanswered": 1}),
]


@pytest.fixture(scope="module")
def distribution(tmp_path_factory) -> Page:
    return page("call-distribution", tmp_path_factory.mktemp("page"))


def test_calls_of_the_page_go_where_it_says(distribution):
    assert len(distribution.calls) > 15 and distribution.broken() == []


def test_every_setting_of_the_page_has_a_call(distribution):
    every_setting_is_shown(distribution, SHOWN)


@pytest.mark.parametrize("shows", SHOWN, ids=str)
def test_setting_has_its_effect(distribution, shows):
    shows.on(distribution)
