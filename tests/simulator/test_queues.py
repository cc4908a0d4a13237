"""Queues and the ends of talks as a real FreeSWITCH was seen to have them (docs/live.md), with our routers behind."""

from __future__ import annotations

import pytest
from router.house import DESK, House, heard, until

from fsrouter.simulator import BUSY, RINGS_OUT, Agent, Caller, Phone, PlacedCall, Queue, Switch


def nancy() -> Agent:
    return Agent("nancy@acme", "user/1001", ring=20)


def test_the_wait_in_a_queue_ends_when_the_agents_phone_has_rung_out(house: House) -> None:
    house.switch.phones["user/1001"] = RINGS_OUT
    house.queue(nancy(), max_wait=30.0)
    call, record = house.route("[queue:support, voicemail:box]")
    assert record.outcome == "voicemail"
    assert [entry["outcome"] for entry in record.trace if entry["at"] == "queue:support"] == ["no-answer", "timeout"]
    left = next(at for at, what in call.story if what.startswith("leaves"))
    assert 40 <= left < 45, "the second ring began at 22 s and was let ring out"


def test_an_agent_answers_past_the_longest_wait(house: House) -> None:
    house.switch.phones["user/1001"] = Phone(answers_after=15, talk=5)
    house.queue(nancy(), max_wait=10.0)
    call, record = house.route("[queue:support, voicemail:box]")
    assert (record.outcome, record.agent) == ("answered", "nancy"), call.told()


def test_the_callers_phone_moves_the_agent(house: House) -> None:
    """His leg was dialled in context `default`, and gets what `cc_export_vars` names."""
    house.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    house.queue(nancy())
    house.rules("queue:support")
    house.serve()
    call = house.call().reach("talking")
    call.take("refer_by_caller", "8790")
    (far,) = call.wait().onward
    assert heard(far.wait()) == ("/ivr/8790.wav",) and not far.fail_safe, far.told()
    assert far.variables["force_transfer_context"] == call.variables["force_transfer_context"]
    assert house.record(call).outcome == "answered"


@pytest.mark.parametrize("rest", ["10", "0"])
def test_an_agent_rests_after_a_talk(house: House, rest: str) -> None:
    """10 s where nothing else is said; who waits is not rung through before."""
    house.switch.clock.speed = 20
    house.switch.phones["user/1001"] = Phone(answers_after=1, talk=2)
    house.queue(agent := nancy())
    house.switch.agents["nancy@acme"] = agent
    if rest != "10":
        assert house.switch.api(f"callcenter_config agent set wrap_up_time nancy@acme {rest}") == "+OK\n"
    house.rules("queue:support")
    house.serve()
    first = house.call().reach("talking")
    second = house.call().reach("queue")
    first.reach("leg over")
    until(lambda: agent.resting or second.rang, "what the agent does next")
    assert agent.resting == (rest == "10") and bool(second.rang) == (rest == "0")
    second.reach("talking").wait()
    assert house.record(second).outcome == "answered"


def test_an_agents_rest_is_nobodys_call() -> None:
    """The call that ended is over; its agent rests on."""
    queue = Queue("q@default", tiers=[(agent := Agent("a", "user/1001"), 1, 1)])
    with Switch(extensions={"1": [("callcenter", "q@default")]}, queues=[queue], speed=100) as switch:
        switch.call(Caller(to="1")).wait()
        assert agent.resting and not queue.free()
        until(queue.free, "the agent's rest to be over")


@pytest.mark.parametrize("first", ["A", "B"])
@pytest.mark.parametrize("to", ["distribution:all", "queue:support"])
def test_either_end_may_be_over_first(house: House, to: str, first: str) -> None:
    house.switch.first_over = first
    house.switch.phones |= {"user/1001": Phone(1, talk=None), DESK: RINGS_OUT, "user/1002": BUSY}
    house.queue(nancy())
    members = "[agent:nancy, number:desk, agent:johan]"
    all = f"distributions: {{all: {{groups: [{{rule: simultaneous, members: {members}}}]}}}}"
    with house_watch(house) as told:
        call, record = house.route(to, all, hangs_up_after="at:talking+3")
    assert (record.outcome, record.agent, record.cause) == ("answered", "nancy", "NORMAL_CLEARING")
    assert record.attempts[-1]["outcome"] == "answered"
    ends = [f"{name} {'A' if uuid == call.uuid else 'B'}" for name, uuid in told if uuid in ended(call)]
    both = ["CHANNEL_HANGUP_COMPLETE A", "CHANNEL_HANGUP_COMPLETE B"]
    assert ends == ["CHANNEL_UNBRIDGE A", *(both if first == "A" else both[::-1])]
    if to == "distribution:all":
        causes = [pair.partition(";")[2] for pair in call.variables["originate_causes"].split("|:")]
        assert causes == ["NONE", "LOSE_RACE", "USER_BUSY"]


def ended(call: PlacedCall) -> tuple[str, str]:
    return call.uuid, next(ring.uuid for ring in call.rang if ring.target in call.talked_to)


class house_watch:
    """The ends of channels as the switch tells them: event and channel, in order."""

    def __init__(self, house: House) -> None:
        self._events = house.switch.events
        self._told: list[tuple[str, str]] = []

    def __enter__(self) -> list[tuple[str, str]]:
        self._publish = self._events.publish

        def publish(name: str, headers: dict[str, object]) -> None:
            if name in ("CHANNEL_UNBRIDGE", "CHANNEL_HANGUP_COMPLETE"):
                self._told.append((name, str(headers["Unique-ID"])))
            self._publish(name, headers)  # type: ignore[arg-type]

        self._events.publish = publish  # type: ignore[method-assign,assignment]
        return self._told

    def __exit__(self, *_: object) -> None:
        self._events.publish = self._publish  # type: ignore[method-assign]
