"""Which regions, cities and area codes the numbers of a country can have, by the same data as a number's place.

A set may hold more than any number has, never less: what is not in it no caller has.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable

import phonenumbers
from phonenumbers import PhoneMetadata

from fsrouter.engine.numbers import prefixes
from fsrouter.engine.numbers.geo import area_code_of
from fsrouter.engine.numbers.numbering import calling_code
from fsrouter.engine.numbers.plan import COUNTRIES

#: Digits that follow an area code, when no number with these first two and more of them is given out, none is.
_FILLED = ("2345678901", "0000000000", "5555555555")


@functools.lru_cache(maxsize=64)
def regions(country: str) -> frozenset[str]:
    """The codes of the regions that numbers of a country (ISO 3166 alpha-2) can be of."""
    return frozenset(area.regions[0] for _, area in _areas(country) if len(area.regions) == 1)


@functools.lru_cache(maxsize=64)
def cities(country: str) -> frozenset[str]:
    """The names of the cities, in English, that numbers of a country can be of."""
    return frozenset(
        city for name, area in _areas(country) for city in (area.city, name if area.regions else "") if city
    )


def _areas(country: str) -> list[tuple[str, prefixes.Area]]:
    code = calling_code(country)
    names = (name for each, name in prefixes.load().by_calling_code() if str(each) == code)
    return [(name, prefixes.area(country, name)) for name in names]


@functools.lru_cache(maxsize=4096)
def has_area_code(country: str, code: str) -> bool:
    """Whether numbers of a country can have an area code; quick, and by what numbers are given out today."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    if metadata is None or not metadata.general_desc or not (code.isascii() and code.isdecimal()):
        return False
    token = str(phonenumbers.phonenumberutil.country_mobile_token(metadata.country_code or 0))
    general = re.compile(metadata.general_desc.national_number_pattern or "")
    lengths = [length for length in metadata.general_desc.possible_length if length > len(code)]
    for start, length, head, filler in itertools.product(dict.fromkeys(("", token)), lengths, range(100), _FILLED):
        national = f"{start}{code}{head:02}{filler}"[:length]
        number = f"+{metadata.country_code}{national}"
        if general.fullmatch(national) and area_code_of(number) == (country, code):
            return True
    return False


def without_prefix(code: str, countries: Iterable[str]) -> str:
    """An area code without the national prefix that people of one of some countries dial before it (`020` in Great
    Britain); as it stands where it is one with it (`06` in Italy), or none without it.
    """
    named = [country for country in countries if country in COUNTRIES]
    for country in named:
        metadata = PhoneMetadata.metadata_for_region(country, None)
        prefix = (metadata.national_prefix if metadata else None) or ""
        rest = code.removeprefix(prefix) if prefix else code
        if rest != code and has_area_code(country, rest):
            return code if any(has_area_code(each, code) for each in named) else rest
    return code
