"""6 History: calls by a filter, their detail, the plot and the export."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from textual.pilot import Pilot

from fsrouter.store import Store
from fsrouter.tui.context import Context
from fsrouter.tui.queries import history
from tui import world
from tui.world import NOW, notes, press, screen, write

Work = Pilot[None]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 45), ("outcome:abandoned", 10), ("agent:otis", 20), ("agent:agent:otis outcome:answered", 20), ("nora", 1),
        ("score:0", 2), ("score:none", 37), ("since:10m", 9), ("since:10m outcome:answered", 2), ("tag:vip", 1),
        ("number:+18575550102", 14), ("source:google", 14), ("caller:+12125550171 until:2026-11-25T14:50", 12),
    ],
)  # fmt: skip
def test_filter_lets_through(context: Context, text: str, count: int) -> None:
    assert len(history.calls_of(context, history.parse(text))) == count


def test_filter_with_a_bad_moment_is_refused(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "6", "slash")
        await write(pilot, "since:yesterday")
        assert "since:yesterday is no moment" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_history_opens_call_detail_and_plot(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "6", "slash")
        await write(pilot, "outcome:abandoned")
        await press(pilot, "enter", "enter")
        assert "abandoned" in screen(pilot) and "  => " in screen(pilot) and "[6 History]" in screen(pilot)
        await press(pilot, "escape", "v")
        seen = screen(pilot)
        assert "By hour" in seen and "By source" in seen and "google-ads" in seen and "0 %" in seen

    world.drive(world.dashboard(store), steps)


def test_export_escapes_formulas_and_overwrites_nothing(store: Store, tmp_path: Path) -> None:
    hostile = world.call("dddd0001", world.NORA, world.MAIN, 400, "", ended=NOW, caller_name='=HYPERLINK("http://x")')
    store.journal.write([hostile])
    sheet = tmp_path / "calls.csv"

    async def steps(pilot: Work) -> None:
        await press(pilot, "6", "c", "ctrl+u")
        await write(pilot, str(sheet))
        await press(pilot, "enter")
        assert "46 calls" in notes(pilot)[-1]
        await press(pilot, "c", "ctrl+u")
        await write(pilot, str(sheet))
        await press(pilot, "enter")
        assert "cannot be written: File exists" in notes(pilot)[-1]

    world.drive(world.dashboard(store), steps)
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 46 and rows[-1]["number"].startswith("+1857")
    assert next(r for r in rows if r["uuid"] == "dddd0001")["caller_name"] == '\'=HYPERLINK("http://x")'
