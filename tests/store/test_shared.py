"""What the processes share besides calls: turns, states, commands, nodes."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading

import pytest

from fsrouter.errors import UsageError
from fsrouter.store import CallRecord, Node, Store, sources

TAKE = """
import sys
from fsrouter.store import Store
with Store.open(sys.argv[1]) as store:
    print(*(store.turns.take("acme", "sales") for _ in range(40)))
"""


def test_turns_count_up_in_each_group(store: Store) -> None:
    assert [store.turns.take("acme", "sales/0") for _ in range(3)] == [0, 1, 2]
    assert store.turns.take("acme", "sales/1") == 0
    assert store.turns.take("globex", "sales/0") == 0


def test_no_turn_is_taken_twice_by_several_processes(url: str) -> None:
    Store.open(url).close()
    takers = [subprocess.Popen([sys.executable, "-c", TAKE, url], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    taken = [list(map(int, taker.communicate(timeout=25)[0].split())) for taker in takers]
    assert sorted(itertools.chain.from_iterable(taken)) == list(range(120))
    assert all(turns == sorted(turns) for turns in taken)
    with Store.open(url) as store:
        assert store.turns.take("acme", "sales") == 120


def test_no_turn_is_taken_twice_by_several_threads(store: Store) -> None:
    taken: list[int] = []
    threads = [
        threading.Thread(target=lambda: taken.extend([store.turns.take("acme", "g") for _ in range(25)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(100))


def test_an_agents_break_holds_until_they_are_available(store: Store) -> None:
    before = store.states.token()
    assert store.states.agents("acme") == {}
    store.states.set_agent("acme", "nancy", "break", "johan")
    found = store.states.agents("acme")["nancy"]
    assert (found.name, found.state, found.who) == ("nancy", "break", "johan")
    assert store.states.agents("globex") == {}
    store.states.set_agent("acme", "nancy", "available", "nancy")
    assert store.states.agents("acme")["nancy"].state == "available"
    assert store.states.token() > before


def test_a_schedule_is_held_until_it_is_let_go_or_time_is_up(store: Store) -> None:
    before = store.states.token()
    store.states.override("acme", "office", "closed", "nancy")
    store.states.override("acme", "nights", "open", "nancy", until=1000.0)
    assert {name: found.state for name, found in store.states.overrides("acme", 999.0).items()} == {
        "office": "closed",
        "nights": "open",
    }
    assert list(store.states.overrides("acme", 1000.0)) == ["office"]
    assert list(store.states.overrides("acme")) == ["office"]
    store.states.override("acme", "office", "open", "johan", until=5e9)
    found = store.states.overrides("acme")["office"]
    assert (found.state, found.who, found.until) == ("open", "johan", 5e9)
    store.states.override("acme", "office", "auto", "johan")
    assert store.states.overrides("acme") == {}
    assert store.states.overrides("globex") == {}
    assert store.states.token() == before + 4


def test_unknown_states_are_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="'lunch' is no state; it is one of available, break"):
        store.states.set_agent("acme", "nancy", "lunch", "me")
    with pytest.raises(UsageError, match="one of open, closed, auto"):
        store.states.override("acme", "office", "ajar", "me")
    assert store.states.token() == 0


def test_a_command_reaches_the_router_that_has_the_call(store: Store) -> None:
    store.journal.write(
        [
            CallRecord(uuid="a", router="r1"),
            CallRecord(uuid="b", router="r2"),
            CallRecord(uuid="c", router="r1", ended=1.0),
        ]
    )
    first = store.commands.add("a", "hangup", "", "nancy")
    second = store.commands.add("a", "transfer", "queue:support", "nancy")
    store.commands.add("b", "hangup", "", "nancy")
    store.commands.add("c", "hangup", "", "nancy")
    store.commands.add("gone", "hangup", "", "nancy")
    assert [(c.id, c.verb, c.argument) for c in store.commands.pending("r1")] == [
        (first, "hangup", ""),
        (second, "transfer", "queue:support"),
    ]
    assert store.commands.done(first, "+OK")
    assert not store.commands.done(first, "+OK again")
    assert [command.id for command in store.commands.pending("r1")] == [second]
    found = store.commands.get(first)
    assert found is not None and found.result == "+OK" and found.done is not None
    assert store.commands.get(10_000) is None


def test_a_command_that_nobody_carried_out_is_void_in_time(store: Store) -> None:
    store.journal.write([CallRecord(uuid="a", router="r1")])
    store.commands.add("a", "hangup", "", "nancy")
    at = store.commands.pending("r1")[0].at
    assert store.commands.pending("r1", at + 59)
    assert store.commands.pending("r1", at + 60) == []


def test_an_unknown_command_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="it is one of hangup, transfer"):
        store.commands.add("a", "bgapi", "system rm", "nancy")


def test_nodes_are_as_they_last_said(store: Store) -> None:
    node = Node(name="r1", host="h", pid=7, version="0.1", address="127.0.0.1:8084", started=1.0, beat=2.0)
    store.nodes.beat(node)
    later = Node(name="r1", host="h", pid=8, started=3.0, beat=4.0, state="draining", calls=5, detail={"switch": "up"})
    store.nodes.beat(later)
    store.nodes.beat(Node(name="r0"))
    assert store.nodes.list() == [Node(name="r0"), later]
    store.nodes.forget("r1")
    assert store.nodes.list() == [Node(name="r0")]


def test_a_sync_that_is_asked_for_is_taken_once(store: Store) -> None:
    assert store.syncs.ask("acme", "hub", "ada")
    assert not store.syncs.ask("acme", "hub", "ben")  # it waits already
    assert store.syncs.ask("acme", "erp", "ada") and store.syncs.ask("other", "hub", "ada")
    assert [(r.company, r.crm) for r in store.syncs.waiting("r1")] == [
        ("acme", "hub"),
        ("acme", "erp"),
        ("other", "hub"),
    ]
    barrier, took = threading.Barrier(10), []

    def race(n: int) -> None:
        barrier.wait(10)
        took.append(store.syncs.take("acme", "hub", f"r{n}"))

    threads = [threading.Thread(target=race, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert took.count(True) == 1
    (mine,) = (r for r in store.syncs.list("acme") if r.crm == "hub")
    assert mine.who == "ada" and mine.node and mine.done is None
    assert "hub" not in [r.crm for r in store.syncs.waiting("another") if r.company == "acme"]


def test_a_sync_says_how_far_it_is_and_what_came_of_it(store: Store) -> None:
    store.syncs.ask("acme", "hub", "ada")
    assert store.syncs.take("acme", "hub", "r1")
    store.syncs.progress("acme", "hub", "r2", 7, 7)  # r2 has nothing to say of it
    store.syncs.progress("acme", "hub", "r1", 40, 100)
    (told,) = store.syncs.list()
    assert (told.contacts, told.total, told.done) == (40, 100, None)
    store.syncs.done("acme", "hub", "r2", "nonsense")
    store.syncs.done("acme", "hub", "r1", "403", failed=True)
    store.syncs.done("acme", "hub", "r1", "too late")
    (told,) = store.syncs.list()
    assert told.done is not None and (told.failed, told.result) == (True, "403")
    assert store.syncs.waiting("r1") == [] and not store.syncs.take("acme", "hub", "r1")
    assert store.syncs.ask("acme", "hub", "ben")  # it is over, so it may be asked for again
    (told,) = store.syncs.list()
    assert (told.who, told.node, told.done, told.failed, told.result) == ("ben", "", None, False, "")


def test_a_sync_whose_router_is_gone_is_taken_by_another(store: Store) -> None:
    store.syncs.ask("acme", "hub", "ada")
    store.syncs.take("acme", "hub", "r1")
    (taken,) = store.syncs.list()
    assert store.syncs.waiting("r2", taken.seen + sources.LEASE - 1) == []
    assert store.syncs.waiting("r2", taken.seen + sources.LEASE)
    assert store.syncs.waiting("r1")  # which has been started again, for else it would know better
    store.syncs.give_back("acme", "hub", "r1")
    assert store.syncs.waiting("r2") and store.syncs.take("acme", "hub", "r2")


def test_a_sync_that_nobody_takes_is_not_waited_for_in_time(store: Store) -> None:
    store.syncs.ask("acme", "hub", "ada")
    (asked,) = store.syncs.list()
    assert store.syncs.waiting("r1", asked.at + sources.FRESH - 1)
    assert store.syncs.waiting("r1", asked.at + sources.FRESH) == []
