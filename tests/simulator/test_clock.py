"""Simulated time: it stands still while a router thinks, keeps its order at any speed, forgets what is cancelled."""

from __future__ import annotations

import math

import gevent
import pytest
from gevent.event import Event

from fsrouter.simulator import ANSWERS, RINGS_OUT, Caller, Switch
from fsrouter.simulator.clock import Clock
from simulator.router import Router, Talk


def test_clock_is_frozen_while_the_router_thinks() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            talk.sock.recv(1)  # 0.1 s of thinking, which would be 100 simulated seconds
        seen.append(switch.calls[0].line.clock.now)
        talk.serve()

    seen: list[float] = []
    with Router(steps) as router, Switch([router.address], speed=1000, patience=5) as switch:
        call = switch.call(Caller(to="1", hangs_up_after=60)).wait()
    assert seen[0] < 20
    assert not call.hung_up_by_caller


def test_infinite_speed_keeps_the_order_of_events() -> None:
    extensions = {"9": [("bridge", "[leg_timeout=3600]user/1|user/2")]}
    with Switch(phones={"user/1": RINGS_OUT, "user/2": ANSWERS}, extensions=extensions, speed=math.inf) as switch:
        call = switch.call(Caller(to="9", variables={"call_timeout": "9000"})).wait(1)
    assert call.outcomes() == [("user/1", "ALLOTTED_TIMEOUT"), ("user/2", "SUCCESS")]
    assert [at for at, _ in call.timeline] == sorted(at for at, _ in call.timeline)
    assert call.rang[1].at == 3600


def test_cancelled_timer_never_fires() -> None:
    happened: list[str] = []
    clock = Clock(speed=math.inf)
    clock.thaw()
    clock.after(2, lambda: happened.append("later"))
    clock.after(1, lambda: happened.append("sooner"))
    clock.after(0.5, lambda: happened.append("never")).cancel()
    clock.after(math.inf, lambda: happened.append("at no time"))
    done = Event()
    clock.after(3, done.set)
    assert done.wait(2)
    assert happened == ["sooner", "later"]
    assert clock.now == 3


def test_frozen_clock_fires_no_timer() -> None:
    clock, happened = Clock(speed=1000), list[str]()
    clock.after(1, lambda: happened.append("ring"))
    clock.thaw()
    clock.freeze()
    gevent.sleep(0.02)
    assert happened == [] and clock.now < 1
    clock.grace()
    clock.freeze()
    gevent.sleep(0.3)
    assert happened == [] and clock.now < 1, "the patience of a grace that is over thaws nothing"
    clock.thaw()
    gevent.sleep(0.02)
    assert happened == ["ring"]
