"""Many calls at once, and more than there may be: nobody waits in silence, and nothing is left behind."""

from __future__ import annotations

import gc
import os
from contextlib import suppress

import gevent
import pytest

from fsrouter.simulator import Caller, Fault, Phone, PlacedCall, run_load
from fsrouter.store import CallRecord
from router.site import MAIN, Site, until


def test_call_over_the_limit_goes_to_the_fail_safe_at_once(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    site.rules("agent:nancy")
    service = site.serve(limit=2)
    there = [site.call().reach("talking") for _ in range(2)]
    third = site.call().wait()
    assert third.fail_safe and third.rang[0].at < 1, third.log()
    assert service.listener.refused == 1
    for call in there:
        call.hang_up()
        call.wait()
    until(lambda: not service.listener.live, "room")
    assert site.call(hangs_up_after="at:talking+1").wait().talked_to == ["user/1001"]


def test_two_hundred_calls_leave_nothing_behind(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=2, talk=None)
    site.queue(max_wait=5.0)
    site.rules('["play:ivr/a.wav", number:busy, queue:support, agent:nancy]', line=", record: true")
    service = site.serve()
    service.threads.patience = service.cdr.linger = 10.0  # switch and router share one core here
    site.record(site.call(hangs_up_after="at:talking+1").wait())
    run_load(site.switch, calls=20, concurrency=20, make_caller=caller, timeout=20.0)
    until(lambda: not service.cdr.live, "the first records to be closed")
    before = left_over()
    load = run_load(site.switch, calls=200, concurrency=200, make_caller=caller, timeout=20.0)
    assert (load.failed, load.fail_safe) == (0, 0), load.causes
    until(lambda: not service.cdr.live and not service.listener.live, "all records to be closed")
    service.cdr.flush()
    until(lambda: service.write_behind.flush(5.0), "the journal to be written")
    assert not service.cdr.talks and not service.cdr._ringing
    ended = site.store.journal.list("acme", live=False, limit=500)
    assert len(ended) == 221 and {line.outcome for line in ended} == {"answered", "abandoned"}
    assert not site.store.journal.live()
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


def failing(site: Site, to: str, error: Exception) -> tuple[PlacedCall, CallRecord]:
    """One call along a route on which an agent's presence cannot be told, by an error of our own."""

    def broken(company: str, destination: str) -> int:
        raise error

    site.rules(to)
    site.serve().call_data.busy = broken
    call = site.call().wait()
    return call, site.record(call)


def test_own_error_goes_to_the_fail_safe_and_is_in_the_journal(site: Site) -> None:
    call, record = failing(site, "[number:busy, agent:nancy]", ZeroDivisionError("a bug"))
    assert call.fail_safe and len(call.routers) == 1, call.log()
    assert (record.outcome, record.destination) == ("failsafe", "failsafe")
    assert record.trace[-1].outcome == "failed" and "ZeroDivisionError" in record.trace[-1].why
    assert "a bug" not in record.trace[-1].why


@pytest.mark.parametrize("to", ["agent:nancy", "[number:busy, agent:nancy]", "[queue:support, agent:nancy]"])
def test_own_error_goes_to_the_fail_safe_wherever_it_happens(site: Site, to: str) -> None:
    site.queue(max_wait=5.0)
    call, record = failing(site, to, RuntimeError())
    assert call.fail_safe and call.talked_to == ["sofia/gateway/carrier/+13125550140"], call.log()
    assert record.outcome == "failsafe" and record.ended is not None
    assert not site.services[0].cdr.live


@pytest.mark.parametrize("after", [0, 200, 3000, 6000])
@pytest.mark.parametrize("reset", [False, True])
def test_broken_connection_leaves_no_live_call(site: Site, after: int, reset: bool) -> None:
    site.rules("[number:busy, agent:nancy]")
    service = site.serve()
    site.switch.cut(after_bytes=after, reset=reset)
    call = site.call().wait()
    until(lambda: not service.listener.live and not service.cdr.live, "the call to be let go")
    assert call.over
    service.cdr.flush()
    record = site.store.journal.get(call.uuid) if service.write_behind.flush(5) else None
    assert record is None or record.outcome in ("lost", "abandoned", "unknown", "answered")


def test_call_is_routed_when_the_switch_sends_byte_by_byte(site: Site) -> None:
    site.switch.fault(Fault(chunk=7), connections=9)
    call, record = site.route("[number:busy, agent:nancy]")
    assert record.outcome == "answered" and call.talked_to == ["user/1001"]
