"""A database that is away, slow or replaced: calls go by the last rule book, and their records are kept for it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest

from fsrouter.store import Store
from router.site import ADA, Site, attempts, held, until


@pytest.fixture
def locked(site: Site) -> Iterator[Callable[[], None]]:
    """Have another process hold the database for itself; called again, let go of it."""
    holder = sqlite3.connect(site.path, isolation_level=None)

    def turn() -> None:
        if holder.in_transaction:
            holder.execute("ROLLBACK")
        else:
            holder.execute("BEGIN EXCLUSIVE")

    yield turn
    holder.close()


def impatient(site: Site) -> Store:
    """A store that waits for a lock hardly at all."""
    site._stores.append(Store.open(site.url, busy=0.05))
    return site._stores[-1]


def test_calls_go_on_while_nobody_can_write(site: Site, locked: Callable[[], None]) -> None:
    site.rules("[number:busy, agent:nancy]")
    service = site.serve(impatient(site))
    locked()
    call = site.call().wait()
    assert call.talked_to == ["user/1001"]
    until(lambda: service.write_behind.backlog().away_since is not None, "the journal to be away")
    assert service.write_behind.backlog().waiting == 1
    locked()
    record = site.record(call)
    assert record.outcome == "answered" and attempts(record)[-1] == ("agent:nancy", "answered")


def test_round_robin_picks_at_random_without_the_counter(site: Site, locked: Callable[[], None]) -> None:
    group = "distributions: {d: {groups: [{rule: linear-round-robin, members: [agent:nancy, agent:johan]}]}}"
    site.rules("distribution:d", group)
    site.serve(impatient(site))
    locked()
    call = site.call().wait()
    assert call.talked_to in (["user/1001"], ["user/1002"])
    locked()
    assert site.record(call).outcome == "answered"


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


def test_calls_go_on_while_nothing_can_be_read(site: Site) -> None:
    site.rules("[number:busy, agent:nancy]")
    store = site.another_store()
    parts = [
        Part(store, name)
        for name in ("books", "contacts", "journal", "states", "turns", "commands", "nodes", "secrets")
    ]
    service = site.serve(store)
    for part in parts:
        part.away = True
    until(lambda: service.rulebooks.trouble, "the trouble to be seen")
    assert service.status.node(False).detail["store"].startswith("the database")
    call = site.call(ADA).wait()
    assert call.talked_to == ["user/1001"] and not call.fail_safe
    site.rules("agent:johan")
    for part in parts:
        part.away = False
    until(lambda: not service.rulebooks.trouble, "the trouble to pass")
    until(lambda: service.rulebooks.snapshot.books["acme"].revision == 2, "the change made meanwhile")
    record = site.record(call)
    assert record.outcome == "answered" and record.revision == 1
    assert ("facts", "not known") in [(entry.at, entry.outcome) for entry in record.trace]


def test_changed_rule_book_is_in_force_though_breaks_cannot_be_read(site: Site) -> None:
    site.rules("agent:nancy")
    store = site.another_store()
    service = site.serve(store)
    states = Part(store, "states")
    states.away = True
    site.rules("agent:johan")
    until(lambda: service.rulebooks.snapshot.books["acme"].revision == 2, "the change")
    until(lambda: service.rulebooks.trouble, "the trouble to be seen")
    site.store.states.set_agent("acme", "nancy", "break", "test")
    states.away = False
    until(lambda: service.rulebooks.on_break("acme"), "the break to be known")
    until(lambda: not service.rulebooks.trouble, "the trouble to pass")


def test_resumed_call_uses_the_rule_book_in_force_when_its_own_cannot_be_read(site: Site) -> None:
    site.rules("[number:silent, agent:johan]")
    store = site.another_store()
    first, second = site.serve(), site.serve(store)
    call = site.call().reach("ringing")
    with held(call):
        site.rules("[number:silent, agent:nancy]")
        until(lambda: second.rulebooks.snapshot.books["acme"].revision == 2, "the change")
        Part(store, "books").away = True
        site.die(first)
    call.wait()
    assert call.talked_to == ["user/1001"] and len(call.rang) == 2, call.log()


def test_slow_database_keeps_no_call_waiting(site: Site) -> None:
    site.rules("[number:busy, agent:nancy]")
    store = site.another_store()
    service = site.serve(store)
    service.threads.patience = 0.1
    Part(store, "contacts").seconds = 0.6
    calls = [site.call(ADA) for _ in range(12)]  # more than there are threads
    for call in calls:
        assert call.wait().talked_to == ["user/1001"] and not call.fail_safe
    record = site.record(calls[-1])
    assert ("facts", "not known") in [(entry.at, entry.outcome) for entry in record.trace]
    assert "did not answer in time" in next(entry.why for entry in record.trace if entry.at == "facts")
    assert record.outcome == "answered" and record.caller == ADA and "caller" not in record.known()
    assert service.listener.live == 0


def test_answer_in_time_is_heard_by_a_hub_that_stood_still(site: Site) -> None:
    site.rules("agent:nancy")
    service = site.serve()
    service.threads.for_call(int)  # the threads are there
    gevent.spawn(time.sleep, 0.3)  # the hub's own thread stands still, with the question asked
    service.threads.patience = 0.1
    assert service.threads.for_call(str, 7) == "7"


def test_routers_own_work_in_a_slow_database_keeps_no_call_waiting(site: Site) -> None:
    site.rules("agent:nancy")
    service = site.serve()
    busy = [gevent.spawn(service.threads.for_router, time.sleep, 1.5) for _ in range(8)]
    gevent.sleep(0)
    record = site.record(site.call(ADA).wait())
    assert record.known()["caller"] == "first-time" and not any(each.ready() for each in busy)
    gevent.joinall(busy)


def test_store_trouble_is_in_the_heartbeat_and_passes(site: Site, locked: Callable[[], None]) -> None:
    site.rules("agent:nancy")
    service = site.serve(impatient(site))
    assert service.rulebooks.trouble == ""
    node = service.status.node(False)
    assert (node.state, node.calls, node.detail["store"]) == ("up", 0, "")
    assert all(node.detail["freeswitch"].values())


def test_second_stop_hurries_a_router_whose_last_records_cannot_be_written(
    site: Site, locked: Callable[[], None]
) -> None:
    site.queue(max_wait=30.0)
    site.rules("[queue:support, agent:nancy]")
    service = site.serve(impatient(site))
    call = site.call().reach("queue")
    with held(call):
        until(service.cdr.waiting, "the queue to have the call")
        locked()
        service.cdr.linger = 0.5
        service.stop()
        began = time.monotonic()
        gevent.spawn_later(0.1, service.stop)
        service.close()
        assert time.monotonic() - began < 15
        locked()
    site.services.remove(service)
    call.hang_up()
