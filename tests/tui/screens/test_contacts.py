"""5 Contacts: found by anything, where they come from, and syncs that are requested."""

from __future__ import annotations

import msgspec
import pytest
from textual.pilot import Pilot

from fsrouter.engine.model import crms
from fsrouter.store import Node, Store
from fsrouter.tui.context import Context
from fsrouter.tui.queries.contact_sources import ContactSource, contact_sources
from tui import world
from tui.world import NOW, Clock, notes, press, screen, write

Work = Pilot[None]


@pytest.fixture
def connected(store: Store) -> Store:
    """The world, whose company has a CRM that is synced and one that is only looked up."""
    connections = {
        "hub": crms.HubSpot(token="${HUB}"),
        "erp": crms.Custom(url="https://erp.harbor.example/?phone={number}"),
    }
    store.books.save(msgspec.structs.replace(world.book(), crms=connections), "ada", "two CRMs")
    return store


def router(store: Store, name: str = "east", **detail: object) -> None:
    """A router is heard of."""
    store.nodes.beat(Node(name=name, beat=NOW - 1, detail=detail))


def of(store: Store, crm: str = "hub") -> ContactSource:
    context = Context(store, "ada")
    return next(source for source in contact_sources(context, context.books()) if source.crm == crm)


def test_sources_are_listed_with_their_kind_and_count(connected: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5")
        found = [(o.name, o.kind, o.contacts) for o in pilot.app.screen.picture.sources]
        assert found == [("hub", "hubspot", 0), ("erp", "custom", 0), ("imported", "imported", 3)]
        seen = screen(pilot)
        assert "never" in seen and "only looked up during calls" in seen and "3 contacts" in seen

    world.drive(world.dashboard(connected), steps)


def test_requested_sync_is_shown_until_its_result(connected: Store, clock: Clock) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "s")
        (asked,) = connected.syncs.list()
        assert (asked.company, asked.crm, asked.who, asked.done) == ("harbor", "hub", "ada", None)
        clock.now += 3
        await press(pilot, "f5")
        assert "ada asked 3 s ago: waits for a router" in screen(pilot) and "a sync goes on" in screen(pilot)
        assert pilot.app.screen.PERIOD == 1.0
        await press(pilot, "s")
        assert notes(pilot)[-1] == "hub: a sync is asked for already"
        connected.syncs.take("harbor", "hub", "east")
        await press(pilot, "f5")
        assert "reading, for ada, by east" in screen(pilot)
        connected.syncs.progress("harbor", "hub", "east", 1200, 5000)
        await press(pilot, "f5")
        assert "1,200 of 5,000 read, for ada, by east" in screen(pilot)
        connected.syncs.done("harbor", "hub", "east", "5,000 read, in 2.1 s")
        await press(pilot, "f5")
        assert notes(pilot)[-1] == "hub: 5,000 read, in 2.1 s" and "ago: 5,000 read, in 2.1 s" in screen(pilot)
        count = len(notes(pilot))
        await press(pilot, "f5")
        assert len(notes(pilot)) == count and pilot.app.screen.PERIOD == 30.0

    world.drive(world.dashboard(connected), steps, (110, 24))


def test_failed_sync_shows_why(connected: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "s")
        connected.syncs.take("harbor", "hub", "east")
        connected.syncs.done("harbor", "hub", "east", "does not let us in (403) [/red]", failed=True)
        await press(pilot, "f5")
        assert notes(pilot)[-1] == "hub: does not let us in (403) [/red]"
        assert "1 cannot be synced" in screen(pilot) and "does not let us in (403)" in screen(pilot)
        await press(pilot, "tab", "enter")  # which shows all of it, where there is no room
        assert notes(pilot)[-1].endswith("ago: does not let us in (403) [/red]")

    world.drive(world.dashboard(connected), steps, (110, 24))


@pytest.mark.parametrize(
    "routers", [[], [("old", NOW - 3600, {})], [("east", NOW, {"crms": None})]], ids=["none", "silent", "keeps none"]
)
def test_sync_is_refused_without_a_router_that_could_do_it(
    connected: Store, routers: list[tuple[str, float, dict[str, object]]]
) -> None:
    for node in connected.nodes.list():
        connected.nodes.forget(node.name)
    for name, beat, detail in routers:
        connected.nodes.beat(Node(name=name, beat=beat, detail=detail))

    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "s")
        assert "no router lives that could sync hub; start `fsrouter serve`" in notes(pilot)[-1]

    world.drive(world.dashboard(connected), steps)
    assert connected.syncs.list() == []


@pytest.mark.parametrize(("downs", "why"), [(1, "only looked up during calls"), (2, "`fsrouter contacts import FILE`")])
def test_sync_of_a_source_that_is_not_synced_is_refused(connected: Store, downs: int, why: str) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "tab", *["down"] * downs, "s")
        assert why in notes(pilot)[-1]

    world.drive(world.dashboard(connected), steps)
    assert connected.syncs.list() == []


def test_read_only_requests_no_sync(connected: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "s")
        assert "Sync now" not in screen(pilot)

    world.drive(world.dashboard(connected, read_only=True), steps)
    assert connected.syncs.list() == []


def test_sync_that_nobody_requested_is_shown(connected: Store) -> None:
    assert connected.contacts.sources.lease("harbor", "hub", "east", 1e9)
    router(connected, crms={"harbor/hub": {"read": 300, "of": None}})
    assert of(connected).status == "300 read, by east"
    router(connected, crms={})
    assert of(connected).status == "reading, by east"


def test_sync_trouble_of_a_router_is_shown(connected: Store) -> None:
    router(connected, crms={"harbor/hub": {"trouble": "hub: cannot be reached", "failures": 2}})
    assert (of(connected).state, of(connected).status) == ("fails", "hub: cannot be reached")


def test_what_a_sync_could_not_read_is_shown(connected: Store) -> None:
    router(connected, crms={"harbor/hub": {"unread": 1200, "left_out": 3}})
    assert (of(connected).state, of(connected).status) == ("rests", "1,200 numbers cannot be read, 3 rows left out")


def test_request_that_no_router_takes_is_shown(connected: Store, clock: Clock) -> None:
    connected.syncs.ask("harbor", "hub", "ada")
    clock.now += 30
    for node in connected.nodes.list():
        connected.nodes.forget(node.name)
    assert (of(connected).state, of(connected).status) == (
        "waits",
        "ada asked 30 s ago: no router lives that could do it",
    )
    clock.now = NOW + 900
    assert (of(connected).state, of(connected).status) == ("fails", "ada asked 15 minutes ago: no router took it")


def test_contacts_of_a_crm_that_is_gone_are_shown(connected: Store) -> None:
    connected.contacts.replace("harbor", "old", world.CONTACTS)
    assert "no such CRM any more" in of(connected, "old").status


@pytest.mark.parametrize("text", ["+1 212 555 0172", "(212) 555-0199", "agui", "ferry", "c-2", "+1212555017"])
def test_contacts_are_found_by_number_name_account_or_id(store: Store, text: str) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "slash")
        await write(pilot, text)
        assert "c-2" in [person.contact.id for person in pilot.app.screen.picture.people]
        assert len(pilot.app.screen.picture.people) < 3

    world.drive(world.dashboard(store), steps)


def test_contact_shows_numbers_and_the_rules_that_would_take_its_call(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "slash")
        await write(pilot, "sol")
        await press(pilot, "enter", "enter")
        seen = screen(pilot)
        assert "+12125550172, +12125550199" in seen and "crm.tier" in seen
        assert "priority:regulars → title Fleet Manager: agent:otis, queue:sales" in " ".join(seen.split())
        await press(pilot, "escape", "c")
        assert pilot.app.current_mode == "history" and "caller:+12125550172" in screen(pilot)

    world.drive(world.dashboard(store), steps)
