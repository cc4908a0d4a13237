"""What the journal says of calls whose caller leaves: at every place, with the observing connection and without."""

from __future__ import annotations

import msgspec
import pytest

from fsrouter.esl.events import Event
from fsrouter.simulator import Phone
from router.site import Site, attempts, held, until

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
    site: Site, to: str, leaves: str, seen: str, unseen: str, watch: bool
) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=2, talk=None)
    site.queue()
    site.rules(to, MENU)
    site.serve(watch=watch)
    call = site.call(hangs_up_after=leaves).wait()
    record = site.record(call)
    assert record.outcome == (seen if watch else unseen), call.log()
    assert record.ended is not None and record.where == ""
    if watch:
        assert record.cause == "NORMAL_CLEARING"
        assert record.agent == ("nancy" if "talking" in leaves else "")
        assert attempts(record) == TRIED.get(leaves.partition("+")[0], [])
        assert record.trace[-1].why.startswith("the caller hung up: the call "), record.trace


def test_live_call_has_what_it_is_doing(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=20, talk=None)
    site.rules('["play:ivr/a.wav", agent:nancy]')
    site.serve()
    call = site.call(name="Pat").reach("playback")
    with held(call):
        assert site.written(call.uuid).where == "hears ivr/a.wav"
    call.reach("ringing")
    with held(call):
        record = site.written(call.uuid)
    assert (record.where, record.ended, record.outcome, record.caller_name) == ("rings agent:nancy", None, "", "Pat")
    call.reach("talking")
    until(lambda: site.written(call.uuid).where == "talks to agent:nancy", "the talk in the journal")
    record = site.written(call.uuid)
    assert record.agent == "nancy" and record.answered is not None
    assert [line.uuid for line in site.store.journal.live("acme")] == [call.uuid]
    call.callee_hangs_up()
    call.wait()
    assert site.record(call).outcome == "answered"
    assert not site.store.journal.live("acme")


def test_record_has_its_times(site: Site) -> None:
    _, record = site.route("agent:nancy")
    assert record.ended is not None and record.answered is not None
    assert record.began <= record.answered <= record.ended


def test_record_has_revision_router_and_turn(site: Site) -> None:
    site.rules("agent:johan")
    revision = site.rules("agent:nancy")
    site.serve(node="west")
    call = site.call().wait()
    record = site.record(call)
    assert (record.revision, record.router, record.turn) == (revision, "west", 1)


def test_end_heard_late_is_written(site: Site) -> None:
    site.grace = 0.0
    site.rules("agent:rings")
    service = site.serve()
    heard: list[Event] = []
    service.observers[0].register_handle("*", heard.append)
    call = site.call(hangs_up_after="at:ringing+2").wait()
    record = site.record(call)
    site.store.journal.write([msgspec.structs.replace(record, outcome="unknown", cause="")])
    service.recovery.ended(next(e for e in heard if e.name == "CHANNEL_HANGUP_COMPLETE" and e.uuid == call.uuid))
    until(lambda: site.written(call.uuid).outcome == "abandoned", "the end in the journal")
    assert site.written(call.uuid).ended == record.ended
    assert site.written(call.uuid).cause == "NORMAL_CLEARING"


def test_lost_observing_connection_leaves_no_record_open(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=2, talk=None)
    site.rules("agent:nancy")
    service = site.serve()
    call = site.call().reach("talking")
    site.blind()
    until(lambda: not service.observers[0].up, "the connection to be lost")
    call.hang_up()
    call.wait()
    record = site.record(call)
    assert (record.outcome, record.agent) == ("answered", "nancy")


def test_queued_call_that_ended_unobserved_is_closed_as_unknown(site: Site) -> None:
    service, call = site.waiting()
    site.blind()
    until(lambda: not service.observers[0].up, "the connection to be lost")
    call.hang_up()
    call.wait()
    site.see()
    record = site.record(call)
    assert record.outcome == "unknown"


def test_queued_call_is_observed_again_after_a_reconnect(site: Site) -> None:
    service, call = site.waiting()
    site.blind()
    until(lambda: not service.observers[0].up, "the connection to be lost")
    site.see()
    until(lambda: service.observers[0].up, "the connection to be back")
    call.hang_up()
    assert site.record(call).outcome == "abandoned"
