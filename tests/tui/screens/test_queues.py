"""2 Queues: who waits, who talks, and agents who are sent on break."""

from __future__ import annotations

from textual.pilot import Pilot

from fsrouter.store import Store
from tui import world
from tui.world import press, screen

Work = Pilot[None]


def test_queues_show_who_waits_and_agents_with_whom_they_talk(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "2")
        seen = screen(pilot)
        assert "1 waiting · 1 of 3 agents talk, 0 on break" in seen
        queue = pilot.app.screen.picture.queues[0]
        assert (queue.waiting, queue.longest, queue.available, queue.agents) == (1, 48.0, 1, 2)
        mira = pilot.app.screen.picture.agents[0]
        assert (mira.status, mira.state, mira.doing) == ("Available", "In a queue call", "talks with Nora Quist")
        await press(pilot, "enter")
        assert "Nora Quist (+12125550171): live, talks to agent:mira" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_agent_is_sent_on_break_and_back(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "2", "down", "b")
        assert store.states.agents("harbor")["otis"].state == "break"
        assert "On Break" in screen(pilot) and "ada" in store.states.agents("harbor")["otis"].who
        await press(pilot, "a")
        assert store.states.agents("harbor")["otis"].state == "available"

    world.drive(world.dashboard(store), steps)
