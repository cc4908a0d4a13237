"""What may stand before a number's digits by each country's numbering plan: calling codes, prefixes, and how long the
digits are.

Source: libphonenumber's metadata, by `phonenumbers`. Texts are ASCII digits here; which of several readings counts is
`digits`'s affair.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneMetadata,
    PhoneNumberFormat,
    ValidationResult,
)

#: How calls abroad begin nearly everywhere (ITU-T E.164, annex A).
ABROAD = "00"
#: The most digits of a number (ITU-T E.164).
MOST = 15
#: North American area codes begin with 2 to 9 (NANPA), whatever the length of the number.
_NO_AREA = ("+10", "+11")


class Shape(NamedTuple):
    """The numbers behind a calling code: how many digits its numbers have, how many one without its area code has, what
    they look like, and what may stand before them.
    """

    lengths: frozenset[int]
    local: frozenset[int]
    general: re.Pattern[str]
    prefixes: re.Pattern[str] | None


@functools.cache
def shape(code: int) -> Shape:
    """What numbers behind a calling code look like, by its main country."""
    metadata = metadata_of(code)
    general, prefixes = metadata.general_desc, metadata.national_prefix_for_parsing
    assert general
    lengths, local = frozenset(general.possible_length), frozenset(general.possible_length_local_only)
    looks = re.compile(general.national_number_pattern or "")
    return Shape(lengths, local, looks, re.compile(prefixes) if prefixes else None)


def metadata_of(code: int) -> PhoneMetadata:
    """The library's data of a calling code: those of its main country."""
    region = phonenumbers.region_code_for_country_code(code)
    found = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    assert found  # it has that of every calling code
    return found


def calling_code(country: str) -> str:
    """The calling code of a country (ISO 3166), "" for none."""
    return str(phonenumbers.country_code_for_region(country) or "")


def parted(digits: str) -> tuple[str, str]:
    """Digits as their calling code and the rest; the code is "" when they begin with none."""
    for length in (1, 2, 3):
        if int(digits[:length] or 0) in COUNTRY_CODE_TO_REGION_CODE and digits[:1] != "0":
            return digits[:length], digits[length:]
    return "", digits


def numbered(code: str, digits: str) -> str:
    """The number (E.164) that some digits are behind a calling code, be the country's own prefix before them or not;
    "" when they are no possible number of full length.
    """
    of = shape(int(code))
    before = of.prefixes.match(digits) if of.prefixes else None
    if before and before.end():
        rest = digits[before.end() :]
        more = before.re.match(rest)
        # Whatever else there may be before a number, or a number that begins like a prefix, is the library's affair.
        if before.lastindex or of.general.fullmatch(digits) or len(rest) not in of.lengths or (more and more.end()):
            return _prefixed(code, digits)
        digits = rest
    if len(digits) not in of.lengths or len(code) + len(digits) > MOST:
        return ""
    number = f"+{code}{digits}"
    return "" if number.startswith(_NO_AREA) else number


def _prefixed(code: str, digits: str) -> str:
    """As `numbered`, by the library alone; what has a prefix before it once more is no number."""
    number = _parsed(code, digits)
    stands = number and not number.startswith(_NO_AREA) and _parsed(code, number[1 + len(code) :]) == number
    return number if stands else ""


def _parsed(code: str, digits: str) -> str:
    """What the library makes of digits behind a calling code."""
    try:
        parsed = phonenumbers.parse(f"+{code}{digits}", None)
    except phonenumbers.NumberParseException:
        return ""
    number = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    possible = phonenumbers.is_possible_number_with_reason(parsed) == ValidationResult.IS_POSSIBLE
    return number if possible and len(number) <= MOST + 1 else ""


def national_prefix(code: str) -> str:
    """The digits that dial a number from within the countries of a calling code, "" where there are none."""
    return metadata_of(int(code)).national_prefix or ""


def behind_abroad(digits: str, country: str) -> Iterator[str]:
    """What stands behind the prefix for calls abroad, each way in which the digits have one: the way that the country
    (ISO 3166) prefers, else 00, and then that of one of its carriers.
    """
    usual, carriers = _abroad(country)
    begins = usual if usual and digits.startswith(usual) else ABROAD if digits.startswith(ABROAD) else ""
    if begins:
        yield digits[len(begins) :]
    own = carriers.match(digits) if carriers else None
    if own and own.end() != len(begins):
        yield digits[own.end() :]


@functools.cache
def _abroad(country: str) -> tuple[str, re.Pattern[str] | None]:
    """The prefix for calls abroad that a country prefers, "" for none but 00, and all that it has."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    prefixes = metadata.international_prefix if metadata else None
    usual = (metadata.preferred_international_prefix if metadata else None) or ""
    return "".join(filter(str.isdecimal, usual)), re.compile(prefixes) if prefixes else None
