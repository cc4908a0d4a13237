"""Queues: the dialplan has the call while it waits; it comes back when the queue gives it up."""

from __future__ import annotations

import pytest

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.simulator import RINGS_OUT, Agent, Phone
from router.site import ADA, DESK, TRUNK, Site, attempts, until


def nancy() -> Agent:
    return Agent("nancy@acme", "user/1001")


def test_agent_answers_a_queued_caller(site: Site) -> None:
    site.queue(nancy())
    call, record = site.route("[queue:support, voicemail:box]")
    assert call.talked_to == ["user/1001"] and call.hangup_cause == "NORMAL_CLEARING"
    assert (record.outcome, record.destination, record.agent) == ("answered", "queue:support", "nancy")
    assert attempts(record) == [("queue:support", "answered")]
    assert record.answered is not None and record.turn == 1
    assert len(call.routers) == 1


def test_agent_of_a_queue_counts_as_busy_while_talking(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=2, talk=None)
    site.queue(nancy())
    site.rules("queue:support")
    service = site.serve()
    service.observers[0].watch_queue("support@acme")
    call = site.call().reach("talking")
    until(lambda: site.written(call.uuid).where == "talks to agent:nancy", "the talk in the journal")
    assert service.cdr.busy("acme", "agent:nancy") == 1
    call.hang_up()
    call.wait()
    assert site.record(call).agent == "nancy"


def test_waiting_caller_holds_no_socket(site: Site) -> None:
    _, call = site.waiting()
    record = site.written(call.uuid)
    assert (record.where, record.destination, record.ended) == ("waits in queue:support", "queue:support", None)


@pytest.mark.parametrize(
    ("how", "keys", "outcome", "then"),
    [
        ({"max_wait": 20.0}, (), "timeout", ["voicemail:box"]),
        ({"max_wait_with_no_agent": 6.0}, (), "no-agents", ["voicemail:box"]),
        ({}, (("0", 3.0),), "exit-key", ["number:desk"]),
        ({"max_wait": 20.0}, (("7", 3.0),), "timeout", ["voicemail:box"]),
    ],
)
def test_timed_out_queue_leads_on(
    site: Site, how: dict[str, float], keys: tuple[tuple[str, float], ...], outcome: str, then: list[str]
) -> None:
    site.queue(**how)
    call, record = site.route("[queue:support, voicemail:box]", keys=keys)
    told = [entry.outcome for entry in record.trace if entry.at == "queue:support"]
    assert told == ["no-answer", outcome], call.log()
    assert [record.destination] == then
    assert record.turn == 2 and len(call.routers) == 2
    assert attempts(record)[0] == ("queue:support", "no-answer")


def test_missing_queue_loses_no_caller(site: Site) -> None:
    call, record = site.route("[queue:support, number:desk]")
    assert call.talked_to == [TRUNK + DESK], call.log()
    assert [entry.outcome for entry in record.trace if entry.at == "queue:support"] == ["no-answer", "failed"]


def test_second_queue_follows_the_first(site: Site) -> None:
    site.queue(max_wait=5.0)
    call, record = site.route("[queue:support, number:silent, queue:support, number:desk]")
    assert attempts(record) == [
        ("queue:support", "no-answer"),
        ("number:silent", "no-answer"),
        ("queue:support", "no-answer"),
        ("number:desk", "answered"),
    ], call.log()
    assert record.turn == 3


def test_queue_gets_its_variables(site: Site) -> None:
    site.queue(nancy())
    call, _ = site.route("queue:support")
    assert call.variables["cc_exit_keys"] == "0"
    assert "cc_base_score" not in call.variables
    assert call.variables["fsr_call"] == "1"


def test_head_start_becomes_the_base_score(site: Site) -> None:
    site.queue(nancy())
    table = "priorities: {p: {no_match: voicemail:box, rules: [{account: Quist, to: queue:support, head_start: 90s}]}}"
    site.store.contacts.replace("acme", "", [Entry(contact=Contact(id="c1", account="Quist"), numbers=(ADA,))])
    call, record = site.route("priority:p", table, caller=ADA)
    assert call.variables["cc_base_score"] == "90", record.trace


@pytest.mark.parametrize("talking", [False, True])
def test_caller_who_leaves_a_queue_is_abandoned(site: Site, talking: bool) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=2, talk=None)
    site.queue(*([nancy()] if talking else []))
    call, record = site.route("queue:support", hangs_up_after="at:talking+3" if talking else "at:queue+3")
    assert record.outcome == ("answered" if talking else "abandoned"), call.log()
    assert record.agent == ("nancy" if talking else "")
    assert record.destination == ("queue:support" if talking else "")
    assert talking or record.trace[-1].outcome == "abandoned"
    assert record.cause == "NORMAL_CLEARING"
    assert attempts(record) == [("queue:support", "answered" if talking else "no-answer")]


@pytest.mark.parametrize("agents", [True, False])
def test_queued_call_ends_as_unknown_without_an_observing_connection(site: Site, agents: bool) -> None:
    site.queue(*([nancy()] if agents else []), max_wait=10.0)
    site.rules("[queue:support, hangup:USER_BUSY]")
    site.serve(watch=False)
    call = site.call().reach("queue")
    record = site.record(call)
    assert record.outcome == "unknown" and "nobody observes" in record.trace[-1].why
    call.wait()
    record = site.record(call)
    assert record.outcome == ("unknown" if agents else "ended")
    assert record.turn == (1 if agents else 2)


def test_caller_keeps_waiting_while_a_phone_does_not_answer(site: Site) -> None:
    site.switch.phones["user/1001"] = RINGS_OUT
    site.queue(nancy(), max_wait=45.0)
    call, record = site.route("[queue:support, voicemail:box]")
    assert record.outcome == "voicemail" and len([r for r in call.rang if r.target == "user/1001"]) > 1
