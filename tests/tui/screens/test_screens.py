"""2, 4, 5, 6, 7, 8: what each board shows, and what is done there."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from textual.pilot import Pilot

from fsrouter.engine import times
from fsrouter.errors import RulesError, UsageError
from fsrouter.store import Node, Store
from fsrouter.tui.queries import history
from fsrouter.tui.queries.what_if import Typed, route
from fsrouter.tui.screens.what_if import drawn
from tui import world
from tui.world import NOW, notes, press, screen, write

Work = Pilot[None]


def test_queues_and_agents_tell_who_waits_and_who_talks(store: Store) -> None:
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


def test_an_agent_is_sent_on_break_and_back(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "2", "down", "b")
        assert store.states.agents("harbor")["otis"].state == "break"
        assert "On Break" in screen(pilot) and "ada" in store.states.agents("harbor")["otis"].who
        await press(pilot, "a")
        assert store.states.agents("harbor")["otis"].state == "available"

    world.drive(world.dashboard(store), steps)


def test_numbers_tell_where_they_go_and_enter_goes_there(store: Store) -> None:
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


@pytest.mark.parametrize("text", ["+1 212 555 0172", "(212) 555-0199", "agui", "ferry", "c-2", "+1212555017"])
def test_contacts_are_found_by_anything(store: Store, text: str) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "slash")
        await write(pilot, text)
        assert "c-2" in [person.contact.id for person in pilot.app.screen.picture.people]
        assert len(pilot.app.screen.picture.people) < 3

    world.drive(world.dashboard(store), steps)


def test_a_contact_tells_all_numbers_and_the_rules_that_would_take_it(store: Store) -> None:
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


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 45), ("outcome:abandoned", 10), ("agent:otis", 20), ("agent:agent:otis outcome:answered", 20), ("nora", 1),
        ("score:0", 2), ("score:none", 37), ("since:10m", 9), ("since:10m outcome:answered", 2), ("tag:vip", 1),
        ("number:+18575550102", 14), ("source:google", 14), ("caller:+12125550171 until:2026-11-25T14:50", 12),
    ],
)  # fmt: skip
def test_history_is_filtered(store: Store, text: str, count: int) -> None:
    assert len(history.calls_of(world.context(store), history.parse(text))) == count


def test_a_filter_that_means_nothing_says_so(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "6", "slash")
        await write(pilot, "since:yesterday")
        assert "since:yesterday is no moment" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_history_tells_the_story_and_plots(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "6", "slash")
        await write(pilot, "outcome:abandoned")
        await press(pilot, "enter", "enter")
        assert "abandoned" in screen(pilot) and "  => " in screen(pilot) and "[6 History]" in screen(pilot)
        await press(pilot, "escape", "v")
        seen = screen(pilot)
        assert "By hour" in seen and "By source" in seen and "google-ads" in seen and "0 %" in seen

    world.drive(world.dashboard(store), steps)


def test_an_export_is_a_sheet_that_runs_nothing_and_overwrites_nothing(store: Store, tmp_path: Path) -> None:
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


def test_a_made_up_call_is_drawn_as_a_tree_with_reasons(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "7")
        assert "which number is dialled?" in screen(pilot)
        await write(pilot, "+1 857 555 0102")
        await press(pilot, "down")
        await write(pilot, "+12125550172")
        await press(pilot, "down", "down")
        await write(pilot, "caller=first-time")
        seen = screen(pilot)
        assert "calls +18575550102: agent:mira" in seen
        assert "└─ flow:sale → tag:spring-sale, router:spring-sale" in seen
        assert "router:spring-sale branch 1 → does not hold" in seen
        await write(pilot, ", nonsense=1")
        assert "'nonsense' is no fact" in screen(pilot)

    world.drive(world.dashboard(store), steps)


TREE = """\
+18575550102 → flow:sale
│  calls to +18575550102 (Spring sale) go there
└─ flow:sale → tag:spring-sale, router:spring-sale, voicemail:shop
   │  that is the flow's route; talks are recorded from here on
   ├─ tag:spring-sale → tagged
   │     the call is tagged spring-sale
   ├─ router:spring-sale branch 1 → does not hold
   │     caller is not known, wanted repeat
   ├─ router:spring-sale branch 2 → does not hold
   │     area_code is not known, wanted 617 or 857
   └─ router:spring-sale → otherwise: menu:welcome"""


def test_the_tree_puts_what_was_entered_below_what_sent_the_call_there(store: Store) -> None:
    found = route(world.context(store), Typed(to=world.SALE, caller="anonymous", press="1"))
    assert drawn(found).plain.startswith(TREE)
    depths = {branch.at: branch.depth for branch in found.branches}
    assert depths["menu:welcome"] == 3 and depths["queue:sales"] == 4


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        (Typed(to="+18575550199"), "is no tracking number, so no rules say where its calls go; did you mean '+1857555"),
        (Typed(to=world.MAIN, at="soon"), "'soon' is no moment"),
        (Typed(to=world.MAIN, given="caller"), "'caller' has no ="),
        (Typed(to=world.MAIN, given="draw=x"), "'x' is no draw"),
        (Typed(to=world.MAIN, given="draw=nan"), "'nan' is no draw"),
        (Typed(to=world.MAIN, unanswered="-1"), "is no number of attempts"),
    ],
)
def test_what_is_wrong_with_a_made_up_call_is_told(store: Store, call: Typed, wrong: str) -> None:
    with pytest.raises((RulesError, UsageError), match=wrong.replace("+", r"\+")):
        route(world.context(store), call)


def test_trying_counts_nothing(store: Store) -> None:
    before = store.turns.taken("harbor"), len(store.journal.list(limit=1000))
    route(world.context(store), Typed(to=world.SALE, caller=world.STRANGER, unanswered="3"))
    assert before == (store.turns.taken("harbor"), len(store.journal.list(limit=1000)))


def test_routers_tell_who_lives_and_how_they_do(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "8")
        east, west = pilot.app.screen.picture.routers
        assert east.alive and not west.alive and west.unwritten == 7
        seen = screen(pilot)
        assert "1 of 2 routers live" in seen and "silent 1:00" in seen and "1/1 up" in seen and "0/1 up" in seen
        line = next(line for line in seen.splitlines() if line.startswith("·east"))
        for told in ("0.1.0", "25 hours", "0.4/3.3", "25 minutes", "80.2 GB"):
            assert told in line
        line = next(line for line in seen.splitlines() if line.startswith(" west"))
        for told in ("never", "913 MB", "2 refused, 1 lost"):
            assert told in line
        for told in ("locked", "no connection to 10.0.0.9:8021", "harbor/hub: hub: does not let the credential do"):
            assert f"! west: {told}" in seen

    world.drive(world.dashboard(store), steps, (200, 24))


STRANGE = {"latency": 4, "disk": "full", "errors": [1], "crms": None, "notes": {"troubles": 0}, "synced": "x"}


@pytest.mark.parametrize("detail", [{}, STRANGE])
def test_a_router_of_another_version_is_told_as_far_as_it_tells(store: Store, detail: dict[str, object]) -> None:
    store.nodes.beat(Node(name="old", beat=NOW, started=NOW, detail=detail))

    async def steps(pilot: Work) -> None:
        await press(pilot, "8")
        old = next(router for router in pilot.app.screen.picture.routers if router.node.name == "old")
        assert (old.latency, old.disk, old.errors, old.troubles, old.synced) == (None, None, {}, (), 0.0)
        assert "old" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_what_keeps_calls_from_being_written_to_a_crm_is_told(store: Store) -> None:
    notes = {"waiting": 3, "troubles": {"harbor/hub": "hub: cannot be reached"}}
    store.nodes.beat(Node(name="east", beat=NOW, detail={"notes": notes}))

    async def steps(pilot: Work) -> None:
        await press(pilot, "8")
        assert "! east: harbor/hub: calls cannot be written there: hub: cannot be reached" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_troubles_are_told_as_far_as_there_is_room(store: Store) -> None:
    crms = {f"harbor/{n}": {"trouble": "down"} for n in range(9)}
    store.nodes.beat(Node(name="east", beat=NOW, detail={"crms": crms}))

    async def steps(pilot: Work) -> None:
        await press(pilot, "8")
        assert "! east: harbor/2: down" in screen(pilot) and "  and 9 more" in screen(pilot)  # with those of west

    world.drive(world.dashboard(store), steps)


def test_the_night_switch_says_who_and_until_when(store: Store) -> None:
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


@pytest.mark.parametrize(
    ("text", "after"),
    [("", None), ("2h", 7200.0), ("16:00", 3600.0), ("14:00", 23 * 3600.0), ("2026-11-25T15:30", 1800.0)],
)
def test_a_moment_to_come_is_read_on_the_companys_clock(text: str, after: float | None) -> None:
    found = times.parse_future(text, "America/New_York", NOW)
    assert (None if found is None else found - NOW) == after


@pytest.mark.parametrize("text", ["soon", "25:00", "2026-11-25T14:30"])
def test_a_moment_that_is_none_or_over_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        times.parse_future(text, "America/New_York", NOW)
