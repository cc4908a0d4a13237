"""Queues of mod_callcenter, from each side."""

from __future__ import annotations

from pathlib import Path

import pytest

from live.lab import OUTSIDE, Lab, Router, until
from live.media import pitch
from live.talk import BUSY, SILENT, Manner, Talk

MUSIC = 350
#: An agent has ten seconds to themselves after each talk, so the next caller may have to wait for them.
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
    assert record.attempts[-1].outcome == "answered"


def test_an_agent_sees_the_caller_with_the_source(lab: Lab, router: Router) -> None:
    lab.phones["1001"].manner = Manner(after=0.5, talk=0.5)
    talk = lab.dial("18725550103", name="Eve <sip:x@y>")
    shown = lab.phones["1001"].rung(seconds=PAUSE).shown
    talk.wait("ended")
    assert shown.startswith('"Eve sip x y (Queue)"') and f"sip:{talk.caller}@" in shown, shown


def test_the_caller_leaves_and_no_leg_stays(lab: Lab, router: Router) -> None:
    lab.phones["1001"].manner = SILENT
    talk = wait_in(lab)
    far = lab.phones["1001"].rung(seconds=PAUSE)
    talk.hang_up()
    assert far.wait("cancelled") - talk.at["ended"] < 1
    record = lab.record(talk)
    assert (record.outcome, record.trace[-2].at) == ("abandoned", "queue:support")
    assert [(a.destination, a.outcome) for a in record.attempts] == [("queue:support", "no-answer")]
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
    assert record.attempts[0].destination == "queue:support"


def test_nobody_answers_and_the_walk_goes_on(lab: Lab, router: Router) -> None:
    lab.phones["1002"].manner = BUSY
    lab.outside.manner = Manner(hum=1700, talk=1)
    talk = wait_in(lab, "18725550110")
    lab.outside.rung(seconds=12)
    talk.wait("ended")
    record = lab.record(talk)
    assert [(a.destination, a.outcome) for a in record.attempts] == [
        ("queue:short", "no-answer"),
        ("number:desk", "answered"),
    ]
    assert lab.outside.taken[0].user == OUTSIDE["desk"]


def test_waiting_callers_are_told_where_they_stand(lab: Lab, router: Router) -> None:
    sounds = Path(lab.switch.api("global_getvar sound_prefix"))
    number, line = (pitch(sounds / "ivr" / "8000" / f"ivr-{name}.wav") for name in ("you_are_number", "in_line"))
    lab.phones["1002"].manner = SILENT
    first = wait_in(lab, "18725550122")
    second = wait_in(lab, "18725550122")
    for talk, place in ((first, 1), (second, 2)):
        digit = pitch(sounds / "digits" / "8000" / f"{place}.wav")
        until(lambda talk=talk: talk.media.heard.tone(line), 15, "their place in line")  # type: ignore[misc]
        told = [talk.media.heard.tone(each) for each in (number, digit, line)]
        assert all(told) and told == sorted(told, key=lambda span: span or (0.0, 0.0)), (place, told)
    music = first.media.heard.tone(MUSIC)
    assert music
    until(lambda: (first.media.heard.tone(MUSIC) or music)[1] > music[1] + 0.3, 5, "music again")
    for talk in (first, second):
        talk.hang_up()
        assert lab.record(talk).outcome == "abandoned"


def in_talk_with_ann(lab: Lab) -> tuple[Talk, Talk]:
    """A caller and an agent of the queue, who hear each other."""
    lab.phones["1001"].manner = Manner(after=0.5, hum=1700)
    talk = wait_in(lab)
    far = lab.phones["1001"].rung(seconds=PAUSE)
    until(lambda: talk.media.heard.tone(1700) and far.media.heard.tone(2600), 8, "a talk")
    return talk, far


def test_the_callers_telephone_sends_an_agent_on(lab: Lab, router: Router) -> None:
    talk, far = in_talk_with_ann(lab)
    lab.phones["1002"].manner = Manner(hum=2300, talk=2)
    talk.refer("1002")
    lab.phones["1002"].rung()
    until(lambda: far.media.heard.tone(2300), 8, "the target, for the agent")
    far.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.agent) == ("answered", "ann")


def test_the_callers_telephone_cannot_send_an_agent_where_callers_may_not_go(lab: Lab, router: Router) -> None:
    talk, far = in_talk_with_ann(lab)
    talk.refer("6004")
    far.wait("ended")
    assert "6004" not in lab.switch.api("valet_info")
    assert lab.record(talk).outcome == "answered"


@pytest.mark.parametrize("consults", [False, True], ids=["blind", "attended"])
def test_an_agent_of_a_queue_transfers(lab: Lab, router: Router, consults: bool) -> None:
    talk, far = in_talk_with_ann(lab)
    lab.phones["1003"].manner = Manner(hum=2300, talk=None if consults else 2)
    consulting = None
    if consults:
        consulting = lab.phones["1001"].call("1003", lab.switch.internal, "1001", hum=1000)
        until(lambda: consulting.media.heard.tone(2300), 8, "the target")
    far.refer("1003", consulting)
    target = lab.phones["1003"].rung()
    far.wait("ended")
    until(lambda: talk.media.heard.tone(2300), 8, "the target, for the caller")
    until(lambda: target.media.heard.tone(2600), 8, "the caller, for the target")
    if consults:
        talk.hang_up()
    target.wait("ended")
    talk.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.destination, record.agent) == ("taken", "queue:support", "ann")
    how = "after a consultation" if consults else "to 1003"
    assert record.trace[-1].why.endswith(f"it was transferred {how}"), record.trace[-1]
    assert record.attempts[-1].outcome == "answered"


def test_agent_outside_of_their_hours_is_on_break_for_the_queue(lab: Lab, router: Router) -> None:
    name = "gil@lab"

    def status() -> str:
        return lab.switch.api(f"callcenter_config agent get status {name}").strip()

    until(lambda: status() == "Available", 10, "an agent within their hours")
    lab.run("schedules", "override", "always", "closed")
    try:
        until(lambda: status() == "On Break", 15, "an agent outside of their hours")
    finally:
        lab.run("schedules", "override", "always", "auto")
    until(lambda: status() == "Available", 15, "an agent within their hours again")
