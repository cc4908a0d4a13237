"""Calls on a real FreeSWITCH, by what becomes of them: the way of a caller, and what the journal says of it."""

from __future__ import annotations

import pytest

from live.lab import OUTSIDE, UNRULED, Lab, Router, until
from live.talk import BUSY, SILENT, Manner

TALKS = Manner(hum=1700, talk=1.5)


def test_a_call_is_answered_by_a_receiving_number(lab: Lab, router: Router) -> None:
    lab.outside.manner = TALKS
    talk = lab.dial("18725550104", hum=2600)
    talk.wait("answered")
    far = lab.outside.rung()
    talk.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.destination) == ("answered", "number:desk")
    assert far.media.heard.tone(2600) and talk.media.heard.tone(1700)


def test_the_caller_hangs_up_a_talk(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(hum=1700)
    talk = lab.dial("18725550104")
    talk.wait("answered")
    lab.outside.rung().wait("answered")
    until(lambda: talk.media.heard.tone(1700), 5, "sound")
    talk.hang_up()
    lab.outside.rung().wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.destination) == ("answered", "number:desk")
    assert record.attempts[-1].outcome == "answered"


@pytest.mark.parametrize("by", ["caller", "agent"])
def test_a_menu_leads_to_an_agent(lab: Lab, router: Router, by: str) -> None:
    lab.phones["1001"].manner = Manner(hum=1700, talk=1.5 if by == "agent" else None)
    talk = lab.dial("18725550101")
    talk.wait("answered")
    until(lambda: talk.media.heard.tone(1150), 8, "the menu")
    talk.press("1")
    far = lab.phones["1001"].rung()
    until(lambda: talk.media.heard.tone(1700), 5, "the agent")
    if by == "caller":
        talk.hang_up()
    talk.wait("ended")
    far.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.destination, record.agent) == ("answered", "agent:ann", "ann")
    heard = talk.media.heard
    prompt, menu = heard.tone(950), heard.tone(1150)
    assert prompt and menu and prompt[0] < menu[0]


def test_keys_may_be_typed_ahead_and_have_several_digits(lab: Lab, router: Router) -> None:
    lab.outside.manner = TALKS
    talk = lab.dial("18725550101")
    talk.wait("answered")
    until(lambda: talk.media.heard.tone(950), 8, "the first sound")
    talk.press("12")
    talk.wait("ended")
    assert lab.record(talk).destination == "number:desk"


def test_a_wrong_key_twice_and_silence(lab: Lab, router: Router) -> None:
    talk = lab.dial("18725550101")
    talk.wait("answered")
    until(lambda: talk.media.heard.tone(1150), 8, "the menu")
    talk.press("9")
    begun = talk.media.heard.tone(1150)
    assert begun
    until(lambda: (talk.media.heard.tone(1150) or begun)[1] > begun[1] + 2, 8, "the menu again")
    talk.press("8")
    talk.wait("ended", 15)
    record = lab.record(talk)
    assert (record.outcome, record.destination) == ("ended", "hangup:USER_BUSY")


def test_busy_then_no_answer_then_voicemail(lab: Lab, router: Router) -> None:
    lab.outside.manners = {OUTSIDE["busy"]: BUSY, OUTSIDE["silent"]: SILENT}
    before = lab.switch.api("vm_boxcount 1000@127.0.0.1")
    talk = lab.dial("18725550102", hum=2600)
    talk.wait("answered")
    until(lambda: talk.media.heard.tone(1350), 8, "the greeting")
    until(lambda: len(talk.media.heard.frames) > 350, 15, "time for a message")
    talk.hang_up()
    record = lab.record(talk)
    assert [(a.destination, a.outcome) for a in record.attempts] == [
        ("number:busy", "busy"),
        ("number:silent", "no-answer"),
    ]
    assert (record.outcome, record.destination) == ("voicemail", "voicemail:box")
    assert lab.outside.called(OUTSIDE["silent"])[0].wait("cancelled") > 0
    until(lambda: lab.switch.api("vm_boxcount 1000@127.0.0.1") != before, 5, "a message in the box")


def test_a_number_without_a_rule_reaches_the_failsafe(lab: Lab, router: Router) -> None:
    lab.outside.manner = TALKS
    talk = lab.dial(UNRULED)
    talk.wait("ended")
    assert [each.user for each in lab.outside.taken] == [OUTSIDE["failsafe"]]


def test_a_call_without_a_router_reaches_the_failsafe(lab: Lab, nobody: None) -> None:
    lab.outside.manner = TALKS
    talk = lab.dial("18725550101")
    talk.wait("answered")
    talk.wait("ended")
    assert [each.user for each in lab.outside.taken] == [OUTSIDE["failsafe"]]


def test_a_missing_sound_does_not_lose_the_call(lab: Lab, router: Router) -> None:
    lab.outside.manner = TALKS
    talk = lab.dial("18725550116")
    talk.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.destination) == ("answered", "number:desk")
    assert any("missing" in entry.outcome or "no such" in entry.why for entry in record.trace), record.trace


def test_an_unregistered_agent_is_rung_at_their_number(lab: Lab, router: Router) -> None:
    lab.outside.manner = TALKS
    talk = lab.dial("18725550114")
    talk.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.agent) == ("answered", "cas")
    assert [each.user for each in lab.outside.taken] == ["+13125550160"]


def test_speech(lab: Lab, router: Router) -> None:
    lab.phones["1001"].manner = TALKS
    talk = lab.dial("18725550117")
    talk.wait("answered")
    talk.wait("ended", 20)
    assert lab.record(talk).agent == "ann"
    assert len(talk.media.heard.frames) > 150
