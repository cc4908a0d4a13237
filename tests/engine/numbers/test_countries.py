"""Numbers of every country, in each form in which people and carriers write them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fsrouter.engine.numbers.examples import OTHERS, USUAL, Example, examples
from fsrouter.engine.numbers.plan import COUNTRIES, international_prefix, written
from fsrouter.engine.numbers.read import MOST_DIGITS, Incoming, Role, caller, read
from fsrouter.rules.numbers_page import misread

NUMBERS = examples(*USUAL)
#: Countries of companies with plans and prefixes of all kinds.
COMPANIES = ("US", "DE", "GB", "MX", "BR", "AR", "IN", "IT", "AU", "JP", "RU", "KR", "HK", "ZA", "LU", "TH")


def wrong(texts: dict[tuple[Example, str], str], incoming: Incoming = Incoming.AUTO) -> list[tuple[str, str, str]]:
    """The texts, each by the number that it should be and its company's country, that a caller's, contact's or
    target's reading takes for another number or for none. Short digits are none of a caller's.
    """
    return [
        (text, country, example.number)
        for (example, country), text in texts.items()
        if any(found != example.number for found in readings(text, country, incoming))
    ]


def readings(text: str, country: str, incoming: Incoming) -> Iterator[str]:
    if len(text) > MOST_DIGITS:
        yield caller(text, country, incoming).number
    for role in (Role.CONTACT, Role.TARGET) if incoming is Incoming.AUTO else ():
        try:
            yield read(text, country, role)
        except ValueError:
            yield ""


def test_every_country_has_numbers_to_be_read() -> None:
    assert {each.country for each in NUMBERS} == set(COUNTRIES)
    assert len(NUMBERS) > 650


def test_e164_is_read_in_every_country() -> None:
    assert wrong({(each, country): each.number for each in NUMBERS for country in (each.country, "US", "MX")}) == []


def test_a_number_behind_the_prefix_for_calls_abroad_is_read() -> None:
    assert wrong({(each, each.country): f"00{each.number[1:]}" for each in NUMBERS}) == []
    for country in COMPANIES:
        for prefix in {"00", international_prefix(country)} - {""}:
            assert wrong({(each, country): f"{prefix}{each.number[1:]}" for each in NUMBERS}) == []


def test_a_number_behind_its_national_prefix_is_read_in_its_country() -> None:
    parts = {each: written(each.number) for each in NUMBERS}
    assert wrong({(each, each.country): part.prefix + part.national for each, part in parts.items()}) == []


def test_bare_digits_of_the_companys_own_country_are_read() -> None:
    assert wrong({(each, each.country): each.number[1:] for each in NUMBERS}) == []
    national = wrong({(each, each.country): written(each.number).national for each in NUMBERS})
    assert {country for _, country, _ in national} == {"BG", "DE", "NG"}
    assert len(national) <= len(NUMBERS) * 0.01


def test_bare_digits_of_other_countries_are_read_but_for_three_in_a_hundred() -> None:
    found = [each for country in COMPANIES for each in misread(NUMBERS, country)]
    assert found, "some digits are numbers in two countries"
    others = {country: sum(1 for _ in misread(NUMBERS, country)) for country in sorted(COUNTRIES)[::3]}
    assert sum(others.values()) <= len(NUMBERS) * len(others) * 0.03


def test_bare_digits_are_read_right_when_the_carrier_has_one_form() -> None:
    international = {(each, country): each.number[1:] for each in NUMBERS for country in COMPANIES}
    assert wrong(international, Incoming.E164) == []
    national = {(each, each.country): written(each.number).national for each in NUMBERS}
    long = {key: text for key, text in national.items() if len(text) > 6}
    assert len(long) > len(national) * 0.9  # callers' shorter digits are no numbers of the network
    assert wrong(long, Incoming.NATIONAL) == wrong(long, Incoming.PLUS) == []


def test_other_kinds_of_lines_are_read_too() -> None:
    # Seven digits are no number in North America, though Canada has some (310 1234).
    others = [each for each in examples(*OTHERS) if not each.number.startswith("+1310")]
    assert len(others) > 400
    for text in (lambda each: each.number, lambda each: "00" + each.number[1:]):
        assert wrong({(each, each.country): text(each) for each in others}) == []
    behind = {(each, each.country): "".join(written(each.number)[1:]) for each in others}
    assert wrong({key: text for key, text in behind.items() if len(text) > 6}) == []


@pytest.mark.parametrize("country", ["LI", "DE", "AU", "NA"])
def test_digits_of_no_country_are_read_by_none(country: str) -> None:
    for text in ("+999123456", "00999123456", "+0", "+", "+++"):
        assert caller(text, country).number == ""
