"""The CRM write-back queue: calls that are over are written once, when they are closed, and by one router."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from crm import server as faults
from crm.rig import Rig, until
from fsrouter.crm.writeback.queue import LONGEST_AGAIN, MOST, WriteBackQueue
from fsrouter.engine.contacts import Contact, Entry
from fsrouter.store import CallRecord

#: The number of the first person of the office.
FIRST = "+12005550001"


class Writing:
    """A queue to which records are given by hand. `live` are the calls that go on."""

    def __init__(self, rig: Rig) -> None:
        rig.book.crms["crm"] = replace(rig.book.crms["crm"], write_back=True)
        contact = Contact(id="1001", crm="crm", name="First1 Last1")
        rig.store.contacts.replace("acme", "crm", [Entry(contact=contact, numbers=(FIRST,))])
        self.rig = rig
        self.live: set[str] = set()
        self.waits: list[float] = []
        self.queue = WriteBackQueue(
            rig.store, lambda: {"acme": rig.book}, self.live, rig.client, "r1", pause=self.waits.append
        )
        self.queue.start()

    def is_done(self) -> None:
        until(lambda: not self.queue.status()["waiting"], "an empty queue")


@pytest.fixture
def writing(crm: Callable[..., Rig]) -> Iterator[Writing]:
    made = Writing(crm("hubspot"))
    yield made
    made.rig.stand_in.released.set()
    made.queue.close(1.0)


def record(uuid: str = "u1", **more: Any) -> CallRecord:
    told = CallRecord(
        uuid=uuid, company="acme", number="+18725550111", caller=FIRST, contact="1001", began=1e9, router="r1", turn=1
    )
    return replace(told, **{"ended": 1e9 + 60, **more})


def test_a_call_waits_until_it_is_closed(writing: Writing) -> None:
    """Until then it may go on, be answered after all, or get its recording."""
    writing.live.add("u1")
    writing.queue.heard(record(outcome="unknown"))
    writing.queue.heard(record(ended=None))
    assert writing.queue.status()["waiting"] == 0
    writing.queue.heard(record(outcome="unknown"))
    writing.queue.heard(record(outcome="answered", recording="/r/late.wav"))
    assert writing.queue.status()["waiting"] == 1 and not writing.rig.stand_in.calls
    writing.live.clear()
    writing.is_done()
    assert "late.wav" in str(writing.rig.stand_in.calls) and len(writing.rig.stand_in.calls) == 1
    writing.queue.heard(record(outcome="answered", turn=2))
    assert writing.queue.status()["waiting"] == 0


def test_the_later_of_two_routers_writes(writing: Writing) -> None:
    writing.rig.store.journal.write([record("u1", router="r2", turn=2), record("u2", router="r0", turn=1)])
    writing.queue.heard(record("u1"))
    writing.queue.heard(record("u2", turn=2))
    writing.queue.heard(record("u3", router="r2"))
    writing.is_done()
    assert len(writing.rig.stand_in.calls) == 1


def test_a_call_refused_for_now_is_written_once(writing: Writing) -> None:
    """Even when it wants fewer requests for longer than one sync would be patient."""
    writing.rig.stand_in.misbehave(*[faults.status(429, Retry_After="0")] * 12)
    writing.queue.heard(record())
    writing.is_done()
    assert (len(writing.rig.stand_in.calls), len(writing.rig.stand_in.seen)) == (1, 13)
    assert writing.queue.status() == {"waiting": 0, "written": 1, "lost": 0, "troubles": {}}


def test_a_call_that_may_have_arrived_is_not_sent_again(writing: Writing, caplog: pytest.LogCaptureFixture) -> None:
    writing.rig.stand_in.misbehave(faults.hang_up, faults.status(401))
    writing.queue.heard(record("u1"))
    writing.is_done()
    writing.queue.heard(record("u2"))
    writing.is_done()
    assert len(writing.rig.stand_in.seen) == 2 and writing.queue.status()["lost"] == 2
    assert "does not know the credential" in writing.queue.status()["troubles"]["acme/crm"]
    given_up = [
        vars(r) for r in caplog.records if r.getMessage() == "the call cannot be written to its CRM and is given up"
    ]
    assert [(each["uuid"], each["company"], each["crm"]) for each in given_up] == [
        ("u1", "acme", "crm"),
        ("u2", "acme", "crm"),
    ]


def test_a_crm_that_cannot_be_reached_is_tried_again_for_hours(writing: Writing) -> None:
    writing.rig.server.stop()
    writing.queue.heard(record())
    writing.is_done()
    assert "cannot be reached" in writing.queue.status()["troubles"]["acme/crm"] and writing.queue.status()["lost"] == 1
    assert 3600 < sum(writing.waits) < 4 * 3600 and max(writing.waits) == LONGEST_AGAIN


def test_the_queue_is_bounded(writing: Writing) -> None:
    writing.live.update(str(n) for n in range(MOST + 50))
    for n in range(MOST + 50):
        writing.queue.heard(record(str(n)))
    assert writing.queue.status()["waiting"] == MOST and writing.queue.status()["lost"] == 50
