"""Callers who wait: their position, when they hear it, and phones that ring for one who left."""

from __future__ import annotations

import pytest

from fsrouter.esl import commands
from fsrouter.esl.events import Event
from fsrouter.freeswitch.callcenter.positions import FIRST, Announcements, Offers, position_sounds, waiting_callers


@pytest.mark.parametrize(
    ("position", "digits"), [(1, "1"), (20, "20"), (21, "20 1"), (30, "30"), (99, "90 9"), (0, ""), (100, ""), (-1, "")]
)
def test_position_sounds(position: int, digits: str) -> None:
    sounds = position_sounds(position)
    said = [part.removeprefix("digits/").removesuffix(".wav") for part in sounds.split("!") if "digits/" in part]
    assert " ".join(said) == digits
    if sounds:
        assert commands.api("uuid_displace", "u-1", "start", sounds)


def test_announcements_are_due_first_and_again() -> None:
    row = {"state": "Waiting", "session_uuid": "a", "joined_epoch": "100"}
    members = [
        {**row, "state": "Abandoned", "session_uuid": ""},
        row,
        {**row, "state": "Trying", "session_uuid": "b", "joined_epoch": "103"},
        {**row, "state": "Answered", "session_uuid": "c"},
    ]
    told = Announcements(30.0)
    assert told.due(waiting_callers(members), 100 + FIRST - 1) == []
    assert told.due(waiting_callers(members), 100 + FIRST) == [(1, "a")]
    assert told.due(waiting_callers(members), 103 + FIRST) == [(2, "b")]
    assert told.due(waiting_callers(members[2:]), 100 + FIRST + 29) == []
    assert told.due(waiting_callers(members[2:]), 103 + FIRST + 30) == [(1, "b")]
    told.forget(1e9)
    assert told.due(waiting_callers(members), 103 + FIRST + 31) == [(1, "a"), (2, "b")]


def about(action: str, member: str = "m", agent: str = "ann@acme", **more: str) -> Event:
    fields = {"CC-Action": action, "CC-Member-UUID": member, "CC-Agent": agent}
    return Event({**fields, **{f"CC-{name}": value for name, value in more.items()}})


@pytest.mark.parametrize(
    ("events", "orphaned"),
    [
        ([about("agent-offering")], True),
        ([about("agent-offering"), about("bridge-agent-fail")], False),
        ([about("agent-offering"), about("bridge-agent-start")], False),
        ([about("agent-offering"), about("agent-offering", agent="ben@acme"), about("bridge-agent-fail")], True),
        ([about("agent-offering", member="other")], False),
        ([], False),
    ],
)
def test_offers_find_the_agent_rung_for_a_caller_who_left(events: list[Event], orphaned: bool) -> None:
    offers = Offers()
    for event in events:
        assert offers.on_event(event) == ""
    assert offers.on_event(about("member-queue-end", agent="", Cause="Terminated")) == ""
    assert bool(offers.on_event(about("member-queue-end", agent="", Cause="Cancel"))) is orphaned
    assert offers.is_open("m") is orphaned
