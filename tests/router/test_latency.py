"""How long FreeSWITCH waits for us: what counts, for how long, and that it costs next to nothing to keep."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
import pytest
from simulated import SimulatedRuntime

from fsrouter.esl.events import Channel
from fsrouter.esl.lifecycle import CallSession, SwitchGone
from fsrouter.router.latency import KEPT, RECENT, Latency
from fsrouter.runtime.native import NATIVE

CHANNEL = Channel({"Unique-ID": "a-call", "Channel-State-Number": "4"})


class SlowSwitch(CallSession):
    """A session on which every exchange takes FreeSWITCH a minute."""

    def __init__(self, runtime: SimulatedRuntime) -> None:
        super().__init__(runtime.monotonic)
        self.runtime = runtime

    def _close(self) -> None:
        pass

    def _connect(self, deadline: float) -> Channel:
        self.runtime.sleep(60)
        return CHANNEL

    def _exchange(self, requests: Sequence[bytes], deadline: float, errors: bool) -> list[bytes]:
        self.runtime.sleep(60)
        if requests[0].startswith(b"api uuid_exists"):
            raise SwitchGone("gone")
        return [b"+OK", msgspec.json.encode(CHANNEL.fields)]


def test_latency_counts_our_time_and_not_that_of_freeswitch() -> None:
    runtime = SimulatedRuntime()
    latency = Latency(runtime.monotonic)
    session = SlowSwitch(runtime)
    session.waited = latency.add
    session.connect(5.0)
    runtime.sleep(0.004)
    session.step({}, "playback", "a.wav", 5.0, "answer")
    runtime.sleep(0.002)
    session.set({"a": ""}, 5.0)
    runtime.sleep(0.001)
    with pytest.raises(SwitchGone):
        session.api("uuid_exists", "x", 5.0)
    runtime.sleep(0.003)
    assert session.let_go({"a": ""}, 5.0)
    assert [round(1000 * took) for _, took in latency._took] == [4, 2, 1, 3]


def test_latency_is_that_of_the_last_minute() -> None:
    runtime = SimulatedRuntime()
    latency = Latency(runtime.monotonic)
    assert latency.as_dict() == {}
    latency.add(9)
    runtime.sleep(RECENT + 1)
    for n in range(1, 101):
        latency.add(n / 1000)
    assert latency.as_dict() == {"count": 100, "median": 51.0, "p99": 100.0}
    runtime.sleep(RECENT + 1)
    assert latency.as_dict() == {}


def test_latency_keeps_a_bounded_number_and_costs_little() -> None:
    latency = Latency(NATIVE.monotonic)
    began = time.process_time()
    for _ in range(3 * KEPT):
        latency.add(0.0)
    assert len(latency._took) == KEPT and latency.as_dict()["count"] == KEPT
    assert (time.process_time() - began) / (3 * KEPT) < 50e-6  # some 0.2 us on any machine
