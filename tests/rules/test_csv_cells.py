"""What spreadsheets do to cells, and what is read back from them."""

from __future__ import annotations

import pytest

from fsrouter.rules import csv_cells


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+1 312 555 0150", "US", "+13125550150"),
        ("(312) 555-0150", "US", "+13125550150"),
        ("3125550150", "US", "+13125550150"),
        ("13125550150", "US", "+13125550150"),
        ("13125550150", "DE", "+13125550150"),
        ("13125550150.0", "US", "+13125550150"),
        ("'+13125550150", "US", "+13125550150"),
        ('="13125550150"', "US", "+13125550150"),
        ("442071838750", "US", "+442071838750"),
        ("4915123456789", "US", "+4915123456789"),
        ("4930901820", "DE", "+4930901820"),
        ("30901820", "DE", "+4930901820"),
        ("030 901820", "DE", "+4930901820"),
        ("4722123456", "NO", "+4722123456"),
        ("22123456", "NO", "+4722123456"),
        ("00442071838750", "DE", "+442071838750"),
        ("312-555-0150 ext. 7", "US", "+13125550150"),
    ],
)
def test_a_number_is_read_with_or_without_its_plus(text: str, country: str, number: str) -> None:
    assert csv_cells.phone(text, country) == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.31256E+10", "'1.31256E\\+10' was a telephone number before .*format the column as text"),
        ("1,31256E+10", "before a spreadsheet shortened it"),
        ("4E15", "before a spreadsheet shortened it"),
        ("12", "'12' is no possible telephone number in US"),
        ("99999999999999999999", "is no telephone number"),
        ("n/a", "'n/a' is no telephone number"),
        ("#REF!", "is no telephone number"),
    ],
)
def test_unreadable_number_is_refused_with_the_remedy(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        csv_cells.phone(text, "US")


def test_several_numbers_of_a_cell_are_each_read_once() -> None:
    text = "+1 415 555 0101;(415) 555-0102, 4155550103|4155550101\n4155550104;ext=12 ; "
    assert csv_cells.phones(text, "US") == ("+14155550101", "+14155550102", "+14155550103", "+14155550104")
    assert csv_cells.phones("", "US") == ()


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("queue:vip", "queue:vip"),
        ("say:Hello, world; how are you", "say:Hello, world; how are you"),
        ("play:tone_stream://%(200,0,440)", "play:tone_stream://%(200,0,440)"),
        ("queue:vip, voicemail:main", ["queue:vip", "voicemail:main"]),
        ("say:One, two;hangup", ["say:One, two", "hangup"]),
        ("queue:vip | hangup\ntag:x", ["queue:vip", "hangup", "tag:x"]),
    ],
)
def test_cell_is_split_only_where_a_destination_follows(text: str, tree: object) -> None:
    assert csv_cells.route(text) == tree


def test_cells_that_say_yes_and_no() -> None:
    assert [csv_cells.yes(text) for text in ("yes", "Y", "1", "x", " TRUE ", "", "no", "0")] == [True] * 5 + [False] * 3
    with pytest.raises(ValueError, match="'perhaps' is neither yes nor no"):
        csv_cells.yes("perhaps")
