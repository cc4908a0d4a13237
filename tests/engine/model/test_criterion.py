"""Tests of a fact as they are read: with values that the fact can have, telephone numbers as everywhere."""

from __future__ import annotations

import pytest

from fsrouter.engine.model import criterion
from fsrouter.engine.model.scalars import Context
from fsrouter.errors import Refused

US, GB = Context("US"), Context("GB")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(312) 555-0142", "+13125550142"),
        ("!= 312.555.0142", "+13125550142"),
        ("011 44 20 7183 8750", "+442071838750"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+1 312*", "+1312*"),
        ("+1 (312) 555-*", "+1312555*"),
        ("!= +1 312*", "+1312*"),
        ("+52 1 55*", "+5255*"),
        ("contains 555", "555"),
        ("*", ""),
        ("unknown", ""),
    ],
)
def test_number_and_its_beginning_are_compared_as_e164(text: str, value: str) -> None:
    assert criterion.read("from", text, US).value == criterion.read("to", text, US).value == value


@pytest.mark.parametrize(
    ("fact", "text", "said"),
    [
        ("from", "312*", "lacks the plus and the country code; write +1312*"),
        ("from", "!= (312) 5*", "lacks the plus and the country code; write +13125*"),
        ("to", "*555*", "is no pattern of numbers; write a plus, the first digits and one * at the end, as +1312*"),
        ("to", "+1312*5", "is no pattern of numbers"),
        ("from", "555-0142", "lacks its area code"),
        ("from", "anonymous", "is no number; write unknown for a caller whose number is withheld"),
        ("from", "> 3", "compares a telephone number by >"),
        ("from", "+1 312 555 0142 x12", "has an extension"),
        ("country", "United States", "is no country; write US"),
        ("country", "!= UK", "is no country; write GB"),
        ("country", "USA", "is no country; write US"),
        ("country", "XX", "is no country; write its two letters"),
        ("region", "Illinois", "is no region; write IL"),
        ("region", "US-IL", "is no region; write IL"),
        ("region", "Nowhere", "is no region; write its code"),
        ("area_code", "(312)", "is no area code; write 312"),
        ("area_code", "+1 312", "is no area code; write 312"),
        ("area_code", "+44 20", "is no area code; write 20"),
        ("area_code", "downtown", "is no area code; write its digits"),
        ("previous_score", "high", "is no score; write a number, as 4"),
        ("previous_score", "4 stars", "is no score; write 4"),
        ("previous_score", "!= 4,5", "is no score; write 4.5"),
        ("caller", "first time", "is neither first-time nor repeat; write first-time"),
        ("caller", "new", "is neither first-time nor repeat"),
        ("contacts", "0", "is no count of contacts; write 1 or more, and unknown when nobody has the number"),
        ("contacts", "two", "is no count of contacts"),
        ("internal", "10-01", "is no extension; write 1001"),
        ("internal", "+1001", "is no extension; write 1001"),
        ("last_agent", "agent:nancy", "is no agent; write nancy"),
        ("tags", "big spender", "is no tag; write big-spender"),
        ("source", "/spring/", "there are no regular expressions here"),
    ],
)
def test_what_a_fact_can_never_be_is_refused_with_what_is_meant(fact: str, text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        criterion.read(fact, text, US)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("caller", "Repeat", "repeat"),
        ("caller", "re*", "re*"),
        ("country", "us", "US"),
        ("last_agent", "Nancy", "nancy"),
        ("previous_score", "4.0", "4.0"),
        ("landing", "/spring/", "/spring/"),
        ("active_page", "/a/b/", "/a/b/"),
        ("title", "not an operator", "not an operator"),
        ("source", "a = b", "a = b"),
        ("source", "C!", "C!"),
    ],
)
def test_value_is_read_in_the_form_of_its_fact(fact: str, text: str, value: str) -> None:
    assert criterion.read(fact, text, US).value == value


def test_number_without_its_country_is_refused_where_the_company_has_none() -> None:
    with pytest.raises(Refused, match="give the company's `country`"):
        criterion.read("from", "312 555 0142", Context())
    with pytest.raises(Refused, match=r"write \+1312\*"):
        criterion.read("from", "312*", Context())


def test_beginning_of_numbers_is_told_without_the_national_prefix() -> None:
    with pytest.raises(Refused, match=r"write \+4420\*"):
        criterion.read("from", "020*", GB)


@pytest.mark.parametrize("path", ["/offers/new", "/r/teeth", "/a/b"])
def test_path_is_no_regular_expression(path: str) -> None:
    assert criterion.read("crm.page", path, US).value == path
