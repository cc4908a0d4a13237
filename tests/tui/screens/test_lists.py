"""Lists of callers in the dashboard: seen, found, put there and taken off, also from a call's detail."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from fsrouter.engine.model.lists import NUMBER, Change, Listed, Member
from fsrouter.store import Store
from tui import world
from tui.world import NOW, STRANGER, Clock, notes, press, screen, write

Work = Pilot[None]


@pytest.fixture
def listed(store: Store, clock: Clock) -> Store:
    """The world, whose company has lists."""
    world.with_lists(store, clock)
    return store


def on(store: Store, name: str = "blocked") -> dict[str, tuple[str, str, float | None]]:
    return {str(each.member): (each.who, each.why, each.until) for each in store.lists.every("harbor", name)}


def test_lists_and_their_entries_are_shown(listed: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "l")
        seen = screen(pilot)
        assert "blocked: 4 entries, 4 shown" in seen and "Nuisance callers" in seen and "+1900*" in seen
        await press(pilot, "tab", "down")
        assert "vip: 0 entries" in screen(pilot) and "nothing is found" in screen(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen.MODE == "contacts" and "contacts, " in screen(pilot)
        await press(pilot, "colon", *"lists", "enter")
        assert "blocked: 4 entries" in screen(pilot)

    world.drive(world.dashboard(listed), steps, (110, 24))


def test_entries_are_found_by_number_reason_and_person(listed: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "l", "slash")
        for text, found in (("(617) 555-0181", STRANGER), ("premium", "+1900*"), ("otis", "contact:c-6")):
            await press(pilot, "ctrl+u")
            await write(pilot, text)
            assert [str(each.member) for each in pilot.app.screen.picture.entries] == [found]
        await press(pilot, "escape")
        assert len(pilot.app.screen.picture.entries) == 4

    world.drive(world.dashboard(listed), steps)


def test_caller_is_put_on_a_list_and_taken_off(listed: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "l", "a")
        await write(pilot, "900*")
        await press(pilot, "enter")
        assert "with + and the country code" in screen(pilot)
        await press(pilot, "ctrl+u", *"(212) 555-0150", "enter", *"spam", "enter", *"yesterday", "enter")
        assert "is no moment" in screen(pilot)
        await press(pilot, "ctrl+u", *"30d", "enter")
        assert notes(pilot)[-1] == "+12125550150 is on blocked, from the next call on"
        assert on(listed)["+12125550150"] == ("ada", "spam", NOW + 30 * 86_400)
        assert "blocked: 5 entries" in screen(pilot)
        assert pilot.app.screen.table.items[0].member == Member(NUMBER, "+12125550150")
        await press(pilot, "home", "d")
        assert "Take +12125550150 off blocked?" in screen(pilot) and "spam" in screen(pilot)
        await press(pilot, "n")
        assert "+12125550150" in on(listed)
        await press(pilot, "d", "y")
        assert notes(pilot)[-1] == "+12125550150 is off blocked" and "+12125550150" not in on(listed)

    world.drive(world.dashboard(listed), steps)


def test_caller_of_a_call_is_put_on_a_list(listed: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "colon", *"aaaa0003", "enter", "l")
        assert f"Put Pat Doe ({STRANGER}) on which list?" in screen(pilot)
        await press(pilot, *"vp", "enter")
        assert "there is no list 'vp'" in screen(pilot)
        await press(pilot, "ctrl+u", *"vip", "enter", "enter", "enter", "enter")
        assert notes(pilot)[-1] == f"{STRANGER} is on vip, from the next call on"
        assert on(listed, "vip") == {STRANGER: ("ada", "", None)}

    world.drive(world.dashboard(listed), steps)


def test_pages_are_turned(listed: Store) -> None:
    many = (Listed(list="vip", member=Member(NUMBER, f"+1212555{i:04}"), who="ada", at=NOW) for i in range(450))
    listed.lists.change("harbor", (Change(listed=each) for each in many))

    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "l", "tab", "down")
        first = []
        for page in (1, 2, 3):
            assert f"450 entries, {200 if page < 3 else 50} shown, page {page}" in screen(pilot)
            first.append(pilot.app.screen.picture.entries[0].member.value)
            await press(pilot, "n")
        assert first == ["+12125550000", "+12125550200", "+12125550400"]
        assert notes(pilot)[-1].endswith("this is the last")
        await press(pilot, "p")
        assert "page 2" in screen(pilot)

    world.drive(world.dashboard(listed), steps)


def test_nothing_is_changed_where_one_only_reads(listed: Store) -> None:
    before = on(listed)

    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "l", "a")
        assert "Put whom" not in screen(pilot)
        await press(pilot, "d", "y", "escape", "colon", *"aaaa0003", "enter", "l")
        assert "on which list?" not in screen(pilot)

    world.drive(world.dashboard(listed, read_only=True), steps)
    assert on(listed) == before


def test_company_without_lists_is_told_how_to_have_some(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "5", "l", "a", "d", "n")
        assert "no rule book has lists" in screen(pilot)
        await press(pilot, "colon", *"aaaa0003", "enter", "l")
        assert notes(pilot)[-1] == "the rule book of harbor has no lists; add one under `lists`"

    world.drive(world.dashboard(store), steps)
