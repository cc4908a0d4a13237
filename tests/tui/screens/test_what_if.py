"""7 Try: what-if calls, walked, drawn and refused."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from fsrouter.errors import RulesError, UsageError
from fsrouter.store import Store
from fsrouter.tui.context import Context
from fsrouter.tui.queries.what_if import Typed, route
from fsrouter.tui.screens.what_if import drawn
from tui import world
from tui.world import press, screen, write

Work = Pilot[None]


def test_call_is_drawn_as_a_tree_with_reasons(store: Store) -> None:
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


def test_tree_puts_what_was_entered_below_what_sent_the_call_there(context: Context) -> None:
    found = route(context, Typed(to=world.SALE, caller="anonymous", press="1"))
    assert drawn(found).plain.startswith(TREE)
    depths = {branch.at: branch.depth for branch in found.branches}
    assert depths["menu:welcome"] == 3 and depths["queue:sales"] == 4


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (Typed(to="+18575550199"), "is no tracking number, so no rules say where its calls go; did you mean '+1857555"),
        (Typed(to=world.MAIN, at="soon"), "'soon' is no moment"),
        (Typed(to=world.MAIN, given="caller"), "'caller' has no ="),
        (Typed(to=world.MAIN, given="draw=x"), "'x' is no draw"),
        (Typed(to=world.MAIN, given="draw=nan"), "'nan' is no draw"),
        (Typed(to=world.MAIN, unanswered="-1"), "is no number of attempts"),
    ],
)
def test_call_that_cannot_be_is_refused(context: Context, call: Typed, problem: str) -> None:
    with pytest.raises((RulesError, UsageError), match=problem.replace("+", r"\+")):
        route(context, call)


def test_what_if_counts_nothing(store: Store, context: Context) -> None:
    before = store.turns.taken("harbor"), len(store.journal.list(limit=1000))
    route(context, Typed(to=world.SALE, caller=world.STRANGER, unanswered="3"))
    assert before == (store.turns.taken("harbor"), len(store.journal.list(limit=1000)))
