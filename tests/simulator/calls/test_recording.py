"""Recorded talks on the switch: what is recorded from when on, and what callers are told before."""

from __future__ import annotations

import pytest
from router.site import DESK, TRUNK, Site, commands, heard, held

from fsrouter.simulator import Agent, Caller, Phone, Switch

NOTICE = ", record: true, record_notice: ivr/recorded.wav"
FILE = "ivr/recorded.wav"


@pytest.mark.parametrize("to", ["agent:nancy", '["play:ivr/a.wav", agent:nancy]', "queue:support", "menu:m"])
def test_recording_notice_is_played_before_recording(site: Site, to: str) -> None:
    site.queue(Agent("nancy@acme", "user/1001"))
    menu = 'menus: {m: {greeting: ivr/m.wav, digits: {"1": queue:support}}}'
    call, record = site.route(to, menu, line=NOTICE, keys=("1",))
    (recording,) = call.recordings
    told = next(at for at, what in call.timeline if what == f"hears {FILE}")
    assert told + 2.5 <= recording.started <= call.rang[-1].answered_at + 0.02, call.log()
    assert heard(call).count(FILE) == 1 and heard(call)[-1] == FILE
    assert recording.uuid == call.uuid and record.recording == recording.path and record.record
    assert ("recording", "announced") in [(entry.at, entry.outcome) for entry in record.trace]


def test_queue_behind_a_menu_is_recorded(site: Site) -> None:
    """Answered before, so `execute_on_answer` would come too late."""
    site.queue(Agent("nancy@acme", "user/1001"))
    menu = 'menus: {m: {greeting: ivr/m.wav, digits: {"1": queue:support}}}'
    call, record = site.route("menu:m", menu, line=", record: true", keys=("1",))
    (recording,) = call.recordings
    assert recording.path == record.recording and recording.started < call.rang[-1].answered_at


def test_two_queues_and_a_number_share_one_recording(site: Site) -> None:
    site.queue(max_wait=5.0)
    call, record = site.route("[queue:support, queue:support, number:desk]", line=NOTICE)
    assert call.talked_to == [TRUNK + DESK] and record.outcome == "answered"
    assert [each.path for each in call.recordings] == [record.recording]
    assert heard(call).count(FILE) == 1


def test_keys_neither_cut_the_recording_notice_nor_get_lost(site: Site) -> None:
    menu = 'menus: {m: {greeting: ivr/m.wav, digits: {"2": number:desk, "1": agent:nancy}}}'
    site.rules('["play:ivr/a.wav", agent:rings, menu:m]', menu, line=NOTICE)
    site.serve()
    call = site.call().reach("playback")
    call.press("2")
    call.reach("playback", times=2)
    with held(call):
        assert call.heard[-1] == FILE
        call.press("1")
    call.wait()
    began = {what: at for at, what in call.timeline}
    assert began["rings user/1003"] - began[f"hears {FILE}"] == pytest.approx(2.5, abs=0.2), call.log()
    assert commands(call)[:4] == ["answer", "playback", "playback", "bridge"]


def test_recording_notice_is_not_repeated_by_the_next_router(site: Site) -> None:
    site.rules("[agent:rings, number:desk]", line=NOTICE)
    first = site.serve()
    site.serve()
    call = site.call().reach("ringing")
    with held(call):
        site.die(first)
    call.wait()
    assert call.talked_to == [TRUNK + DESK] and len(call.routers) == 2
    assert heard(call).count(FILE) == 1, call.log()


def test_recording_notice_plays_out_when_the_router_dies(site: Site) -> None:
    site.rules("agent:nancy", line=NOTICE)
    first = site.serve()
    site.serve()
    call = site.call().reach("playback")
    with held(call):
        site.die(first)
    call.wait()
    assert call.talked_to == ["user/1001"] and heard(call).count(FILE) == 1, call.log()
    assert site.record(call).outcome == "answered"


def test_missing_recording_notice_does_not_stop_the_call(site: Site) -> None:
    call, record = site.route("agent:nancy", line=", record: true, record_notice: /nowhere/x.wav")
    assert call.talked_to == ["user/1001"] and record.recording
    assert ("recording", "missing") in [(entry.at, entry.outcome) for entry in record.trace]


def test_record_session_twice_records_one_file() -> None:
    actions = [("answer", ""), ("record_session", "/r/a.wav"), ("record_session", "/r/a.wav"), ("sleep", "1000")]
    with Switch(extensions={"1": actions}, default=Phone(), speed=400) as switch:
        call = switch.call(Caller(to="1")).wait()
    (recording,) = call.recordings
    assert recording.stopped == pytest.approx(1, abs=0.1)
