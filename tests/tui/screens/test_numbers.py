"""4 Numbers: where each goes, how much it is called, and the ways from there."""

from __future__ import annotations

from textual.pilot import Pilot

from fsrouter.store import Store
from tui import world
from tui.world import press, screen

Work = Pilot[None]


def test_numbers_show_where_they_go_and_enter_goes_there(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "4")
        lines = {line.number: line for line in pilot.app.screen.picture.lines}
        assert (lines[world.MAIN].goes, lines[world.MAIN].failsafe) == ("priority:regulars", "agent:mira")
        assert (lines[world.MAIN].today, lines[world.MAIN].live) == (17, 3)
        assert lines["+16175550150 ext 204"].kind == "receiving"
        await press(pilot, "down", "enter")
        assert "tracking_numbers / +18575550102" in screen(pilot)
        await press(pilot, "4", "c")
        assert "number:+18575550102" in screen(pilot) and "14 calls" in screen(pilot)

    world.drive(world.dashboard(store), steps)
