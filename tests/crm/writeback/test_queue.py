"""The CRM write-back queue: calls that are over are written once, when they are closed, by any router."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from crm import server as faults
from crm.rig import Rig, SetClock, until
from fsrouter.crm.client import Client
from fsrouter.crm.writeback.queue import MOST, WriteBackQueue
from fsrouter.engine.contacts import Contact, Entry
from fsrouter.runtime.native import NATIVE
from fsrouter.store import CallRecord, Node, Store

#: The first people of the office, by their ids.
PEOPLE = {"1001": "+12005550001", "1002": "+12005550002"}


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'test.db'}", clock=clock) as store:
        yield store


class Writing:
    """A router's queue, to which records are given by hand, and which looks when it is told to. `live` are the calls
    that go on; every wait within a request is over at once.
    """

    def __init__(self, rig: Rig, clock: SetClock, node: str = "r1") -> None:
        rig.book.crms["crm"] = replace(rig.book.crms["crm"], write_back=True)
        self.rig, self.node, self.clock = rig, node, clock
        self.live: set[str] = set()
        self.waits: list[float] = []
        self.client = Client(rig.sender, NATIVE)
        self.queue = WriteBackQueue(
            rig.store, lambda: {"acme": rig.book}, self.live, self.client, node, pause=self.waits.append
        )
        self.beat()

    @property
    def sent(self) -> list[Any]:
        return list(self.rig.stand_in.calls)

    def beat(self) -> None:
        self.rig.store.nodes.beat(Node(name=self.node, beat=self.clock.now))

    def heard(self, *records: CallRecord) -> None:
        for each in records:
            self.queue.heard(each)

    def look(self) -> None:
        """One look into the store, and what it begins."""
        self.beat()
        self.queue._look_due = self.queue._look_expired = 0.0
        self.queue.look()
        until(lambda: not self.queue._sending, "the end of what was begun")

    def look_on(self, seconds: float, every: float = 60.0) -> int:
        """Look again and again while so much time goes by, until nothing waits. Returns how often."""
        looks, end = 0, self.clock.now + seconds
        while self.clock.now < end and (looks == 0 or self.queue.status()["waiting"]):
            self.look()
            self.clock.now += every
            looks += 1
        return looks


@pytest.fixture
def made() -> Iterator[list[Writing]]:
    made: list[Writing] = []
    yield made
    for each in made:
        each.rig.stand_in.released.set()
        each.queue.close(0.0)


@pytest.fixture
def rig(crm: Callable[..., Rig]) -> Rig:
    rig = crm("hubspot")
    contacts = [Entry(contact=Contact(id=id, crm="crm", name=id), numbers=(number,)) for id, number in PEOPLE.items()]
    rig.store.contacts.replace("acme", "crm", contacts)
    return rig


@pytest.fixture
def writing(rig: Rig, clock: SetClock, made: list[Writing]) -> Writing:
    made.append(Writing(rig, clock))
    return made[-1]


@pytest.fixture
def other(rig: Rig, clock: SetClock, made: list[Writing]) -> Writing:
    """Another router on the same database."""
    made.append(Writing(rig, clock, "r2"))
    return made[-1]


def record(uuid: str = "u1", contact: str = "1001", **more: Any) -> CallRecord:
    known = {"caller": PEOPLE[contact], "contact": contact, "began": 1e9, "ended": 1e9 + 60, "router": "r1", "turn": 1}
    return CallRecord(uuid=uuid, company="acme", number="+18725550111", **{**known, **more})


def test_a_call_waits_until_it_is_closed(writing: Writing) -> None:
    """Until then it may go on, be answered after all, or get its recording."""
    writing.live.add("u1")
    writing.heard(record(outcome="unknown"), record(ended=None))
    assert writing.queue.status()["waiting"] == 0
    writing.heard(record(outcome="unknown"), record(outcome="answered", recording="/r/late.wav"))
    writing.look()
    assert writing.queue.status()["waiting"] == 1 and not writing.sent
    writing.live.clear()
    writing.look()
    assert "late.wav" in str(writing.sent) and len(writing.sent) == 1
    writing.heard(record(outcome="answered", turn=2))
    assert writing.queue.status()["waiting"] == 0


def test_the_later_of_two_routers_writes(writing: Writing) -> None:
    writing.rig.store.journal.write([record("u1", router="r2", turn=2), record("u2", router="r0", turn=1)])
    writing.heard(record("u1"), record("u2", turn=2))
    writing.look()
    assert len(writing.sent) == 1


def test_a_call_whose_router_died_is_written_once_by_those_that_close_its_record(
    writing: Writing, other: Writing
) -> None:
    writing.rig.store.journal.write([record(router="r0", ended=None)])
    for router in (writing, other):
        router.heard(record(router="r0", outcome="answered"))
        router.look()
    assert len(writing.sent) == 1


def test_a_call_that_two_routers_put_in_is_written_once(writing: Writing, other: Writing) -> None:
    writing.heard(record(turn=1))
    writing.look()
    other.heard(record(turn=2, router="r2"))
    other.look_on(86_400, every=3600)
    assert len(writing.sent) == 1


def test_a_call_refused_for_now_is_written_once(writing: Writing) -> None:
    """Even when it wants fewer requests for longer than one request would be patient."""
    writing.rig.stand_in.misbehave(*[faults.status(429, Retry_After="0")] * 12)
    writing.heard(record())
    writing.look_on(3600)
    assert (len(writing.sent), len(writing.rig.stand_in.seen)) == (1, 13)
    assert writing.queue.status() == {"waiting": 0, "written": 1, "lost": 0, "troubles": {}}


def test_a_crm_that_says_when_to_come_again_is_not_asked_before(writing: Writing) -> None:
    writing.rig.stand_in.misbehave(faults.status(429, Retry_After="3000"))
    writing.heard(record())
    for sent in (0, 0, 1):
        writing.look()
        assert len(writing.sent) == sent
        writing.clock.now += 1500
    assert len(writing.rig.stand_in.seen) == 2


def test_a_call_that_may_have_arrived_is_not_sent_again(writing: Writing, caplog: pytest.LogCaptureFixture) -> None:
    writing.rig.stand_in.misbehave(faults.hang_up, faults.status(401))
    for uuid in ("u1", "u2"):
        writing.heard(record(uuid))
        writing.look_on(86_400, every=3600)
    assert len(writing.rig.stand_in.seen) == 2 and writing.queue.status()["lost"] == 2
    assert "does not know the credential" in writing.queue.status()["troubles"]["acme/crm"]
    given_up = [
        vars(r) for r in caplog.records if r.getMessage() == "the call cannot be written to its CRM and is given up"
    ]
    assert [(each["uuid"], each["company"], each["crm"]) for each in given_up] == [
        ("u1", "acme", "crm"),
        ("u2", "acme", "crm"),
    ]


def test_a_crm_that_cannot_be_reached_is_tried_again_for_a_day(
    writing: Writing, caplog: pytest.LogCaptureFixture
) -> None:
    writing.rig.server.stop()
    writing.heard(record("u1"), record("u2", contact="1002"))
    writing.look_on(86_000, every=500)
    assert writing.queue.status()["waiting"] == 2 and writing.queue.status()["lost"] == 0
    assert "cannot be reached" in writing.queue.status()["troubles"]["acme/crm"]
    writing.look_on(2_000, every=100)
    assert writing.queue.status()["waiting"] == 0 and writing.queue.status()["lost"] == 2
    assert sum("is given up" in r.getMessage() for r in caplog.records) == 1, "the same trouble is told once"


def test_calls_of_one_contact_are_written_in_their_order(writing: Writing, other: Writing) -> None:
    """The first cannot be sent for now: what comes later at the same contact waits for it, whoever puts it in."""
    writing.rig.stand_in.misbehave(*[faults.status(429)] * 5)
    writing.heard(record("u1", source="first"))
    writing.look()
    other.heard(record("u2", router="r2", source="second"))
    for _ in range(10):
        other.look()
        writing.look()
        writing.clock.now += 60
    assert [("first" in str(call), "second" in str(call)) for call in writing.sent] == [(True, False), (False, True)]


def test_calls_of_a_router_that_died_are_written_by_another(rig: Rig, writing: Writing, other: Writing) -> None:
    rig.stand_in.misbehave(*[faults.status(429)] * 5)
    writing.heard(record())
    writing.look()
    writing.clock.now += 60
    writing.beat()
    assert rig.store.outgoing.take("note", ("acme", "crm"), "r1"), "it dies with the call in its hands"
    other.look()
    assert not other.sent, "what a living router has taken is its own"
    writing.clock.now += 31
    other.look()
    assert len(other.sent) == 1 and other.queue.status()["waiting"] == 0


def test_what_waits_when_a_router_stops_is_written_by_its_next_start(rig: Rig, clock: SetClock) -> None:
    rig.stand_in.misbehave(*[faults.status(429)] * 5)
    first = Writing(rig, clock)
    first.heard(record())
    first.look()
    assert first.queue.close(0.0) == 0 and not first.sent
    clock.now += 60
    again = Writing(rig, clock)
    again.look()
    assert len(again.sent) == 1
    again.queue.close(0.0)


def test_what_a_killed_router_was_at_is_written_by_its_next_start(rig: Rig, writing: Writing) -> None:
    rig.stand_in.misbehave(*[faults.status(429)] * 5)
    writing.heard(record())
    writing.look()
    writing.clock.now += 60
    writing.beat()
    assert rig.store.outgoing.take("note", ("acme", "crm"), "r1"), "it is killed with the call in its hands"
    writing.queue.start()
    until(lambda: writing.sent, "the call in its CRM")


def test_the_thread_of_a_router_writes_what_it_hears(writing: Writing) -> None:
    writing.queue.start()
    writing.heard(record())
    until(lambda: writing.sent, "the call in its CRM")
    writing.queue.close(5.0)
    assert writing.queue.status()["written"] == 1


def test_the_calls_that_are_not_closed_yet_are_bounded(writing: Writing) -> None:
    writing.live.update(str(n) for n in range(MOST + 50))
    writing.heard(*(record(str(n)) for n in range(MOST + 50)))
    assert writing.queue.status()["waiting"] == MOST and writing.queue.status()["lost"] == 50
