"""The contact cache keeps fresh: what is due is synced, by one router; what fails is seen and tried again."""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from simulated import START, SimulatedRuntime

from crm import server as faults
from crm.conftest import LOOPBACK
from crm.hubspot_stand_in import HubSpot
from crm.office import office
from crm.rig import CONNECTIONS, ENVIRONMENT, Stub, book, until
from crm.server import Server, StandIn
from fsrouter.crm.client import Client
from fsrouter.crm.errors import CrmRefused
from fsrouter.crm.sync.marks import Mark
from fsrouter.crm.sync.scheduler import ENDING, FORGET, ContactSyncScheduler
from fsrouter.crm.sync.state import REPORT
from fsrouter.crm.transport.http import Sender
from fsrouter.crm.transport.messages import Reply
from fsrouter.engine.contacts import Contact, Entry
from fsrouter.engine.model import crms
from fsrouter.engine.model.people import Agent
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store, SyncRequest

ROWS = "id,name,phones\nc-1,Ada,+14155550101\nc-2,Bob,+14155550102\n"


@pytest.fixture
def stand_in() -> HubSpot:
    return HubSpot(office(5))


@pytest.fixture
def server(serve: Callable[[StandIn], Server], stand_in: HubSpot) -> Server:
    return serve(stand_in)


@pytest.fixture
def client(sender: Sender) -> Client:
    return Client(sender, NATIVE)


class Keeping:
    """One router's scheduler of acme's syncs, and acme's rule book."""

    def __init__(
        self,
        store: Store,
        client: Client,
        node: str = "r1",
        looks: list[None] | None = None,
        report: float = REPORT,
        **connections: Any,
    ) -> None:
        self.store, self.client = store, client
        self.looks = [] if looks is None else looks
        self.book: RuleBook | None = book(connections)
        self.scheduler = ContactSyncScheduler(store, self._books, client, node, look=0.01, again=0.05, report=report)
        self.scheduler.start()

    def _books(self) -> dict[str, RuleBook]:
        self.looks.append(None)
        return {"acme": self.book} if self.book else {}

    @property
    def trouble(self) -> str:
        told = self.scheduler.status()
        return next((said["trouble"] for said in told.values() if "trouble" in said), "")

    def has(self, count: int) -> None:
        until(lambda: self.store.contacts.count("acme") == count, f"{count} contacts in the cache")

    def rests(self) -> None:
        until(lambda: not self.scheduler.status(), "a scheduler that has nothing to tell")


@pytest.fixture
def keep(store: Store, client: Client) -> Iterator[Callable[..., Keeping]]:
    """A factory of schedulers."""
    made: list[Keeping] = []

    def make(**how: Any) -> Keeping:
        made.append(Keeping(how.pop("store", store), how.pop("client", client), **how))
        return made[-1]

    yield make
    for each in made:
        each.scheduler.stop()


def hubspot(server: Server, **more: Any) -> Any:
    return replace(CONNECTIONS["hubspot"](server.url), **more)


def listings(stand_in: HubSpot) -> int:
    """How often all contacts were asked for, from the first page on."""
    first = (asked for asked in stand_in.seen if asked.query.get("archived") == "false" and "after" not in asked.query)
    return sum(asked.path.endswith("/contacts") for asked in first)


def test_a_connection_is_synced_when_it_is_due(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot, store: Store
) -> None:
    keep(hub=hubspot(server, sync=3600)).has(8)
    until(lambda: not any(thread.name == "fsrouter-sync-acme/hub" for thread in threading.enumerate()), "its end")
    before = len(stand_in.seen)
    looks: list[None] = []
    other = keep(hub=hubspot(server, sync=3600), node="r2", looks=looks)
    until(lambda: len(looks) > 5, "some looks at what is due")
    assert len(stand_in.seen) == before and other.store is store


def test_a_connection_is_synced_again_when_its_interval_is_over(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot
) -> None:
    kept = keep(hub=hubspot(server, sync=0))
    kept.has(8)
    person = stand_in.office.people[1001]
    person.last, person.changed = "Married", time.time() + 5
    until(lambda: kept.store.contacts.owners("acme", "+12005550001")[0].name == "First1 Married", "the new name")


def test_only_one_of_two_routers_syncs(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot, store: Store, ca: str, tmp_path: Path
) -> None:
    gate = threading.Event()

    def slowly(talk: faults.Talk) -> None:
        gate.wait(10)
        talk.say(stand_in.answer(stand_in.seen[-1]))

    stand_in.misbehave(slowly)
    with Store.open(f"sqlite:///{tmp_path / 'test.db'}") as another:
        second = Client(Sender(NATIVE, LOOPBACK, ca, ENVIRONMENT), NATIVE)
        pair = keep(hub=hubspot(server)), keep(hub=hubspot(server), node="r2", store=another, client=second)
        until(lambda: stand_in.seen, "a sync that has begun")
        (source,) = store.contacts.sources.list("acme")
        assert source.lease_by in ("r1", "r2") and source.lease_until > time.time()
        gate.set()
        pair[0].has(8)
        for each in pair:
            each.scheduler.stop()
        second.close()
    assert listings(stand_in) == 1


def test_another_router_goes_on_when_one_has_died(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot, store: Store
) -> None:
    """A lease lasts only so long without its router."""
    assert store.contacts.sources.lease("acme", "hub", "dead", 0.2)
    keep(hub=hubspot(server)).has(8)


def test_a_changed_rule_book_is_synced_anew(keep: Callable[..., Keeping], server: Server, stand_in: HubSpot) -> None:
    kept = keep()
    kept.book = None
    kept.book = book({"hub": hubspot(server)}, fields=())
    kept.has(8)
    owner = lambda: kept.store.contacts.owners("acme", "+12005550001")[0]  # noqa: E731
    assert "tier" not in owner().fields
    kept.book = book({"hub": hubspot(server)}, fields=("tier",))
    until(lambda: owner().fields.get("tier") == "1", "the field that a rule looks at by now")
    agents = {"nancy": Agent(endpoint="user/1", crm_user={"hub": "nancy@acme.example"})}
    kept.book = book({"hub": hubspot(server)}, agents, fields=("tier",))
    until(lambda: owner().owner == "nancy@acme.example", "the owner by their address")
    kept.book = book({"erp": CONNECTIONS["custom"](server.url)})
    until(lambda: list(kept.scheduler._states) == [("acme", "erp")], "the connection to be forgotten")
    assert kept.store.contacts.sources.list("acme")[0].crm == "hub" and not kept.scheduler.status()


def test_contacts_of_a_connection_that_is_gone_are_forgotten_in_a_day(
    keep: Callable[..., Keeping], store: Store, tmp_path: Path
) -> None:
    """Not sooner, so that a mistake in a rule book costs nothing; what was imported by hand stays, and so does what a
    company has that was removed, for it may be rolled back to.
    """
    entry = [Entry(contact=Contact(id="1", name="Ada"), numbers=("+14155550101",))]
    day = time.time() - FORGET
    for crm, mark in (("old", day - 1), ("fresh", day + 60), ("imported", None), ("", None)):
        store.contacts.replace("acme", crm, entry, mark=msgspec.json.encode(Mark(done=mark)).decode() if mark else "")
    store.contacts.replace("a-removed", "old", entry, mark=msgspec.json.encode(Mark(done=day - 1)).decode())
    keep()
    until(lambda: store.contacts.count("acme", "old") == 0, "the old one to be forgotten")
    assert store.contacts.count("a-removed", "old") == 1
    assert [store.contacts.count("acme", crm) for crm in ("fresh", "imported", "")] == [1, 1, 1]


def test_a_changed_file_is_in_the_cache(keep: Callable[..., Keeping], tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(ROWS)
    kept = keep(people=crms.Csv(path=str(path)))
    kept.has(2)
    path.write_text(ROWS + "c-3,Eve,+14155550103\n")
    kept.has(3)
    path.write_text(ROWS.replace("Bob", "Rob"))
    until(lambda: kept.store.contacts.owners("acme", "+14155550102")[0].name == "Rob", "the new name")
    kept.has(2)


def test_a_bad_file_is_reported_once_and_taken_when_it_is_mended(
    keep: Callable[..., Keeping], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(ROWS)
    kept = keep(people=crms.Csv(path=str(path)))
    kept.has(2)
    path.write_text("who,whence\n1,2\n")
    until(lambda: "people.csv:1" in kept.trouble, "the trouble")
    failed = kept.scheduler._states["acme", "people"]
    os.utime(path, (1, 1))
    until(lambda: failed.failures >= 2, "another try")
    path.unlink()
    until(lambda: "No such file" in kept.trouble, "the other trouble")
    assert kept.store.contacts.count("acme") == 2
    path.write_text(ROWS + "c-3,Eve,+14155550103\n")
    kept.has(3)
    kept.rests()
    warned = [vars(r) for r in caplog.records if r.levelno >= logging.WARNING]
    assert [(each["msg"], each["company"], each["crm"]) for each in warned] == [
        ("the CRM cannot be synced, the contact cache stays as it is", "acme", "people")
    ] * 2


def test_a_failing_crm_is_reported_once_and_tried_again(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in.always = faults.status(403)
    kept = keep(hub=hubspot(server))
    until(lambda: kept.trouble, "the trouble")
    assert kept.trouble.startswith("hub: does not let the credential do this (403)")
    failed = kept.scheduler._states["acme", "hub"]
    until(lambda: failed.failures >= 3, "two more tries")
    stand_in.always = None
    kept.has(8)
    kept.rests()
    assert sum(r.levelno >= logging.WARNING for r in caplog.records) == 1


def test_a_crm_that_stays_away_is_tried_ever_later(tmp_path: Path) -> None:
    runtime, asked, away = SimulatedRuntime(), list[float](), True

    def send(request: Any, bounds: Any) -> Reply:
        asked.append(runtime.monotonic())
        if away:
            raise CrmRefused("does not know the credential")
        return Reply(status=200, body=b'{"results": []}')

    with Store.open(f"sqlite:///{tmp_path}/simulated.db", clock=runtime.now) as store:
        told, client = book({"hub": CONNECTIONS["hubspot"]("https://crm.example")}), Client(Stub(send), runtime)
        scheduler = ContactSyncScheduler(store, lambda: {"acme": told}, client, "r1", look=30.0)
        scheduler.start()
        runtime.sleep(6000.0)
        rests = [later - earlier for earlier, later in itertools.pairwise(asked) if later - earlier > 1]
        assert rests == pytest.approx([60, 120, 240, 480, 960, 1800, 1800], abs=31)
        away = False
        runtime.sleep(1831.0)
        assert scheduler.synced == pytest.approx(START + asked[-1], abs=60)
        assert scheduler.status() == {}
        scheduler.stop()


def test_ten_routers_sync_once_an_hour_and_another_goes_on_when_one_hangs(tmp_path: Path) -> None:
    """Six hours of ten routers, on simulated time."""
    runtime, syncs = SimulatedRuntime(), dict[int, set[str]]()

    def router(node: str, store: Store) -> ContactSyncScheduler:
        def send(request: Any, bounds: Any) -> Reply:
            syncs.setdefault(int(runtime.monotonic() // 3600), set()).add(node)
            if node == "r0" and runtime.monotonic() > 3 * 3600:
                runtime.sleep(86_400.0)
            return Reply(status=200, body=b'{"results": []}')

        return ContactSyncScheduler(store, lambda: {"acme": told}, Client(Stub(send), runtime), node, look=300.0)

    told = book({"hub": CONNECTIONS["hubspot"]("https://crm.example")})
    with Store.open(f"sqlite:///{tmp_path}/fleet.db", clock=runtime.now) as store:
        routers = [router(f"r{n}", store) for n in range(10)]
        for each in routers:
            each.start()
        runtime.sleep(6 * 3600 - 1.0)
        for each in routers:
            each.stop()
    assert [len(syncs[hour]) for hour in range(6)] == [1, 1, 1, 2, 1, 1]
    assert "r0" in syncs[3] and "r0" not in syncs[4] | syncs[5]


def test_retry_after_of_a_crm_is_waited_for(keep: Callable[..., Keeping], server: Server, stand_in: HubSpot) -> None:
    stand_in.always = faults.status(429, Retry_After="1000")
    kept = keep(hub=hubspot(server))
    until(lambda: kept.trouble, "the trouble")
    failed = kept.scheduler._states["acme", "hub"]
    assert failed.again - time.monotonic() > 900


def test_numbers_that_cannot_be_read_are_in_the_status(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot
) -> None:
    stand_in.office.people[1002].phone = "ask her"
    kept = keep(hub=hubspot(server))
    kept.has(8)
    until(lambda: kept.scheduler.status() == {"acme/hub": {"unread": 1}}, "what cannot be read")


@pytest.mark.parametrize("fault", [faults.silent, faults.status(429, Retry_After="60")], ids=["silent", "limited"])
def test_a_router_that_stops_waits_for_no_crm(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot, store: Store, ca: str, fault: Any
) -> None:
    """It stops at once, the cache is as it was, and the next router goes on without waiting for the lease."""
    stand_in.office.people.update(office(600).people)
    stopped = threading.Event()

    def breaks_off(talk: faults.Talk) -> None:
        stopped.set()
        fault(talk)

    ok = lambda talk: talk.say(stand_in.answer(stand_in.seen[-1]))  # noqa: E731
    stand_in.misbehave(*[ok] * 8, breaks_off)
    kept = keep(hub=hubspot(server))
    assert stopped.wait(10)
    begun = time.monotonic()
    kept.scheduler.stop()
    assert time.monotonic() - begun < ENDING + 5
    assert store.contacts.count("acme") == 0
    assert store.contacts.sources.list("acme")[0].lease_until <= time.time()
    stand_in.released.set()
    client = Client(Sender(NATIVE, LOOPBACK, ca, ENVIRONMENT), NATIVE)
    seen = listings(stand_in)
    keep(hub=hubspot(server), node="r2", client=client).has(603)
    assert listings(stand_in) - seen < 7, "it began anew"


def test_a_large_file_is_left_when_a_router_stops(keep: Callable[..., Keeping], store: Store, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,name,phones\n" + "".join(f"c-{n},N{n},+1415555{n:04d}\n" for n in range(10_000)))
    kept = keep(people=crms.Csv(path=str(path)))
    until(lambda: kept.scheduler.status().get("acme/people", {}).get("read"), "some rows to be read")
    begun = time.monotonic()
    kept.scheduler.stop()
    assert time.monotonic() - begun < ENDING + 5
    assert store.contacts.count("acme") in (0, 10_000)


def over(store: Store, crm: str = "hub") -> SyncRequest:
    """What came of a sync that was asked for, when it is over."""

    def found() -> SyncRequest | None:
        return next((r for r in store.syncs.list("acme") if r.crm == crm and r.done is not None), None)

    until(found, "the end of what was asked for")
    done = found()
    assert done is not None
    return done


def test_a_requested_sync_is_run_once_by_one_of_ten_routers(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot, store: Store
) -> None:
    routers = [keep(hub=hubspot(server, sync=3600), node=f"r{n}") for n in range(10)]
    routers[0].has(8)
    until(lambda: not busy("acme/hub"), "its end")
    before, person = len(stand_in.seen), stand_in.office.people[1001]
    person.last, person.changed = "Married", time.time() + 5
    assert store.syncs.ask("acme", "hub", "ada")
    done = over(store)
    assert done.node in {f"r{n}" for n in range(10)} and done.who == "ada" and not done.failed
    assert done.result.startswith("1 changed")
    assert store.contacts.owners("acme", "+12005550001")[0].name == "First1 Married"
    seen, looks = len(stand_in.seen), len(routers[0].looks)
    until(lambda: len(routers[0].looks) > looks + 5, "some more looks")
    assert seen > before and len(stand_in.seen) == seen  # nobody did it again


def busy(name: str) -> bool:
    return any(thread.name == f"fsrouter-sync-{name}" for thread in threading.enumerate())


def test_a_requested_sync_runs_at_once_and_reports_its_failure(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot, store: Store
) -> None:
    stand_in.always = faults.status(429, Retry_After="1000")
    kept = keep(hub=hubspot(server))
    until(lambda: kept.trouble, "the trouble")
    stand_in.always = faults.status(403)
    store.syncs.ask("acme", "hub", "ada")
    assert over(store).failed and "403" in over(store).result
    stand_in.always = None
    store.syncs.ask("acme", "hub", "ada")
    kept.has(8)
    assert over(store).result.startswith("8 read") and not over(store).failed and kept.scheduler.synced


def test_progress_of_a_requested_sync_is_in_the_store(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot, store: Store
) -> None:
    stand_in.office.people.update(office(600).people)
    gate, pages = threading.Event(), []

    def slowly(talk: faults.Talk) -> None:
        pages.append(talk)
        if len(pages) > 6:
            gate.wait(10)
        talk.say(stand_in.answer(stand_in.seen[-1]))

    stand_in.always = slowly
    store.syncs.ask("acme", "hub", "ada")
    keep(hub=hubspot(server), report=0.0)
    until(lambda: any(0 < r.contacts < 603 and r.node == "r1" for r in store.syncs.list()), "some progress")
    gate.set()
    assert over(store).result.startswith("603 read")


def test_a_request_that_cannot_be_synced_is_refused(keep: Callable[..., Keeping], server: Server, store: Store) -> None:
    keep(erp=CONNECTIONS["custom"](server.url))
    for crm in ("erp", "gone"):
        store.syncs.ask("acme", crm, "ada")
    assert over(store, "gone").failed and "has no CRM 'gone'" in over(store, "gone").result
    assert over(store, "erp").failed and "never synced" in over(store, "erp").result


def test_a_request_left_by_a_stopped_router_is_taken_by_another(
    keep: Callable[..., Keeping], server: Server, stand_in: HubSpot, store: Store, ca: str
) -> None:
    stand_in.always = faults.silent
    kept = keep(hub=hubspot(server))
    store.syncs.ask("acme", "hub", "ada")
    until(lambda: stand_in.seen, "a request")
    kept.scheduler.stop()
    stand_in.always = None
    stand_in.released.set()
    second = Client(Sender(NATIVE, LOOPBACK, ca, ENVIRONMENT), NATIVE)
    keep(hub=hubspot(server), node="r2", client=second).has(8)
    assert over(store).node == "r2"
    second.close()
