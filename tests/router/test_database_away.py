"""A database that is away, slow or replaced: calls go by the last rule book, and their records are kept for it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest

from fsrouter.store import Store
from router.house import ADA, House, attempts, held, until


@pytest.fixture
def locked(house: House) -> Iterator[Callable[[], None]]:
    """Have another process hold the database for itself; called again, let go of it."""
    holder = sqlite3.connect(house.path, isolation_level=None)

    def turn() -> None:
        if holder.in_transaction:
            holder.execute("ROLLBACK")
        else:
            holder.execute("BEGIN EXCLUSIVE")

    yield turn
    holder.close()


def impatient(house: House) -> Store:
    """A store that waits for a lock hardly at all."""
    house._stores.append(Store.open(house.url, busy=0.05))
    return house._stores[-1]


def test_calls_go_on_while_nobody_can_write(house: House, locked: Callable[[], None]) -> None:
    house.rules("[number:busy, agent:nancy]")
    service = house.serve(impatient(house))
    locked()
    call = house.call().wait()
    assert call.talked_to == ["user/1001"]
    until(lambda: service.write_behind.backlog().away_since is not None, "the journal to be away")
    assert service.write_behind.backlog().waiting == 1
    locked()
    record = house.record(call)
    assert record.outcome == "answered" and attempts(record)[-1] == ("agent:nancy", "answered")


def test_round_robin_picks_at_random_without_the_counter(house: House, locked: Callable[[], None]) -> None:
    group = "distributions: {d: {groups: [{rule: linear-round-robin, members: [agent:nancy, agent:johan]}]}}"
    house.rules("distribution:d", group)
    house.serve(impatient(house))
    locked()
    call = house.call().wait()
    assert call.talked_to in (["user/1001"], ["user/1002"])
    locked()
    assert house.record(call).outcome == "answered"


class Part:
    """A part of a store, whose answers take `seconds`, or do not come while it is `away`."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._part = getattr(store, name)
        self.seconds = 0.0
        self.away = False
        setattr(store, name, self)

    def __getattr__(self, name: str) -> Any:
        time.sleep(self.seconds)
        if self.away:
            raise self._store._database.unreachable("the connection was refused")
        return getattr(self._part, name)


def test_calls_go_on_while_nothing_can_be_read(house: House) -> None:
    house.rules("[number:busy, agent:nancy]")
    store = house.another_store()
    parts = [Part(store, name) for name in ("books", "contacts", "journal", "states", "turns", "commands", "nodes")]
    service = house.serve(store)
    for part in parts:
        part.away = True
    until(lambda: service.rulebooks.trouble, "the trouble to be seen")
    assert service.status.node(False).detail["store"].startswith("the database")
    call = house.call(ADA).wait()
    assert call.talked_to == ["user/1001"] and not call.fail_safe
    house.rules("agent:johan")
    for part in parts:
        part.away = False
    until(lambda: not service.rulebooks.trouble, "the trouble to pass")
    until(lambda: service.rulebooks.snapshot.books["acme"].revision == 2, "the change made meanwhile")
    record = house.record(call)
    assert record.outcome == "answered" and record.revision == 1
    assert ("facts", "not known") in [(entry["at"], entry["outcome"]) for entry in record.trace]


def test_changed_rule_book_is_in_force_though_breaks_cannot_be_read(house: House) -> None:
    house.rules("agent:nancy")
    store = house.another_store()
    service = house.serve(store)
    states = Part(store, "states")
    states.away = True
    house.rules("agent:johan")
    until(lambda: service.rulebooks.snapshot.books["acme"].revision == 2, "the change")
    until(lambda: service.rulebooks.trouble, "the trouble to be seen")
    house.store.states.set_agent("acme", "nancy", "break", "test")
    states.away = False
    until(lambda: service.rulebooks.on_break("acme"), "the break to be known")
    assert not service.rulebooks.trouble


def test_resumed_call_uses_the_rule_book_in_force_when_its_own_cannot_be_read(house: House) -> None:
    house.rules("[number:silent, agent:johan]")
    store = house.another_store()
    first, second = house.serve(), house.serve(store)
    call = house.call().reach("ringing")
    with held(call):
        house.rules("[number:silent, agent:nancy]")
        until(lambda: second.rulebooks.snapshot.books["acme"].revision == 2, "the change")
        Part(store, "books").away = True
        house.die(first)
    call.wait()
    assert call.talked_to == ["user/1001"] and len(call.rang) == 2, call.log()


def test_slow_database_keeps_no_call_waiting(house: House) -> None:
    house.rules("[number:busy, agent:nancy]")
    store = house.another_store()
    service = house.serve(store)
    service.threads.patience = 0.1
    Part(store, "contacts").seconds = 0.6
    calls = [house.call(ADA) for _ in range(12)]  # more than there are threads
    for call in calls:
        assert call.wait().talked_to == ["user/1001"] and not call.fail_safe
    record = house.record(calls[-1])
    assert ("facts", "not known") in [(entry["at"], entry["outcome"]) for entry in record.trace]
    assert "did not answer in time" in next(entry["why"] for entry in record.trace if entry["at"] == "facts")
    assert record.outcome == "answered" and record.caller == ADA and "caller" not in record.facts
    assert service.listener.live == 0


def test_answer_in_time_is_heard_by_a_hub_that_stood_still(house: House) -> None:
    house.rules("agent:nancy")
    service = house.serve()
    service.threads.for_call(int)  # the threads are there
    gevent.spawn(time.sleep, 0.3)  # the hub's own thread stands still, with the question asked
    service.threads.patience = 0.1
    assert service.threads.for_call(str, 7) == "7"


def test_routers_own_work_in_a_slow_database_keeps_no_call_waiting(house: House) -> None:
    house.rules("agent:nancy")
    service = house.serve()
    busy = [gevent.spawn(service.threads.for_router, time.sleep, 1.5) for _ in range(8)]
    gevent.sleep(0)
    record = house.record(house.call(ADA).wait())
    assert record.facts["caller"] == "first-time" and not any(each.ready() for each in busy)
    gevent.joinall(busy)


def test_store_trouble_is_in_the_heartbeat_and_passes(house: House, locked: Callable[[], None]) -> None:
    house.rules("agent:nancy")
    service = house.serve(impatient(house))
    assert service.rulebooks.trouble == ""
    node = service.status.node(False)
    assert (node.state, node.calls, node.detail["store"]) == ("up", 0, "")
    assert all(node.detail["freeswitch"].values())


def test_second_stop_hurries_a_router_whose_last_records_cannot_be_written(
    house: House, locked: Callable[[], None]
) -> None:
    house.queue(max_wait=30.0)
    house.rules("[queue:support, agent:nancy]")
    service = house.serve(impatient(house))
    call = house.call().reach("queue")
    with held(call):
        until(service.cdr.waiting, "the queue to have the call")
        locked()
        service.cdr.linger = 0.5
        service.stop()
        began = time.monotonic()
        gevent.spawn_later(0.1, service.stop)
        service.close()
        assert time.monotonic() - began < 6
        locked()
    house.services.remove(service)
    call.hang_up()
