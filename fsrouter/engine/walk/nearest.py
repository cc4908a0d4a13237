"""Which area of a geo router a place lies in, and which of its locations is nearest to a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fsrouter.engine.model.routers import Area, Location
from fsrouter.engine.numbers.geo import distance


def area_matches(area: Area, place: Mapping[str, str]) -> bool:
    """Whether a place (as from `place_of`) lies in an area.

    A list means any of its elements; several keys in one area must all hold, as the criteria of a branch do
    (`{country: US, region: [IL, IN]}`). Case does not matter, and a key of which nothing is known does not hold.
    """
    listed = {"country": area.country, "region": area.region, "area_code": area.area_code}
    return all(
        name in place and place[name].casefold() in (value.strip().casefold() for value in values)
        for name, values in listed.items()
        if values
    )


def nearest(locations: Sequence[Location], lat: float, lon: float) -> tuple[Location, float] | None:
    """The location that is nearest to a point, and how many kilometres away; the first of several that are as near.

    A location takes only callers nearer than its `within`; one that does not leaves them to the next nearest. None
    when no location takes them.
    """
    measured = ((location, distance(location.at, (lat, lon))) for location in locations)
    willing = [(location, far) for location, far in measured if location.within is None or far < location.within]
    return min(willing, key=lambda pair: pair[1], default=None)
