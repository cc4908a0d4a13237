"""What the journal says of calls whose caller leaves: at every place, with the observing connection and without."""

from __future__ import annotations

import msgspec
import pytest

from fsrouter.esl.events import Event
from fsrouter.simulator import Phone
from router.house import House, attempts, held, until

MENU = 'menus: {m: {greeting: ivr/m.wav, digits: {"1": agent:nancy}}}'

#: route, when the caller leaves, the outcome, and the outcome where nobody observes
LEAVES = [
    ('["play:ivr/a.wav", agent:nancy]', "at:playback+1", "abandoned", "abandoned"),
    ("menu:m", "at:play_and_get_digits+1", "abandoned", "abandoned"),
    ("agent:rings", "at:ringing+2", "abandoned", "unknown"),
    ("agent:nancy", "at:talking+3", "answered", "unknown"),
    ('["play:ivr/a.wav", agent:nancy]', "at:talking+3", "answered", "unknown"),
    ("queue:support", "at:queue+3", "abandoned", "unknown"),
]

#: Where the caller leaves, and the attempts that are on record then.
TRIED = {
    "at:ringing": [("agent:rings", "no-answer")],
    "at:queue": [("queue:support", "no-answer")],
    "at:talking": [("agent:nancy", "answered")],
}


@pytest.mark.parametrize("watch", [True, False])
@pytest.mark.parametrize(("to", "leaves", "seen", "unseen"), LEAVES)
def test_caller_who_leaves_is_recorded_by_where_they_were(
    house: House, to: str, leaves: str, seen: str, unseen: str, watch: bool
) -> None:
    house.switch.phones["user/1001"] = Phone(answers_after=2, talk=None)
    house.queue()
    house.rules(to, MENU)
    house.serve(watch=watch)
    call = house.call(hangs_up_after=leaves).wait()
    record = house.record(call)
    assert record.outcome == (seen if watch else unseen), call.log()
    assert record.ended is not None and record.where == ""
    if watch:
        assert record.cause == "NORMAL_CLEARING"
        assert record.agent == ("nancy" if "talking" in leaves else "")
        assert attempts(record) == TRIED.get(leaves.partition("+")[0], [])
        assert record.trace[-1]["why"].startswith("the caller hung up: the call "), record.trace


def test_live_call_has_what_it_is_doing(house: House) -> None:
    house.switch.phones["user/1001"] = Phone(answers_after=20, talk=None)
    house.rules('["play:ivr/a.wav", agent:nancy]')
    house.serve()
    call = house.call(name="Pat").reach("playback")
    with held(call):
        assert house.written(call.uuid).where == "hears ivr/a.wav"
    call.reach("ringing")
    with held(call):
        record = house.written(call.uuid)
    assert (record.where, record.ended, record.outcome, record.caller_name) == ("rings agent:nancy", None, "", "Pat")
    call.reach("talking")
    until(lambda: house.written(call.uuid).where == "talks to agent:nancy", "the talk in the journal")
    record = house.written(call.uuid)
    assert record.agent == "nancy" and record.answered is not None
    assert [line.uuid for line in house.store.journal.live("acme")] == [call.uuid]
    call.callee_hangs_up()
    call.wait()
    assert house.record(call).outcome == "answered"
    assert not house.store.journal.live("acme")


def test_record_has_its_times(house: House) -> None:
    _, record = house.route("agent:nancy")
    assert record.ended is not None and record.answered is not None
    assert record.began <= record.answered <= record.ended


def test_record_has_revision_router_and_turn(house: House) -> None:
    house.rules("agent:johan")
    revision = house.rules("agent:nancy")
    house.serve(node="west")
    call = house.call().wait()
    record = house.record(call)
    assert (record.revision, record.router, record.turn) == (revision, "west", 1)


def test_end_heard_late_is_written(house: House) -> None:
    house.grace = 0.0
    house.rules("agent:rings")
    service = house.serve()
    heard: list[Event] = []
    service.observers[0].register_handle("*", heard.append)
    call = house.call(hangs_up_after="at:ringing+2").wait()
    record = house.record(call)
    house.store.journal.write([msgspec.structs.replace(record, outcome="unknown", cause="")])
    service.recovery.ended(next(e for e in heard if e.name == "CHANNEL_HANGUP_COMPLETE" and e.uuid == call.uuid))
    until(lambda: house.written(call.uuid).outcome == "abandoned", "the end in the journal")
    assert house.written(call.uuid).ended == record.ended
    assert house.written(call.uuid).cause == "NORMAL_CLEARING"


def test_lost_observing_connection_leaves_no_record_open(house: House) -> None:
    house.switch.phones["user/1001"] = Phone(answers_after=2, talk=None)
    house.rules("agent:nancy")
    service = house.serve()
    call = house.call().reach("talking")
    house.blind()
    until(lambda: not service.observers[0].up, "the connection to be lost")
    call.hang_up()
    call.wait()
    record = house.record(call)
    assert (record.outcome, record.agent) == ("answered", "nancy")


def test_queued_call_that_ended_unobserved_is_closed_as_unknown(house: House) -> None:
    service, call = house.waiting()
    house.blind()
    until(lambda: not service.observers[0].up, "the connection to be lost")
    call.hang_up()
    call.wait()
    house.see()
    record = house.record(call)
    assert record.outcome == "unknown"


def test_queued_call_is_observed_again_after_a_reconnect(house: House) -> None:
    service, call = house.waiting()
    house.blind()
    until(lambda: not service.observers[0].up, "the connection to be lost")
    house.see()
    until(lambda: service.observers[0].up, "the connection to be back")
    call.hang_up()
    assert house.record(call).outcome == "abandoned"
