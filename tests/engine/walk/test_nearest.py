"""Areas, and which location is the nearest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.routers import Area, Location
from fsrouter.engine.numbers.geo import coordinates_of, distance
from fsrouter.engine.walk.nearest import area_matches, nearest

THEN = (Destination("hangup"),)
CHICAGO = Location(name="Chicago", at=(41.88, -87.63), then=THEN)
LOS_ANGELES = Location(name="Los Angeles", at=(34.05, -118.24), then=THEN)

points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("number", "location"),
    [
        ("+16195550100", LOS_ANGELES),
        ("+13125550100", CHICAGO),
        ("+12125550100", CHICAGO),
        ("+12065550100", LOS_ANGELES),
    ],
)
def test_nearest_location_of_a_number(number: str, location: Location) -> None:
    where = coordinates_of(number)
    assert where
    found = nearest([CHICAGO, LOS_ANGELES], where[0], where[1])
    assert found and found[0] is location


def location(name: str, at: tuple[float, float], within: float | None = None) -> Location:
    return Location(name=name, at=at, within=within, then=THEN)


def test_nearest_skips_locations_whose_within_is_exceeded() -> None:
    here = (41.88, -87.63)
    near, far = location("near", (42.0, -88.0), within=20), location("far", (40.0, -80.0))
    found = nearest([near, far], *here)
    assert found and found[0] is far
    assert nearest([near], *here) is None
    assert nearest([], *here) is None
    exactly = location("exactly", (42.0, -88.0), within=distance((42.0, -88.0), here))
    assert nearest([exactly], *here) is None, "only callers nearer than that"


def test_nearest_takes_the_first_of_equally_near_locations() -> None:
    first, second = location("first", (10, 10)), location("second", (10, 10))
    found = nearest([first, second], 0, 0)
    assert found and found[0] is first


@given(st.lists(st.tuples(points, st.none() | st.floats(1, 20000)), max_size=6), points)
def test_nearest_never_passes_over_a_nearer_location(
    places: list[tuple[tuple[float, float], float | None]], here: tuple[float, float]
) -> None:
    locations = [location(str(i), at, within) for i, (at, within) in enumerate(places)]
    takers = [place for place in locations if place.within is None or distance(place.at, here) < place.within]
    found = nearest(locations, *here)
    if found is None:
        assert not takers
    else:
        assert found[0] in takers
        assert all(found[1] <= distance(place.at, here) for place in takers)


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
def test_area_matches_when_all_given_keys_hold(
    keys: dict[str, tuple[str, ...]], place: dict[str, str], matches: bool
) -> None:
    assert area_matches(Area(then=THEN, **keys), place) is matches
