"""Whether a router lives: everybody who decides by it says the same of the same 200 routers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from cli.front import run
from router.acme import rules
from router.site import Site, until
from simulated import greenlets_at

from fsrouter.engine.model.crms import Csv
from fsrouter.errors import Unreachable
from fsrouter.router.queue_sync import QueueSync
from fsrouter.store import CallRecord, Node, Store
from fsrouter.store.nodes import DEAD
from fsrouter.tui.context import Context
from fsrouter.tui.queries import contact_sources, live, routers

NOW = 1_795_636_800.0
#: Seconds since a router was last heard of: usual ones, both sides of the limit, clocks that run ahead, none at all.
AGES = (
    *(0.0, 0.001, 0.5, 1.0, 4.9, 5.0, 5.1, 9.9, 10.0, 12.5, 14.9, 15.0, 15.1, 17.5, 20.0, 22.0, 24.9, 25.0, 27.5),
    *(29.0, 29.5, 29.9, 29.99, 30.0, 30.01, 30.1, 30.5, 31.0, 35.0, 44.9, 45.0, 60.0, 90.0, 300.0, 3600.0, 86_400.0),
    *(-0.5, -29.0, -31.0, NOW),
)
#: What routers may be called and how they may be, hostile ones too.
NAMES = ("east", "[red]\x1b[2J", "漢字\u202e", "two words; DROP TABLE", "x" * 150)
ROUTERS = tuple(
    Node(name=f"{i:03} {NAMES[i % 5]}", beat=NOW - age, state="draining" if i % 7 == 3 else "up", started=NOW - 9e4)
    for i, age in enumerate(age for age in AGES for _ in NAMES)
)
#: A router lives for 30 seconds after its last heartbeat.
ALIVE = tuple(NOW - node.beat < 30 for node in ROUTERS)

Entrance = Callable[[Path], Iterator[bool]]


def opened(folder: Path, nodes: tuple[Node, ...] = ROUTERS) -> Store:
    """The store in a folder, at NOW, with routers that share it."""
    store = Store.open(f"sqlite:///{folder / 'acme.db'}", clock=lambda: NOW)
    with store.together():
        for node in nodes:
            store.nodes.beat(node)
    return store


def of_index(found: dict[str, bool]) -> Iterator[bool]:
    """What was found by router, in the order of ROUTERS; names are cut by the store, their beginnings are not."""
    by_index = {name[:3]: alive for name, alive in found.items()}
    return (by_index[f"{i:03}"] for i in range(len(ROUTERS)))


def with_crms(store: Store) -> None:
    """Let acme have CRMs, one for each router, with which that one has trouble."""
    crms = {f"c{i:03}": Csv(path="contacts.csv") for i in range(len(ROUTERS))}
    store.books.save(msgspec.structs.replace(rules("queue:support"), crms=crms), "test", "many CRMs")
    with store.together():
        for i, node in enumerate(ROUTERS):
            detail = {"crms": {f"acme/c{i:03}": {"trouble": "no such file"}}}
            store.nodes.beat(msgspec.structs.replace(node, detail=detail))


def dashboard_routers(folder: Path) -> Iterator[bool]:
    """The dashboard's routers."""
    with opened(folder) as store:
        picture = routers.load(Context(store, "ada"))
    return of_index({router.node.name: router.alive for router in picture.routers})


def dashboard_calls(folder: Path) -> Iterator[bool]:
    """The `?` before a live call of the dashboard."""
    with opened(folder) as store:
        store.journal.write([call(i, node) for i, node in enumerate(ROUTERS)])
        picture = live.Watch(Context(store, "ada")).look()
    return of_index({each.line.router: not each.silent for each in picture.calls})


def call(index: int, node: Node) -> CallRecord:
    """A live call of a router."""
    return CallRecord(uuid=f"u{index:03}", company="acme", number="+18725550111", router=node.name, began=NOW - 60)


def dashboard_contacts(folder: Path) -> Iterator[bool]:
    """The trouble of a router with a CRM, in the dashboard."""
    with opened(folder) as store:
        with_crms(store)
        context = Context(store, "ada")
        sources = contact_sources.contact_sources(context, context.books())
    return iter([source.state == contact_sources.FAILS for source in sources])


def crm_check(folder: Path) -> Iterator[bool]:
    """The trouble of a router with a CRM, in `fsrouter crm check`."""
    (folder / "contacts.csv").write_text("id,name,phones\n1,Ada,+14155550101\n")
    with opened(folder) as store:
        with_crms(store)
    seen = json.loads(run("crm", "check", "--json", clock=lambda: NOW).stdout)
    return iter([bool(each["troubles"]) for each in seen])


def sync_request(folder: Path) -> Iterator[bool]:
    """Whether the dashboard asks for a sync when there is this router alone."""
    with opened(folder, ()) as store:
        source = contact_sources.ContactSource("acme", "hub", "hubspot", 0, 0.0)
        for node in ROUTERS:
            store.nodes.beat(node)
            try:
                contact_sources.request_sync(Context(store, "ada"), source)
                yield True
            except Unreachable:
                yield False
            (there,) = store.nodes.list()
            store.nodes.forget(there.name)


def outgoing(folder: Path) -> Iterator[bool]:
    """Whether what a router has taken to send it, another one leaves to it."""
    with opened(folder) as store:
        for i, node in enumerate(ROUTERS):
            target = "acme", f"c{i:03}"
            store.outgoing.put("note", target, "contact", "call", "{}")
            assert store.outgoing.take("note", target, node.name)
            yield store.outgoing.take("note", target, "zz") is None


def queue_sync(folder: Path) -> Iterator[bool]:
    """Whether another router leaves the queues to this one, which takes calls."""
    site = Site(folder, folder / "empty.db")
    try:
        site.rules("queue:support")
        service = site.serve(node="zz")
        site.store.nodes.forget("zz")
        runtime = greenlets_at(lambda: NOW)
        parts = service.threads, service.rulebooks, service.call_data, service.observers, service.settings, runtime
        for node in ROUTERS:
            site.store.nodes.beat(msgspec.structs.replace(node, state="up"))
            QueueSync(*parts).look()
            yield "support@acme" not in site.switch.queues
            site.switch.queues.clear()
            site.switch.agents.clear()
            for there in site.store.nodes.list():
                site.store.nodes.forget(there.name)
    finally:
        site.close()


def recovery(folder: Path) -> Iterator[bool]:
    """Whether the calls of a router, which are over, are left to it by another one that begins to observe."""
    site = Site(folder, folder / "empty.db")
    try:
        site.rules("queue:support")
        site.store.journal.write([call(i, node) for i, node in enumerate(ROUTERS)])
        for node in ROUTERS:
            site.store.nodes.beat(node)
        service = site.serve(node="zz", clock=lambda: NOW)
        service.recovery.catch_up(service.observers)
        service.cdr.flush()
        until(lambda: service.write_behind.flush(0.1), "what was found in the journal")
        return iter([line.ended is None for line in sorted(records(site.store), key=lambda line: line.uuid)])
    finally:
        site.close()


def records(store: Store) -> Iterator[CallRecord]:
    """What the journal has of the calls."""
    found = (store.journal.get(f"u{i:03}") for i in range(len(ROUTERS)))
    return (record for record in found if record)


def caps(folder: Path) -> Iterator[bool]:
    """Whether what this router has dialled counts with another one."""
    site = Site(folder, folder / "empty.db")
    try:
        service = site.serve(node="zz", clock=lambda: NOW)
        for i, node in enumerate(ROUTERS):
            detail = {"caps": {"own": {"calls": {f"c{i:03}": 1}}}}
            site.store.nodes.beat(msgspec.structs.replace(node, detail=detail))
        service.heartbeat.beat(False)
        used = {each.whose: each.used for each in service.caps.usages() if each.what == "calls"}
        return iter([used.get(f"c{i:03}") == 1 for i in range(len(ROUTERS))])
    finally:
        site.close()


ENTRANCES: dict[str, Entrance] = {
    "dashboard-routers": dashboard_routers,
    "dashboard-calls": dashboard_calls,
    "dashboard-contacts": dashboard_contacts,
    "dashboard-sync-request": sync_request,
    "crm-check": crm_check,
    "write-back": outgoing,
    "queue-sync": queue_sync,
    "recovery": recovery,
    "caps": caps,
}


def test_inputs_are_200_on_both_sides_of_the_limit() -> None:
    assert len(ROUTERS) == 200 and DEAD == 30.0
    assert 0 < sum(ALIVE) < 200


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_router_lives(entrance: str, folder: Path) -> None:
    found = tuple(ENTRANCES[entrance](folder))
    assert len(found) == len(ROUTERS)
    wrong = [
        (node.name, NOW - node.beat) for node, says, is_so in zip(ROUTERS, found, ALIVE, strict=True) if says != is_so
    ]
    assert wrong == []
