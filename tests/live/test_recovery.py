"""A router is killed (-9), and nobody on the telephone is harmed: they talk on, or another router has them, or the
fail-safe.
"""

from __future__ import annotations

import pytest

from fsrouter.store.calls.journal import CallRecord
from live.lab import OUTSIDE, Lab, Router, until
from live.talk import BUSY, SILENT, Manner, Talk

SECOND = pytest.mark.parametrize("second", [True, False], ids=["another router", "no router"])


@SECOND
def test_while_two_people_talk(lab: Lab, router: Router, second: bool) -> None:
    lab.outside.manner = Manner(hum=1700, talk=4)
    other = lab.serve(1) if second else None
    talk = lab.dial("18725550104", hum=2600)
    until(lambda: talk.media.heard.tone(1700), 8, "the answerer")
    router.kill()
    frames = len(talk.media.heard.frames)
    talk.wait("ended")
    assert len(talk.media.heard.frames) > frames + 50
    assert [each.user for each in lab.outside.taken] == [OUTSIDE["desk"]]
    if other:
        other.stop()


@SECOND
def test_while_a_leg_rings(lab: Lab, router: Router, second: bool) -> None:
    lab.outside.manners = {OUTSIDE["busy"]: BUSY, OUTSIDE["silent"]: SILENT, OUTSIDE["failsafe"]: Manner(talk=1)}
    other = lab.serve(1) if second else None
    talk = lab.dial("18725550102", hum=2600)
    until(lambda: lab.outside.called(OUTSIDE["silent"]), 8, "a ringing leg")
    router.kill()
    if other:
        until(lambda: talk.media.heard.tone(1350), 10, "the mailbox's greeting")
        until(lambda: len(talk.media.heard.frames) > 300, 10, "time for a message")
        talk.hang_up()
        record = lab.record(talk)
        assert record.outcome == "voicemail"
        assert [a.outcome for a in record.attempts] == ["busy", "no-answer"]
        other.stop()
    else:
        talk.wait("ended")
        assert lab.outside.taken[-1].user == OUTSIDE["failsafe"]


@SECOND
def test_while_a_prompt_plays(lab: Lab, router: Router, second: bool) -> None:
    lab.outside.manners = {OUTSIDE["failsafe"]: Manner(talk=1)}
    lab.phones["1001"].manner = Manner(hum=1700, talk=1)
    other = lab.serve(1) if second else None
    talk = lab.dial("18725550101", hum=2600)
    until(lambda: talk.media.heard.tone(950), 8, "the prompt")
    router.kill()
    if other:
        until(lambda: talk.media.heard.tone(1150), 8, "the menu")
        talk.press("1")
        talk.wait("ended")
        assert lab.record(talk).agent == "ann"
        other.stop()
    else:
        talk.wait("ended")
        assert lab.outside.taken[-1].user == OUTSIDE["failsafe"]


def test_while_a_caller_waits_in_a_queue(lab: Lab, router: Router) -> None:
    lab.phones["1002"].manner = BUSY
    lab.outside.manner = Manner(hum=1700, talk=1)
    other = lab.serve(1)
    talk = lab.dial("18725550110")
    lab.phones["1002"].rung()
    router.kill()
    talk.wait("ended", 15)
    record = lab.record(talk)
    assert [a.destination for a in record.attempts] == ["queue:short", "number:desk"]
    other.stop()


def closed(lab: Lab, talk: Talk, seconds: float) -> CallRecord:
    """The record of a call once it says that the call is over, however."""
    uuid = lab.uuid(talk, seconds)

    def over() -> CallRecord | None:
        record = lab.store.journal.get(uuid)
        return record if record and record.ended is not None else None

    record = until(over, seconds, "an end in the journal")
    assert record
    return record


def test_a_talk_whose_router_died_is_closed_by_another(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(hum=1700, talk=4)
    other = lab.serve(1)
    talk = lab.dial("18725550104", hum=2600)
    until(lambda: talk.media.heard.tone(1700), 8, "the answerer")
    router.kill()
    talk.wait("ended")
    record = closed(lab, talk, 20)
    assert (record.outcome, record.destination, record.cause) == ("answered", "number:desk", "NORMAL_CLEARING")
    assert [(a.destination, a.outcome) for a in record.attempts] == [("number:desk", "answered")]
    assert record.trace[-1].why == "told by its end, which its router did not hear in time"
    other.stop()


def test_a_talk_that_ended_while_no_router_ran_is_closed_by_the_next_one(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(hum=1700, talk=3)
    talk = lab.dial("18725550104", hum=2600)
    until(lambda: talk.media.heard.tone(1700), 8, "the answerer")
    until(lambda: lab.store.journal.get(lab.uuid(talk)).answered, 5, "the talk in the journal")  # type: ignore[union-attr]
    router.kill()
    talk.wait("ended")
    lab.router()
    record = closed(lab, talk, 15)
    assert record.outcome == "answered"
    assert record.trace[-1].why == "its router died, and nobody observed what became of it"


def test_a_caller_who_left_a_ringing_phone_while_another_router_listened(lab: Lab, router: Router) -> None:
    lab.outside.manner = SILENT
    other = lab.serve(1)
    talk = lab.dial("18725550104")
    lab.outside.rung()
    router.kill()
    talk.hang_up()
    record = closed(lab, talk, 20)
    assert (record.outcome, record.trace[-1].why[:15]) == ("abandoned", "told by its end")
    assert [(a.destination, a.outcome) for a in record.attempts] == [("number:desk", "no-answer")]
    other.stop()
