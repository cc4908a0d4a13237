"""Priority routing: the page for those who come from it does what it says, setting by setting."""

from __future__ import annotations

import pytest

from engine.books import EVENING
from engine.pages import Page, Shows, every_setting_is_shown, page
from fsrouter.engine.walk.actions import Enqueue

ADA, GRACE, ALAN, EDSGER, BARBARA, TONY, DONALD, TWO = (f"+1415555010{i}" for i in range(1, 9))
COMPANY = "+14155550199"

SHOWN = [
    Shows("a routing table, its name", "0111", lambda walk, _: walk.trace[1].at == "priority:clients"),
    Shows("the CRM that is looked at", "0111", "agent:nancy", ADA),
    Shows("rule by contact", "0111", "agent:nancy", ADA),
    Shows("rule by contact", "0111", "queue:vip", ADA, given={"contact": "C-1"}),
    Shows("rule by contact title", "0111", "queue:vip", GRACE),
    Shows("rule by account", "0111", "agent:johan", EDSGER),
    Shows("rule by account", "0111", "queue:globex", BARBARA),
    Shows("rule by account", "0111", "agent:johan", COMPANY),
    Shows("rule by territory", "0111", "agent:johan", TONY),
    Shows("order of the rules", "0111", "agent:nancy", ADA),
    Shows("order of the rules", "0111", "queue:vip", ADA, given={"contact": ""}),
    Shows("order of the rules", "0111", "agent:johan", ADA, given={"contact": "", "title": ""}),
    Shows(
        "order of the rules",
        "0111",
        "queue:support",
        ADA,
        given={k: "" for k in ("contact", "title", "account", "account_id", "territory")},
    ),
    Shows("route in the office", "0111", "agent:johan", EDSGER),
    Shows("route in the office", "0111", "queue:globex", EDSGER, assumed={"unanswered": 1}),
    Shows("route after hours", "0111", "agent:mobile", ADA, EVENING),
    Shows("route after hours", "0111", "voicemail:main", GRACE, EVENING),
    Shows("one route at any hour", "0111", "queue:vip", ALAN),
    Shows("one route at any hour", "0111", "queue:vip", ALAN, EVENING),
    Shows("office hours, holidays", "0111", "voicemail:main", EDSGER, "2026-11-26 10:00"),
    Shows("office hours, holidays", "0111", "voicemail:main", EDSGER, "2026-11-23 07:59"),
    Shows("office hours, holidays", "0111", "agent:johan", EDSGER, "2026-11-23 08:00"),
    Shows("default for a dialled number", "0112", "queue:globex"),
    Shows("default for a dialled number", "0113", "agent:johan"),
    Shows("default for a dialled number", "0113", "agent:mobile", at=EVENING),
    Shows("no match", "0111", "queue:support"),
    Shows("no match", "0111", "voicemail:main", at=EVENING),
    Shows("rule by contact", "0114", "agent:nancy", ALAN),
    Shows("several contacts with the caller's number", "0111", "agent:mobile", TWO),
    Shows("several contacts with the caller's number", "0114", "queue:globex", TWO),
    Shows(
        "jump ahead in the queue",
        "0111",
        lambda _, done: [(a.queue, a.head_start) for a in done if isinstance(a, Enqueue)] == [("vip", 120)],
        ALAN,
    ),
    Shows(
        "jump ahead in the queue",
        "0111",
        lambda _, done: all(a.head_start == 0 for a in done if isinstance(a, Enqueue)),
        GRACE,
    ),
    Shows("upload of a list of rules", "0111", "agent:nancy", DONALD),
    Shows("upload of a list of rules", "0111", "agent:mobile", TWO),
    Shows("send calls to the table", "0111", "voicemail:main", GRACE, assumed={"unanswered": 1}),
]


@pytest.fixture(scope="module")
def priority(tmp_path_factory) -> Page:
    return page("priority-routing", tmp_path_factory.mktemp("page"))


def test_calls_of_the_page_go_where_it_says(priority):
    assert len(priority.calls) > 20 and priority.broken() == []


def test_every_setting_of_the_page_has_a_call(priority):
    every_setting_is_shown(priority, SHOWN)


@pytest.mark.parametrize("shows", SHOWN, ids=str)
def test_setting_has_its_effect(priority, shows):
    shows.on(priority)
