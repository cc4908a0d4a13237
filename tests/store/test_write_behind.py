"""Writing behind: nobody waits, nothing is lost while there is room, and what is lost is counted."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from simulated import START, SimulatedRuntime

from fsrouter.errors import StoreUnreachable
from fsrouter.runtime.native import NATIVE
from fsrouter.store import CallRecord, Journal, Store
from fsrouter.store.database import Database
from fsrouter.store.write_behind import Backlog, WriteBehind

SOON = 60.0


def live(uuid: str, where: str = "ringing") -> CallRecord:
    return CallRecord(uuid=uuid, company="acme", began=1.0, where=where)


def over(uuid: str) -> CallRecord:
    return CallRecord(uuid=uuid, company="acme", began=1.0, ended=2.0, outcome="answered")


def until(condition: Callable[[], object]) -> None:
    """Wait for what another thread does, and nothing can be waited on for."""
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """The database is away: another process holds its lock."""
    other = sqlite3.connect(store.name, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


class Paper:
    """Something that is written to, that can be away, and that refuses some records."""

    def __init__(self) -> None:
        self.batches: list[list[CallRecord]] = []
        self.there = True
        self.tried = 0
        self.refuses = ""

    def write(self, calls: Sequence[CallRecord]) -> None:
        self.tried += 1
        if not self.there:
            raise StoreUnreachable("the database is away")
        if self.refuses in [call.uuid for call in calls]:
            raise ValueError("not this one")
        self.batches.append(list(calls))

    @property
    def written(self) -> dict[str, CallRecord]:
        return {call.uuid: call for batch in self.batches for call in batch}


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def runtime() -> SimulatedRuntime:
    return SimulatedRuntime()


@pytest.fixture
def quick(sqlite_url: str) -> Iterator[Store]:
    with Store.open(sqlite_url, busy=0.02) as opened:
        yield opened


def test_records_that_are_put_are_written(store: Store) -> None:
    behind = WriteBehind(store.journal.write, NATIVE, interval=0.01)
    for i in range(1200):
        behind.put(live(f"c{i}"))
        behind.put(over(f"c{i}"))
    assert behind.flush(SOON)
    assert store.journal.live() == []
    assert len(store.journal.list(limit=2000)) == 1200
    assert behind.close(SOON) == 0


def test_records_go_in_batches_and_only_the_last_of_a_call(paper: Paper, runtime: SimulatedRuntime) -> None:
    behind = WriteBehind(paper.write, runtime, interval=60.0, batch=50)
    for i in range(49):
        behind.put(live(f"c{i}"))
        behind.put(live(f"c{i}", "talking"))
    runtime.sleep(59.0)
    assert paper.batches == []
    behind.put(over("last"))
    runtime.sleep(0.0)
    assert len(paper.batches[0]) == 50
    assert {call.where for call in paper.batches[0]} == {"talking", ""}
    assert behind.close(SOON) == 0


def test_the_interval_writes_what_is_too_little_for_a_batch(paper: Paper, runtime: SimulatedRuntime) -> None:
    behind = WriteBehind(paper.write, runtime, interval=0.2)
    behind.put(live("c1"))
    runtime.sleep(0.19)
    assert paper.batches == []
    runtime.sleep(0.01)
    assert paper.batches == [[live("c1")]]
    assert behind.close(SOON) == 0


def test_closing_writes_what_waits(store: Store) -> None:
    behind = WriteBehind(store.journal.write, NATIVE, interval=60.0)
    behind.put(over("c1"))
    assert behind.close(SOON) == 0
    assert store.journal.get("c1") == over("c1")
    behind.put(over("c2"))
    assert behind.backlog().lost == 1


def test_a_database_that_is_away_is_waited_for(quick: Store) -> None:
    behind = WriteBehind(quick.journal.write, NATIVE, interval=0.01, patience=0.05)
    with locked(quick):
        behind.put(live("c1"))
        until(lambda: behind.backlog().away_since)
        behind.put(over("c1"))
        behind.put(live("c2"))
        backlog = behind.backlog()
        assert backlog.waiting == 2 and "locked" in backlog.error and backlog.written == 0
    assert behind.flush(SOON)
    assert (quick.journal.get("c1"), quick.journal.get("c2")) == (over("c1"), live("c2"))
    assert behind.backlog().away_since is None
    assert behind.close(SOON) == 0


def test_a_database_whose_file_is_gone_is_waited_for(sqlite_url: str, tmp_path: Path) -> None:
    with Store.open(sqlite_url, busy=0.02) as made:
        path = Path(made.name)
    away = tmp_path / "away"
    away.mkdir()
    path.rename(away / path.name)
    path.mkdir()  # nothing can be opened here
    database = Database(sqlite_url, NATIVE.now, busy=0.02)
    behind = WriteBehind(Journal(database).write, NATIVE, interval=0.01, patience=0.05)
    behind.put(over("c1"))
    until(lambda: behind.backlog().away_since)
    path.rmdir()
    (away / path.name).rename(path)
    assert behind.flush(SOON)
    assert Journal(database).get("c1") == over("c1")
    assert behind.close(SOON) == 0
    database.close()


def test_put_does_not_wait_for_a_database_that_is_away(sqlite_url: str) -> None:
    with Store.open(sqlite_url, busy=20.0) as store:
        behind = WriteBehind(store.journal.write, NATIVE, interval=0.001)
        with locked(store):
            began = time.monotonic()
            for i in range(3000):
                behind.put(live(f"c{i}"))
            assert time.monotonic() - began < 5.0
            assert behind.backlog().waiting == 3000
        assert behind.close(SOON) == 0
        assert len(store.journal.live()) == 3000


def test_over_the_cap_the_oldest_live_ones_go_first_then_the_oldest_ends(
    paper: Paper, runtime: SimulatedRuntime
) -> None:
    paper.there = False
    behind = WriteBehind(paper.write, runtime, interval=0.001, patience=0.01, cap=4)
    behind.put(over("e1"))
    for name in ("l1", "l2", "l3", "l4"):
        behind.put(live(name))
    for name in ("e2", "e3", "e4"):
        behind.put(over(name))
    runtime.sleep(0.01)
    assert paper.tried
    behind.put(over("e5"))
    backlog = behind.backlog()
    assert (backlog.waiting, backlog.skipped, backlog.lost) == (4, 4, 1)
    paper.there = True
    assert behind.flush(SOON)
    assert set(paper.written) == {"e2", "e3", "e4", "e5"}
    assert behind.close(SOON) == 0


def test_a_later_record_is_not_overwritten_by_a_batch_that_failed(paper: Paper, runtime: SimulatedRuntime) -> None:
    paper.there = False
    behind = WriteBehind(paper.write, runtime, interval=0.001, patience=0.01)
    behind.put(live("c1"))
    runtime.sleep(0.01)
    assert paper.tried
    behind.put(over("c1"))
    runtime.sleep(0.01)
    assert paper.tried
    behind.put(live("c1", "late"))
    paper.there = True
    assert behind.flush(SOON)
    assert paper.written == {"c1": over("c1")}
    assert behind.close(SOON) == 0


def test_a_call_that_comes_back_after_its_end_is_live_again(paper: Paper, runtime: SimulatedRuntime) -> None:
    behind = WriteBehind(paper.write, runtime, interval=60.0)
    behind.put(over("c1"))
    again = CallRecord(uuid="c1", company="acme", began=1.0, where="queue", turn=2)
    behind.put(again)
    assert behind.flush(SOON)
    assert paper.written == {"c1": again}
    assert behind.close(SOON) == 0


def test_one_record_that_is_refused_takes_no_other_with_it(
    paper: Paper, runtime: SimulatedRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    paper.refuses = "bad"
    behind = WriteBehind(paper.write, runtime, interval=60.0)
    for name in ("a", "bad", "b"):
        behind.put(over(name))
    assert behind.flush(SOON)
    assert set(paper.written) == {"a", "b"}
    assert (behind.backlog().refused, behind.backlog().written) == (1, 2)
    assert [vars(r)["uuid"] for r in caplog.records if r.getMessage() == "the journal refused the call"] == ["bad"]
    assert behind.close(SOON) == 0


def test_closing_while_the_database_is_away_says_what_was_not_written(paper: Paper, runtime: SimulatedRuntime) -> None:
    paper.there = False
    behind = WriteBehind(paper.write, runtime, interval=0.001, patience=60.0)
    behind.put(over("c1"))
    runtime.sleep(0.01)
    assert paper.tried
    assert behind.close(0.05) == 1


def test_a_database_that_stays_away_is_tried_ever_more_slowly(paper: Paper, runtime: SimulatedRuntime) -> None:
    paper.there = False
    tries: list[float] = []

    def write(calls: Sequence[CallRecord]) -> None:
        tries.append(round(runtime.monotonic(), 3))
        paper.write(calls)

    behind = WriteBehind(write, runtime, interval=0.2, patience=5.0)
    behind.put(over("c1"))
    runtime.sleep(60.0)
    assert tries[:9] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 11.4, 16.4, 21.4]
    assert behind.backlog().away_since == START + 0.2
    paper.there = True
    runtime.sleep(5.0)
    assert behind.backlog() == Backlog(written=1)
    assert behind.close() == 0
