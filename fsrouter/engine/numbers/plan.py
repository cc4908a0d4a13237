"""What the world's numbering plans say of a number (E.164): its country, its kind, how its country writes it.

Source: libphonenumber's metadata, by `phonenumbers`. Knows nothing of how a number came to be E.164; `read` does.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from fsrouter.errors import Refused

#: The countries (ISO 3166 alpha-2) that have numbers.
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
#: The countries of the North American plan.
NORTH_AMERICAN = frozenset(phonenumbers.region_codes_for_country_code(1))


class Plan(NamedTuple):
    """A number's place in the plans: its country's calling code; its country (ISO 3166 alpha-2), "" when it could be
    in several; whether calls to it cost a premium rate.
    """

    calling_code: int
    country: str
    premium: bool


def plan_of(number: str) -> Plan:
    """Where a number (E.164) stands. Raises Refused when it is no E.164 number."""
    parsed = _parsed(number)
    premium = phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE
    return Plan(parsed.country_code or 0, _country(parsed), premium)


def _country(parsed: PhoneNumber) -> str:
    # +1 876 is Jamaica and not the United States, though both begin with +1: a number that fits no country of its
    # code is nobody's.
    found = phonenumbers.region_code_for_number(parsed)
    if found:
        return str(found)
    sharing = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    return str(sharing[0]) if len(sharing) == 1 else ""


class Written(NamedTuple):
    """A number as its own country's plan parts it: the calling code, the digits that dial it from within the country
    (`prefix`, "" where none are), and the national digits.
    """

    calling_code: str
    prefix: str
    national: str


@functools.lru_cache(maxsize=1 << 18)
def written(number: str) -> Written:
    """How a number (E.164) is parted. Raises Refused when it is no E.164 number."""
    parsed = _parsed(number)
    code = parsed.country_code or 0
    region = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(code)
    plan = PhoneMetadata.metadata_for_region(region, None)
    prefix = (plan.national_prefix if plan else None) or ""
    return Written(str(code), prefix, phonenumbers.national_significant_number(parsed))


def international_prefix(country: str) -> str:
    """The digits that people of a country (ISO 3166) dial before a calling code, "" when there is no single way."""
    plan = PhoneMetadata.metadata_for_region(country, None)
    found = (plan.preferred_international_prefix or plan.international_prefix) if plan else None
    digits = (found or "").replace("~", "")  # a second dial tone
    return digits if digits.isdecimal() else ""


def in_use(number: str) -> bool:
    """Whether a number (E.164) lies in a range that its country has given out."""
    return bool(phonenumbers.is_valid_number(_parsed(number)))


def national(number: str) -> str:
    """The national form's digits of a number (E.164): `+13125550150` gives `3125550150`."""
    return phonenumbers.national_significant_number(_parsed(number))


def readable(number: str) -> str:
    """A number (E.164) as people of its country write it for each other: `+13125550150` gives `(312) 555-0150`."""
    return phonenumbers.format_number(_parsed(number), PhoneNumberFormat.NATIONAL)


def _parsed(number: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        raise Refused(f"{number[:40]!r} is no E.164 number") from None
