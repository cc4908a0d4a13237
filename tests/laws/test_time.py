"""One law of time, chance and threads: the same program does the same on every runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from simulated import START, SimulatedRuntime

from fsrouter.router.polling import poll
from fsrouter.runtime import Runtime
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.runtime.native import NATIVE

RUNTIMES: dict[str, Callable[[], Runtime]] = {
    "native": lambda: NATIVE,
    "greenlets": lambda: GREENLETS,
    "simulated": SimulatedRuntime,
}

#: Seconds between two moments of a program: longer than a busy machine needs to start some threads.
STEP = 0.4


@pytest.fixture(params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> Runtime:
    return RUNTIMES[request.param]()


def test_two_hundred_timers_go_off_once_and_not_before_their_moments(runtime: Runtime) -> None:
    happened: list[tuple[int, int, float]] = []

    def note(moment: int, n: int) -> None:
        happened.append((moment, n, runtime.monotonic()))

    began = runtime.monotonic() + STEP
    timers = [runtime.later(began + STEP * (n * 7 % 5) - runtime.monotonic(), note, n * 7 % 5, n) for n in range(200)]
    for timer in timers:
        timer.join()
    assert sorted(n for _, n, _ in happened) == list(range(200))
    assert all(at > began + STEP * moment - STEP / 8 for moment, _, at in happened)
    if runtime is not NATIVE:  # threads of one moment run beside each other: a busy machine may wake one late
        assert [moment for moment, _, _ in happened] == sorted(moment for moment, _, _ in happened)


@pytest.mark.parametrize("runtime", [NATIVE, GREENLETS], ids=["native", "greenlets"])
def test_a_timer_counts_from_when_it_is_made(runtime: Runtime) -> None:
    runtime.sleep(STEP / 10)
    busy = runtime.monotonic() + STEP
    while runtime.monotonic() < busy:
        pass
    began, happened = runtime.monotonic(), list[float]()
    runtime.later(STEP, lambda: happened.append(runtime.monotonic())).join()
    assert happened[0] - began > STEP * 0.9


def test_a_timer_that_is_cancelled_never_goes_off(runtime: Runtime) -> None:
    happened: list[int] = []
    timers = [runtime.later(3600.0 + n, happened.append, n) for n in range(50)]
    for timer in timers:
        timer.cancel()
    for timer in timers:
        timer.join()
    assert happened == []


def test_tasks_sleep_beside_each_other_and_give_what_they_found(runtime: Runtime) -> None:
    happened: list[str] = []

    def task(name: str, *steps: int) -> str:
        for step in steps:
            runtime.sleep(STEP * step)
            happened.append(f"{name} {step}")
        return name

    began = runtime.monotonic()
    tasks = [runtime.spawn(task, "slow", 7), runtime.spawn(task, "quick", 1, 1)]
    runtime.sleep(STEP * 4)
    happened.append("in between")
    assert [each.get() for each in tasks] == ["slow", "quick"]
    assert happened == ["quick 1", "quick 1", "in between", "slow 7"]
    assert 6.9 * STEP < runtime.monotonic() - began < 100 * STEP


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_task_raises_what_its_work_raised(runtime: Runtime) -> None:
    def fail(why: str) -> None:
        raise LookupError(why)

    task = runtime.spawn(fail, "nobody there")
    task.join()
    with pytest.raises(LookupError, match="nobody there"):
        task.get()


def test_a_joined_wait_ends_with_its_time(runtime: Runtime) -> None:
    happened: list[str] = []
    timer = runtime.later(3600.0, happened.append, "late")
    timer.join(STEP)
    assert happened == []
    timer.cancel()
    timer.join()
    assert happened == []


def test_native_threads_wait_for_events_and_conditions(runtime: Runtime) -> None:
    done, changed, seen = runtime.event(), runtime.condition(), list[Any]()

    def work() -> None:
        with changed:
            seen.append(changed.wait_for(lambda: "work" in seen, STEP * 100))
            seen.append(changed.wait_for(lambda: False, STEP))
            seen.append(done.wait(STEP))
            changed.notify_all()
        seen.append(done.wait(STEP * 100))

    thread = runtime.thread("worker", work)
    assert not done.wait(STEP)
    with changed:
        seen.append("work")
        changed.notify_all()
        assert changed.wait_for(lambda: len(seen) == 4, STEP * 100)
    assert thread.is_alive()
    done.set()
    thread.join(STEP * 100)
    assert not thread.is_alive()
    assert done.is_set() and done.wait(0.0)
    assert seen == ["work", True, False, False, True]
    done.clear()
    assert not done.is_set()


def test_a_pool_does_so_much_at_once_and_has_its_deadline(runtime: Runtime) -> None:
    pool, free, begun = runtime.pool("workers", 2), runtime.event(), list[int]()

    def work(n: int) -> int:
        begun.append(n)
        free.wait(STEP * 100)
        return n

    asked = [runtime.spawn(pool.run, work, n) for n in range(2)]
    while len(begun) < 2:
        runtime.sleep(STEP / 10)
    with pytest.raises(TimeoutError):
        pool.run(work, 2, deadline=STEP)
    assert sorted(begun) == [0, 1]
    free.set()
    assert [each.get() for each in asked] == [0, 1]
    assert pool.run(work, 3, deadline=STEP * 100) == 3
    with pytest.raises(ZeroDivisionError):
        pool.run(lambda: 1 / 0)
    pool.close(STEP * 10)


def test_draws_keep_within_their_bounds(runtime: Runtime) -> None:
    draws = [runtime.random() for _ in range(200)]
    assert all(0 <= draw < 1 for draw in draws)
    assert len(set(draws)) > 100
    assert {runtime.below(3) for _ in range(200)} == {0, 1, 2}


def test_a_simulated_program_does_the_same_each_time_and_waits_for_nothing() -> None:
    def program() -> list[tuple[str, float, int]]:
        runtime, happened = SimulatedRuntime(seed=7), list[tuple[str, float, int]]()

        def walk(name: str) -> None:
            for _ in range(50):
                runtime.sleep(86_400 * runtime.random())
                happened.append((name, runtime.now(), runtime.below(1000)))

        for task in [runtime.spawn(walk, name) for name in ("ann", "bob", "cid")]:
            task.join()
        return happened

    first = program()
    assert first == program()
    assert [at for _, at, _ in first] == sorted(at for _, at, _ in first)
    assert first[-1][1] > START + 20 * 86_400


def test_a_poll_goes_on_whatever_its_work_raises(caplog: pytest.LogCaptureFixture) -> None:
    runtime, looked = SimulatedRuntime(), list[float]()

    def look() -> None:
        runtime.sleep(2.0)
        looked.append(runtime.monotonic())
        if len(looked) == 2:
            raise LookupError("the store is away")

    polling = runtime.later(0.25, poll, runtime, 5.0, look, "rule books could not be refreshed")
    runtime.sleep(23.0)
    polling.cancel()
    runtime.sleep(60.0)
    assert looked == [2.25, 9.25, 16.25]
    assert caplog.messages == ["rule books could not be refreshed"]
