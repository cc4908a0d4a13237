"""What works everywhere: digits, `?`, `:`, the palette, other keys, the theme, one company, read-only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from fsrouter.errors import UsageError
from fsrouter.store import Store
from fsrouter.tui import app
from fsrouter.tui.navigation import PLACES, Place
from fsrouter.tui.screens.help import keys
from tui import world
from tui.world import notes, press, screen, settle, strike, write

Work = Pilot[None]


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (40, 10)])
def test_digit_goes_to_its_screen(store: Store, size: tuple[int, int]) -> None:
    async def steps(pilot: Work) -> None:
        for place in PLACES:
            await press(pilot, *(["escape"] if pilot.app.current_mode == "try" else []), place.digit)
            assert pilot.app.current_mode == place.mode
            assert f"[{place.digit} {place.name}]"[:8] in screen(pilot) or size[0] < 80

    world.drive(world.dashboard(store), steps, size)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.mode)
def test_help_shows_about_and_every_key_with_its_id(store: Store, place: Place) -> None:

    async def steps(pilot: Work) -> None:
        await press(pilot, place.digit)
        here = pilot.app.screen
        assert here.ABOUT
        shown = keys(here)
        own = {
            b.id
            for cls in type(here).__mro__
            for b in cls.__dict__.get("BINDINGS", [])
            if "textual" not in cls.__module__
        }
        assert own and None not in own
        assert {b.id for b in type(here).__dict__["BINDINGS"]} <= {key.id for key in shown}
        await press(pilot, "f1")
        assert here.ABOUT.split("\n")[0][:40] in screen(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen is here

    world.drive(world.dashboard(store), steps)


def test_palette_runs_an_action_by_name(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "ctrl+p")
        await write(pilot, "transfer")
        assert "calls.transfer" in screen(pilot)
        await press(pilot, "down", "enter")
        assert "Transfer the call of" in screen(pilot)

    world.drive(world.dashboard(store), steps, (100, 30))


@pytest.mark.parametrize(
    ("where", "mode", "seen"),
    [
        ("routers", "routers", "routers live"),
        ("queue:sales", "rules", "queues / sales"),
        ("schedules.shop", "rules", "schedules / shop"),
        ("+18575550102", "rules", "tracking_numbers / +18575550102"),
        ("nora", "history", "1 calls"),
        ("aaaa0001", "calls", "Nora Quist (+12125550171): live, talks to agent:mira"),
    ],
)
def test_colon_goes_where_the_text_says(store: Store, where: str, mode: str, seen: str) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "colon")
        await write(pilot, where)
        await press(pilot, "enter")
        assert pilot.app.current_mode == mode and seen in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_keymap_gives_an_action_another_key(store: Store, tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('[keys]\n"calls.sort" = "z,ctrl+z"\n', encoding="utf-8")

    async def steps(pilot: Work) -> None:
        assert "by newest" in screen(pilot)
        await press(pilot, "s")
        assert "by newest" in screen(pilot)
        await press(pilot, "z")
        assert "by longest step" in screen(pilot)

    world.drive(world.dashboard(store, directory=tmp_path), steps)


def test_keymap_with_two_actions_on_one_key_warns_once(store: Store, tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('[keys]\n"calls.sort" = "p"\n', encoding="utf-8")

    async def steps(pilot: Work) -> None:
        await press(pilot, "down", "up")
        assert [note for note in notes(pilot) if "calls.pause, calls.sort" in note] == notes(pilot)[-1:]

    world.drive(world.dashboard(store, directory=tmp_path), steps)


@pytest.mark.parametrize("text", ["keys = 1", "[keys]\nx = 1", "[keys", '"calls.sort" = "z"\n[[keys]]\n'])
def test_keymap_that_is_broken_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"keys\.toml"):
        app.load_preferences(tmp_path)


def test_theme_is_remembered(store: Store, tmp_path: Path) -> None:
    async def choose(pilot: Work) -> None:
        pilot.app.theme = "textual-light"
        await settle(pilot)

    async def look(pilot: Work) -> None:
        assert pilot.app.theme == "textual-light"

    world.drive(world.dashboard(store, directory=tmp_path), choose)
    world.drive(world.dashboard(store, directory=tmp_path), look)
    (tmp_path / "dashboard.json").write_text("{", encoding="utf-8")
    assert app.load_preferences(tmp_path).theme == ""


def test_company_is_chosen_or_all(store: Store) -> None:
    other = world.book()
    header = msgspec.structs.replace(other.header, company="pier", title="Pier")
    moved = {n.replace("8575550", "8575551"): t for n, t in other.tracking_numbers.items()}
    numbers = {n: msgspec.structs.replace(t, number=n) for n, t in moved.items()}
    store.books.save(msgspec.structs.replace(other, header=header, tracking_numbers=numbers), "bob", "another")

    async def steps(pilot: Work) -> None:
        await press(pilot, "4")
        assert "8 numbers" in screen(pilot)
        await press(pilot, "ctrl+t")
        await write(pilot, "pier")
        await press(pilot, "enter")
        assert "4 numbers" in screen(pilot) and "0 calls today" in screen(pilot)
        await press(pilot, "ctrl+t", "enter")
        assert "8 numbers" in screen(pilot)
        await press(pilot, "3", "colon")
        await write(pilot, "harbor/queue:sales")
        await press(pilot, "enter")
        assert "Harbor Bikes, revision 1" in screen(pilot) and "queues / sales" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_dashboard_imports_nothing_of_a_router() -> None:
    wanted = ("gevent", "greenswitch", "requests", "fsrouter.esl", "fsrouter.crm", "fsrouter.router.service")
    program = (
        "import sys, pkgutil, importlib, fsrouter.tui as t\n"
        "for m in pkgutil.walk_packages(t.__path__, 'fsrouter.tui.'): importlib.import_module(m.name)\n"
        f"print([name for name in {wanted!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("key", ["colon", "x", "slash"])
def test_keys_typed_ahead_go_into_the_line(store: Store, key: str) -> None:
    """Keys come faster than a dialog is there, and must not do what they do on the screen beneath."""

    async def steps(pilot: Work) -> None:
        for each in (key, *"hx queue"):
            strike(pilot, each)
        await settle(pilot)
        assert pilot.app.screen.query_one(Input).value == "hx queue" and len(pilot.app.screen_stack) == 1 + (
            key != "slash"
        )

    world.drive(world.dashboard(store), steps)


@pytest.mark.parametrize("key", ["colon", "h"])
def test_notifications_are_cleared_before_a_dialog(store: Store, key: str) -> None:
    async def steps(pilot: Work) -> None:
        pilot.app.notify("told " * 40)
        await settle(pilot)
        await press(pilot, key)
        assert "told" not in screen(pilot)

    world.drive(world.dashboard(store), steps)
