"""Queues and the ends of talks as a real FreeSWITCH was seen to have them (docs/live.md), with our routers behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import pytest
from router.site import DESK, Site, heard, until

from fsrouter.simulator import BUSY, RINGS_OUT, Agent, Caller, Phone, PlacedCall, Queue, Switch
from fsrouter.simulator.events import Subscription


def nancy() -> Agent:
    return Agent("nancy@acme", "user/1001", ring=20)


def test_max_wait_is_checked_only_after_the_agent_stops_ringing(site: Site) -> None:
    site.switch.phones["user/1001"] = RINGS_OUT
    site.queue(nancy(), max_wait=30.0)
    call, record = site.route("[queue:support, voicemail:box]")
    assert record.outcome == "voicemail"
    assert [entry.outcome for entry in record.trace if entry.at == "queue:support"] == ["no-answer", "timeout"]
    left = next(at for at, what in call.timeline if what.startswith("leaves"))
    assert 40 <= left < 45, "the second ring began at 22 s and was let ring out"


def test_agent_may_answer_after_max_wait(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=15, talk=5)
    site.queue(nancy(), max_wait=10.0)
    call, record = site.route("[queue:support, voicemail:box]")
    assert (record.outcome, record.agent) == ("answered", "nancy"), call.log()


def test_refer_by_caller_moves_the_agent(site: Site) -> None:
    """Their leg was dialled in context `default`, and gets what `cc_export_vars` names."""
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    site.queue(nancy())
    site.rules("queue:support")
    site.serve()
    call = site.call().reach("talking")
    call.take("refer_by_caller", "1002")
    (far,) = call.wait().onward
    assert heard(far.wait()) == ("/ivr/1002.wav",) and not far.fail_safe, far.log()
    assert far.variables["force_transfer_context"] == call.variables["force_transfer_context"]
    assert site.record(call).outcome == "answered"


@pytest.mark.parametrize("rest", ["10", "0"])
def test_wrap_up_time_delays_the_next_offer(site: Site, rest: str) -> None:
    """10 s where nothing else is said; who waits is not rung through before."""
    site.switch.clock.speed = 20
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=2)
    site.queue(agent := nancy())
    site.switch.agents["nancy@acme"] = agent
    if rest != "10":
        assert site.switch.api(f"callcenter_config agent set wrap_up_time nancy@acme {rest}") == "+OK\n"
    site.rules("queue:support")
    site.serve()
    first = site.call().reach("talking")
    second = site.call().reach("queue")
    first.reach("leg over")
    until(lambda: agent.resting or second.rang, "what the agent does next")
    assert agent.resting == (rest == "10") and bool(second.rang) == (rest == "0")
    second.reach("talking").wait()
    assert site.record(second).outcome == "answered"


def test_wrap_up_time_outlives_the_call() -> None:
    """The call that ended is over; its agent rests on."""
    queue = Queue("q@default", tiers=[(agent := Agent("a", "user/1001"), 1, 1)])
    with Switch(extensions={"1": [("callcenter", "q@default")]}, queues=[queue], speed=100) as switch:
        switch.call(Caller(to="1")).wait()
        assert agent.resting and not queue.free()
        until(queue.free, "the agent's rest to be over")


@pytest.mark.parametrize("first", ["A", "B"])
@pytest.mark.parametrize("to", ["distribution:all", "queue:support"])
def test_hangup_events_in_either_order_give_the_same_record(site: Site, to: str, first: str) -> None:
    site.switch.first_over = first
    site.switch.phones |= {"user/1001": Phone(1, talk=None), DESK: RINGS_OUT, "user/1002": BUSY}
    site.queue(nancy())
    members = "[agent:nancy, number:desk, agent:johan]"
    all = f"distributions: {{all: {{groups: [{{rule: simultaneous, members: {members}}}]}}}}"
    with ends_of_channels(site) as told:
        call, record = site.route(to, all, hangs_up_after="at:talking+3")
    assert (record.outcome, record.agent, record.cause) == ("answered", "nancy", "NORMAL_CLEARING")
    assert record.attempts[-1].outcome == "answered"
    ends = [f"{name} {'A' if uuid == call.uuid else 'B'}" for name, uuid in told if uuid in ended(call)]
    both = ["CHANNEL_HANGUP_COMPLETE A", "CHANNEL_HANGUP_COMPLETE B"]
    assert ends == ["CHANNEL_UNBRIDGE A", *(both if first == "A" else both[::-1])]
    if to == "distribution:all":
        causes = [pair.partition(";")[2] for pair in call.variables["originate_causes"].split("|:")]
        assert causes == ["NONE", "LOSE_RACE", "USER_BUSY"]


def ended(call: PlacedCall) -> tuple[str, str]:
    return call.uuid, next(ring.uuid for ring in call.rang if ring.target in call.talked_to)


@contextmanager
def ends_of_channels(site: Site) -> Iterator[list[tuple[str, str]]]:
    """The ends of channels as the switch tells an observer: event and channel, in order."""
    told: list[tuple[str, str]] = []

    def deliver(body: bytes) -> None:
        event = orjson.loads(body)
        told.append((event["Event-Name"], event["Unique-ID"]))

    observer = Subscription(deliver, {"CHANNEL_UNBRIDGE", "CHANNEL_HANGUP_COMPLETE"})
    site.switch.events.observers.append(observer)
    yield told
    site.switch.events.observers.remove(observer)
