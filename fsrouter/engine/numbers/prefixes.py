"""What lies behind the first digits of a number: an area's name, and the codes of the regions of a country.

The names are those of `phonenumbers`' geocoder and the codes those of ISO 3166-2 (`pycountry`); no table of our own.
The geocoder itself keeps 104 MB for the names of all languages; here its tables are read one after the other and
only the English names are kept, in a sorted array (`load`: a third of a second once, 6 MB; ISO's list takes 11 MB).
Knows nothing of coordinates.
"""

from __future__ import annotations

import bisect
import functools
import re
import unicodedata
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources, util
from typing import Any

import phonenumbers
import pycountry

#: The calling code that the United States share with Canada and the Caribbean.
NANP = 1

_WORD = re.compile(r"\w+")
_TABLE = re.compile(r"data\d+\.py")


#: How many bits of a packed entry are its name's position; the rest are the prefix.
_BITS = 20


@dataclass(frozen=True, slots=True)
class Prefixes:
    """First digits of numbers (E.164 without its plus) in ascending order, each packed with its name's position in
    `names`.
    """

    packed: array[int]
    names: tuple[str, ...]
    longest: int

    def named(self, number: str) -> str:
        """The name of the longest prefix that a number (E.164) begins with, or ""."""
        digits = number[1:]
        for length in range(min(self.longest, len(digits)), 0, -1):
            prefix = int(digits[:length])
            i = bisect.bisect_left(self.packed, prefix << _BITS)
            if i < len(self.packed) and self.packed[i] >> _BITS == prefix:
                return self.names[self.packed[i] & (1 << _BITS) - 1]
        return ""

    def by_calling_code(self, only: int | None = None) -> list[tuple[int, str]]:
        """Every name with the calling code of the numbers that it stands for, each pair once; of one code or of all."""
        entries = self.packed if only is None else self._beginning_with(only)
        seen = {(calling_code(str(entry >> _BITS)[:3]), entry & (1 << _BITS) - 1) for entry in entries}
        return [(code, self.names[i]) for code, i in sorted(seen)]

    def _beginning_with(self, digits: int) -> Iterator[int]:
        """The entries whose prefix begins with some digits: of each length they stand together."""
        lowest, highest = digits, digits + 1
        while lowest < 10**self.longest:
            ends = (bisect.bisect_left(self.packed, end << _BITS) for end in (lowest, highest))
            yield from self.packed[slice(*ends)]
            lowest, highest = lowest * 10, highest * 10


@functools.cache
def load() -> Prefixes:
    """All prefixes that have an English name. Slow the first time, a look-up from then on."""
    packed = array("Q")
    names: dict[str, int] = {}
    for table in _tables():
        packed.extend(
            int(prefix) << _BITS | names.setdefault(languages["en"], len(names))
            for prefix, languages in table.items()
            if "en" in languages
        )
    packed = array("Q", sorted(packed))
    return Prefixes(packed, tuple(names), len(str(packed[-1] >> _BITS)))


def _tables() -> Iterator[Mapping[str, Mapping[str, str]]]:
    # Importing the package `phonenumbers.geodata` would load and keep all of its tables at once; run one by one under
    # a name of their own they are let go of as soon as they have been read.
    folder = resources.files("phonenumbers") / "geodata"
    for file in sorted((f for f in folder.iterdir() if _TABLE.fullmatch(f.name)), key=lambda f: f.name):
        with resources.as_file(file) as path:
            spec = util.spec_from_file_location(f"phonenumbers.geodata.{path.stem}", path)
            assert spec and spec.loader
            module: Any = util.module_from_spec(spec)
            spec.loader.exec_module(module)
        yield module.data


@functools.lru_cache(maxsize=1024)
def calling_code(digits: str) -> int:
    """The country calling code that digits (E.164 without its plus) begin with; 0 when there is none."""
    starts = (int(digits[:length]) for length in (1, 2, 3))
    return next((code for code in starts if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)


def countries(code: int) -> tuple[str, ...]:
    """The countries (ISO 3166 alpha-2) that share a calling code."""
    found = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    return tuple(country for country in found if country.isalpha())


def plain(name: str) -> str:
    """A name as it is compared: without case, accents and punctuation."""
    if not name.isascii():
        name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    folded = name.casefold()
    return folded if folded.isalpha() else " ".join(_WORD.findall(folded))


@functools.lru_cache(maxsize=512)
def regions(country: str) -> dict[str, str]:
    """The codes of a country's regions by their plain names and by the codes themselves: `california` and `ca` give
    `CA`. Where a larger and a smaller region share a name it means the larger.
    """
    known: Any = pycountry.subdivisions
    listed = known.get(country_code=country) or ()
    found: dict[str, str] = {}
    for region in sorted(listed, key=lambda r: (r.parent_code is not None, r.code)):
        code = region.code.partition("-")[2]
        found.setdefault(plain(region.name), code)
        found.setdefault(plain(code), code)
    return found


@functools.lru_cache(maxsize=512)
def country_names(country: str) -> frozenset[str]:
    """The plain names of a country."""
    known: Any = pycountry.countries.get(alpha_2=country)
    names = (known.name, getattr(known, "common_name", ""), getattr(known, "official_name", "")) if known else ()
    return frozenset(plain(name) for name in names if name)


def country_named(name: str) -> str:
    """The country (ISO 3166 alpha-2) that a name, or its three letters, mean: `United States`, `usa`; "" for none."""
    return _countries().get(plain(name), "")


@functools.cache
def _countries() -> dict[str, str]:
    """Countries by what they are called, each name that of the first that has it."""
    known: Any = pycountry.countries
    found = dict.fromkeys(("uk", "great britain", "england"), "GB")
    for country in known:
        code = str(country.alpha_2)
        for name in (*country_names(code), code.lower(), country.alpha_3.lower()):
            found.setdefault(name, code)
    return found


@functools.lru_cache(maxsize=512)
def region_named(name: str, country: str) -> tuple[str, str]:
    """The country and the code of the region that a name, or a code of ISO 3166-2 as a whole, means: `Illinois` and
    `US-IL` give `US`, `IL`. Of those with the same name that of the given country counts, else the first; "" for none.
    """
    before, dash, code = name.strip().upper().partition("-")
    if dash and code in regions(before).values():
        return before, code
    known: Any = pycountry.countries
    for each in dict.fromkeys((country, *(one.alpha_2 for one in known))):
        if each and (found := regions(each).get(plain(name))):
            return each, found
    return "", ""


def split(name: str) -> list[str]:
    """An area's name in its parts, from the smaller to the larger: `Chicago, IL`, `Itu - SP`."""
    return re.split(r",\s+|\s+-\s+", name)


@dataclass(frozen=True, slots=True)
class Area:
    """What an area's name tells: the codes of its regions (several when a prefix serves several) and its city."""

    regions: tuple[str, ...] = ()
    city: str = ""


@functools.lru_cache(maxsize=16384)
def area(country: str, name: str) -> Area:
    """Take an area's name apart: `Chicago, IL`, `Itu - SP`, `Downtown Brooklyn, Brooklyn, NY`, `Washington D.C.`,
    `Nova Scotia/Prince Edward Island`, `Ontario`, `Leeds`.

    A name that is a region's alone gives no city; whether a city has the same name is for a gazetteer to say.
    """
    if not name or plain(name) in country_names(country):
        return Area()
    codes = regions(country)
    parts = split(name)
    if len(parts) > 1:
        code = codes.get(plain(parts[-1]), "")
        return Area((code,) if code else (), parts[-2] if code else parts[0])
    alone = [codes.get(plain(part)) or codes.get(plain(part.removesuffix(" State"))) for part in name.split("/")]
    if all(alone):
        return Area(tuple(code for code in alone if code))
    city, _, last = name.rpartition(" ")
    code = codes.get(last.replace(".", "").casefold(), "") if last.isupper() else ""
    return Area((code,), city) if city and code else Area((), name)
