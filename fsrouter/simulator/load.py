"""Many calls at once: a load generator that measures the router, not the switch.

What lives here: placing calls at a rate or a concurrency, and counting. What it must not know: what the router does.

A router's time is what goes by between the last byte that the switch sent on a connection and the router's next
command; before `connect` it begins when the switch asks for the connection. It is real time, whatever the switch's
`speed`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import gevent
from gevent.lock import BoundedSemaphore

from fsrouter.simulator.clock import perf_counter, sleep, spawn
from fsrouter.simulator.connection import Command
from fsrouter.simulator.phones import Caller
from fsrouter.simulator.switch import Switch


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How many times something was measured, and its spread in seconds."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float

    @classmethod
    def of(cls, times: list[float]) -> Percentiles:
        """The percentiles of some times; zeros when there are none."""
        if not times:
            return cls(0, 0.0, 0.0, 0.0, 0.0)
        ranked = sorted(times)
        p50, p95, p99 = (ranked[min(len(ranked) - 1, int(len(ranked) * part))] for part in (0.5, 0.95, 0.99))
        return cls(len(ranked), p50, p95, p99, ranked[-1])


@dataclass(frozen=True, slots=True)
class Load:
    """What a run showed. `causes`: calls by hangup cause; `own`: the router's time over all commands; `by_command`: for
    each kind.
    """

    calls: int
    failed: int
    fail_safe: int
    seconds: float
    causes: dict[str, int]
    own: Percentiles
    by_command: dict[str, Percentiles]

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds if self.seconds else 0.0


def run_load(
    switch: Switch,
    *,
    calls: int,
    concurrency: int = 100,
    rate: float | None = None,
    make_caller: Callable[[int], Caller] | None = None,
    timeout: float = 60.0,
) -> Load:
    """Place `calls` calls, at most `concurrency` at once, begun at `rate` a second when it is given.

    `make_caller(n)` gives the n-th caller. A call that is not over after `timeout` seconds counts as failed, and so
    does one that the simulator could not carry through.
    """
    times: dict[str, list[float]] = {}
    ends: Counter[str] = Counter()
    failed = fail_safe = 0
    places = BoundedSemaphore(concurrency)
    caller = make_caller or (lambda n: Caller())

    def measure(command: Command, seconds: float) -> None:
        times.setdefault(_kind(command), []).append(seconds)

    def one(n: int) -> None:
        nonlocal failed, fail_safe
        try:
            call = switch.call(caller(n)).wait(timeout)
            ends[call.hangup_cause] += 1
            fail_safe += call.fail_safe
        except Exception as error:
            failed += 1
            ends[type(error).__name__] += 1
        finally:
            places.release()

    before, switch.stopwatch = switch.stopwatch, measure
    kept, switch.keep_calls = switch.keep_calls, False
    began = perf_counter()
    running = []
    try:
        for n in range(calls):
            if rate is not None and (early := began + n / rate - perf_counter()) > 0:
                sleep(early)
            places.acquire()
            running.append(spawn(one, n))
        gevent.joinall(running)
    finally:
        switch.stopwatch, switch.keep_calls = before, kept
    everything = [seconds for kind in times.values() for seconds in kind]
    return Load(
        calls,
        failed,
        fail_safe,
        perf_counter() - began,
        dict(ends),
        Percentiles.of(everything),
        {kind: Percentiles.of(found) for kind, found in sorted(times.items())},
    )


def _kind(command: Command) -> str:
    """`connect`, `api uuid_dump`, `execute bridge` …"""
    words = command.line.split(" ", 2)
    if words[0] == "sendmsg":
        return f"execute {command.headers.get('execute-app-name', command.headers.get('call-command', ''))}"
    return " ".join(words[:2]) if words[0] == "api" else words[0]
