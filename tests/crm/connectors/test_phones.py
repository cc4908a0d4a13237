"""Telephone numbers as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.crm.connectors import phones
from fsrouter.engine.numbers import e164


@pytest.mark.parametrize(
    ("text", "country", "found"),
    [
        ("(312) 555-0100", "US", ["+13125550100"]),
        ("3125550100", "US", ["+13125550100"]),
        ("+1 312.555.0100", "US", ["+13125550100"]),
        ("+1 312 555 0100", "DE", ["+13125550100"]),
        ("1-312-555-0100", "US", ["+13125550100"]),
        ("(312) 555-0100 x123", "US", ["+13125550100"]),
        ("312 555 0100 ext. 4", "US", ["+13125550100"]),
        ("312 555 0100,,12#", "US", ["+13125550100"]),
        ("tel:+1-312-555-0100", "US", ["+13125550100"]),
        ("Mobile: 312 555 0100 (after 5)", "US", ["+13125550100"]),
        ("312-555-0100 / 312-555-0101", "US", ["+13125550100", "+13125550101"]),
        ("Home 3125550100 Work 3125550101", "US", ["+13125550100", "+13125550101"]),
        ("030/1234567", "DE", ["+49301234567"]),
        ("+49 (0)30 1234567", "DE", ["+49301234567"]),
        ("011 49 30 1234567", "US", ["+49301234567"]),
        ("020 7946 0018", "GB", ["+442079460018"]),
        ("ask for Bob", "US", []),
        ("n/a", "US", []),
        ("0", "US", []),
        ("1234567890123456789012345", "US", []),
        ("00 49 30 1234567", "US", []),
        ("x" * 10_000, "US", []),
    ],
)
def test_numbers_found_in_a_field(text: str, country: str, found: list[str]) -> None:
    assert list(phones.read_field(text, country)) == found


def test_numbers_and_unreadable_fields_of_one_contact() -> None:
    assert phones.read(["(312) 555-0100", "", "  ", "+13125550100", "call her", "0"], "US") == (
        ("+13125550100",),
        ("call her", "0"),
    )


@given(st.from_regex(r"(\+?1[-. ]?)?\(?[2-9][0-9]{2}\)?[-. ]{0,2}[0-9]{3}[-. ]?[0-9]{4}", fullmatch=True))
def test_ten_digits_are_read_as_the_library_reads_them(text: str) -> None:
    assert phones.read_field(text, "US") == (e164.e164(text, "US"),)


@given(st.text(max_size=80), st.sampled_from(["US", "DE", "GB", "IN"]))
def test_no_text_is_an_error(text: str, country: str) -> None:
    for number in phones.read_field(text.strip(), country):
        assert e164.e164(number, country) == number
