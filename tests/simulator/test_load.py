"""The load generator: what it counts, what it measures."""

from __future__ import annotations

import math
import socket

from fsrouter.simulator import Caller, Phone, Switch, run_load
from simulator.router import Router, Talk


def test_load_run_counts_calls_and_measures_commands() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.execute("bridge", "user/1001")
        talk.serve()

    with Router(steps) as router, Switch([router.address], speed=math.inf) as switch:
        load = run_load(switch, calls=60, concurrency=20, make_caller=lambda n: Caller(number=f"1555{n:04}", to="1"))
    assert (load.calls, load.failed, load.fail_safe, load.causes) == (60, 0, 0, {"NORMAL_CLEARING": 60})
    assert load.by_command["execute bridge"].count == 60
    assert load.own.count == sum(found.count for found in load.by_command.values())
    assert 0 < load.own.p50 <= load.own.p95 <= load.own.p99 <= load.own.worst
    assert not switch.calls and not switch.channels


def test_load_run_counts_failures() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()[:2]
    with Switch([address], default=Phone(answers_after=0, talk=0), speed=math.inf) as switch:
        load = run_load(switch, calls=5)
    assert (load.fail_safe, load.failed) == (5, 0)
