"""Responsive routing: the page for those who come from it does what it says, setting by setting."""

from __future__ import annotations

import pytest

from engine.books import EVENING
from engine.pages import Page, Shows, every_setting_is_shown, page

ADA, GRACE, ALAN = (f"+1415555010{i}" for i in (1, 2, 3))
ADS, DIRECT, OLD, WEB = "0111", "0112", "0113", "0120"
REPEAT = {"caller": "repeat"}

SHOWN = [
    Shows("first-time callers", ADS, "agent:nancy"),
    Shows("repeat callers", ADS, "queue:support", given=REPEAT),
    Shows("source", ADS, "agent:nancy"),
    Shows("source", DIRECT, "queue:support"),
    Shows("source", WEB, "agent:nancy", given={"source": "Google-Ads"}),
    Shows("keyword contains", WEB, "queue:sales", given={"keyword": "Best Implants in town"}),
    Shows("keyword contains", WEB, "queue:support", given={"keyword": "crowns"}),
    Shows("active page", WEB, "queue:sales", given={"active_page": "/prices"}),
    Shows("active page", WEB, "queue:support", given={"active_page": "/prices?x=1"}),
    Shows("landing page begins with", WEB, "queue:sales", given={"landing": "/offers/9", "campaign": "spring"}),
    Shows("landing page begins with", WEB, "queue:support", given={"landing": "/x/offers/9", "campaign": "spring"}),
    Shows("campaign is any of", WEB, "queue:sales", given={"landing": "/offers/9", "campaign": "SUMMER"}),
    Shows("campaign is any of", WEB, "queue:support", given={"landing": "/offers/9", "campaign": "autumn"}),
    Shows("referrer", WEB, "agent:johan", given={"referrer": "https://partner.example/list"}),
    Shows("score of the previous call", DIRECT, "queue:vip", given=REPEAT | {"previous_score": "4"}),
    Shows("score of the previous call", DIRECT, "queue:support", given=REPEAT | {"previous_score": "3.9"}),
    Shows("tag is set, tag is not set", OLD, "hangup:CALL_REJECTED"),
    Shows("tag is set, tag is not set", DIRECT, "queue:support"),
    Shows("during a schedule, outside of it", DIRECT, "voicemail:main", at=EVENING),
    Shows("during a schedule, outside of it", DIRECT, "queue:support", at="2026-11-23 16:59"),
    Shows(
        "dialled number, caller's number",
        ADS,
        lambda walk, _: (walk.fact("to"), walk.fact("from")) == ("+18725550111", "+12125550100"),
    ),
    Shows("caller's location", DIRECT, "agent:johan", "+13125550100"),
    Shows("caller's location", DIRECT, "queue:support", "+12125550100"),
    Shows("contact, title, account, owner", DIRECT, "queue:sales", ALAN),
    Shows("a custom field", DIRECT, "queue:vip", ADA),
    Shows("last talked with", DIRECT, "agent:johan", ALAN, given=REPEAT | {"last_agent": "johan"}),
    Shows(
        "last talked with", DIRECT, "queue:vip", ALAN, given=REPEAT | {"last_agent": "johan"}, assumed={"unanswered": 1}
    ),
    Shows("is, is not", DIRECT, "queue:vip", ADA),
    Shows("is, is not", DIRECT, "queue:support", GRACE),
    Shows("greater, less", DIRECT, "agent:nancy", ALAN, given=REPEAT | {"last_agent": "nancy"}),
    Shows("greater, less", DIRECT, "queue:vip", ADA, given=REPEAT | {"last_agent": "nancy"}),
    Shows("is any of", DIRECT, "agent:johan", "+17735550100"),
    Shows("is known, is not known", DIRECT, "queue:sales", ALAN),
    Shows("is known, is not known", DIRECT, "queue:support"),
    Shows("all conditions", WEB, "queue:support", given={"landing": "/offers/9"}),
    Shows("any condition", WEB, "queue:sales", given={"keyword": "implants"}),
    Shows("any condition", WEB, "queue:sales", given={"active_page": "/prices"}),
    Shows("order of the rules", WEB, "queue:sales", given={"keyword": "implants", "referrer": "partner.example"}),
    Shows("otherwise", DIRECT, "queue:support"),
    Shows(
        "set a tag, play a message, then go on",
        WEB,
        lambda walk, _: walk.tags == ["implants"],
        given={"keyword": "implants"},
    ),
    Shows(
        "set a tag, play a message, then go on",
        DIRECT,
        lambda _, done: done[0].sound == "ivr/welcome-back.wav",
        given=REPEAT | {"previous_score": "5"},
    ),
]


@pytest.fixture(scope="module")
def responsive(tmp_path_factory) -> Page:
    return page("responsive-routing", tmp_path_factory.mktemp("page"))


def test_calls_of_the_page_go_where_it_says(responsive):
    assert len(responsive.calls) > 20 and responsive.broken() == []


def test_every_setting_of_the_page_has_a_call(responsive):
    every_setting_is_shown(responsive, SHOWN)


@pytest.mark.parametrize("shows", SHOWN, ids=str)
def test_setting_has_its_effect(responsive, shows):
    shows.on(responsive)
