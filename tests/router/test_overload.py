"""Many calls at once, and more than there may be: nobody waits in silence, and nothing is left behind."""

from __future__ import annotations

import gc
import os
from contextlib import suppress

import gevent
import pytest

from fsrouter.simulator import Caller, Fault, Phone, PlacedCall, run_load
from fsrouter.store import CallRecord
from router.house import MAIN, House, until


def test_call_over_the_limit_goes_to_the_fail_safe_at_once(house: House) -> None:
    house.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    house.rules("agent:nancy")
    service = house.serve(limit=2)
    there = [house.call().reach("talking") for _ in range(2)]
    third = house.call().wait()
    assert third.fail_safe and third.rang[0].at < 1, third.log()
    assert service.listener.refused == 1
    for call in there:
        call.hang_up()
        call.wait()
    until(lambda: not service.listener.live, "room")
    assert house.call(hangs_up_after="at:talking+1").wait().talked_to == ["user/1001"]


def test_two_hundred_calls_leave_nothing_behind(house: House) -> None:
    house.switch.phones["user/1001"] = Phone(answers_after=2, talk=None)
    house.queue(max_wait=5.0)
    house.rules('["play:ivr/a.wav", number:busy, queue:support, agent:nancy]', line=", record: true")
    service = house.serve()
    service.threads.patience = service.cdr.linger = 10.0  # switch and router share one core here
    house.record(house.call(hangs_up_after="at:talking+1").wait())
    run_load(house.switch, calls=20, concurrency=20, make_caller=caller, timeout=20.0)
    until(lambda: not service.cdr.live, "the first records to be closed")
    before = left_over()
    load = run_load(house.switch, calls=200, concurrency=200, make_caller=caller, timeout=20.0)
    assert (load.failed, load.fail_safe) == (0, 0), load.causes
    until(lambda: not service.cdr.live and not service.listener.live, "all records to be closed")
    service.cdr.flush()
    until(lambda: service.write_behind.flush(5.0), "the journal to be written")
    assert not service.cdr.talks and not service.cdr._ringing
    ended = house.store.journal.list("acme", live=False, limit=500)
    assert len(ended) == 221 and {line.outcome for line in ended} == {"answered", "abandoned"}
    assert not house.store.journal.live()
    until(lambda: all(now <= then for now, then in zip(left_over(), before, strict=True)), f"no more than {before}")


def caller(n: int) -> Caller:
    leaves = ("at:talking+1", "at:playback+1", "at:talking+9", "at:queue+2")[n % 4]
    return Caller(number=f"+1212555{n:04}", to=MAIN, hangs_up_after=leaves)


def left_over() -> tuple[int, int]:
    """Greenlets that run, and sockets that are open."""
    gc.collect()
    running = sum(isinstance(each, gevent.Greenlet) and not each.dead for each in gc.get_objects())
    return running, sum(map(is_socket, os.listdir("/proc/self/fd")))


def is_socket(descriptor: str) -> bool:
    with suppress(FileNotFoundError):  # the directory's own
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")
    return False


# What goes wrong inside


def failing(house: House, to: str, error: Exception) -> tuple[PlacedCall, CallRecord]:
    """One call along a route on which an agent's presence cannot be told, by an error of our own."""

    def broken(company: str, destination: str) -> int:
        raise error

    house.rules(to)
    house.serve().call_data.busy = broken
    call = house.call().wait()
    return call, house.record(call)


def test_own_error_goes_to_the_fail_safe_and_is_in_the_journal(house: House) -> None:
    call, record = failing(house, "[number:busy, agent:nancy]", ZeroDivisionError("a bug"))
    assert call.fail_safe and len(call.routers) == 1, call.log()
    assert (record.outcome, record.destination) == ("failsafe", "failsafe")
    assert record.trace[-1]["outcome"] == "failed" and "ZeroDivisionError" in record.trace[-1]["why"]
    assert "a bug" not in record.trace[-1]["why"]


@pytest.mark.parametrize("to", ["agent:nancy", "[number:busy, agent:nancy]", "[queue:support, agent:nancy]"])
def test_own_error_goes_to_the_fail_safe_wherever_it_happens(house: House, to: str) -> None:
    house.queue(max_wait=5.0)
    call, record = failing(house, to, RuntimeError())
    assert call.fail_safe and call.talked_to == ["sofia/gateway/carrier/+13125550140"], call.log()
    assert record.outcome == "failsafe" and record.ended is not None
    assert not house.services[0].cdr.live


@pytest.mark.parametrize("after", [0, 200, 3000, 6000])
@pytest.mark.parametrize("reset", [False, True])
def test_broken_connection_leaves_no_live_call(house: House, after: int, reset: bool) -> None:
    house.rules("[number:busy, agent:nancy]")
    service = house.serve()
    house.switch.cut(after_bytes=after, reset=reset)
    call = house.call().wait()
    until(lambda: not service.listener.live and not service.cdr.live, "the call to be let go")
    assert call.over
    service.cdr.flush()
    record = house.store.journal.get(call.uuid) if service.write_behind.flush(5) else None
    assert record is None or record.outcome in ("lost", "abandoned", "unknown", "answered")


def test_call_is_routed_when_the_switch_sends_byte_by_byte(house: House) -> None:
    house.switch.fault(Fault(chunk=7), connections=9)
    call, record = house.route("[number:busy, agent:nancy]")
    assert record.outcome == "answered" and call.talked_to == ["user/1001"]
