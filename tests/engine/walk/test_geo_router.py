"""Geo routers: areas first, then the nearest location."""

from __future__ import annotations

import pytest

from engine.books import book, facts, traced, walked
from fsrouter.rules.file_errors import InvalidFile

ROUTER = """
geo_routers:
  where:
    areas:
      - {country: CA, then: agent:nancy}
      - {area_code: [212, 917], then: agent:johan}
      - {country: US, region: [NV, az], then: agent:vald}
    locations:
      - {name: Chicago, at: [41.88, -87.63], within: 300km, then: number:desk}
      - {name: Los Angeles, at: [34.05, -118.24], then: number:center}
    otherwise: queue:vip
  near: {locations: [{name: Chicago, at: [41.88, -87.63], within: 100mi, then: number:desk}], otherwise: queue:vip}
  bare: {areas: [{country: DE, then: agent:nancy}]}
"""

# caller, router, who takes it
CALLERS = [
    ("+14165550100", "where", "agent:nancy"),
    ("+12125550100", "where", "agent:johan"),
    ("+17025550100", "where", "agent:vald"),
    ("+16025550100", "where", "agent:vald"),
    ("+13125550100", "where", "number:desk"),
    ("+14145550100", "where", "number:desk"),
    ("+16195550100", "where", "number:center"),
    ("+12065550100", "where", "number:center"),
    ("+13035550100", "where", "number:center"),
    ("+18005550100", "where", "queue:vip"),
    ("", "where", "queue:vip"),
    ("+13125550100", "near", "number:desk"),
    ("+16195550100", "near", "queue:vip"),
    ("+13125550100", "bare", "voicemail:main"),
]


@pytest.mark.parametrize(("caller", "name", "taken"), CALLERS)
def test_geo_router_tries_areas_before_locations(caller, name, taken):
    walk = walked(book(ROUTER, to=f"[geo:{name}, voicemail:main]"), facts(caller=caller))
    assert walk.destination == taken, traced(walk)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"country": "CA"}, "agent:nancy"),
        ({"area_code": "917"}, "agent:johan"),
        ({"country": "US", "region": "NV"}, "agent:vald"),
    ],
)
def test_given_facts_override_place_in_areas(given, taken):
    assert walked(book(ROUTER, to="geo:where"), facts(caller="", given=given)).destination == taken


def test_trace_has_place_and_distance():
    text = traced(walked(book(ROUTER, to="geo:where"), facts(caller="+16195550100")))
    assert "geo:where -> Los Angeles: number:center" in text and "km away" in text and "region CA" in text
    assert "no location is near enough" in traced(walked(book(ROUTER, to="geo:near"), facts(caller="+16195550100")))
    assert "nothing is known of the caller's place" in traced(walked(book(ROUTER, to="geo:where"), facts(caller="")))


def test_unanswered_location_is_exhausted():
    walk = walked(book(ROUTER, to="[geo:where, voicemail:main]"), facts(caller="+13125550100"), unanswered=1)
    assert walk.destination == "voicemail:main"


@pytest.mark.parametrize(
    ("router", "why"),
    [
        ("{areas: [{then: hangup}]}", "names neither country, region nor area_code"),
        ("{otherwise: hangup}", "neither areas nor locations"),
        ("{areas: [{country: USA, then: hangup}]}", "is no country"),
        ("{locations: [{name: x, at: [91, 0], then: hangup}]}", "from -90 to 90"),
        ("{locations: [{name: x, at: [41], then: hangup}]}", "2 elements"),
    ],
)
def test_invalid_geo_router_is_refused(router, why):
    with pytest.raises(InvalidFile, match=why):
        book(f"geo_routers: {{where: {router}}}")
