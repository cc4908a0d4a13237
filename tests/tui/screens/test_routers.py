"""8 Routers: whether each lives and how it does, and the night switch."""

from __future__ import annotations

import re

import pytest
from textual.pilot import Pilot

from fsrouter.store import Node, Store
from fsrouter.tui.queries.routers import database
from tui import world
from tui.world import NOW, press, screen, write

Work = Pilot[None]


def test_routers_show_who_lives_and_how_they_do(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "8")
        east, west = pilot.app.screen.picture.routers
        assert east.alive and not west.alive and west.unwritten == 7
        seen = screen(pilot)
        assert "1 of 2 routers live" in seen and "silent 1:00" in seen and "1/1 up" in seen and "0/1 up" in seen
        line = next(line for line in seen.splitlines() if line.startswith("·east"))
        for text in ("0.1.0", "25 hours", "0.4/3.3", "25 minutes", "80.2 GB"):
            assert text in line
        line = next(line for line in seen.splitlines() if line.startswith(" west"))
        for text in ("never", "913 MB", "2 refused, 1 lost"):
            assert text in line
        for text in ("locked", "no connection to 10.0.0.9:8021", "harbor/hub: hub: does not let the credential do"):
            assert f"! west: {text}" in seen

    world.drive(world.dashboard(store), steps, (200, 24))


STRANGE = {"latency": 4, "disk": "full", "errors": [1], "crms": None, "notes": {"troubles": 0}, "synced": "x"}


@pytest.mark.parametrize("detail", [{}, STRANGE])
def test_router_of_another_version_is_shown_as_far_as_it_reports(store: Store, detail: dict[str, object]) -> None:
    store.nodes.beat(Node(name="old", beat=NOW, started=NOW, detail=detail))

    async def steps(pilot: Work) -> None:
        await press(pilot, "8")
        old = next(router for router in pilot.app.screen.picture.routers if router.node.name == "old")
        assert (old.latency, old.disk, old.errors, old.troubles, old.synced) == (None, None, {}, (), 0.0)
        assert "old" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_write_back_trouble_is_shown(store: Store) -> None:
    notes = {"waiting": 3, "troubles": {"harbor/hub": "hub: cannot be reached"}}
    store.nodes.beat(Node(name="east", beat=NOW, detail={"notes": notes}))

    async def steps(pilot: Work) -> None:
        await press(pilot, "8")
        assert "! east: harbor/hub: calls cannot be written there: hub: cannot be reached" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_troubles_are_shown_as_far_as_there_is_room(store: Store) -> None:
    crms = {f"harbor/{n}": {"trouble": "down"} for n in range(9)}
    store.nodes.beat(Node(name="east", beat=NOW, detail={"crms": crms}))

    async def steps(pilot: Work) -> None:
        await press(pilot, "8")
        assert "! east: harbor/2: down" in screen(pilot) and "  and 9 more" in screen(pilot)  # with those of west

    world.drive(world.dashboard(store), steps)


def test_night_switch_shows_who_and_until_when(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "8", "c")
        await write(pilot, "25:00")
        assert "is no moment" in screen(pilot)
        await press(pilot, "ctrl+u")
        await write(pilot, "18:00")
        await press(pilot, "enter")
        held = store.states.overrides("harbor", NOW)["shop"]
        assert (held.state, held.who, held.until) == ("closed", "ada", NOW + 3 * 3600)
        seen = screen(pilot)
        assert "closed" in seen and "ada" in seen and "2026-11-25 18:00" in seen
        await press(pilot, "u")
        assert not store.states.overrides("harbor", NOW)

    world.drive(world.dashboard(store), steps)


def test_database_is_shown_with_its_size_and_the_room_it_has(store: Store) -> None:
    assert re.fullmatch(r"/.*fsrouter\.db, [\d.]+ [kM]B, [\d.]+ [MG]B free", database(store.name))
    assert database("db.example/fsrouter") == "db.example/fsrouter"
