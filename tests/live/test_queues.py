"""Queues of mod_callcenter, from each side."""

from __future__ import annotations

import pytest

from .lab import OUTSIDE, Lab, Router, until
from .talk import BUSY, SILENT, Manner, Talk

MUSIC = 350
#: An agent has ten seconds for herself after each talk, so the next test's caller may have to wait for her.
PAUSE = 25


def wait_in(lab: Lab, number: str = "18725550103") -> Talk:
    """A caller who hears the queue's music."""
    talk = lab.dial(number, hum=2600)
    talk.wait("answered")
    until(lambda: talk.media.heard.tone(MUSIC), 8, "the queue's music")
    return talk


@pytest.mark.parametrize("by", ["caller", "agent"])
def test_a_talk_ends_from_each_side(lab: Lab, router: Router, by: str) -> None:
    lab.phones["1001"].manner = Manner(after=1.5, hum=1700, talk=2 if by == "agent" else None)
    talk = wait_in(lab)
    far = lab.phones["1001"].rung(seconds=PAUSE)
    until(lambda: talk.media.heard.tone(1700), 8, "the agent")
    until(lambda: far.media.heard.tone(2600), 8, "the caller")
    if by == "caller":
        talk.hang_up()
    talk.wait("ended")
    far.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.destination, record.agent) == ("answered", "queue:support", "ann")
    assert record.attempts[-1]["outcome"] == "answered"


def test_the_caller_leaves_and_no_leg_stays(lab: Lab, router: Router) -> None:
    lab.phones["1001"].manner = SILENT
    talk = wait_in(lab)
    far = lab.phones["1001"].rung(seconds=PAUSE)
    talk.hang_up()
    assert far.wait("cancelled") - talk.at["ended"] < 1
    record = lab.record(talk)
    assert (record.outcome, record.trace[-1]["at"]) == ("abandoned", "queue:support")
    until(lambda: lab.switch.channels() == 0, 5, "no channels")


def test_the_exit_key_leads_on(lab: Lab, router: Router) -> None:
    lab.phones["1001"].manner = SILENT
    lab.outside.manner = Manner(hum=1700, talk=1)
    talk = wait_in(lab)
    far = lab.phones["1001"].rung(seconds=PAUSE)
    talk.press("0")
    lab.outside.rung()
    far.wait("cancelled")
    talk.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.destination) == ("answered", "number:desk")
    assert record.attempts[0]["destination"] == "queue:support"


def test_nobody_answers_and_the_walk_goes_on(lab: Lab, router: Router) -> None:
    lab.phones["1002"].manner = BUSY
    lab.outside.manner = Manner(hum=1700, talk=1)
    talk = wait_in(lab, "18725550110")
    lab.outside.rung(seconds=12)
    talk.wait("ended")
    record = lab.record(talk)
    assert [(a["destination"], a["outcome"]) for a in record.attempts] == [
        ("queue:short", "no-answer"),
        ("number:desk", "answered"),
    ]
    assert lab.outside.taken[0].user == OUTSIDE["desk"]
