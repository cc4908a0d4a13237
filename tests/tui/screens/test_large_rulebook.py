"""A rule book with a large table: whatever goes through all of it is done in a thread, and that it goes on is seen."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from fsrouter.engine.model import schema
from fsrouter.engine.model.routers import Priority
from fsrouter.store import Store
from fsrouter.tui.editing import draft, yaml
from fsrouter.tui.editing.draft import Draft
from fsrouter.tui.queries import gc_pause
from fsrouter.tui.queries.rule_draft import MOST
from tui import world
from tui.world import press, screen, settle, strike

Work = Pilot[None]
RULES = 1500


@pytest.fixture
def large(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The world, whose company has a table of many rules."""
    monkeypatch.setattr(gc_pause, "LARGE", RULES // 2)
    book = world.book()
    value = book.priorities["regulars"]
    rule = next(rule for rule in value.rules if rule.title)
    rules = tuple(msgspec.structs.replace(rule, title=f"Title {i}") for i in range(RULES))
    tables = {**book.priorities, "regulars": msgspec.structs.replace(value, rules=rules)}
    store.books.save(msgspec.structs.replace(book, priorities=tables), "ada", "many rules")
    return store


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The threads in which a large table was written or read as a whole."""
    threads: list[str] = []
    write, read = schema.write, schema.read

    def noted(whole: bool) -> None:
        if whole:
            threads.append(threading.current_thread().name)

    def writing(value: Any, *more: Any) -> Any:
        noted(isinstance(value, Priority) and len(value.rules) > RULES // 2)
        return write(value, *more)

    def reading(kind: Any, tree: Any, *more: Any) -> Any:
        noted(kind is Priority and isinstance(tree, dict) and len(tree.get("rules", ())) > RULES // 2)
        return read(kind, tree, *more)

    monkeypatch.setattr(draft.schema, "write", writing)
    monkeypatch.setattr(draft.schema, "read", reading)
    yield threads


def test_no_key_waits_for_all_of_a_large_table(large: Store, written: list[str]) -> None:
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

    world.drive(world.dashboard(large), steps, (120, 30))
    assert written and threading.main_thread().name not in written


def test_it_is_seen_that_a_draft_is_being_checked(large: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, begun = threading.Event(), threading.Event()
    compiled = Draft.compiled

    def slowly(self: Draft) -> draft.Compiled:
        if self.edits:
            begun.set()
            gate.wait(10)
        return compiled(self)

    monkeypatch.setattr(Draft, "compiled", slowly)

    async def steps(pilot: Work) -> None:
        await press(pilot, "3", "colon", *"priority:regulars", "enter", "home", "down", "enter", "end")
        strike(pilot, "K")
        while not begun.is_set():
            await pilot.pause(0.01)
        await pilot.pause(0)
        assert "DRAFT of 1" in screen(pilot) and "checking ..." in screen(pilot)
        strike(pilot, "home")  # keys go on being answered
        while pilot.app.screen.query_one("#rows").at:
            await pilot.pause(0.01)
        gate.set()
        await settle(pilot)
        assert "checking" not in screen(pilot) and "finding" in screen(pilot)

    world.drive(world.dashboard(large), steps, (120, 30))


def test_links_are_told_as_far_as_anybody_reads(large: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "3")
        picture = pilot.app.screen.picture
        remarks = [r for r in picture.beside("priorities", "regulars") if r.sign == ">"]
        assert len(remarks) == MOST + 1 and remarks[-1].text == "and 2,502 more" and remarks[-1].to is None
        here = [r for r in picture.beside("agents", "otis") if r.sign == "<"]
        assert here[-1].text.endswith(" more") and len(here) == MOST + 1
        assert ("priorities", "regulars") in {remark.to for remark in here}

    world.drive(world.dashboard(large), steps)


def test_only_the_beginning_of_a_long_text_is_written() -> None:
    tree = {"rules": [{"title": f"Title {i}", "to": "agent:otis"} for i in range(5000)], "crm": "hub"}
    begin, whole = yaml.begin(tree, 1000)
    assert not whole and 1000 < len(begin) < 1100 and yaml.text(tree).startswith(begin)
    assert yaml.begin({"crm": "hub"}, 1000) == ("crm: hub\n", True)


def test_cycles_are_searched_for_again_afterwards() -> None:
    assert gc.isenabled()
    with gc_pause.still():
        assert not gc.isenabled()
        with gc_pause.still():
            pass
        assert not gc.isenabled()  # the outer one goes on
        with gc_pause.still(large=False):
            pass
    assert gc.isenabled()
    with pytest.raises(RuntimeError), gc_pause.still():
        raise RuntimeError
    assert gc.isenabled()
    gc.unfreeze()
