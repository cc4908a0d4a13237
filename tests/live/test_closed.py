"""What a far end may have the caller, or itself, sent to: redirects (302), transfers (REFER), a mailbox's call-back."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from live.lab import OUTSIDE, Lab, Router, until
from live.phone import Phone
from live.talk import SILENT, Manner, Talk
from live.test_queues import PAUSE, in_talk_with_ann, wait_in
from live.test_transfers import talking, talking_with_ann

#: Numbers that the laboratory may dial, and one that costs extra.
ALLOWED, PREMIUM = "+13125550163", "+19005550164"
Begin = Callable[[Lab], tuple[Talk, Talk]]


def elsewhere(lab: Lab, where: str) -> Manner:
    """The manner of a telephone that sends whoever calls it elsewhere: to a telephone of ours, or to another host."""
    ours = f"<sip:1003@{lab.switch.domain}:{lab.switch.internal}>"
    return Manner(
        after=0.05, code=302, contact=ours if where == "ours" else f"<sip:stranger@127.0.0.1:{lab.carrier.port}>"
    )


def nobody_else(lab: Lab) -> None:
    """Neither of those to whom a redirect has pointed was called."""
    assert not lab.phones["1003"].taken and not lab.carrier.called("stranger")


WHERE = pytest.mark.parametrize("where", ["ours", "stranger"])


@WHERE
def test_a_far_end_that_redirects_has_refused(lab: Lab, router: Router, where: str) -> None:
    lab.outside.manners[OUTSIDE["busy"]] = elsewhere(lab, where)
    lab.outside.manners[OUTSIDE["silent"]] = Manner(hum=1700, talk=1)
    talk = lab.dial("18725550102", hum=2600)
    talk.wait("ended")
    nobody_else(lab)
    record = lab.record(talk)
    assert record.attempts[0].legs[0].cause == "REQUESTED_CHAN_UNAVAIL"
    assert [(a.destination, a.outcome) for a in record.attempts] == [
        ("number:busy", "no-answer"),
        ("number:silent", "answered"),
    ]


@WHERE
def test_a_redirect_does_not_end_the_others_of_a_group(lab: Lab, router: Router, where: str) -> None:
    lab.outside.manners[OUTSIDE["busy"]] = elsewhere(lab, where)
    lab.outside.manners[OUTSIDE["silent"]] = Manner(after=None)
    lab.outside.manners[OUTSIDE["desk"]] = Manner(after=1.0, hum=1700, talk=1)
    talk = lab.dial("18725550108", hum=2600)
    talk.wait("ended")
    nobody_else(lab)
    record = lab.record(talk)
    assert (record.outcome, record.attempts[-1].outcome) == ("answered", "answered")
    assert [(leg.destination, leg.outcome) for leg in record.attempts[-1].legs] == [
        ("number:busy", "failed"),
        ("number:silent", "lost"),
        ("number:desk", "answered"),
    ]


@WHERE
def test_a_registered_telephone_that_redirects(lab: Lab, router: Router, where: str) -> None:
    lab.phones["1001"].manner = elsewhere(lab, where)
    talk = lab.dial("18725550126", hum=2600)
    lab.outside.manner = Manner(hum=1700, talk=1)
    talk.wait("ended")
    nobody_else(lab)
    assert [(a.destination, a.outcome) for a in lab.record(talk).attempts] == [
        ("agent:ann", "no-answer"),
        ("number:desk", "answered"),
    ]


@WHERE
def test_a_carriers_far_end_that_redirects(lab: Lab, router: Router, where: str) -> None:
    lab.carrier.manner = elsewhere(lab, where)
    lab.phones["1001"].manner = Manner(hum=1700, talk=1)
    talk = lab.dial("18725550123", hum=2600)
    talk.wait("ended")
    nobody_else(lab)
    assert [(a.destination, a.outcome) for a in lab.record(talk).attempts] == [
        ("number:desk", "no-answer"),
        ("agent:ann", "answered"),
    ]


@WHERE
def test_a_queues_agent_who_redirects(lab: Lab, router: Router, where: str) -> None:
    lab.phones["1002"].manner = elsewhere(lab, where)
    lab.outside.manner = Manner(hum=1700, talk=1)
    talk = lab.dial("18725550110", hum=2600)
    lab.outside.rung(seconds=30)
    talk.wait("ended")
    nobody_else(lab)
    assert [(a.destination, a.outcome) for a in lab.record(talk).attempts] == [
        ("queue:short", "no-answer"),
        ("number:desk", "answered"),
    ]


@WHERE
def test_a_fail_safe_that_redirects(lab: Lab, nobody: None, where: str) -> None:
    lab.outside.manners[OUTSIDE["failsafe"]] = elsewhere(lab, where)
    talk = lab.dial("18725550101")
    talk.wait("ended", 20)
    assert talk.code >= 400 and talk.code != 302
    nobody_else(lab)


def in_talk_with_fay(lab: Lab) -> tuple[Talk, Talk]:
    """A caller and an agent of a queue who is rung at a number outside."""
    lab.outside.manner = Manner(after=0.5, hum=1700)
    talk = wait_in(lab, "18725550127")
    far = lab.outside.rung(seconds=PAUSE)
    until(lambda: talk.media.heard.tone(1700), 8, "the agent")
    return talk, far


def in_a_mixed_group(lab: Lab, winner: Phone, loser: Phone) -> tuple[Talk, Talk]:
    """A caller and whoever of a group has answered, which is a telephone of ours and a number outside."""
    loser.manner, winner.manner = SILENT, Manner(after=0.5, hum=1700)
    talk = lab.dial("18725550128", hum=2600)
    far = winner.rung()
    until(lambda: talk.media.heard.tone(1700), 8, "the answerer")
    return talk, far


def mixed_outside(lab: Lab) -> tuple[Talk, Talk]:
    return in_a_mixed_group(lab, lab.outside, lab.phones["1002"])


def mixed_phone(lab: Lab) -> tuple[Talk, Talk]:
    return in_a_mixed_group(lab, lab.phones["1002"], lab.outside)


def handed_on(lab: Lab) -> tuple[Talk, Talk]:
    """A caller whom a far end has sent to a registered telephone, which has answered."""
    talk, far = talking(lab)
    lab.phones["1002"].manner = Manner(hum=1000)
    far.refer("1002")
    second = lab.phones["1002"].rung()
    until(lambda: talk.media.heard.tone(1000), 8, "the telephone")
    return talk, second


def handed_out(lab: Lab) -> tuple[Talk, Talk]:
    """A caller whom a registered telephone has sent to a number outside, which has answered."""
    talk, far = talking_with_ann(lab)
    lab.outside.manner = Manner(hum=1000)
    far.refer(OUTSIDE["desk"])
    second = lab.outside.rung()
    until(lambda: talk.media.heard.tone(1000), 8, "the number outside")
    lab.outside.taken.clear()
    return talk, second


def consulted(lab: Lab) -> tuple[Talk, Talk]:
    """A caller whom a far end has handed over to a registered telephone, after a consultation."""
    talk, far = talking(lab)
    lab.phones["1002"].manner = Manner(hum=1000)
    asking = lab.outside.call("1002", lab.switch.external, hum=800)
    second = lab.phones["1002"].rung()
    until(lambda: asking.media.heard.tone(1000), 8, "the telephone")
    far.refer("1002", asking)
    until(lambda: talk.media.heard.tone(1000), 8, "the telephone, for the caller")
    return talk, second


FAR_ENDS = pytest.mark.parametrize("begin", [talking, in_talk_with_fay, mixed_outside, handed_out])
PHONES = pytest.mark.parametrize("begin", [talking_with_ann, in_talk_with_ann, mixed_phone, handed_on, consulted])


@pytest.mark.parametrize("to", ["1003", PREMIUM, "911"])
@PHONES
def test_a_registered_telephone_keeps_its_own_rights(lab: Lab, router: Router, begin: Begin, to: str) -> None:
    talk, far = begin(lab)
    target = lab.phones["1003"] if to == "1003" else lab.outside
    target.manner = Manner(hum=2300)
    far.refer(to)
    until(lambda: target.called(to) or (to == "1003" and target.taken), 8, f"a call of {to}")
    until(lambda: talk.media.heard.tone(2300), 8, "the target")
    talk.hang_up()


@pytest.mark.parametrize("to", ["1002", ALLOWED, "3125550163", "18725550104"])
@FAR_ENDS
def test_a_far_end_reaches_what_is_open(lab: Lab, router: Router, begin: Begin, to: str) -> None:
    talk, far = begin(lab)
    before = len(lab.outside.taken)
    for phone in (lab.phones["1002"], lab.outside):
        phone.manner = Manner(hum=2300)
    far.refer(to)
    until(lambda: lab.phones["1002"].taken if to == "1002" else len(lab.outside.taken) > before, 8, f"a call of {to}")
    until(lambda: talk.media.heard.tone(2300), 8, "the target")
    if to in (ALLOWED, "3125550163"):
        assert lab.outside.called(ALLOWED)
    talk.hang_up()


@pytest.mark.parametrize("to", [PREMIUM, "1003", "911", "6001", "9196"])
@FAR_ENDS
def test_a_far_end_reaches_nothing_else(lab: Lab, router: Router, begin: Begin, to: str) -> None:
    talk, far = begin(lab)
    before = len(lab.outside.taken)
    far.refer(to)
    far.wait("ended")
    talk.wait("ended")
    assert not lab.phones["1003"].taken and len(lab.outside.taken) == before
    assert "6001" not in lab.switch.api("valet_info")


@pytest.mark.parametrize("to", ["1002", "18725550113", ALLOWED, PREMIUM, "1003", "911"])
@pytest.mark.parametrize("begin", [talking, talking_with_ann, in_talk_with_ann, in_talk_with_fay])
def test_an_outside_callers_telephone(lab: Lab, router: Router, begin: Begin, to: str) -> None:
    """It sends the answerer to our numbers and to agents, and nowhere else."""
    talk, far = begin(lab)
    before = len(lab.outside.taken)
    for phone in (lab.phones["1002"], lab.outside):
        phone.manner = Manner(hum=2300)
    talk.refer(to)
    if to in ("1002", "18725550113"):
        until(lambda: lab.phones["1002"].taken or len(lab.outside.taken) > before, 8, f"a call of {to}")
        until(lambda: far.media.heard.tone(2300), 8, "the target, for the answerer")
        far.hang_up()
        return
    far.wait("ended")
    time.sleep(0.3)
    assert not lab.phones["1003"].taken and len(lab.outside.taken) == before
