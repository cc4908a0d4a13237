"""A carrier with which FreeSWITCH registers, as a trunk: up, gone and back, and one that does not exist."""

from __future__ import annotations

from live.lab import OUTSIDE, Lab, Router, until
from live.talk import Manner

GATEWAY = "live-carrier"


def state(lab: Lab) -> tuple[str, str]:
    """The gateway's State and Status, as FreeSWITCH tells them."""
    lines = (line.split() for line in lab.switch.api(f"sofia status gateway {GATEWAY}").splitlines())
    words = {each[0]: each[1] for each in lines if len(each) > 1}
    return words.get("State", ""), words.get("Status", "")


def test_a_call_leaves_by_a_gateway(lab: Lab, router: Router) -> None:
    until(lambda: state(lab) == ("REGED", "UP"), 15, "a registered gateway")
    lab.carrier.manner = Manner(hum=1700, talk=2)
    talk = lab.dial("18725550123", hum=2600)
    far = lab.carrier.rung()
    talk.wait("ended")
    assert (far.user, bool(far.media.heard.tone(2600))) == (OUTSIDE["desk"], True)
    record = lab.record(talk)
    assert (record.outcome, record.destination) == ("answered", "number:desk")
    assert not lab.outside.taken


def test_a_gateway_that_is_down(lab: Lab, router: Router) -> None:
    """The doctor says so, and so does the trace of a call, for which the next destination rings."""
    until(lambda: state(lab) == ("REGED", "UP"), 15, "a registered gateway")
    well = lab.run("freeswitch", "check")
    lab.carrier.refuses = True
    until(lambda: state(lab)[1] == "DOWN", 30, "a gateway that is down")
    lab.phones["1001"].manner = Manner(hum=1700, talk=1)
    talk = lab.dial("18725550123", hum=2600)
    talk.wait("ended", 60)
    ill = lab.run("freeswitch", "check")
    lab.carrier.refuses = False
    record = lab.record(talk)
    assert [(a.destination, a.outcome) for a in record.attempts] == [
        ("number:desk", "no-answer"),
        ("agent:ann", "answered"),
    ]
    told = next(entry.why for entry in record.trace if entry.at == "number:desk")
    assert "the gateway is down" in told, told
    assert f"the gateway {GATEWAY} is up" in well
    assert any(line.startswith("error") and f"the gateway {GATEWAY} is" in line for line in ill.splitlines()), ill
    until(lambda: state(lab) == ("REGED", "UP"), 60, "a gateway that is back")


def test_a_gateway_that_does_not_exist(lab: Lab, router: Router) -> None:
    lab.phones["1001"].manner = Manner(hum=1700, talk=1)
    talk = lab.dial("18725550124", hum=2600)
    talk.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.agent) == ("answered", "ann")
    told = next(entry.why for entry in record.trace if entry.at == "number:desk")
    assert "there is no such gateway" in told, told
    assert "the gateway live-nowhere does not exist" in lab.run("freeswitch", "check")
