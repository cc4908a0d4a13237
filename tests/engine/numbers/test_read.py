"""Which number a text is: the steps of the reader, by each role."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsrouter.engine.numbers import numbering, plan
from fsrouter.engine.numbers.examples import KINDS, examples
from fsrouter.engine.numbers.notation import noted
from fsrouter.engine.numbers.plan import COUNTRIES
from fsrouter.engine.numbers.read import Caller, Incoming, Role, caller, read, searched
from fsrouter.errors import Refused

ROLES = (Role.CALLER, Role.CONTACT, Role.TARGET)
countries = st.sampled_from(sorted(COUNTRIES))
#: Numbers that are in use, and what only looks like one.
real = st.sampled_from(sorted({each.number for each in examples(*KINDS)}))
digits = st.from_regex(r"\+?[0-9]{1,18}", fullmatch=True)


def read_by(text: str, country: str, role: Role) -> str | None:
    try:
        return read(text, country, role)
    except Refused:
        return None


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        # What is around the digits
        ("sip:+13125550142@10.0.0.1:5060;transport=udp", "DE", "+13125550142"),
        ("SIPS:+13125550142@example.com", "DE", "+13125550142"),
        ("sip:%2B13125550142@example.com", "DE", "+13125550142"),
        ("+13125550142;user=phone", "DE", "+13125550142"),
        ("tel:+1-312-555-0142;phone-context=example.com", "DE", "+13125550142"),
        ("\u202a+1 312 555 0142\u202c", "DE", "+13125550142"),  # as copied from a list of contacts
        ("+1\u00a0312\u2011555\u20110142", "DE", "+13125550142"),
        ("\uff0b\uff14\uff19 \uff08\uff10\uff09 \uff13\uff10 901820", "US", "+4930901820"),
        ("०३० ९०१८२०", "DE", "+4930901820"),
        ("'030 901820", "DE", "+4930901820"),
        ('="030901820"', "DE", "+4930901820"),
        ("“030 901820”", "DE", "+4930901820"),
        ("(+49) 30 / 90.18-20", "US", "+4930901820"),
        ("<+4930901820>", "US", "+4930901820"),
        # (0)
        ("+49 (0)30 901820", "US", "+4930901820"),
        ("0049 (0) 30 901820", "DE", "+4930901820"),
        ("49(0)30901820", "DE", "+4930901820"),
        ("+39 (0)2 1234 5678", "US", "+390212345678"),
        ("+34 (0)912 345 678", "US", "+34912345678"),
        ("(0)30 901820", "DE", "+4930901820"),
        # Renumberings
        ("+52 1 81 1234 5678", "US", "+528112345678"),
        ("0052 1 81 1234 5678", "DE", "+528112345678"),
        ("5218112345678", "MX", "+528112345678"),
        ("5198765432", "BR", "+5551998765432"),
        # A carrier's code is part of a foreign number that is in use
        ("15123456789", "LU", "+15123456789"),
        ("15123456789", "US", "+15123456789"),
        ("045 81 1234 5678", "MX", "+528112345678"),
        ("+55 11 8765-4321", "US", "+5511987654321"),
        ("0 21 11 8765-4321", "BR", "+5511987654321"),
        ("551187654321", "BR", "+5511987654321"),
        ("1187654321", "BR", "+5511987654321"),
        ("+55 11 3765-4321", "US", "+551137654321"),
        ("011 15 2345-6789", "AR", "+5491123456789"),
        ("+54 11 15 2345-6789", "US", "+5491123456789"),
        ("0 351 15 512-3456", "AR", "+5493515123456"),
        ("+54 9 11 2345-6789", "US", "+5491123456789"),
        ("11 2345-6789", "AR", "+541123456789"),
        # Prefixes
        ("011 49 30 901820", "US", "+4930901820"),
        ("0011 49 30 901820", "AU", "+4930901820"),
        ("810 49 30 901820", "RU", "+4930901820"),
        ("8 10 49 30 901820", "RU", "+4930901820"),
        ("010 1 312 555 0142", "JP", "+13125550142"),
        ("0031 20 123 4567", "BR", "+31201234567"),
        ("001 65 6123 4567", "HK", "+6561234567"),
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("88027111234", "RU", "+78027111234"),
        ("06 1 234 5678", "HU", "+3612345678"),
        ("1 868 291 1234", "TT", "+18682911234"),
        ("03211234567", "CO", "+573211234567"),
        # Bare digits
        ("491716783154", "DE", "+491716783154"),
        ("436601234567", "DE", "+436601234567"),
        ("3902123456", "IT", "+3902123456"),
        ("41781234567", "AT", "+41781234567"),
        ("33612345678", "ES", "+33612345678"),
        ("34612345678", "US", "+34612345678"),
        ("9195551234", "US", "+19195551234"),
        ("19195551234", "FR", "+19195551234"),
        ("18765550123", "BR", "+18765550123"),
        ("4930123456", "US", "+4930123456"),
        ("493-012-3456", "US", "+4930123456"),
        ("30901820", "DE", "+4930901820"),
        ("612345678", "ES", "+34612345678"),
        ("20123456", "DK", "+4520123456"),
        ("98765 43210", "IN", "+919876543210"),
        ("9 123 456", "DE", "+499123456"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("0800 REWE 123", "DE", "+498007393123"),
    ],
)
def test_every_role_reads_the_same_number(text: str, country: str, number: str) -> None:
    assert [read_by(text, country, role) for role in ROLES] == [number] * 3


@pytest.mark.parametrize(
    ("text", "country"),
    [
        *[("000-000-0000", country) for country in ("US", "DE", "MX", "IN")],
        *[("+1 (000) 000-0000", "US"), ("+49 000 0000000", "US"), ("0", "US"), ("000", "DE")],
        *[("111-111-1111", "US"), ("9999999", "DE"), ("1 222 222 2222", "US"), ("+44 11111 11111", "GB")],
        *[("555-0142", country) for country in ("US", "CA", "JM", "MX")],
        ("1 555 0142", "US"),
        ("+1 555 0142", "DE"),
        ("+1 312 555 01", "US"),
        ("0123456789", "US"),
        *[("00 1520 123456", "IE"), ("00 24 0900 1234", "GB"), ("00 11 96123 4567", "BR")],  # no call abroad
        ("+999 123 4567", "US"),
        ("+12345678901234567", "US"),
        ("030 901820 oder 030 901821", "DE"),
        ("030 12345 privat", "DE"),
        ("call me", "US"),
        ("*67 312 555 0142", "US"),
        ("888-888-8888", "US"),
        ("210 (0) 555 0142", "US"),
        ("312 555 0142 / 0143", "US"),
        ("\u202e2410 555 213 1+", "US"),  # shown from right to left
        ("+1 312\x00555 0142", "US"),
        ("+1 312\n555 0142", "US"),
    ],
)
def test_what_is_no_number_is_one_for_no_role(text: str, country: str) -> None:
    assert [read_by(text, country, role) for role in ROLES] == [None] * 3
    assert caller(text, country) == Caller(unread=text)


@pytest.mark.parametrize(
    ("behind", "extension"),
    [
        *[
            ("x204", "204"),
            (" x 204", "204"),
            (" X204", "204"),
            ("#204", "204"),
            (" ext. 204", "204"),
            ("ext204", "204"),
        ],
        *[
            (" extn 204", "204"),
            (" Extension: 204", "204"),
            (" extensión 204", "204"),
            (",,204#", "204"),
            (",204", "204"),
        ],
        *[
            (";ext=204", "204"),
            (";ext=204;user=phone", "204"),
            (";postd=pp204", "204"),
            (";204#", "204"),
            (" ~204", "204"),
        ],
        *[
            (" anexo 204", "204"),
            (" доб. 204", "204"),
            (" int 204", "204"),
            (" (ext. 204)", "204"),
            (" Durchwahl 7", "7"),
        ],
        *[
            (" ramal 7", "7"),
            (" poste 7", "7"),
            (" 内線7", "7"),
            (" - 12#", "12"),
            (" \uff58\uff12\uff10\uff14", "204"),
        ],
    ],
)
@pytest.mark.parametrize(("number", "country"), [("+1 773 555 0151", "DE"), ("(773) 555-0151", "US")])
def test_extension_is_dropped_but_for_targets(behind: str, extension: str, number: str, country: str) -> None:
    assert read(number + behind, country, Role.CONTACT) == "+17735550151"
    assert caller(number + behind, country) == Caller(number="+17735550151")
    with pytest.raises(Refused, match=re.escape(f'extension: "{extension}"')):
        read(number + behind, country, Role.TARGET)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "  ",
            "anonymous",
            "Anonymous",
            "RESTRICTED",
            "private",
            "Unavailable",
            "unknown",
            '"Anonymous"',
            "withheld",
        ),
        *("266696687", "+266696687", "sip:anonymous@anonymous.invalid", "anonymous@10.0.0.1;user=phone"),
    ],
)
def test_withheld_number_is_nobodys(text: str) -> None:
    for country in ("US", "DE", "MX"):
        assert caller(text, country) == Caller()
        assert read(text, country, Role.CALLER) == ""
        if text.strip(' "'):
            assert not (read_by(text, country, Role.CONTACT) or "").startswith("+266")


@pytest.mark.parametrize("text", ["1001", "7", "12", "131234", "100000", "sip:1001@pbx.example.com", "11", "1111"])
def test_few_digits_are_no_number_of_the_network(text: str) -> None:
    for country in ("US", "GB", "DE", "AT", "AU"):
        for incoming in Incoming:
            who = caller(text, country, incoming)
            assert who.digits == re.findall(r"\d+", text)[0]
            assert who.number == who.unread == ""
        with pytest.raises(Refused, match="no number of the network"):
            read(text, country, Role.CALLER)


@pytest.mark.parametrize("role", [Role.CONTACT, Role.TARGET])
def test_short_number_is_one_where_the_country_has_it_in_use(role: Role) -> None:
    assert read("13 12 34", "AU", role) == "+61131234"
    assert read("13 22 21", "AU", role) == "+61132221"
    for country in ("US", "GB", "DE", "FR", "IN"):
        for text in ("1001", "131234", "12", "911"):
            assert read_by(text, country, role) is None


@pytest.mark.parametrize(
    ("text", "country", "e164", "plus", "national"),
    [
        ("+13125550142", "DE", *["+13125550142"] * 3),
        ("13125550142", "DE", "+13125550142", "+4913125550142", "+4913125550142"),
        ("0013125550142", "DE", "+13125550142", "", "+13125550142"),
        ("3125550142", "US", "+3125550142", "+13125550142", "+13125550142"),
        ("01716783154", "DE", "", "+491716783154", "+491716783154"),
        ("442071838750", "GB", "+442071838750", "", ""),
        ("5218112345678", "MX", "+528112345678", "", ""),
        ("011442071838750", "US", "", "", "+442071838750"),
        ("0000000000", "US", "", "", ""),
    ],
)
def test_carrier_with_one_form_leaves_nothing_to_guess(
    text: str, country: str, e164: str, plus: str, national: str
) -> None:
    found = [caller(text, country, way).number for way in (Incoming.E164, Incoming.PLUS, Incoming.NATIONAL)]
    assert found == [e164, plus, national]


@given(real | digits, countries)
@settings(max_examples=400)
def test_a_number_that_was_read_is_read_as_itself(text: str, country: str) -> None:
    number = read_by(text, country, Role.CONTACT)
    if number:
        assert re.fullmatch(r"\+[1-9][0-9]{3,14}", number)
        for role in ROLES:
            assert read(number, country, role) == number
            assert read(number, "US", role) == number


@given(real.map(lambda number: number[1:]) | real | digits, countries)
@settings(max_examples=400)
def test_callers_contacts_and_targets_meet(text: str, country: str) -> None:
    found = {read_by(text, country, role) for role in ROLES} - {None, ""}
    assert len(found) <= 1
    if len(text.lstrip("+")) > 6 and text.lstrip("+") != "266696687":
        assert {caller(text, country).number or None} == {read_by(text, country, Role.TARGET)}


@given(real.map(lambda number: number[1:]) | digits, countries, st.data())
@settings(max_examples=400)
def test_what_parts_digits_changes_nothing(text: str, country: str, data: st.DataObject) -> None:
    parted = "".join(
        character + data.draw(st.sampled_from(["", "", " ", "-", ".", "/", "\u2011", "\u00a0"]), label="behind")
        for character in text
    )
    for role in ROLES:
        assert read_by(parted, country, role) == read_by(text, country, role)
    thai = text.translate({ord("0") + i: 0x0E50 + i for i in range(10)})
    assert noted(thai) == noted(text)


@given(
    st.sampled_from(sorted(plan.NORTH_AMERICAN)),
    st.from_regex(r"(\+?1[-. ]?)?\(?[2-9]\d\d\)?[-. ]?\d{3}-?\d{4}", fullmatch=True),
)
@settings(max_examples=400)
def test_ten_digits_are_read_at_once_as_by_the_steps(country: str, text: str) -> None:
    by_the_steps = caller(text, country, Incoming.AUTO).number
    assert (read_by(text, country, Role.CONTACT) or "") == by_the_steps


@given(st.sampled_from(sorted(numbering.COUNTRY_CODE_TO_REGION_CODE)), st.from_regex(r"0?[0-9]{1,14}", fullmatch=True))
@settings(max_examples=600)
def test_digits_behind_a_calling_code_are_read_as_the_library_reads_them(code: int, text: str) -> None:
    assert numbering.numbered(str(code), text) == numbering._prefixed(str(code), text)


@given(st.text(max_size=200) | st.text("+0123456789xX(),;#.@ext\u202e\u200f\u0660", max_size=80), countries)
@settings(max_examples=400)
def test_no_text_is_an_error(text: str, country: str) -> None:
    for role in ROLES:
        number = read_by(text, country, role)
        assert not number or re.fullmatch(r"\+[1-9][0-9]{3,14}", number)
    for incoming in Incoming:
        who = caller(text, country, incoming)
        assert sum(map(bool, who)) <= 1
    assert searched(text, country) == "" or searched(text, country).startswith("+")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1" * 100_000,
            "+" * 100_000,
            " " * 100_000 + "1",
            "(" * 100_000,
            "x" * 100_000,
            ";" * 100_000,
            "@" * 100_000,
        ),
        *("1," * 50_000, "1 x" * 30_000, "(0)" * 30_000, "\u202e" * 100_000, "\u0661" * 100_000, "\x1b[31m" * 20_000),
    ],
)
def test_hostile_text_is_refused(text: str) -> None:
    for role in (Role.CONTACT, Role.TARGET):
        assert read_by(text, "US", role) is None
    assert len(caller(text, "US").unread) <= 64


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("(312) 555-0142", "+13125550142"),
        ("442071838750", "+442071838750"),
        ("+1 312", "+1312"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("312", ""),
        ("Ada", ""),
        ("", ""),
        ("+", ""),
    ],
)
def test_operators_find_a_number_or_the_beginning_of_one(typed: str, found: str) -> None:
    assert searched(typed, "US") == found
