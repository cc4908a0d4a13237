"""Somebody moves a talk: the answerer's phone, the caller's, an operator. Nobody is cut off, nothing rings on."""

from __future__ import annotations

import time

from live.lab import Lab, Router, until
from live.phone import Phone
from live.talk import Manner, Talk


def talking(lab: Lab, number: str = "18725550104") -> tuple[Talk, Talk]:
    """A caller and an answerer behind a trunk who hear each other."""
    return _talking(lab, lab.outside, number)


def talking_with_ann(lab: Lab) -> tuple[Talk, Talk]:
    """A caller and an agent at a registered telephone who hear each other."""
    return _talking(lab, lab.phones["1001"], "18725550126")


def _talking(lab: Lab, phone: Phone, number: str) -> tuple[Talk, Talk]:
    phone.manner = Manner(hum=1700)
    talk = lab.dial(number, hum=2600)
    far = phone.rung()
    until(lambda: talk.media.heard.tone(1700), 8, "the answerer")
    return talk, far


def test_the_answerers_phone_transfers_blindly(lab: Lab, router: Router) -> None:
    talk, far = talking(lab)
    lab.phones["1002"].manner = Manner(hum=2300, talk=2)
    far.refer("1002")
    lab.phones["1002"].rung()
    far.wait("ended")
    until(lambda: talk.media.heard.tone(2300), 5, "the target")
    talk.wait("ended")
    record = lab.record(talk)
    assert record.outcome == "taken", record.trace
    assert record.attempts[-1].outcome == "answered"


def test_the_answerers_phone_transfers_after_a_consultation(lab: Lab, router: Router) -> None:
    talk, far = talking(lab)
    lab.phones["1002"].manner = Manner(hum=2300)
    consulting = lab.outside.call("1002", lab.switch.external, hum=1000)
    target = lab.phones["1002"].rung()
    until(lambda: consulting.media.heard.tone(2300), 8, "the target")
    far.refer("1002", consulting)
    until(lambda: talk.media.heard.tone(2300), 8, "the target, for the caller")
    until(lambda: target.media.heard.tone(2600), 8, "the caller, for the target")
    far.wait("ended")
    talk.hang_up()
    target.wait("ended")
    record = lab.record(talk)
    assert record.outcome == "taken", record.trace


def test_the_callers_phone_transfers_blindly(lab: Lab, router: Router) -> None:
    talk, far = talking(lab)
    lab.phones["1002"].manner = Manner(hum=2300, talk=2)
    talk.refer("1002")
    lab.phones["1002"].rung()
    until(lambda: far.media.heard.tone(2300), 5, "the target, for the answerer")
    far.wait("ended")
    assert lab.record(talk).outcome == "answered"


def test_an_operator_transfers_to_an_agent(lab: Lab, router: Router) -> None:
    talk, far = talking(lab)
    lab.phones["1001"].manner = Manner(hum=2300, talk=2)
    assert lab.order(talk, "transfer", "agent:ann") == "done"
    far.wait("ended")
    until(lambda: talk.media.heard.tone(2300), 5, "the agent")
    talk.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.destination) == ("answered", "agent:ann")


def test_an_operator_transfers_to_an_extension(lab: Lab, router: Router) -> None:
    talk, far = talking(lab)
    assert lab.order(talk, "transfer", "extension:9196") == "done"
    far.wait("ended")
    time.sleep(0.5)
    until(lambda: talk.media.heard.tone(2600), 5, "the caller's own echo")
    talk.hang_up()
    assert lab.record(talk).outcome == "taken"


def test_an_operator_hangs_up(lab: Lab, router: Router) -> None:
    talk, far = talking(lab)
    assert lab.order(talk, "hangup") == "done"
    far.wait("ended")
    talk.wait("ended")
    record = lab.record(talk)
    assert record.outcome == "answered"


def test_hold_changes_nothing(lab: Lab, router: Router) -> None:
    talk, far = talking(lab)
    lab.switch.api(
        f"uuid_hold {until(lambda: [x.uuid for x in lab.store.journal.list('lab', caller=talk.caller)], 5, 'it')[0]}"
    )
    time.sleep(1)
    far.hang_up()
    talk.wait("ended")
    assert lab.record(talk).outcome == "answered"
