"""What the metrics page tells of calls: histograms with their counts and sums, and how calls ended."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from fsrouter.engine.walk.actions import Enqueue
from fsrouter.esl.events import Event
from fsrouter.router.call_metrics import MOST, CallMetrics
from fsrouter.router.service import Service
from fsrouter.simulator import Agent
from fsrouter.store import CallRecord
from router.http.samples import Samples, samples
from router.site import ADA, Site, held, until


def page(service: Service) -> Samples:
    return samples(service.metrics.page("")[0])


def total(found: Samples, name: str) -> float:
    return sum(value for (each, _), value in found.items() if each == name)


def test_calls_are_counted_by_company_and_outcome_and_measured(site: Site) -> None:
    site.rules("[number:busy, agent:nancy]")
    service = site.serve()
    first = site.call(ADA).reach("bridge")
    with held(first):
        found = page(service)
        assert found["fsrouter_first_ring_seconds_count", ()] == 1
        assert 0 < found["fsrouter_first_ring_seconds_sum", ()] < 10
        assert found["fsrouter_own_time_seconds_count", ()] >= 1
        assert total(found, "fsrouter_calls_total") == 0
    records = [site.record(first.wait()), site.record(site.call(ADA).wait())]
    site.rules("[hangup:USER_BUSY]")
    until(lambda: service.rulebooks.snapshot.books["acme"].revision == 2, "the other rule book")
    site.record(site.call(ADA).wait())
    found = page(service)
    assert found["fsrouter_calls_total", ("acme", "answered")] == 2
    assert found["fsrouter_calls_total", ("acme", "ended")] == 1
    assert total(found, "fsrouter_calls_total") == 3
    assert found["fsrouter_first_ring_seconds_count", ()] == 2
    assert found["fsrouter_first_ring_seconds_bucket", ("+Inf",)] == 2
    talked = sum((record.ended or 0) - (record.answered or 0) for record in records)
    assert found["fsrouter_talk_seconds_count", ("acme",)] == 2
    assert found["fsrouter_talk_seconds_sum", ("acme",)] == pytest.approx(talked)
    recent = service.latency.as_dict()
    assert found["fsrouter_own_time_seconds_count", ()] == recent["count"]


def test_wait_in_a_queue_is_measured_once_by_the_router_that_let_the_call_go(site: Site) -> None:
    site.queue(Agent("nancy@acme", contact="user/1001"))
    site.rules("queue:support")
    first, second = site.serve(), site.serve()
    record = site.record(site.call(ADA).wait())
    assert record.outcome == "answered"
    until(lambda: total(page(first), "fsrouter_queue_wait_seconds_count"), "the end of the wait")
    found = [page(service) for service in (first, second)]
    assert [total(each, "fsrouter_queue_wait_seconds_count") for each in found] == [1, 0]
    assert found[0]["fsrouter_queue_wait_seconds_sum", ("acme", "support")] == pytest.approx(2, abs=1)
    assert found[0]["fsrouter_queue_wait_seconds_count", ("acme", "support")] == 1
    assert [total(each, "fsrouter_calls_total") for each in found] == [1, 0]


def test_call_that_comes_back_from_a_queue_is_counted_once(site: Site) -> None:
    service, call = site.waiting()
    call.press("0")
    assert site.record(call.wait()).destination == "number:desk"
    until(lambda: total(page(service), "fsrouter_queue_wait_seconds_count"), "the end of the wait")
    assert page(service)["fsrouter_calls_total", ("acme", "answered")] == 1


def test_call_that_waits_twice_is_measured_twice_and_counted_once(site: Site) -> None:
    site.queue(max_wait=5)
    site.rules("[queue:support, queue:support, hangup:USER_BUSY]")
    service = site.serve()
    site.record(site.call(ADA).wait())
    until(lambda: total(page(service), "fsrouter_queue_wait_seconds_count") == 2, "the end of both waits")
    assert page(service)["fsrouter_calls_total", ("acme", "ended")] == 1


def test_waits_whose_end_is_not_heard_are_bounded() -> None:
    registry = CollectorRegistry()
    metrics = CallMetrics(registry)
    for number in range(MOST + 1):
        metrics.waits(str(number), "acme", Enqueue(queue="support"))
    about = {"Event-Name": "CUSTOM", "CC-Action": "member-queue-end", "CC-Member-Joined-Time": "1000"}
    for uuid in ("0", str(MOST)):
        metrics.heard(Event({**about, "CC-Member-Session-UUID": uuid, "Event-Date-Timestamp": "1030000000"}))
    labels = {"company": "acme", "queue": "support"}
    assert registry.get_sample_value("fsrouter_queue_wait_seconds_count", labels) == 1


def test_calls_that_left_a_queue_unheard_of_are_bounded() -> None:
    registry = CollectorRegistry()
    metrics = CallMetrics(registry)
    left = {"Event-Name": "CUSTOM", "CC-Action": "member-queue-end", "CC-Cancel-Reason": "TIMEOUT"}
    for number in range(MOST + 1):
        metrics.waits(str(number), "acme", Enqueue(queue="support"))
        metrics.heard(Event({**left, "CC-Member-Session-UUID": str(number), "Event-Date-Timestamp": "1030000000"}))
    for uuid in ("0", str(MOST)):
        metrics.over(CallRecord(uuid=uuid, company="acme", outcome="answered"), waiting=True)
    labels = {"company": "acme", "outcome": "answered"}
    assert registry.get_sample_value("fsrouter_calls_total", labels) == 1


def test_call_that_leaves_a_queue_for_another_router_is_counted_there_alone(site: Site) -> None:
    service, call = site.waiting()
    service.listener.stop_accepting()
    second = site.serve()
    call.press("0")
    record = site.record(call.wait())
    assert (record.outcome, record.destination) == ("answered", "number:desk")
    found = [page(each) for each in (service, second)]
    assert [total(each, "fsrouter_calls_total") for each in found] == [0, 1]
    assert [total(each, "fsrouter_queue_wait_seconds_count") for each in found] == [1, 0]


@pytest.mark.parametrize(
    ("fields", "waited"),
    [
        ({"CC-Action": "bridge-agent-start", "CC-Agent-Answered-Time": "1012"}, 12),
        ({"CC-Cancel-Reason": "TIMEOUT"}, 30),
        ({"CC-Cancel-Reason": "BREAK_OUT", "variable_cc_queue_joined_epoch": "2000"}, 0),
        ({"variable_cc_queue_joined_epoch": "soon"}, None),
        ({"CC-Action": "member-queue-start"}, None),
        ({"CC-Member-Session-UUID": "another"}, None),
    ],
)
def test_wait_ends_when_an_agent_answers_or_the_caller_leaves(fields: dict[str, str], waited: float | None) -> None:
    registry = CollectorRegistry()
    metrics = CallMetrics(registry)
    metrics.waits("u", "acme", Enqueue(queue="support", max_wait=30))
    about = {"CC-Action": "member-queue-end", "CC-Member-Session-UUID": "u", "Event-Date-Timestamp": "1030000000"}
    event = Event({**about, "Event-Name": "CUSTOM", "variable_cc_queue_joined_epoch": "1000", **fields})
    metrics.heard(event)
    metrics.heard(event)
    labels = {"company": "acme", "queue": "support"}
    count = registry.get_sample_value("fsrouter_queue_wait_seconds_count", labels)
    assert (count, registry.get_sample_value("fsrouter_queue_wait_seconds_sum", labels)) == (
        (None, None) if waited is None else (1, waited)
    )


def test_outcomes_are_those_of_the_journal() -> None:
    registry = CollectorRegistry()
    metrics = CallMetrics(registry)
    for outcome in ("answered", 'x"} 1\nfake', ""):
        metrics.over(CallRecord(uuid=outcome, company="acme", outcome=outcome, answered=100.0, ended=90.0), False)
    found = {
        s.labels["outcome"]: s.value for m in registry.collect() for s in m.samples if s.name == "fsrouter_calls_total"
    }
    assert found == {"answered": 1, "unknown": 2}
    assert registry.get_sample_value("fsrouter_talk_seconds_sum", {"company": "acme"}) == 0


def test_only_the_first_telephone_of_a_walk_is_measured(site: Site) -> None:
    site.rules("[number:busy, number:busy, agent:nancy]")
    service = site.serve()
    call = site.call(ADA).wait()
    assert len(call.rang) == 3
    assert page(service)["fsrouter_first_ring_seconds_count", ()] == 1
