"""How every screen looks: compared with the picture that somebody has looked at; those of docs/ are made here too."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from paths import DOCS
from textual.pilot import Pilot

from fsrouter.store import Store
from tui import world
from tui.world import Clock, press, settle

IMAGES = DOCS / "images"

#: What is done on the way to each picture, and its size.
PICTURES: dict[str, tuple[list[str], tuple[int, int]]] = {
    "calls": ([], (80, 24)),
    "calls-wide": ([], (200, 60)),
    "call-detail": (["down", "down", "down", "enter"], (80, 24)),
    "call-detail-wide": (["down", "down", "down", "enter"], (200, 60)),
    "transfer": (["end", "x", *"que"], (80, 24)),
    "confirm": (["end", "h"], (80, 24)),
    "queues": (["2"], (80, 24)),
    "queues-wide": (["2"], (200, 60)),
    "rules": (["3", "colon", *"router:spring-sale", "enter"], (80, 24)),
    "rules-wide": (["3", "colon", *"router:spring-sale", "enter", "right", "right", "down"], (200, 60)),
    "rules-edit": (["3", "colon", *"flow:sale", "enter", "down", "down", "enter", *", queue:sa"], (80, 24)),
    "rules-yaml": (["3", "colon", *"menu:welcome", "enter", "y"], (80, 24)),
    "rules-replay": (
        [
            "3",
            "colon",
            *"+18575550103",
            "enter",
            *["down"] * 3,
            "enter",
            "ctrl+u",
            *"voicemail:shop",
            "enter",
            "ctrl+s",
        ],
        (80, 24),
    ),
    "rules-history": (["3", "H"], (80, 24)),
    "numbers": (["4"], (80, 24)),
    "numbers-wide": (["4"], (200, 60)),
    "contacts": (["5"], (80, 24)),
    "contacts-sync": (["5"], (100, 24)),
    "contacts-wide": (["5", "down", "down", "enter"], (200, 60)),
    "lists": (["5", "l"], (80, 24)),
    "lists-wide": (["5", "l"], (200, 60)),
    "history": (["6"], (80, 24)),
    "history-plot": (["6", "v"], (80, 24)),
    "history-wide": (["6"], (200, 60)),
    "try": (["7", *"+18575550102", "down", *"+12125550172", "down", "down", "down", *"1"], (80, 24)),
    "try-wide": (["7", *"+18575550102", "down", *"+12125550172", "down", "down", "down", *"1"], (200, 60)),
    "routers": (["8"], (80, 24)),
    "routers-wide": (["8"], (200, 60)),
    "help": (["question_mark"], (80, 24)),
    "go": (["colon", *"sal"], (80, 24)),
}


#: What is shown of the database, in place of a file and a disk of this machine.
DATABASE = "/var/lib/fsrouter/fsrouter.db, 12 MB, 80.2 GB free"

LIGHT = ("calls", "rules", "try", "confirm")


@pytest.mark.parametrize(
    ("name", "theme"), [*((name, "textual-dark") for name in PICTURES), *((name, "textual-light") for name in LIGHT)]
)
def test_screen_looks_as_its_snapshot(
    store: Store, clock: Clock, name: str, theme: str, snap_compare: Callable[..., bool], pytestconfig: pytest.Config
) -> None:
    keys, size = PICTURES[name]
    if name == "contacts-sync":
        world.connect(store, clock)
    if name.startswith("lists"):
        world.with_lists(store, clock)
    app = world.dashboard(store, database=DATABASE)
    taken: list[str] = []

    async def go(pilot: Pilot[None]) -> None:
        app.theme = theme
        await settle(pilot)
        await press(pilot, *keys)
        taken.append(app.export_screenshot(title="fsrouter tui"))

    assert snap_compare(app, run_before=go, terminal_size=size)
    if theme == "textual-dark":
        _documented(f"{name}.svg", taken[0], pytestconfig.getoption("update_snapshots"))


def _documented(file: str, picture: str, write: bool) -> None:
    """The docs show the same picture, or, with --snapshot-update, will."""
    path, picture = IMAGES / file, re.sub(r"terminal-\d+", "terminal", picture)
    if write:
        IMAGES.mkdir(exist_ok=True)
        path.write_text(picture, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == picture


def test_screen_is_understood_without_colours(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "down")
        seen = world.screen(pilot)
        assert "[1 Calls]" in seen and "\n»withheld" in seen
        colours = {
            segment.style.color.triplet
            for strip in pilot.app.screen._compositor.render_strips(pilot.app.size)
            for segment in (pilot.app._filters[-1].apply(list(strip), pilot.app.screen.background_colors[1]))
            if segment.style and segment.style.color and segment.style.color.triplet
        }
        assert all(red == green == blue for red, green, blue in colours)

    world.drive(world.dashboard(store), steps)
