"""`serve` keeps mod_callcenter in step, tells callers where they stand, and cancels rings for nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import gevent
import pytest

from fsrouter.esl.events import Event
from fsrouter.router.polling import poll
from fsrouter.router.queue_sync import AGAIN, QueueSync, leads
from fsrouter.router.service import Service
from fsrouter.runtime import Clock
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.simulator import Phone
from fsrouter.store import Node
from router.site import Site, until

Keeping = Callable[..., Service]


@pytest.fixture
def keeping(site: Site) -> Iterator[Keeping]:
    """Start a router that looks at its queues at once and often."""
    started: list[gevent.Greenlet] = []

    def start(again: float = AGAIN, clock: Clock = GREENLETS.now) -> Service:
        service = site.serve(clock=clock)
        parts = service.threads, service.rulebooks, service.call_data, service.observers, service.settings, GREENLETS
        service.queue_sync = QueueSync(*parts, again=again)
        started.append(gevent.spawn(poll, GREENLETS, 0.01, service.queue_sync.look, "queues"))
        return service

    yield start
    gevent.killall(started)


def test_rule_book_change_and_break_reach_mod_callcenter(site: Site, keeping: Keeping) -> None:
    site.rules("queue:support")
    keeping()
    until(lambda: "support@acme" in site.switch.queues, "the queue")
    until(lambda: [a.name for a, _, _ in site.switch.queues["support@acme"].tiers] == ["nancy@acme"], "its agent")
    site.store.states.set_agent("acme", "nancy", "break", "test")
    until(lambda: site.switch.agents["nancy@acme"].status == "On Break", "the break")
    site.store.states.set_agent("acme", "nancy", "available", "test")
    until(lambda: site.switch.agents["nancy@acme"].status == "Available", "the end of it")
    site.rules("[queue:support, queue:second]", queues="second: {agents: [johan]}")
    until(lambda: "second@acme" in site.switch.queues, "the second queue")


def test_hours_that_begin_and_end_reach_mod_callcenter_and_the_talk_goes_on(site: Site, keeping: Keeping) -> None:
    day = datetime(2026, 11, 23, tzinfo=ZoneInfo("America/Chicago")).timestamp()
    now = [day + 10 * 3600]
    shift = {"schedules": 'shift: {open: {2026-11-23: "08:00-17:00"}}', "queues": "day: {agents: [ann]}"}
    site.rules("queue:day", agents="ann: {endpoint: user/1002, hours: shift}", **shift)
    site.switch.phones = {"user/1002": Phone(answers_after=0.5, talk=None)}
    keeping(clock=lambda: now[0])
    until(lambda: "ann@acme" in site.switch.agents, "the agent")
    until(lambda: site.switch.agents["ann@acme"].status == "Available", "their hours")
    call = site.call()
    until(lambda: "user/1002" in call.talked_to, "the talk")
    now[0] = day + 17 * 3600
    until(lambda: site.switch.agents["ann@acme"].status == "On Break", "the end of their hours")
    assert not call.over
    now[0] = day + 16 * 3600
    until(lambda: site.switch.agents["ann@acme"].status == "Available", "their hours")
    call.hang_up()


def test_reconnected_switch_is_brought_in_step(site: Site, keeping: Keeping) -> None:
    site.rules("queue:support")
    service = keeping()
    until(lambda: "nancy@acme" in site.switch.agents, "the agent")
    site.switch.queues.clear()
    site.switch.agents.clear()
    site._inbound.drop()
    until(lambda: "nancy@acme" in site.switch.agents, "the agent again")
    until(lambda: service.observers[0].up, "the observing connection")


def test_only_the_first_living_router_syncs_queues(site: Site, keeping: Keeping) -> None:
    site.rules("queue:support")
    site.store.nodes.beat(Node(name="a-router", beat=4e9, state="up"))
    service = keeping()
    for _ in range(20):
        service.queue_sync.look()
    assert "support@acme" not in site.switch.queues
    site.store.nodes.beat(Node(name="a-router", beat=4e9, state="draining"))
    until(lambda: "support@acme" in site.switch.queues, "the queue")


@pytest.mark.parametrize(
    ("others", "mine"),
    [
        ([], True),
        ([("b", "up", 99.0)], True),
        ([("0", "up", 99.0)], False),
        ([("0", "draining", 99.0)], True),
    ],
)
def test_first_living_router_by_name_leads(others: list[tuple[str, str, float]], mine: bool) -> None:
    nodes = [Node(name=name, state=state, beat=beat) for name, state, beat in others]
    assert leads([*nodes, Node(name="a", beat=99.0)], "a") is mine


def test_queued_caller_hears_their_position(site: Site, keeping: Keeping) -> None:
    site.rules("queue:place", queues="place: {announce: position, agents: [rings]}")
    site.switch.speed = 1
    keeping()
    until(lambda: "place@acme" in site.switch.queues, "the queue")
    first = site.call()
    first.reach("queue")
    first.line.variables["cc_queue_joined_epoch"] = "1000"
    until(lambda: "hears file_string://ivr/ivr-you_are_number.wav!digits/1.wav" in first.log(), "the position")
    first.hang_up()


def test_ring_for_a_caller_who_left_is_cancelled(site: Site, keeping: Keeping) -> None:
    site.rules("queue:support")
    service = keeping()
    about = {"Event-Name": "CUSTOM", "CC-Member-UUID": "m-1", "CC-Agent": "nancy@acme"}
    for more in ({"CC-Action": "agent-offering"}, {"CC-Action": "member-queue-end", "CC-Cause": "Cancel"}):
        service.queue_sync.heard(service.observers[0], Event({**about, **more}))
    wanted = "hupall ORIGINATOR_CANCEL cc_member_pre_answer_uuid m-1"
    until(lambda: wanted in site.switch.commands_run, "the cancellation")


def test_agent_reserved_for_nobody_is_freed(site: Site, keeping: Keeping) -> None:
    site.rules("queue:support")
    keeping(again=0.02)
    until(lambda: "nancy@acme" in site.switch.agents, "the agent")
    site.switch.agents["nancy@acme"].state = "Reserved"
    until(lambda: site.switch.agents["nancy@acme"].state == "Waiting", "the agent to be free")


def test_queues_of_a_removed_company_go_when_nobody_waits_in_them(site: Site, keeping: Keeping) -> None:
    site.rules("queue:support")
    keeping(again=0.02)
    until(lambda: "nancy@acme" in site.switch.agents, "the agent")
    site.store.books.remove("acme", "test")
    until(lambda: not site.switch.queues and not site.switch.agents, "the queue and its agents to be gone")


def test_callers_who_wait_in_a_queue_of_a_renamed_company_are_served(site: Site, keeping: Keeping) -> None:
    site.rules("[queue:support, agent:johan]")
    service = keeping(again=0.02)
    until(lambda: "nancy@acme" in site.switch.agents, "the agent")
    site.store.states.set_agent("acme", "nancy", "break", "test")
    until(lambda: site.switch.agents["nancy@acme"].status == "On Break", "the break")
    call = site.call().reach("queue")
    site.store.companies.rename("acme", "apex", "test", 1)
    until(lambda: {"support@apex", "support@acme"} <= set(site.switch.queues), "both queues")
    until(lambda: {"nancy@apex", "nancy@acme"} <= set(site.switch.agents), "both agents")
    call.hang_up()
    until(lambda: set(site.switch.queues) == {"support@apex"}, "the old queue to be gone")
    until(lambda: set(site.switch.agents) == {"nancy@apex"}, "its agent to be gone")
    assert site.switch.agents["nancy@apex"].status == "On Break"
    assert site.record(call).company == "apex" and service.rulebooks.snapshot.books.keys() == {"apex"}
