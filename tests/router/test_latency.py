"""How long FreeSWITCH waits for us: what counts, for how long, and that it costs next to nothing to keep."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from fsrouter.esl.events import Channel
from fsrouter.router.latency import KEPT, RECENT, Pace, PacedLine


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Said:
    """A line on which every exchange takes FreeSWITCH a minute."""

    ended = None

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def step(self, variables: Mapping[str, str], app: str, arg: str, deadline: float, before: str = "") -> Channel:
        self._clock.now += 60
        return Channel({"Unique-ID": f"{app} {arg} {before}"})

    def set(self, variables: Mapping[str, str], deadline: float) -> None:
        self._clock.now += 60

    def api(self, verb: str, args: str, deadline: float) -> str:
        raise RuntimeError("gone")

    def let_go(self, variables: Mapping[str, str], deadline: float) -> bool:
        return True


def test_our_time_counts_and_freeswitchs_does_not() -> None:
    clock = Clock()
    pace = Pace(clock)
    line = PacedLine(Said(clock), pace)
    clock.now += 0.004
    assert line.step({}, "playback", "a.wav", 5.0, "answer").uuid == "playback a.wav answer"
    clock.now += 0.002
    line.set({}, 5.0)
    clock.now += 0.001
    with pytest.raises(RuntimeError):
        line.api("uuid_exists", "x", 5.0)
    clock.now += 0.003
    assert line.let_go({}, 5.0) and line.ended is None
    assert [round(1000 * took) for _, took in pace._took] == [4, 2, 1, 3]


def test_the_last_minute_is_told() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.told() == {}
    pace.waited(clock.now - 9)
    clock.now += RECENT + 1
    for n in range(1, 101):
        pace.waited(clock.now - n / 1000)
    assert pace.told() == {"count": 100, "median": 51.0, "p99": 100.0}
    clock.now += RECENT + 1
    assert pace.told() == {}


def test_it_keeps_no_more_than_it_says_and_is_quick() -> None:
    pace = Pace()
    began = time.process_time()
    for _ in range(3 * KEPT):
        pace.waited(0.0)
    assert len(pace._took) == KEPT and pace.told()["count"] == KEPT
    assert (time.process_time() - began) / (3 * KEPT) < 50e-6  # some 0.2 us on any machine
