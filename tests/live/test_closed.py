"""What a far end may have the caller, or itself, sent to: redirects (302), transfers (REFER), a mailbox's call-back."""

from __future__ import annotations

import pytest

from live.lab import OUTSIDE, Lab, Router
from live.talk import Manner


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
