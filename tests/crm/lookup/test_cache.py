"""The breaker and the kept answers by themselves, on simulated time."""

from __future__ import annotations

import pytest
from simulated import SimulatedRuntime

from fsrouter.crm.lookup import cache
from fsrouter.crm.lookup.cache import KEPT, MOST, Breaker, LookupCache


def test_an_open_breaker_lets_one_request_through_after_its_pause() -> None:
    runtime = SimulatedRuntime()
    fuse = Breaker(runtime.monotonic)
    for _ in range(cache.FAILURES):
        assert fuse.allows()
        fuse.failed()
    assert not fuse.allows()
    runtime.sleep(cache.PAUSE)
    assert [fuse.allows(), fuse.allows()] == [True, False]
    fuse.failed()
    assert not fuse.allows()
    runtime.sleep(cache.PAUSE)
    assert fuse.allows()
    fuse.succeeded()
    assert [fuse.allows(), fuse.allows()] == [True, True]


def test_kept_answers_are_bounded() -> None:
    answers: LookupCache[int] = LookupCache(SimulatedRuntime())
    for n in range(MOST + 10):
        answers.get(n, lambda: 1, 1.0)
    assert len(answers._kept) == MOST
    assert not answers._asking


def test_one_question_is_asked_once_at_a_time_and_its_answer_is_good_for_a_minute() -> None:
    runtime, asked = SimulatedRuntime(), list[float]()
    answers: LookupCache[str] = LookupCache(runtime)

    def ask() -> str:
        asked.append(runtime.monotonic())
        runtime.sleep(1.5)
        return "gold"

    def get() -> tuple[str, float]:
        return answers.get("tier", ask, 2.0)

    first = runtime.spawn(get)
    runtime.sleep(1.0)
    second = runtime.spawn(get)
    assert (first.get(), second.get()) == (("gold", 0.0), ("gold", 0.0))
    runtime.sleep(KEPT - 0.5)
    assert get() == ("gold", KEPT - 0.5)
    runtime.sleep(0.5)
    assert get() == ("gold", 0.0)
    assert asked == [0.0, KEPT + 1.5]


@pytest.mark.parametrize(("takes", "waited"), [(9.0, TimeoutError), (1.0, ConnectionError)])
def test_who_waits_for_somebody_elses_question_has_their_own_deadline(takes: float, waited: type) -> None:
    runtime = SimulatedRuntime()
    answers: LookupCache[str] = LookupCache(runtime)
    raised: list[type] = []

    def ask() -> str:
        runtime.sleep(takes)
        raise ConnectionError("away")

    def get() -> None:
        try:
            answers.get("tier", ask, 2.0)
        except Exception as error:
            raised.append(type(error))

    for task in [runtime.spawn(get), runtime.spawn(get)]:
        task.join()
    assert sorted(raised, key=str) == sorted([ConnectionError, waited], key=str)
    assert runtime.monotonic() == takes
    assert answers.kept("tier") is None
