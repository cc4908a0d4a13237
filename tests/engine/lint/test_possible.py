"""Whether criteria can hold at all: what is said never to hold does not, and what can be listed is said."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.lint.test_lint import book, messages
from fsrouter.engine.lint.lint import lint
from fsrouter.engine.lint.possible import can_hold
from fsrouter.engine.model import criteria
from fsrouter.engine.model.criteria import Test
from fsrouter.engine.model.fact_names import FACTS, LISTS
from fsrouter.engine.model.fact_values import options
from fsrouter.engine.numbers.plan import COUNTRIES

NUMBERS = st.from_regex(r"\+[1-9][0-9]{3,14}", fullmatch=True)
#: Values that facts with a form have on calls.
VALUES = {
    "from": NUMBERS,
    "to": NUMBERS,
    **{
        name: st.from_regex(FACTS[name].form, fullmatch=True).filter(str.isascii)
        for name in ("internal", "previous_score", "last_agent", "contacts", "region", "area_code")
    },
    "caller": st.sampled_from(sorted(options("caller"))),
    "country": st.sampled_from(sorted(COUNTRIES)),
    "tags": st.lists(st.from_regex(FACTS["tags"].form, fullmatch=True), max_size=3).map(tuple),
}
ENUMERABLE = [name for name in VALUES if options(name)]
PIECES = st.lists(
    st.sampled_from(["*", "1", "3", "12", "0", "-", ".", "+", "re", "US", "u", "IL", "repeat", "first-time", "A", ":"]),
    min_size=1,
    max_size=4,
).map("".join)


def comparisons(operand: st.SearchStrategy[str]) -> st.SearchStrategy[Test]:
    compared = st.builds(Test, st.sampled_from(["=", "!=", "contains"]), operand)
    ordered = st.builds(Test, st.sampled_from(criteria.ORDER), st.sampled_from(["-1", "0", "3", "1e3", "2026-12-24"]))
    return compared | ordered | st.sampled_from([Test("known"), Test("unknown")])


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_what_is_said_never_to_hold_no_value_satisfies(data: st.DataObject) -> None:
    fact = data.draw(st.sampled_from(sorted(VALUES)))
    values = data.draw(st.lists(VALUES[fact], min_size=1, max_size=8))
    near = st.sampled_from([v if isinstance(v, str) else (v or ("x",))[0] for v in values])
    parts = st.tuples(near, st.integers(0, 6), st.integers(0, 6)).map(lambda t: t[0][t[1] :][: t[2]])
    test = data.draw(comparisons(PIECES | near | parts.map("*{}*".format) | parts.map("{}*".format) | parts))
    if not can_hold(fact, test):
        known = (() if fact in LISTS else None) if fact != "to" else values[0]
        assert not any(test.holds(value) for value in (*values, known)), f"{fact} {test}"


def test_of_facts_whose_values_can_be_listed_all_that_never_holds_is_said() -> None:
    texts = {*map("".join, itertools.product(("*", "re", "", "U", "x"), ("peat", "*", "S", "-time", "first")))}
    tests = [Test(op, text) for text in texts for op in ("=", "!=", "contains") if text]
    tests += [Test(op, number) for op in criteria.ORDER for number in ("3", "2026-12-24")]
    for fact, test in itertools.product(ENUMERABLE, tests):
        holds = any(test.holds(value) for value in options(fact))
        assert can_hold(fact, test) == holds, f"{fact} {test}"
    assert {can_hold(fact, test) for fact, test in itertools.product(ENUMERABLE, tests)} == {True, False}


@pytest.mark.parametrize(
    ("fact", "test", "possible"),
    [
        ("tags", Test("unknown"), False),
        ("list", Test("unknown"), False),
        ("to", Test("unknown"), False),
        ("from", Test("unknown"), True),
        ("title", Test("!=", "*"), False),
        ("tags", Test("!=", "*"), True),
        ("caller", Test(">=", "3"), False),
        ("contacts", Test("<", "1"), False),
        ("contacts", Test("=", "02"), True),
        ("internal", Test("<", "0"), False),
        ("internal", Test(">=", "999999"), True),
        ("previous_score", Test("contains", "high"), False),
        ("previous_score", Test(">", "2026-12-24"), False),
        ("area_code", Test("=", "3a*"), False),
        ("from", Test("=", "312*"), False),
        ("from", Test("contains", "555"), True),
        ("title", Test(">", "3"), True),
        ("crm.tier", Test("=", "anything"), True),
        ("tags", Test("contains", " "), False),
    ],
)
def test_possible(fact: str, test: Test, possible: bool) -> None:
    assert can_hold(fact, test) is possible


HEAD = """
company: acme
country: {country}
agents: {{mira: {{endpoint: user/1001}}}}
tracking_numbers: [{{number: "+18725550100", to: [router:r, geo:g, crm:c], failsafe: agent:mira}}]
crms: {{people: {{type: csv, path: people.csv}}}}
routers: {{r: {{branches: [{{when: {{{when}}}, then: agent:mira}}], otherwise: agent:mira}}}}
geo_routers: {{g: {{areas: [{{{area}, then: agent:mira}}], otherwise: agent:mira}}}}
crm_rules: {{c: {{crm: people, field: x, rules: [{{operator: "=", value: "{value}", destination: agent:mira}}]}}}}
"""
CODES = ("never-holds", "unknown-place", "odd-test")


def found(country: str = "US", when: str = "title: x", area: str = "country: US", value: str = "gold") -> set[str]:
    text = HEAD.format(country=country, when=when, area=area, value=value)
    return {f"{code} {path}" for code, path in messages(text) if code in CODES}


@pytest.mark.parametrize(
    ("country", "when", "codes"),
    [
        ("AU", "region: [WA, VIC]", {"unknown-place when.region.0", "unknown-place when.region.1"}),
        ("AU", "region: NSW", set()),
        ("DE", "region: BY", {"unknown-place when.region"}),
        ("DE", "region: BE", set()),
        ("DE", "region: WA, country: US", set()),
        ("US", "region: IL", set()),
        ("US", "region: VIC", {"unknown-place when.region"}),
        ("US", "area_code: 999", {"unknown-place when.area_code"}),
        ("US", "area_code: 312", set()),
        ("US", "area_code: 416", {"unknown-place when.area_code"}),
        ("US", "area_code: 416, country: [US, CA]", set()),
        ("GB", "area_code: '020'", set()),
        ("DE", "city: München", {"unknown-place when.city"}),
        ("DE", "city: munich", set()),
        ("US", "title: not gold", {"odd-test when.title"}),
        ("US", "title: [boss, in a b]", {"odd-test when.title.1"}),
        ("US", "title: notary", set()),
        ("US", "to: '872-555-0101'", {"never-holds when.to"}),
        ("US", "to: ['+1872*', '+1873*']", {"never-holds when.to.1"}),
        ("US", "to: ['(872) 555-0100', '!= +18735550100', contains 5550]", set()),
        ("US", "tags: unknown", {"never-holds "}),
        ("US", "caller: '>= 3'", {"never-holds "}),
        ("US", "caller: [repeat, '>= 3']", {"never-holds when.caller.1"}),
        ("US", "title: '!= *'", {"never-holds "}),
        ("US", "tags: ['!= a', '!= b']", set()),
    ],
)
def test_criteria_that_cannot_be_meant_are_found(country: str, when: str, codes: set[str]) -> None:
    place = "routers.r.branches.0."
    wanted = {f"{code.split(' ')[0]} {place}{code.split(' ')[1]}".rstrip(".") for code in codes}
    assert found(country, when) == wanted


@pytest.mark.parametrize(
    ("country", "area", "codes"),
    [
        ("AU", "region: [WA, VIC]", {"region.0", "region.1"}),
        ("DE", "region: BY", {"region"}),
        ("US", "region: WA", set()),
        ("AU", "country: US, region: WA", set()),
        ("GB", "area_code: '020'", set()),
        ("GB", "area_code: '99'", {"area_code"}),
    ],
)
def test_areas_that_the_data_cannot_know_are_found(country: str, area: str, codes: set[str]) -> None:
    assert found(country, area=area) == {f"unknown-place geo_routers.g.areas.0.{code}" for code in codes}


@pytest.mark.parametrize(
    ("value", "code"), [("", "never-holds"), ("!= gold", "odd-test"), ("go*", "odd-test"), (">= 4", "odd-test")]
)
def test_values_of_crm_rules_that_cannot_be_meant_are_found(value: str, code: str) -> None:
    assert found(value=value) == {f"{code} crm_rules.c.rules.0.value"}


def test_message_says_which_regions_are_known_and_how_a_word_is_meant() -> None:
    text = HEAD.format(country="AU", when="region: VIC, title: not gold", area="country: US", value="gold")
    told = " ".join(finding.message for finding in lint(book(text)))
    assert "no number of AU is known to be in the region VIC; known are NSW; where callers of another country" in told
    assert "'not gold' is compared as it stands, not is no operator; write \"!= gold\"" in told


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("is It Real LLC", '"It Real LLC"'),
        ("In Motion, Up", "a list: [Motion, Up]"),
        ("not known", "unknown"),
        ("like Minds*", '"Minds*"'),
        ("like Minds%", '"Minds*"'),
    ],
)
def test_remedy_has_the_text_as_it_was_written(text: str, meant: str) -> None:
    told = " ".join(
        finding.message
        for finding in lint(book(HEAD.format(country="US", when=f"title: '{text}'", area="country: US", value="gold")))
    )
    assert f"is no operator; write {meant}" in told
