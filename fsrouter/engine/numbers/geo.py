"""Geography of numbers: where a number belongs to, and how far it is from there.

The place of a number is its city's coordinates, else the centre of its region's population, else not known. What is
known of the telephone network stands in `prefixes`, what is known of the globe in `gazetteer`; both load themselves, or
what of them is wanted, when they are first asked, and `prepare` loads all ahead of time.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from types import MappingProxyType

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from fsrouter.engine.numbers import gazetteer, prefixes

#: The mean radius of the earth in kilometres (IUGG).
EARTH = 6371.0088

_GEOGRAPHIC = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.MOBILE)
_NOWHERE: Mapping[str, str] = MappingProxyType({})


def prepare(coordinates: bool = True) -> None:
    """Load what is needed to tell places (a third of a second) and, with `coordinates`, where they are (two
    seconds) before the first call asks for it.
    """
    prefixes.load()
    if coordinates:
        gazetteer.load()


def place_of(number: str) -> Mapping[str, str]:
    """Where a number (E.164) belongs to, as far as that is known; empty for what is no valid number.

    `country` is ISO 3166 alpha-2, `region` the part of its ISO 3166-2 code behind the dash (IL, ON, BY), `area_code`
    digits, `city` a name in English. Numbers that belong to no place, as toll-free ones, have a country at most.
    """
    return _located(number)[0]


def coordinates_of(number: str) -> tuple[float, float, str] | None:
    """Latitude and longitude of a number (E.164) in degrees and how they were found: `city`, or `region` for the
    centre of its region's population; None when neither is known.
    """
    place, regions = _located(number)
    if not regions and "city" not in place:
        return None
    country = place["country"]
    known = gazetteer.of(country)
    if "city" in place:
        # A city that its region is named for may lie beside it: Buenos Aires is no part of the province.
        namesake = prefixes.regions(country).get(prefixes.plain(place["city"])) in regions
        point = known.city(country, () if namesake else regions, place["city"])
        if point:
            return *point, "city"
    point = known.centre(country, regions)
    return (*point, "region") if point else None


@functools.lru_cache(maxsize=16384)
def _located(number: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """A number's place, and its regions: several where one area code serves them all."""
    parsed, country = _valid(number)
    if parsed is None:
        return _NOWHERE, ()
    kind = phonenumbers.number_type(parsed)
    if not _geographical(parsed, kind):
        return MappingProxyType({"country": country}), ()
    area = prefixes.area(country, prefixes.load().named(_dialled(parsed)))
    place = {
        "country": country,
        "region": area.regions[0] if len(area.regions) == 1 else "",
        "area_code": _area_code(parsed, kind),
        "city": area.city or _namesake(country, area, parsed),
    }
    return MappingProxyType({name: value for name, value in place.items() if value}), area.regions


def area_code_of(number: str) -> tuple[str, str]:
    """The country (ISO 3166 alpha-2) and area code of a number (E.164) as `place_of` has them, each "" for none; loads
    nothing.
    """
    parsed, country = _valid(number)
    kind = phonenumbers.number_type(parsed) if parsed else PhoneNumberType.UNKNOWN
    return country, _area_code(parsed, kind) if parsed and _geographical(parsed, kind) else ""


def _valid(number: str) -> tuple[PhoneNumber | None, str]:
    """A number (E.164) and its country, when it is a valid one of a country."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None, ""
    country = phonenumbers.region_code_for_number(parsed) or ""
    return (parsed, country) if country.isalpha() and phonenumbers.is_valid_number(parsed) else (None, "")


def _geographical(parsed: PhoneNumber, kind: int) -> bool:
    code = parsed.country_code or 0
    return phonenumbers.phonenumberutil.is_number_type_geographical(kind, code) or _nanp(parsed, kind)


def _nanp(parsed: PhoneNumber, kind: int) -> bool:
    # In North America mobile numbers belong to areas as all others do, also where a country has an area code that
    # tells them apart (Jamaica's 876 5..).
    return parsed.country_code == prefixes.NANP and kind in _GEOGRAPHIC


def _area_code(parsed: PhoneNumber, kind: int) -> str:
    national = phonenumbers.national_significant_number(parsed)
    if _nanp(parsed, kind):
        return national[:3]
    token = _token(parsed)
    return national[len(token) : phonenumbers.length_of_geographical_area_code(parsed)]


def _dialled(parsed: PhoneNumber) -> str:
    """A number as the prefixes have it: E.164 without its mobile token."""
    national = phonenumbers.national_significant_number(parsed)
    return f"+{parsed.country_code}{national.removeprefix(_token(parsed))}"


def _token(parsed: PhoneNumber) -> str:
    """What a number has before its area code because it is a mobile one (Argentina's 9), or ""."""
    token = str(phonenumbers.phonenumberutil.country_mobile_token(parsed.country_code or 0))
    return token if phonenumbers.national_significant_number(parsed).startswith(token) else ""


def _namesake(country: str, area: prefixes.Area, parsed: PhoneNumber) -> str:
    """The city that an area is named for when a region has the same name (Berlin, Leeds); in North America such a
    name is the region's alone.
    """
    if not area.regions or parsed.country_code == prefixes.NANP:
        return ""
    name = prefixes.load().named(_dialled(parsed))
    return name if gazetteer.of(country).city(country, (), name) else ""


def distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Kilometres between two points (latitude and longitude in degrees) along the great circle."""
    (lat_a, lon_a), (lat_b, lon_b) = ((math.radians(lat), math.radians(lon)) for lat, lon in (a, b))
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))
