"""3 Rules: going about in the rule book, changing it, replaying it, saving it, undoing it."""

from __future__ import annotations

from textual.pilot import Pilot

from fsrouter.store import Store
from fsrouter.tui.screens.replay import ReplayScreen
from fsrouter.tui.screens.rules import Rules
from tui import world
from tui.world import notes, press, screen, settle, write

Work = Pilot[None]


async def go(pilot: Work, where: str) -> Rules:
    """Go to a definition of the rule book."""
    await press(pilot, "3", "colon")
    await write(pilot, where)
    await press(pilot, "enter")
    rules = pilot.app.screen
    assert isinstance(rules, Rules)
    return rules


async def retype(pilot: Work, text: str) -> None:
    """Type another line in the place of the one that is being edited."""
    await press(pilot, "enter", "ctrl+u", "ctrl+k")
    await write(pilot, text)
    await press(pilot, "enter")


def test_tree_form_and_references_of_a_definition_are_shown(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await go(pilot, "queue:sales")
        seen = screen(pilot)
        assert "queues / sales" in seen and "longest-idle-agent" in seen and "max_wait" in seen
        assert "How agents are chosen" in seen
        await press(pilot, "w")
        assert "< menus / welcome / digits / 1" in screen(pilot) and "> unanswered: voicemail:shop" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_change_is_replayed_saved_as_one_revision_and_undone(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        rules = await go(pilot, "tracking_numbers.+18575550103")
        assert rules.query_one("Form").table.choose("to")
        await retype(pilot, "voicemail:shop")
        assert "DRAFT of 1" in screen(pilot)
        await press(pilot, "ctrl+s")
        assert isinstance(pilot.app.screen, ReplayScreen)
        seen = screen(pilot)
        assert "tracking_numbers.+18575550103" in seen and "13 of the last day's 40 calls" in seen
        assert store.books.token() == 1
        await press(pilot, "enter")
        assert "a revision has a message" in screen(pilot)
        await write(pilot, "workshop closed")
        await press(pilot, "enter")
        assert "revision 2" in screen(pilot)
        assert str(store.books.book("harbor").tracking_numbers["+18575550103"].to[0]) == "voicemail:shop"
        assert (store.books.log()[0].who, store.books.log()[0].message) == ("ada", "workshop closed")
        await press(pilot, "u")
        assert "Undo revision 2" in screen(pilot)
        await press(pilot, "y")
        assert str(store.books.book("harbor").tracking_numbers["+18575550103"].to[0]) == "number:workshop"

    world.drive(world.dashboard(store), steps)


def test_branch_is_moved_and_edits_are_undone(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        rules = await go(pilot, "router:spring-sale")
        assert rules.query_one("Form").table.choose("branches")
        await press(pilot, "right", "J")
        first = rules.draft.tree("routers", "spring-sale")["branches"][0]
        assert first["when"] == {"area_code": ["617", "857"]}
        assert rules.query_one("Form").table.key == "1"
        await press(pilot, "u")
        assert not rules.draft.edits and "DRAFT" not in screen(pilot)
        await press(pilot, "U")
        assert rules.draft.edits

    world.drive(world.dashboard(store), steps)


def test_branch_is_added_with_completed_facts_and_destinations(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        rules = await go(pilot, "router:spring-sale")
        assert rules.query_one("Form").table.choose("branches")
        await press(pilot, "right", "a")
        assert "branches / 3" in screen(pilot) and "must be given" in screen(pilot)
        await press(pilot, "right", "a")
        await write(pilot, "terr")
        assert "·territory" in screen(pilot)
        await press(pilot, "tab", "enter")
        await write(pilot, "west")
        await press(pilot, "enter", "left", "down", "enter")
        await write(pilot, "queue:sails")
        assert "did you mean 'sales'?" in screen(pilot)
        await press(pilot, "ctrl+u", "down", "enter")
        tree = rules.draft.tree("routers", "spring-sale")["branches"][2]
        assert tree == {"when": {"territory": "west"}, "then": "agent:mira"}
        assert rules.draft.compiled().book is not None

    world.drive(world.dashboard(store), steps)


def test_draft_with_a_problem_is_not_saved(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        rules = await go(pilot, "voicemail:shop")
        await press(pilot, "D")
        assert ("voicemails", "shop") in rules.draft.edits
        await press(pilot, "ctrl+s")
        assert not isinstance(pilot.app.screen, ReplayScreen)
        assert "voicemail:shop does not exist" in notes(pilot)[-1]
        assert store.books.token() == 1

    world.drive(world.dashboard(store), steps)


def test_yaml_is_checked_as_it_is_typed_and_taken_over(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        rules = await go(pilot, "flow:sale")
        await press(pilot, "y")
        assert "record: true" in screen(pilot)
        area = rules.query_one("TextArea")
        area.move_cursor(area.document.end)
        await write(pilot, "colour: red")
        assert "unknown key 'colour'" in screen(pilot)
        await press(pilot, "escape")
        assert rules._seen == "yaml" and not rules.draft.edits
        area.text = "route: [tag:spring-sale, voicemail:shop]\n"
        await settle(pilot)
        await press(pilot, "escape")
        assert rules.draft.tree("flows", "sale") == {"route": ["tag:spring-sale", "voicemail:shop"]}

    world.drive(world.dashboard(store), steps)


def test_new_definition_is_begun_and_finished(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        rules = await go(pilot, "voicemail:shop")
        await press(pilot, "n", "enter")
        await write(pilot, "Night Desk")
        assert "names are lower-case letters" in screen(pilot)
        await press(pilot, "ctrl+u")
        await write(pilot, "night")
        await press(pilot, "enter")
        assert "voicemails / night" in screen(pilot) and "lacks 'mailbox'" in str(rules.draft.compiled().problems)
        await retype(pilot, "1200")
        assert rules.draft.compiled().book.voicemails["night"].mailbox == "1200"

    world.drive(world.dashboard(store), steps)


def test_two_editors_of_different_definitions_both_save(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        rules = await go(pilot, "voicemail:shop")
        await retype(pilot, "1200")
        _theirs(store, "flows", "sale")
        await press(pilot, "ctrl+s")
        await write(pilot, "mine")
        await press(pilot, "enter")
        assert rules.draft.base.revision == 2 and rules.draft.edits
        await press(pilot, "ctrl+s")
        await write(pilot, "mine")
        await press(pilot, "enter")
        book = store.books.book("harbor")
        assert book.voicemails["shop"].mailbox == "1200" and str(book.flows["sale"].route[0]) == "hangup"

    world.drive(world.dashboard(store), steps)


def test_two_editors_of_one_definition_do_not_overwrite_each_other(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        rules = await go(pilot, "flow:sale")
        assert rules.query_one("Form").table.choose("route")
        await retype(pilot, "voicemail:shop")
        _theirs(store, "flows", "sale")
        await press(pilot, "ctrl+s")
        await write(pilot, "mine")
        await press(pilot, "enter")
        assert "Somebody was faster" in screen(pilot) and "flows.sale" in screen(pilot)
        await press(pilot, "n")
        assert str(store.books.book("harbor").flows["sale"].route[0]) == "hangup"
        assert rules.draft.edits and rules.draft.base.revision == 1

    world.drive(world.dashboard(store), steps)


def _theirs(store: Store, section: str, name: str) -> None:
    """Somebody else sends the sale's calls away."""
    from fsrouter.tui.editing.draft import Draft

    book = Draft.of(store.books.book("harbor")).put(section, name, {"route": "hangup"}).compiled().book
    assert book is not None
    store.books.save(book, "bob", "theirs", expected_revision=1)


def test_history_shows_who_and_rolls_back(store: Store) -> None:
    _theirs(store, "flows", "sale")

    async def steps(pilot: Work) -> None:
        await press(pilot, "3", "H")
        seen = screen(pilot)
        assert "bob" in seen and "theirs" in seen and "~ flows.sale" in seen
        await press(pilot, "down", "b")
        assert "as of revision 1?" in screen(pilot) and "flows.sale" in screen(pilot)
        await press(pilot, "y")

    world.drive(world.dashboard(store), steps)
    assert store.books.log()[0].message == "rollback to 1"
    assert store.books.book("harbor") is not None and len(store.books.book("harbor").flows["sale"].route) == 3


def test_read_only_edits_nothing(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        rules = await go(pilot, "voicemail:shop")
        await press(pilot, "enter", "escape", "d", "D", "n", "escape", "ctrl+s")
        await retype(pilot, "1200")
        assert not rules.draft.edits

    world.drive(world.dashboard(store, read_only=True), steps)
    assert store.books.token() == 1
