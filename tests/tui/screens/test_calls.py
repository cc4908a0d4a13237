"""1 Calls and one in detail: what is seen, found, sorted, and what is done with a call."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import msgspec
import pytest
from textual.pilot import Pilot

from fsrouter.store import Command, Store
from fsrouter.store.commands import Patience
from fsrouter.tui.context import Context
from fsrouter.tui.queries.call_detail import load
from fsrouter.tui.queries.live import Watch, count
from tui import world
from tui.world import NOW, Clock, notes, press, screen, write

Work = Pilot[None]


@pytest.fixture
def east(store: Store) -> Iterator[list[Command]]:
    """The router east, which carries out whatever it is told, and remembers it."""
    over, did = threading.Event(), []

    def run() -> None:
        while not over.wait(0.02):
            for command in store.commands.pending("east"):
                did.append(command)
                store.commands.done(command.id, "done")

    thread = threading.Thread(target=run)
    thread.start()
    yield did
    over.set()
    thread.join()


def test_calls_are_listed_newest_first(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        calls = pilot.app.screen.table.items
        assert [c.line.uuid for c in calls] == ["aaaa0005", "aaaa0004", "aaaa0003", "aaaa0002", "aaaa0001"]
        seen = screen(pilot)
        assert "5 live" in seen and "talks to agent:mira" in seen and "waits in queue:sales" in seen
        assert "1:11" in seen and "1:23" in seen  # the talk began when it was answered
        assert "? rings number:workshop" in seen  # its router has not been heard of for a minute
        assert "waiting 1" in seen

    world.drive(world.dashboard(store), steps)


def test_filter_applies_while_it_is_typed_and_escape_clears_it(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "slash")
        await write(pilot, "queue sol")
        assert [c.line.uuid for c in pilot.app.screen.table.items] == ["aaaa0002"]
        await press(pilot, "enter", "3")  # a digit is a digit again
        assert pilot.app.current_mode == "rules"
        await press(pilot, "1", "slash", "escape")
        assert len(pilot.app.screen.table.items) == 5

    world.drive(world.dashboard(store), steps)


@pytest.mark.parametrize(
    ("presses", "first"), [(1, "aaaa0001"), (2, "aaaa0005"), (3, "aaaa0004"), (4, "aaaa0004"), (5, "aaaa0005")]
)
def test_sort_key_goes_to_the_next_order(store: Store, presses: int, first: str) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, *["s"] * presses)
        assert pilot.app.screen.table.items[0].line.uuid == first

    world.drive(world.dashboard(store), steps)


def test_pause_holds_the_picture_until_it_is_lifted(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "p")
        assert "PAUSED at 15:00:00" in screen(pilot)
        store.journal.write([world.call("cccc0001", world.NORA, world.MAIN, 0, "in menu:welcome")])
        assert len(pilot.app.screen.table.items) == 5
        await press(pilot, "p")
        assert len(pilot.app.screen.table.items) == 6

    world.drive(world.dashboard(store), steps)


def test_follow_chooses_the_newest_call_and_without_it_the_choice_stays(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "down")
        assert pilot.app.screen.table.key == "aaaa0004"
        store.journal.write([world.call("cccc0001", world.NORA, world.MAIN, 0, "in menu:welcome")])
        await press(pilot, "f5")
        assert pilot.app.screen.table.key == "aaaa0004"
        await press(pilot, "f")
        assert pilot.app.screen.table.key == "cccc0001"

    world.drive(world.dashboard(store), steps)


def test_call_detail_shows_what_is_ahead_while_the_call_is_live(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "down", "down", "down", "enter")
        seen = screen(pilot)
        assert "Sol Aguilar (+12125550172): live, waits in queue:sales" in seen
        assert "title Fleet Manager" in seen and "Still ahead, if nobody takes it" in seen
        call = msgspec.structs.replace(
            next(c for c in world.calls() if c.uuid == "aaaa0002"), outcome="abandoned", ended=NOW, where=""
        )
        store.journal.write([call])
        await press(pilot, "f5")
        assert "abandoned" in screen(pilot) and "Still ahead" not in screen(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen.MODE == "calls" and len(pilot.app.screen_stack) == 1

    world.drive(world.dashboard(store), steps)


def test_ahead_is_what_was_not_tried_yet(context: Context) -> None:
    workshop = "rings +16175550150 by trunk carrier, showing the caller's number, extension 204 after 1 s"
    assert load(context, "aaaa0005").ahead == (f"number:workshop for 20 s: {workshop}", "voicemail:shop")
    assert load(context, "aaaa0001").note == "nothing, while they talk"
    assert load(context, "bbbb0000").ahead == ()


def test_ahead_leaves_out_who_is_on_break(context: Context) -> None:
    context.store.states.set_agent("harbor", "otis", "break", "test")
    ahead = [line.partition(": ")[0] for line in load(context, "aaaa0004").ahead]
    assert ahead == ["agent:mira for 10 s", "agent:mira, agent:juno for 15 s", "voicemail:shop"]


COMMANDS = [
    (["h"], "Hang up the call of Nora Quist (+12125550171)?", ("hangup", "")),
    (["x", *"queue", "colon", *"sales", "enter"], "Transfer the call of Nora Quist (+12125550171) to queue:sales?",
     ("transfer", "queue:sales")),
    (["t", *"vip", "enter"], "Tag the call of Nora Quist (+12125550171) with vip?", ("tag", "vip")),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "question", "command"), COMMANDS)
def test_command_is_sent_after_yes_to_a_question_with_the_name(
    store: Store, east: list[Command], keys: list[str], question: str, command: tuple[str, str]
) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "end", *keys)
        assert question.split("?")[0][:60] in " ".join(screen(pilot).replace("┃", " ").split())
        await press(pilot, "n")
        assert not east
        await press(pilot, *keys, "y")
        assert [(c.call, c.verb, c.argument, c.who) for c in east] == [("aaaa0001", *command, "ada")]

    world.drive(world.dashboard(store), steps)


def test_transfer_to_an_unknown_destination_is_refused(store: Store, east: list[Command]) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "x")
        await write(pilot, "queue:sails")
        assert "did you mean 'sales'?" in screen(pilot)
        await press(pilot, "enter")
        assert "did you mean 'sales'?" in screen(pilot) and not east

    world.drive(world.dashboard(store), steps)


def test_score_is_checked_and_written(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "end", "r")
        await write(pilot, "101")
        assert "write a number from 0 to 100" in screen(pilot)
        await press(pilot, "backspace", "enter")
        assert "Score the call of Nora Quist (+12125550171) with 10?" in screen(pilot)
        await press(pilot, "n", "r", "7", "enter", "n")
        assert not store.journal.get("aaaa0001").score
        await press(pilot, "r", "1", "0", "enter", "y")
        assert notes(pilot)[-1].endswith("scored 10")

    world.drive(world.dashboard(store), steps)
    record = store.journal.get("aaaa0001")
    assert record is not None and record.score == 10


def test_command_that_no_router_carries_out_is_withdrawn(store: Store) -> None:

    async def steps(pilot: Work) -> None:
        await press(pilot, "h", "y")
        assert "no router did it" in notes(pilot)[-1]

    world.drive(world.dashboard(store, patience=Patience(limit=0.2)), steps)
    assert store.commands.pending("east") == store.commands.pending("west") == []


def test_command_for_a_call_that_is_over_is_refused_at_once(store: Store) -> None:

    async def steps(pilot: Work) -> None:
        await press(pilot, "end", "h")
        call = next(c for c in world.calls() if c.uuid == "aaaa0001")
        store.journal.write([msgspec.structs.replace(call, outcome="answered", ended=NOW, where="")])
        await press(pilot, "y")
        assert notes(pilot)[-1] == "hangup: the call is over already"

    world.drive(world.dashboard(store, patience=Patience(look=0.01)), steps)
    assert store.commands.pending("east") == []


def test_suggestion_is_taken_only_when_it_was_chosen(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, "colon", *"spri")
        assert "·router:spring-sale" in screen(pilot)  # enter would look for the word
        await press(pilot, "down")
        assert "»router:spring-sale" in screen(pilot)
        await press(pilot, "enter")
        assert "routers / spring-sale" in screen(pilot)

    world.drive(world.dashboard(store), steps)


def test_step_is_timed_from_when_it_was_seen_to_begin(store: Store, context: Context, clock: Clock) -> None:
    watch = Watch(context)
    first = {c.line.uuid: c for c in watch.look().calls}
    assert not first["aaaa0003"].sure and first["aaaa0001"].sure
    moved = msgspec.structs.replace(
        next(c for c in world.calls() if c.uuid == "aaaa0003"), where="waits in queue:sales"
    )
    store.journal.write([moved, world.call("cccc0001", world.NORA, world.MAIN, -1, "in menu:welcome")])
    clock.now += 5
    then = {c.line.uuid: c for c in watch.look().calls}
    assert (then["aaaa0003"].since, then["aaaa0003"].sure) == (NOW + 5, True)
    assert (then["cccc0001"].since, then["cccc0001"].sure) == (NOW + 1, True)
    assert not then["aaaa0004"].sure and then["aaaa0004"].since == NOW


def test_strip_counts_the_last_half_hour(store: Store) -> None:
    strip = count(store, "", NOW)
    began = [c.began for c in world.calls() if c.began >= (NOW // 60 - 29) * 60]
    assert sum(strip.minutes) == len(began) and len(strip.minutes) == 30
    assert strip.abandoned == 4 and strip.answered == 9


def test_read_only_sends_no_command(store: Store, east: list[Command]) -> None:
    async def steps(pilot: Work) -> None:
        assert "Hang up" not in screen(pilot)
        await press(pilot, "h", "y", "x", "escape", "r", "5", "enter")

    world.drive(world.dashboard(store, read_only=True), steps)
    assert not east
