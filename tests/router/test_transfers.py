"""Calls that somebody else moves: every row of docs/wire.md 2 that the switch knows."""

from __future__ import annotations

import pytest

from fsrouter.simulator import Phone
from router.site import DESK, MAIN, OTHER, TRUNK, Site, attempts, until

TALKS = {"user/1001": Phone(answers_after=1, talk=None), "user/1003": Phone(answers_after=None)}

#: how it is moved, with what, and what is then heard by the caller
TAKEN = [
    ("transfer", ("8790",), ["/ivr/8790.wav"]),
    ("transfer_both", ("8790",), ["/ivr/8790.wav"]),
    ("refer_by_callee", ("8790",), ["/ivr/8790.wav"]),
    ("uuid_bridge", (), []),
    ("attended_by_callee", (), []),
    ("uuid_park", (), []),
]


@pytest.fixture
def said(site: Site) -> list[str]:
    """What the routers say to the switch."""
    found: list[str] = []
    site.switch.stopwatch = lambda command, seconds: found.append(" ".join(command.line.split()[:2]))
    return found


@pytest.mark.parametrize(("how", "arguments", "heard"), TAKEN)
def test_talk_taken_by_a_transfer_is_recorded_as_taken(
    site: Site, said: list[str], how: str, arguments: tuple[str, ...], heard: list[str]
) -> None:
    site.switch.phones.update(TALKS)
    site.rules("[agent:nancy, number:desk]")
    service = site.serve()
    call = site.call().reach("talking")
    before = len(said)
    call.take(how, *arguments)
    record = site.record(call)
    until(lambda: not service.listener.live, "the conversation to end")
    assert said[before:] == ["api uuid_dump"], "only what was written before may be read"
    assert record.outcome == "taken" and attempts(record) == [("agent:nancy", "answered")]
    if how == "uuid_park":
        assert not call.over
        call.hang_up()
    call.wait()
    assert call.heard == heard
    assert not call.fail_safe and TRUNK + DESK not in [ring.target for ring in call.rang]
    assert len(call.routers) == 1
    assert site.written(call.uuid).outcome == "taken"


@pytest.mark.parametrize("how", ["transfer", "uuid_bridge", "uuid_park"])
@pytest.mark.parametrize(
    ("to", "step"),
    [("agent:rings", "ringing"), ('["play:ivr/long.wav", number:desk]', "playback"), ("menu:m", "play_and_get_digits")],
)
def test_call_taken_while_nobody_talks_is_recorded_as_taken(
    site: Site, said: list[str], to: str, step: str, how: str
) -> None:
    menu = 'menus: {m: {greeting: ivr/m.wav, digits: {"1": number:desk}, no_input: number:desk}}'
    site.rules(f"[{to.strip('[]')}, number:desk]", menu)
    site.serve()
    call = site.call().reach(step)
    before = len(said)
    call.take(how, *(["8790"] if how == "transfer" else []))
    if how == "uuid_park":
        site.record(call)
        call.hang_up()
    call.wait()
    # uuid_bridge gives the call back when its talk is over: it is let go, and nothing else.
    back = ["connect", "api global_getvar", "api uuid_setvar_multi"] if how == "uuid_bridge" else []
    assert [each for each in said[before:] if each != "api uuid_dump"] == back
    assert TRUNK + DESK not in call.talked_to and not call.fail_safe
    assert site.record(call).outcome == "taken"


@pytest.mark.parametrize("how", ["transfer_callee", "refer_by_caller", "attended_by_caller"])
def test_call_is_answered_when_the_other_party_is_transferred_away(site: Site, how: str) -> None:
    site.switch.phones.update(TALKS)
    site.rules("[agent:nancy, number:desk]")
    site.serve()
    call = site.call().reach("talking")
    call.take(how, *(["8790"] if how == "refer_by_caller" else []))
    call.wait()
    record = site.record(call)
    assert (record.outcome, record.agent) == ("answered", "nancy")
    assert [ring.target for ring in call.rang] == ["user/1001"] and not call.fail_safe


@pytest.mark.parametrize("cause", ["NORMAL_CLEARING", "CALL_REJECTED", "USER_BUSY"])
def test_killed_far_end_counts_as_answered(site: Site, cause: str) -> None:
    site.switch.phones.update(TALKS)
    site.rules("[agent:nancy, number:desk]")
    site.serve()
    call = site.call().reach("talking")
    site.switch.api(f"uuid_kill {call.rang[0].uuid} {cause}")
    call.wait()
    assert site.record(call).outcome == "answered"
    assert len(call.rang) == 1


def test_transfer_to_another_tracking_number_begins_a_new_walk(site: Site) -> None:
    site.switch.phones.update(TALKS)
    site.rules("agent:nancy", others=f'{{number: "{OTHER}", name: Other line, to: agent:johan}}')
    service = site.serve()
    call = site.call().reach("talking")
    until(lambda: service.cdr.live[call.uuid].talking, "the talk to be heard of")
    call.refer_by_callee(OTHER)
    call.wait()
    record = site.record(call)
    assert call.talked_to == ["user/1001", "user/1002"] and not call.fail_safe
    assert attempts(record) == [("agent:nancy", "answered"), ("agent:johan", "answered")]
    assert (record.outcome, record.agent, record.number, record.turn) == ("answered", "johan", MAIN, 2)
    assert [entry.outcome for entry in record.trace if entry.outcome == "taken"] == ["taken"]


def test_queue_after_an_arranged_talk_is_walked_as_usual(site: Site) -> None:
    """`uuid_br` in the history is of an earlier walk: it must not end the later one."""
    site.switch.phones.update(TALKS)
    site.queue(max_wait=8.0)
    site.rules("agent:nancy", others=f'{{number: "{OTHER}", to: [queue:support, agent:johan]}}')
    site.serve()
    call = site.call().reach("talking")
    call.take("uuid_bridge")
    call.reach("talking", times=2)
    call.transfer(OTHER)
    call.wait()
    assert call.talked_to[-1] == "user/1002", call.log()
