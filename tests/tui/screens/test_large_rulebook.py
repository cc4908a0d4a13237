"""A rule book with a large table: whatever goes through all of it is done in a thread, and that it goes on is seen."""

from __future__ import annotations

import cProfile

import msgspec
import pytest
from textual.pilot import Pilot

from fsrouter.engine.model import schema
from fsrouter.store import Store
from fsrouter.tui.queries.rule_draft import MOST
from tui import world
from tui.world import press, screen, settle, strike

Work = Pilot[None]
RULES = 6000


@pytest.fixture
def large(store: Store) -> Store:
    """The world, whose company has a table of many rules."""
    book = world.book()
    value = book.priorities["regulars"]
    rule = next(rule for rule in value.rules if rule.title)
    rules = tuple(msgspec.structs.replace(rule, title=f"Title {i}") for i in range(RULES))
    tables = {**book.priorities, "regulars": msgspec.structs.replace(value, rules=rules)}
    store.books.save(msgspec.structs.replace(book, priorities=tables), "ada", "many rules")
    return store


def test_large_table_is_never_written_or_read_by_the_thread_that_draws(large: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "3", "colon", *"priority:regulars", "enter", "home", "down", "enter", "end")
        assert "regulars / rules" in screen(pilot) and f"Title {RULES - 1}" in screen(pilot)
        await press(pilot, "K", "enter", "home", "down", "down")
        strike(pilot, "d")
        await pilot.pause(0)
        await pilot.pause(0)
        await settle(pilot)
        await press(pilot, "left", "u", "J", "y", "escape", "ctrl+s")
        assert "What this changes" in screen(pilot)

    drawing = cProfile.Profile()  # of this thread, in which all drawing is done and no table must be written or read
    with drawing:
        world.drive(world.dashboard(large), steps, (120, 30))
    drawing.create_stats()
    calls = {where: count for where, (count, *_) in drawing.stats.items() if where[0] == schema.__file__}
    assert calls and max(calls.values()) < RULES, calls


def test_checking_of_a_draft_is_shown_and_keys_are_answered(large: Store) -> None:
    app = world.dashboard(large)

    async def steps(pilot: Work) -> None:
        await press(pilot, "3", "colon", *"priority:regulars", "enter", "home", "down", "enter", "end")
        with app.context.rulebooks._lock:  # the check waits for the rule books
            strike(pilot, "K")
            while "checking ..." not in screen(pilot):
                await pilot.pause(0)
            assert "DRAFT of 1" in screen(pilot)
            strike(pilot, "home")  # keys go on being answered
            while pilot.app.screen.query_one("#rows").at:
                await pilot.pause(0)
        await settle(pilot)
        assert "checking" not in screen(pilot) and "finding" in screen(pilot)

    world.drive(app, steps, (120, 30))


def test_references_are_listed_as_far_as_anybody_reads(large: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "3")
        picture = pilot.app.screen.picture
        remarks = [r for r in picture.beside("priorities", "regulars") if r.sign == ">"]
        assert len(remarks) == MOST + 1 and remarks[-1].text == "and 11,502 more" and remarks[-1].to is None
        here = [r for r in picture.beside("agents", "otis") if r.sign == "<"]
        assert here[-1].text.endswith(" more") and len(here) == MOST + 1
        assert ("priorities", "regulars") in {remark.to for remark in here}

    world.drive(world.dashboard(large), steps)
