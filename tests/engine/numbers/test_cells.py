"""Numbers in the cells of files and the fields of CRMs, as people type them and spreadsheets leave them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.engine.numbers.cells import Unread, number_of, numbers_of, plain
from fsrouter.engine.numbers.read import Role, read


def found_in(text: str, country: str) -> list[str]:
    return list(numbers_of([text], country)[0])


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
        ("00 49 30 1234567", "US", ["+49301234567"]),
        ("x" * 10_000, "US", []),
    ],
)
def test_numbers_found_in_a_field(text: str, country: str, found: list[str]) -> None:
    assert found_in(text, country) == found


def test_numbers_and_unreadable_fields_of_one_contact() -> None:
    assert numbers_of(["(312) 555-0100", "", "  ", "+13125550100", "call her", "0"], "US") == (
        ("+13125550100",),
        (
            Unread("call her", "is no telephone number; write it with its country code, as +1 312 555 0150"),
            Unread(
                "0", "is no telephone number: it has too few digits; write it with its country code, as +1 312 555 0150"
            ),
        ),
    )


@given(st.from_regex(r"(\+?1[-. ]?)?\(?[2-9][0-9]{2}\)?[-. ]{0,2}[0-9]{3}[-. ]?[0-9]{4}", fullmatch=True))
def test_ten_digits_are_read_as_the_library_reads_them(text: str) -> None:
    assert found_in(text, "US") == [read(text, "US", Role.CONTACT)]


@given(st.text(max_size=80), st.sampled_from(["US", "DE", "GB", "IN"]))
def test_no_text_is_an_error(text: str, country: str) -> None:
    for number in found_in(text, country):
        assert read(number, country, Role.TARGET) == number


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
    assert number_of(text, country, Role.CONTACT) == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.31256E+10", "was a telephone number before .*format the column as text"),
        ("1,31256E+10", "before a spreadsheet shortened it"),
        ("4E15", "before a spreadsheet shortened it"),
        ("12", "is no telephone number: it has too few digits"),
        ("99999999999999999999", "is no telephone number"),
        ("n/a", "is no telephone number"),
        ("#REF!", "is no telephone number"),
    ],
)
def test_unreadable_number_is_refused_with_the_remedy(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        number_of(text, "US", Role.CONTACT)


def test_several_numbers_of_a_cell_are_each_read_once() -> None:
    text = "+1 415 555 0101;(415) 555-0102, 4155550103|4155550101\n4155550104;ext=12 ; ,, 415 555 0105,,12#, x"
    found, unread = numbers_of([text], "US")
    assert found == ("+14155550101", "+14155550102", "+14155550103", "+14155550104", "+14155550105")
    assert [part.text for part in unread] == ["x"]
    assert numbers_of([""], "US") == ((), ())


def test_a_number_in_use_comes_before_one_that_only_could_be() -> None:
    assert found_in("4930123456", "US") == ["+4930123456"]
    assert found_in("493-012-3456", "US") == [read("493-012-3456", "US", Role.CONTACT)]


MANY = [
    ("(312) 555-0142 ::: +1 312 555 0143", "US", "+13125550142 +13125550143", ""),
    ("(312) 555-0142 / 312-555-0143", "US", "+13125550142 +13125550143", ""),
    ("3125550142/3125550143/3125550144", "US", "+13125550142 +13125550143 +13125550144", ""),
    ("Mobile: 312 555 0142 (after 5)", "US", "+13125550142", ""),
    ("312-555-0142 (ask for Bob)", "US", "+13125550142", ""),
    ("312-555-0142 (9:30-17:00)", "US", "+13125550142", ""),
    ("312-555-0142,,12#", "US", "+13125550142", ""),
    ("312-555-0143 or 0144", "US", "+13125550143", "0144"),
    ("312-555-0143 & 0144", "US", "+13125550143", "0144"),
    ("312-555-0143, 0144", "US", "+13125550143", "0144"),
    ("312-555-0143/0144", "US", "+13125550143", "0144"),
    ("312-555-0143 or 312-555-0144", "US", "+13125550143 +13125550144", ""),
    ("312-555-0142 x12 / 312 555 0143 ext. 4", "US", "+13125550142 +13125550143", ""),
    ("office (312) 555-0142, cell 312.555.0143", "US", "+13125550142 +13125550143", ""),
    ("+1 312 555 0142 +1 312 555 0143", "US", "+13125550142 +13125550143", ""),
    ("Tel312-555-0142", "US", "+13125550142", ""),
    ("312-555-0142\n312-555-0143\nFront desk", "US", "+13125550142 +13125550143", "Front desk"),
    ("bob1234567@x.com", "US", "", "bob1234567@x.com"),
    ("id 4f3a3125550142", "US", "", "id 4f3a3125550142"),
    ("-", "US", "", "-"),
    ("none", "US", "", "none"),
    ("4.91717E+11", "US", "", "4.91717E+11"),
    ("1.3125550142E+10", "US", "+13125550142", ""),
    ("030/1234567", "DE", "+49301234567", ""),
    ("030 1234567/68", "DE", "+49301234567", "68"),
    ("0171 6783154 oder 030 1234567", "DE", "+491716783154 +49301234567", ""),
    ("Tel.: 030 901820, Mobil: 0171/6783154", "DE", "+4930901820 +491716783154", ""),
    ("030 901820 Durchwahl 12", "DE", "+4930901820", ""),
    ("0171 6783154 (nach 18 Uhr)", "DE", "+491716783154", ""),
    ("mobil 0171 678 31 54 privat 030 90182012", "DE", "+491716783154 +493090182012", ""),
    ("01 42 68 53 00 ou 06 12 34 56 78", "FR", "+33142685300 +33612345678", ""),
    ("020 7946 0018 or 07911 123456", "GB", "+442079460018 +447911123456", ""),
    ("Fax: 312 555 0199", "US", "", ""),
    ("Tel 312 555 0142, Fax 312 555 0143", "US", "+13125550142", ""),
    ("Tel 312 555 0142 Fax 312 555 0143 Mobile 312 555 0144", "US", "+13125550142 +13125550144", ""),
    ("312 555 0142 (fax) 312 555 0143 (cell)", "US", "+13125550143", ""),
    ("312 555 0142 fax 312 555 0143 cell", "US", "+13125550143", ""),
    ("Phone/Fax 312 555 0142", "US", "+13125550142", ""),
    ("Fairfax office 703 555 0142", "US", "+17035550142", ""),
    ("Pager 312 555 0142 or 555", "US", "", "555"),
    ("Telefax 030/901821", "DE", "", ""),
    ("Tel./Fax 030/901821", "DE", "+4930901821", ""),
    ("Telefon & Telefax: 030/901821", "DE", "+4930901821", ""),
    ("Télécopie 01 42 68 53 01 Tél. 01 42 68 53 00", "FR", "+33142685300", ""),
    ("4,9171678315E+11", "DE", "", "4,9171678315E+11"),
    ("4,93090182E+09", "DE", "", "4,93090182E+09"),
    ("030/901820; 4,91717E+11", "DE", "+4930901820", "4,91717E+11"),
    ("1,3125550142E+10", "DE", "+13125550142", ""),
    ("4930901820,00", "DE", "+4930901820", ""),
    ("4930901820,0; 4930901821,0", "DE", "+4930901820 +4930901821", ""),
    ("13,125,550,142", "US", "+13125550142", ""),
    ("3,125,550,142.00", "US", "+13125550142", ""),
    ("312-555-0142,000", "US", "+13125550142", "000"),
    ("3125550142,3125550143", "US", "+13125550142 +13125550143", ""),
    ("0171/6783154 0171/6783155", "DE", "+491716783154 +491716783155", ""),
    ("0171/6783154/0171/6783155", "DE", "+491716783154 +491716783155", ""),
    ("0171/6783154/0171/6783155/030/901820", "DE", "+491716783154 +491716783155 +4930901820", ""),
    ("312-555-0142/0143/312-555-0144", "US", "+13125550142 +13125550144", "0143"),
]


@pytest.mark.parametrize(("text", "country", "found", "unread"), MANY)
def test_numbers_of_a_cell_and_what_else_might_have_been_one(text: str, country: str, found: str, unread: str) -> None:
    numbers, parts = numbers_of([text], country)
    assert (" ".join(numbers), " ".join(part.text for part in parts)) == (found, unread)


def test_a_part_that_is_too_long_is_read_at_its_beginning_and_told() -> None:
    numbers, (unread,) = numbers_of(["312-555-0142 " + "a" * 300], "US")
    assert numbers == ("+13125550142",) and unread.problem == "is longer than 200 characters"
    assert numbers_of(["1" * 100_000, " " * 100_000 + "x" * 100_000], "US")[0] == ()


def test_marks_of_spreadsheets_are_no_part_of_a_text() -> None:
    assert [plain(text) for text in ("'+1312", '="0123"', "O'Neil", "")] == ["+1312", "0123", "O'Neil", ""]


@given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True))
def test_ten_bare_digits_are_read_as_the_library_reads_them(text: str) -> None:
    assert found_in(text, "US") == [read(text, "US", Role.CONTACT)]
