"""Calls that are over are written to the CRM of their contact: when it is wanted, once, and behind the call's back."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crm import server as faults
from msgspec.structs import replace

from fsrouter.crm.client import Client
from fsrouter.crm.transport.http import Sender
from fsrouter.crm.writeback.queue import LONGEST_AGAIN, MOST, WriteBackQueue
from fsrouter.store import CallRecord
from router.crm.hub import FIRST, LOOPBACK, Hub
from router.house import House, until

ON = ", write_back: true"


def called(hub: Hub, **how: Any) -> CallRecord:
    """A call of the first person, whom the cache knows, to its end."""
    hub.cache("1", 60.0)
    hub.serve()
    return hub.house.record(hub.house.call(FIRST, **how).wait())


def test_a_call_is_written_once(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules("agent:nancy", ON, line=", record: yes")
    record = called(acme)
    until(lambda: acme.stand_in.calls, "the note")
    (service,) = acme.house.services
    until(lambda: service.writeback.status()["written"] == 1, "the note to be counted")
    (told,) = acme.stand_in.calls
    properties = told["properties"]
    text = html.unescape(str(properties))
    assert record.recording and Path(record.recording).name in text
    assert "Call answered by Nancy N" in text and "-> " in text and "Dialled +18725550111 (ads)" in text
    assert told["associations"][0]["to"]["id"] == "1001"
    assert service.writeback.status() == {"waiting": 0, "written": 1, "lost": 0, "troubles": {}}


def test_off_unless_it_is_wanted(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules("agent:nancy")
    called(acme)
    assert acme.house.services[0].writeback.status()["waiting"] == 0
    assert not acme.stand_in.seen


def test_a_stranger_is_nobodys_contact(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules("agent:nancy", ON)
    acme.cache("1", 60.0)
    acme.serve()
    acme.house.record(acme.house.call().wait())
    assert acme.house.services[0].writeback.status()["waiting"] == 0
    assert not acme.stand_in.seen


def test_a_crm_that_hangs_delays_no_call(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules("agent:nancy", ON)
    acme.stand_in.always = faults.silent
    called(acme)
    until(lambda: acme.stand_in.seen, "the note to be under way")
    began = time.monotonic()
    for _ in range(5):
        acme.house.call(FIRST).wait()
    assert time.monotonic() - began < 2.0
    acme.stand_in.released.set()


def test_what_is_left_is_written_when_a_router_stops(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules("agent:nancy", ON)
    acme.cache("1", 60.0)
    service = acme.serve()
    acme.house.call(FIRST).wait()
    service.stop()
    service.close()
    assert len(acme.stand_in.calls) == 1


class Box:
    """An outbox of its own, to which records are given by hand. `pages` are the calls that go on."""

    def __init__(self, hub: Hub) -> None:
        hub.rules("agent:nancy", ON)
        hub.cache("1", 60.0)
        book = hub.house.store.books.book("acme")
        assert book
        self.pages: set[str] = set()
        self.client = Client(Sender(LOOPBACK, hub.ca))
        self.waits: list[float] = []
        wait = self.waits.append
        self.box = WriteBackQueue(hub.house.store, lambda: {"acme": book}, self.pages, self.client, "r1", pause=wait)
        self.box.start()

    def waits_for_nothing(self) -> None:
        until(lambda: not self.box.status()["waiting"], "an empty box")


@pytest.fixture
def box(hub: Callable[..., Hub]) -> Any:
    acme = hub()
    made = Box(acme)
    made.hub = acme  # type: ignore[attr-defined]
    yield made
    acme.stand_in.released.set()
    made.box.close(1.0)
    made.client.close()


def record(uuid: str = "u1", **more: Any) -> CallRecord:
    told = CallRecord(
        uuid=uuid, company="acme", number="+18725550111", caller=FIRST, contact="1001", began=1e9, router="r1", turn=1
    )
    return replace(told, **{"ended": 1e9 + 60, **more})


def test_a_call_waits_until_its_page_is_put_away(box: Any) -> None:
    """Until then it may go on, be answered after all, or get its recording."""
    box.pages.add("u1")
    box.box.heard(record(outcome="unknown"))
    box.box.heard(record(ended=None))
    assert box.box.status()["waiting"] == 0
    box.box.heard(record(outcome="unknown"))
    box.box.heard(record(outcome="answered", recording="/r/late.wav"))
    assert box.box.status()["waiting"] == 1 and not box.hub.stand_in.calls
    box.pages.clear()
    box.waits_for_nothing()
    assert "late.wav" in str(box.hub.stand_in.calls) and len(box.hub.stand_in.calls) == 1
    box.box.heard(record(outcome="answered", turn=2))
    assert box.box.status()["waiting"] == 0


def test_of_two_routers_the_later_one_writes(box: Any) -> None:
    house: House = box.hub.house
    house.store.journal.write([record("u1", router="r2", turn=2), record("u2", router="r0", turn=1)])
    box.box.heard(record("u1"))
    box.box.heard(record("u2", turn=2))
    box.box.heard(record("u3", router="r2"))
    box.waits_for_nothing()
    assert len(box.hub.stand_in.calls) == 1


def test_what_a_crm_did_not_take_is_tried_again_and_arrives_once(box: Any) -> None:
    """Even when it wants fewer requests for longer than one sync would be patient."""
    box.hub.stand_in.misbehave(*[faults.status(429, Retry_After="0")] * 12)
    box.box.heard(record())
    box.waits_for_nothing()
    assert (len(box.hub.stand_in.calls), len(box.hub.stand_in.seen)) == (1, 13)
    assert box.box.status() == {"waiting": 0, "written": 1, "lost": 0, "troubles": {}}


def test_what_may_have_arrived_is_not_sent_again(box: Any, caplog: pytest.LogCaptureFixture) -> None:
    box.hub.stand_in.misbehave(faults.hang_up, faults.status(401))
    box.box.heard(record("u1"))
    box.waits_for_nothing()
    box.box.heard(record("u2"))
    box.waits_for_nothing()
    assert len(box.hub.stand_in.seen) == 2 and box.box.status()["lost"] == 2
    assert "does not know the credential" in box.box.status()["troubles"]["acme/hub"]
    assert sum("cannot be written to acme/hub and is given up" in r.getMessage() for r in caplog.records) == 2


def test_a_crm_that_cannot_be_reached_is_tried_again_for_hours(box: Any) -> None:
    box.hub.server.stop()
    box.box.heard(record())
    box.waits_for_nothing()
    assert "cannot be reached" in box.box.status()["troubles"]["acme/hub"] and box.box.status()["lost"] == 1
    assert 3600 < sum(box.waits) < 4 * 3600 and max(box.waits) == LONGEST_AGAIN


def test_the_box_is_bounded(box: Any) -> None:
    box.pages.update(str(n) for n in range(MOST + 50))
    for n in range(MOST + 50):
        box.box.heard(record(str(n)))
    assert box.box.status()["waiting"] == MOST and box.box.status()["lost"] == 50
