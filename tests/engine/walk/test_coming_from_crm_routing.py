"""CRM routing: the page for those who come from it does what it says, setting by setting."""

from __future__ import annotations

import pytest

from engine.books import People, traced
from engine.pages import Page, Shows, every_setting_is_shown, page
from fsrouter.engine.walk.actions import LookUp
from fsrouter.engine.walk.outcomes import LookedUp

ADA, GRACE, ALAN, EDSGER, BARBARA = (f"+1415555010{i}" for i in range(1, 6))
TIER, MENU, RENEWAL = "0111", "0112", "0113"


def asked(done) -> LookUp:
    return next(action for action in done if isinstance(action, LookUp))


def finds(value: str, **more) -> People:
    return People(found=LookedUp(how="live", value=value, found=True, **more))


SHOWN = [
    Shows("where it stands: on a number or in a menu", TIER, "agent:nancy", ADA),
    Shows("where it stands: on a number or in a menu", MENU, "queue:billing", ADA, assumed={"press": "1"}),
    Shows(
        "announcement while it looks",
        MENU,
        lambda _, done: asked(done).greeting == "say:One moment please",
        ADA,
        people=People(keys=["1"]),
    ),
    Shows("announcement while it looks", TIER, lambda _, done: asked(done).greeting == "", ADA),
    Shows("integration", TIER, lambda _, done: asked(done).crm == "people", ADA),
    Shows("module or object", TIER, lambda _, done: asked(done).module == "Contacts", ADA),
    Shows("module or object", MENU, lambda _, done: asked(done).module == "Accounts", ADA, people=People(keys=["1"])),
    Shows("field", TIER, lambda _, done: asked(done).field == "tier" and asked(done).number == ADA, ADA),
    Shows("condition", TIER, "agent:johan", GRACE),
    Shows("equals", TIER, "hangup", ALAN),
    Shows("equals", TIER, "queue:support", given={"crm.tier": "blocked now"}),
    Shows("greater, less, at least, at most", TIER, "agent:nancy", given={"crm.tier": "3.0"}),
    Shows("greater, less, at least, at most", TIER, "agent:johan", given={"crm.tier": "1.01"}),
    Shows("greater, less, at least, at most", TIER, "queue:support", given={"crm.tier": "1"}),
    Shows("greater, less, at least, at most", MENU, "agent:johan", GRACE, assumed={"press": "1"}),
    Shows("greater, less, at least, at most", RENEWAL, "agent:nancy", BARBARA),
    Shows("greater, less, at least, at most", RENEWAL, "voicemail:main", GRACE),
    Shows("then route to", TIER, "queue:vip", ADA, assumed={"unanswered": 1}),
    Shows("otherwise, no record found", TIER, "queue:support"),
    Shows("otherwise, no record found", TIER, "queue:support", EDSGER),
    Shows("otherwise, no record found", TIER, "queue:support", ""),
    Shows("time limit of the look-up", TIER, lambda _, done: asked(done).deadline == 2.0, ADA),
    Shows(
        "time limit of the look-up",
        TIER,
        lambda walk, _: "asked people just now" in traced(walk),
        ADA,
        people=finds("3"),
    ),
    Shows(
        "time limit of the look-up",
        TIER,
        lambda walk, _: "people as cached 3 hours ago; people is slow" in traced(walk),
        ADA,
        people=People(found=LookedUp(how="cached", value="3", found=True, age=10800.0, why="people is slow")),
    ),
]


@pytest.fixture(scope="module")
def routing(tmp_path_factory) -> Page:
    return page("crm-routing", tmp_path_factory.mktemp("page"))


def test_calls_of_the_page_go_where_it_says(routing):
    assert len(routing.calls) > 15 and routing.broken() == []


def test_every_setting_of_the_page_has_a_call(routing):
    every_setting_is_shown(routing, SHOWN)


@pytest.mark.parametrize("shows", SHOWN, ids=str)
def test_setting_has_its_effect(routing, shows):
    shows.on(routing)
