"""Facts and tests on them, as a router's branches see them."""

from __future__ import annotations

import pytest

from engine.books import ADA, EVENING, MORNING, STRANGER, book, contact, facts, traced, walked
from fsrouter.rules.file_errors import InvalidFile

ADA_OF_GLOBEX = contact(
    id="c-1",
    crm="people",
    name="Ada Byron",
    title="Buyer",
    account="Globex",
    account_id="a-1",
    territory="West",
    owner="501",
    tier="3",
    renewal="2026-12-24",
    note="",
)
VISITOR = {
    "source": "google-ads",
    "keyword": "dental Implants near me",
    "active_page": "/prices",
    "landing": "/offers/x",
    "campaign": "spring",
    "referrer": "https://www.google.com/",
}
KNOWN = facts(
    caller=ADA, history="repeat", previous_score="4", last_agent="nancy", contacts=(ADA_OF_GLOBEX,), visitor=VISITOR
)
UNKNOWN = facts(caller="")

# facts, criteria as in the rules file, whether the branch holds
HELD = [
    # every fact of section 5
    (KNOWN, f"from: '{ADA}'", True),
    (KNOWN, "to: '+18725550111'", True),
    (KNOWN, "caller: repeat", True),
    (facts(), "caller: first-time", True),
    (UNKNOWN, "caller: first-time", False),
    (UNKNOWN, "caller: unknown", True),
    (UNKNOWN, "from: unknown", True),
    (KNOWN, "source: google-ads", True),
    (facts(), "source: direct", True),
    (KNOWN, "source: direct", False),
    (KNOWN, "keyword: '*implant*'", True),
    (KNOWN, "keyword: implant", False),
    (KNOWN, "keyword: contains implant", True),
    (KNOWN, "active_page: /prices", True),
    (KNOWN, "landing: /offers/*", True),
    (KNOWN, "campaign: [summer, spring]", True),
    (KNOWN, "referrer: '*google*'", True),
    (KNOWN, "previous_score: '>= 4'", True),
    (KNOWN, "previous_score: '> 4'", False),
    (KNOWN, "previous_score: 4.0", True),
    (KNOWN, "last_agent: nancy", True),
    (KNOWN, "contact: c-1", True),
    (KNOWN, "contact_name: ada byron", True),
    (KNOWN, "title: BUYER", True),
    (KNOWN, "account: globex", True),
    (KNOWN, "account_id: a-1", True),
    (KNOWN, "territory: west", True),
    (KNOWN, "owner: 501", True),
    (KNOWN, "crm.tier: '< 4'", True),
    (KNOWN, "crm.TIER: 3.0", True),
    (KNOWN, "crm.renewal: '<= 2026-12-24'", True),
    (KNOWN, "crm.renewal: '< 2026-12-24'", False),
    (KNOWN, "crm.note: unknown", True),
    (KNOWN, "crm.none: '*'", False),
    (KNOWN, "country: us", True),
    (KNOWN, "region: CA", True),
    (KNOWN, "area_code: 415", True),
    (KNOWN, "city: san francisco", True),
    (UNKNOWN, "area_code: unknown", True),
    (facts(visitor=VISITOR, caller=""), "keyword: '*'", True),
    # operators and what is not known
    (facts(), "keyword: '*'", False),
    (facts(), "keyword: '!= implant'", False),
    (facts(), "keyword: [unknown, '!= implant']", True),
    (KNOWN, "keyword: [unknown, '!= implant']", True),
    (KNOWN, "title: '!= buyer'", False),
    (KNOWN, "title: '!= boss'", True),
    (KNOWN, "title: '> 3'", False),
    (KNOWN, "title: [boss, 'b*']", True),
    # all criteria of a branch
    (KNOWN, "title: buyer, account: globex, crm.tier: 3", True),
    (KNOWN, "title: buyer, account: initech, crm.tier: 3", False),
    # tags: the call's so far, a list
    (KNOWN, "tags: hot", True),
    (KNOWN, "tags: h*", True),
    (KNOWN, "tags: '!= hot'", False),
    (KNOWN, "tags: '!= cold'", True),
    (KNOWN, "tags: [cold, warm]", True),
    (KNOWN, "tags: cold", False),
    (KNOWN, "tags: '*'", True),
    (KNOWN, "tags: '!= *'", False),
    # schedules
    (KNOWN, "open: office", True),
    (KNOWN, "closed: office", False),
    (facts(at=EVENING), "closed: office", True),
    (facts(at=EVENING), "open: [office, nights]", False),
    (facts(at="2026-11-23 23:00"), "open: [office, nights]", True),
    (facts(at="2026-11-24 05:59"), "open: nights", True),
    (facts(at="2026-11-24 06:00"), "open: nights", False),
    (facts(overrides={"office": "closed"}), "closed: office", True),
    # a company's own number, several contacts
    (
        facts(contacts=(contact(account="Globex", territory="West"),)),
        "account: globex, territory: west, contact: unknown",
        True,
    ),
    (facts(contacts=(contact(account="Globex"), contact(id="1", title="x"))), "account: globex", False),
    (facts(contacts=(contact(id="1", title="x"), contact(id="2", title="y"))), "title: y", False),
    # given facts win, the empty ones are not known
    (facts(given={"caller": "repeat"}), "caller: repeat", True),
    (facts(caller=ADA, contacts=(ADA_OF_GLOBEX,), given={"title": ""}), "title: unknown", True),
    (facts(given={"crm.tier": "9"}), "crm.tier: '> 8'", True),
    (facts(given={"tags": "vip, fax"}), "tags: fax", True),
    (facts(given={"tags": "vip, fax"}), "tags: '!= vip'", False),
    (KNOWN, "tags: unknown", False),
    (facts(given={"tags": ""}), "tags: '!= hot'", True),
    (facts(given={"tags": ""}), "tags: '*'", False),
    (facts(given={"tags": ""}), "tags: '!= *'", True),
    (facts(given={"tags": ""}), "tags: unknown", False),
    (facts(given={"tags": "vip"}), "tags: ['!= vip', '!= fax']", True),
    (facts(given={"tags": "vip, fax"}), "tags: ['!= vip', '!= fax']", False),
    (facts(given={"source": "radio"}, visitor=VISITOR), "source: radio", True),
]


@pytest.mark.parametrize(("known", "when", "held"), HELD, ids=[f"{i} {row[1]}" for i, row in enumerate(HELD)])
def test_branch_holds_by_its_criteria(known, when, held):
    rules = f"""
routers: {{r: {{branches: [{{when: {{{when}}}, then: agent:nancy}}], otherwise: agent:johan}}}}
"""
    walk = walked(book(rules, to="['tag:hot', 'tag:warm', router:r]"), known)
    assert walk.destination == ("agent:nancy" if held else "agent:johan"), traced(walk)


def test_first_branch_that_holds_decides():
    rules = """
routers:
  r:
    branches:
      - {when: {keyword: "*"}, then: agent:vald}
      - {when: {caller: "*"}, then: agent:nancy}
      - {when: {from: "*"}, then: agent:johan}
"""
    walk = walked(book(rules, to="router:r"))
    assert walk.destination == "agent:nancy"
    assert "router:r branch 1 -> does not hold | keyword is not known, wanted anything" in traced(walk)
    assert "router:r -> branch 2: agent:nancy | caller is 'first-time'" in traced(walk)


def test_trace_names_the_criterion_that_failed():
    rules = "routers: {r: {branches: [{when: {from: '*', open: office, title: [boss, chief]}, then: agent:nancy}]}}"
    text = traced(walked(book(rules, to="router:r"), facts(contacts=(ADA_OF_GLOBEX,))))
    assert "branch 1 -> does not hold | title is 'Buyer', wanted boss or chief" in text
    assert "router:r -> otherwise: nothing | no branch holds" in text


def test_long_router_is_traced_in_short():
    branches = ", ".join(f"{{when: {{title: t{i}}}, then: hangup}}" for i in range(200))
    walk = walked(book(f"routers: {{r: {{branches: [{branches}], otherwise: agent:nancy}}}}", to="router:r"))
    assert len(walk.trace) < 30 and "nor do the other 180 branches" in traced(walk)


def test_schedule_is_judged_at_the_moment_of_the_call():
    rules = "routers: {r: {branches: [{when: {open: office}, then: agent:nancy}], otherwise: agent:johan}}"
    for at, rung in (
        (MORNING, "nancy"),
        ("2026-11-23 07:59", "johan"),
        ("2026-11-23 08:00", "nancy"),
        (EVENING, "johan"),
    ):
        assert walked(book(rules, to="router:r"), facts(at=at)).destination == f"agent:{rung}"


@pytest.mark.parametrize(
    ("branches", "why"),
    [
        ("[{when: {title: x}, then: hangup}, {when: {title: X}, then: agent:nancy}]", "the same criteria"),
        ("[{when: {title: x, city: y}, then: hangup}, {when: {city: y, title: x}, then: hangup}]", "the same criteria"),
        ("[{when: {title: [x, y]}, then: hangup}, {when: {title: [y, x]}, then: hangup}]", "the same criteria"),
        ("[{when: {title: ['!= x', '!= y']}, then: hangup}]", "several !="),
        ("[{when: {titel: x}, then: hangup}]", "did you mean 'title'"),
        ("[{when: {}, then: hangup}]", "no criteria"),
        ("[{when: {open: offise}, then: hangup}]", "did you mean 'office'"),
        ("[{when: {open: '*'}, then: hangup}]", "must name a schedule"),
        ("[{when: {previous_score: '> high'}, then: hangup}]", "neither a number nor a date"),
    ],
)
def test_invalid_branch_is_refused(branches, why):
    with pytest.raises(InvalidFile, match=why):
        book(f"routers: {{r: {{branches: {branches}}}}}")


def test_traced_fact_is_truncated():
    rules = "routers: {r: {branches: [{when: {keyword: x}, then: agent:nancy}]}}"
    walk = walked(book(rules, to="router:r"), facts(visitor={"keyword": "long " * 10_000}, caller=STRANGER))
    assert len(traced(walk)) < 2000
