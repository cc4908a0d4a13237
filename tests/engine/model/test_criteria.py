"""Tests on facts: what holds for which fact, and what is no test."""

from __future__ import annotations

import re

import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st

from fsrouter.engine.model import criteria
from fsrouter.engine.model.fact_names import Fact
from fsrouter.engine.model.scalars import Context

US = Context("US")


def several(*texts: str) -> criteria.Tests:
    return tuple(criteria.read(text, US) for text in texts)


@pytest.mark.parametrize(
    ("test", "holds", "does_not"),
    [
        ("repeat", ["repeat", "Repeat", " REPEAT "], ["repeated", "first-time", ""]),
        ("*implant*", ["dental Implants near me", "implant"], ["implan", ""]),
        ("/offers/*", ["/offers/", "/OFFERS/x/y"], ["/offer", "x/offers/"]),
        ("a**b", ["ab", "a\nb", "aXXb"], ["b", "a"]),
        ("straße", ["STRASSE"], ["strase"]),
        ("[a-z]", ["[A-Z]"], ["b"]),
        ("*", ["anything", "0", ("x",)], [()]),
        ("3", ["3", "3.0", "+3", "03"], ["30", "3a"]),
        ("-12.50", ["-12.5"], ["12.5"]),
        ("+13125550142", ["+13125550142"], ["+13125550143", "13125550142x"]),
        ("+1312*", ["+13125550142"], ["+13135550142", "13125550142"]),
        ("+541123456789", ["+541123456789", "+5491123456789"], ["+541123456780"]),
        ("+5491123456789", ["+541123456789", "+5491123456789"], ["+5491123456780"]),
        ("!= +5491123456789", ["+541123456780"], ["+541123456789", "+5491123456789"]),
        ("+5411*", ["+541123456789", "+5491123456789"], ["+543512345678", "+5493512345678"]),
        ("+54911*", ["+541123456789", "+5491123456789"], ["+543512345678"]),
        (">= 4", ["4", "4.0", "5", "10"], ["3.99", "-5", "four", "", "2026-12-24"]),
        ("> 4", ["4.01"], ["4"]),
        ("<3", ["2", "-10"], ["3", "x"]),
        ("<= 3", ["3"], ["3.1"]),
        (">= 2026-12-24", ["2026-12-24", "2026-12-24T08:00:00Z", "2027-01-01"], ["2026-12-23", "2026", "20270101"]),
        ("< 2026-12-24 10:00", ["2026-12-24 09:59:59", "2026-12-24"], ["2026-12-24T10:00:00", "2026-13-01"]),
        ("!= gold", ["silver", "golden", ("a", "b")], ["gold", "GOLD", ("a", "Gold")]),
        ("!= g*", ["silver"], ["gold"]),
        ("!= 3", ["4", "x"], ["3.0"]),
        ("contains x", ["axe", "X", ("a", "xx")], ["a", ("a", "b")]),
        ("contains *", ["a*b"], ["ab"]),
        ("ads", [("shop", "ADS")], [("shop",), ("adsense",)]),
    ],
)
def test_criterion_holds_for_some_facts_and_not_for_others(test: str, holds: list[Fact], does_not: list[Fact]) -> None:
    read = several(test)
    assert [fact for fact in holds if not criteria.any_holds(read, fact)] == []
    assert [fact for fact in does_not if criteria.any_holds(read, fact)] == []


@pytest.mark.parametrize("test", ["a", "*", "!= a", "contains a", "> 1", "< 2026-12-24"])
def test_unknown_fact_satisfies_only_the_unknown_test(test: str) -> None:
    assert not criteria.any_holds(several(test), None)
    assert criteria.any_holds(several("unknown", test), None)
    assert not criteria.any_holds(several("unknown"), "unknown")


def test_list_of_tests_holds_when_any_holds() -> None:
    assert criteria.any_holds(several("spring", "summer"), "Summer")
    assert not criteria.any_holds(several("spring", "summer"), "winter")
    assert criteria.any_holds(several("unknown", "!= gold"), None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is an empty test"),
        ("   ", "is an empty test"),
        (">=", "lacks what >= compares with"),
        ("!=", "lacks what != compares with"),
        ("contains", "lacks what contains compares with"),
        ("> gold", "compares by > with neither a number nor a date"),
        (">= 2026-02-30", "compares by >= with neither a number nor a date"),
        ("a\x9bb", "control character"),
        ("a\nb", "control character"),
        ("x" * 2001, "longer than 2000"),
        ("= gold", 'there is no operator = here; write "gold"'),
        ("== gold", 'there is no operator == here; write "gold"'),
        ("=> 4", 'there is no operator => here; write ">= 4"'),
        (">== 4", 'there is no operator >== here; write ">= 4"'),
        ("> =4", 'there is no operator > = here; write ">= 4"'),
        ("\u2265 4", 'there is no operator \u2265 here; write ">= 4"'),
        ("=<4", 'there is no operator =< here; write "<= 4"'),
        ("<> gold", 'there is no operator <> here; write "!= gold"'),
        ("!gold", 'there is no operator ! here; write "!= gold"'),
        ("!== gold", 'there is no operator !== here; write "!= gold"'),
        ("!~ gold", r'there is no operator !~ here; write "!= \*gold\*"'),
        ("~ gold", 'there is no operator ~ here; write "contains gold"'),
        ("=~ gold", 'there is no operator =~ here; write "contains gold"'),
        ("/gold/", r'there are no regular expressions here; write "\*gold\*"'),
        ("/^gold.*er$/i", r'there are no regular expressions here; write "gold\*er"'),
        ("/g[o0]ld/", r"there are no regular expressions here; write a text in which \* stands for anything"),
        ("==", "lacks what == compares with"),
        ("!", "lacks what ! compares with"),
    ],
)
def test_invalid_test_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        criteria.read(text, US)


@pytest.mark.parametrize("text", ["= x", "==x", " => 4", "=< 4", "<> x", "!x", "~x", "=~ x", "\u2264 4"])
def test_json_schema_knows_operators_of_other_products(text: str) -> None:
    with pytest.raises(ValueError, match="no operator"):
        criteria.read(text, US)
    assert not re.search(criteria.TEST.schema["pattern"], text)
    for here in ("!= x", ">= 4", "< 4", "x = y", "x!", "*", "unknown", "contains x"):
        assert re.search(criteria.TEST.schema["pattern"], here) and criteria.read(here, US)


def test_several_unequals_in_one_list_always_hold() -> None:
    assert criteria.always(several("!= a", "!= b"))
    assert not criteria.always(several("!= a", "!= A "))
    assert not criteria.always(several("!= a", "b"))
    assert not criteria.always(several("!= g*", "!= gold")), "of gold neither holds"
    assert not criteria.always(several("!= 3", "!= 3.0"))
    assert not criteria.always(several("!= +541123456789", "!= +5491123456789"))


def test_format_tests_joins_with_or() -> None:
    assert criteria.format_tests(several("spring", ">= 4", "*", "unknown")) == "spring or >= 4 or anything or not known"


@given(strategies.texts)
def test_criterion_round_trips_through_text(text: str) -> None:
    try:
        read = criteria.read(text, US)
    except ValueError:
        return
    assert criteria.read(str(read), US) == read


@settings(deadline=None)
@given(strategies.tests(), st.none() | strategies.texts | st.lists(strategies.texts, max_size=3).map(tuple))
def test_every_criterion_decides_for_every_fact(read: criteria.Tests, fact: Fact) -> None:
    assert criteria.any_holds(read, fact) in (True, False)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_wildcards_match_as_a_regular_expression_would(pattern: str, text: str) -> None:
    meant = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    assert criteria.equal(pattern, text) == bool(meant.fullmatch(text))


def test_many_wildcards_take_linear_time_on_hostile_text() -> None:
    assert not criteria.equal("*a" * 12 + "*c", "a" * 2000)
    assert criteria.equal("*a" * 12 + "*c", "a" * 2000 + "c")
