"""When the database goes away: the last picture stays, with its age, and it comes back by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot

from fsrouter.store import Store
from fsrouter.tui.navigation import PLACES, Place
from tui import world
from tui.world import Clock, notes, press, screen

Work = Pilot[None]


def take_away(store: Store, file: Path) -> None:
    """The file system is unmounted: the file is not there, and cannot be made."""
    store.close()
    for path in file.parent.glob("fsrouter.db*"):
        path.rename(path.with_name(f"away-{path.name}"))
    file.mkdir()


def bring_back(store: Store, file: Path) -> None:
    """It is there again."""
    file.rmdir()
    for path in file.parent.glob("away-*"):
        path.rename(path.with_name(path.name.removeprefix("away-")))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.mode)
def test_picture_stays_with_its_age_until_the_database_is_back(
    store: Store, clock: Clock, tmp_path: Path, place: Place
) -> None:
    file = tmp_path / "fsrouter.db"
    digit, mode = place.digit, place.mode

    async def steps(pilot: Work) -> None:
        await press(pilot, digit, *[*("+18575550101" if mode == "try" else "")])
        before = screen(pilot).splitlines()[2:]
        take_away(store, file)
        clock.now += 12
        await press(pilot, "f5")
        seen = screen(pilot)
        assert "! picture 12 s old: the database" in seen and "cannot be used" in seen
        kept = seen.splitlines()[2:]
        assert kept == before or mode in ("calls", "contacts", "routers")  # these tell how long something has lasted
        bring_back(store, file)
        await press(pilot, "f5")
        assert "cannot be used" not in screen(pilot)

    world.drive(world.dashboard(store), steps, (180, 24))


def test_picture_comes_back_without_a_key(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "fsrouter.db"

    async def steps(pilot: Work) -> None:
        pilot.app.screen.PERIOD = 0.02
        take_away(store, file)
        await press(pilot, "f5")
        assert "! picture 0 s old" in screen(pilot)
        bring_back(store, file)
        deadline = asyncio.get_running_loop().time() + 5
        while "s old" in screen(pilot) and asyncio.get_running_loop().time() < deadline:
            await pilot.pause(0)
        assert "s old" not in screen(pilot) and "5 live" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_draft_stays_when_it_cannot_be_saved(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "fsrouter.db"

    async def steps(pilot: Work) -> None:
        await press(pilot, "3", "colon", *"voicemail:shop", "enter", "enter", "9", "enter")
        rules = pilot.app.screen
        take_away(store, file)
        await press(pilot, "ctrl+s")
        assert "cannot be used" in notes(pilot)[-1] and rules.draft.edits
        bring_back(store, file)
        await press(pilot, "ctrl+s", *"mine", "enter")
        assert store.books.book("harbor").voicemails["shop"].mailbox == "10009"

    world.drive(world.dashboard(store), steps)
