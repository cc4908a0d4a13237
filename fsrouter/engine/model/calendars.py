"""Public holidays by calendar, as `DE` or `US-IL`: which fall on a day, and what each is called.

A holiday has the name of its calendar's own language on every machine, and may be written in English as well; the
package takes the language of the process's locale unless it is told. The only module that imports `holidays`.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

import holidays
from msgspec import Struct

from fsrouter.engine.words import nearest
from fsrouter.errors import Refused

#: Names come and go with the law of the land; these years hold every one that a rule book can mean. India's lunar
#: holidays are known up to 2035.
YEARS = range(2010, 2036)
#: Of a calendar's languages, this is English; else the first of these.
ENGLISH = "en_US"

#: What a calendar adds to a name when the holiday is kept on another day, or its day is not certain yet (`holidays`,
#: mixins and groups: each is a pattern with one %s, in the calendar's own language).
_LABELS = ("observed_estimated_label", "observed_label", "estimated_label")

#: Letters that have no accent to take off, as people write them who lack them on their keyboard.
_PLAIN_LETTERS = str.maketrans(
    {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"}
    | dict.fromkeys(
        "`\N{ACUTE ACCENT}\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
        "\N{MODIFIER LETTER APOSTROPHE}\N{MODIFIER LETTER TURNED COMMA}",
        "'",
    )
)


class Holiday(NamedTuple):
    """A public holiday on a day: its name there, and its plain name, without what says that it is kept on another day
    (`Veterans Day (observed)`).
    """

    name: str
    plain: str


class Names(Struct, frozen=True):
    """The plain names of a calendar: `own` ones in its own language, and by what each name is as it is compared, exact
    or folded, own or English, the own names that it stands for.
    """

    own: frozenset[str]
    english: dict[str, str]
    meant: tuple[dict[str, frozenset[str]], ...]


def calendar(text: str) -> str:
    """The calendar that a text names. Raises Refused, as a phrase that goes on from it."""
    country, _, region = text.upper().partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        raise Refused("is no holiday calendar; write a country or country and region, as DE or US-IL")
    if region and region not in known[country]:
        raise Refused(f"is no holiday calendar: {country} has the regions {', '.join(known[country]) or 'none'}")
    return text.upper()


def holidays_on(codes: Iterable[str], day: date) -> Iterator[Holiday]:
    """The public holidays that fall on a day, by calendars as `US-IL`; two on one day are each a holiday."""
    for code in codes:
        yield from _year(code, day.year).get(day, ())


@functools.lru_cache(maxsize=1024)
def meant(codes: tuple[str, ...], name: str) -> frozenset[str]:
    """The holidays, by their plain own names, that a name in either language stands for in some calendars: exact, else
    without case and accents. Empty when there is none.
    """
    found = [_names(code) for code in codes]
    folded = fold(name)
    for i in range(4):
        key = name if i < 2 else folded
        if hit := frozenset[str]().union(*(names.meant[i].get(key, ()) for names in found)):
            return hit
    return frozenset()


def suggestion(codes: tuple[str, ...], name: str) -> str:
    """The end of an error about a name that is no holiday's: the nearest one, and those of the calendars."""
    found = [_names(code) for code in codes]
    english = {folded: own for names in found for folded, own in names.english.items()}
    own = sorted({each for names in found for each in names.own})
    readable = {fold(each): each for each in own} | {fold(each): each for each in english}
    near = nearest(fold(name), readable)
    said = readable.get(near, "")
    of = f" ({english[said]})" if said in english and english[said] != said else ""
    listed = [each for each in own if not any(c.isdigit() for c in each)]
    return (f"; did you mean {said!r}{of}?" if said else "") + (f"; known: {', '.join(listed[:40])}" if listed else "")


def fold(name: str) -> str:
    """A name as it is compared: without case, accents and double spaces."""
    parted = unicodedata.normalize("NFKD", " ".join(name.casefold().split()).translate(_PLAIN_LETTERS))
    return "".join(c for c in parted if not "\u0300" <= c <= "\u036f")


def _open(code: str, language: str | None = None) -> Any:
    """A calendar in a language; in its own for none."""
    country, _, region = code.partition("-")
    if language is None:
        language = holidays.country_holidays(country).default_language
    return holidays.country_holidays(country, subdiv=region or None, language=language)


def _english(own: Any) -> str:
    """The English that a calendar has, "" for one whose own language it is, or that has none."""
    known = sorted(each for each in own.supported_languages if each.startswith("en"))
    if not known or not own.default_language or own.default_language == ENGLISH:
        return ""
    return ENGLISH if ENGLISH in known else known[0]


@functools.lru_cache(maxsize=256)
def _year(code: str, year: int) -> dict[date, tuple[Holiday, ...]]:
    found = _open(code)
    found.get(date(year, 1, 1))  # the calendar learns a year when it is asked for one of its days
    return {day: tuple(Holiday(name, _plain(found, name)) for name in found.get_list(day)) for day in sorted(found)}


def _plain(found: Any, name: str) -> str:
    for label in filter(None, (getattr(found, each, None) for each in _LABELS)):
        before, _, behind = found.tr(label).partition("%s")
        if before + behind and name.startswith(before) and name.endswith(behind):
            return name[len(before) : len(name) - len(behind)]
    return name


@functools.lru_cache(maxsize=64)
def _names(code: str) -> Names:
    own, english = set[str](), dict[str, set[str]]()
    language = _english(_open(code))
    translated = _open(code, language) if language else None
    for year in YEARS:
        if translated is not None:
            translated.get(date(year, 1, 1))
        for day, found in _year.__wrapped__(code, year).items():
            own.update(each.plain for each in found)
            if translated is not None:
                for each, name in _pairs(translated, day, found):
                    english.setdefault(name, set()).add(each.plain)
    exact = {name: frozenset({name}) for name in own}, {name: frozenset(each) for name, each in english.items()}
    return Names(
        frozenset(own),
        {name: ", ".join(sorted(each)) for name, each in english.items()},
        (*exact, *map(_by_fold, exact)),
    )


def _pairs(translated: Any, day: date, found: tuple[Holiday, ...]) -> Iterator[tuple[Holiday, str]]:
    """The holidays of a day with their plain English names. The names of one day stand in alphabetical order, another
    one in each language: the translation of a name says which is which, or that it is the only one.
    """
    names = translated.get_list(day)
    for each in found:
        name = translated.tr(each.plain)
        if name == each.plain and len(found) == len(names) == 1:
            name = _plain(translated, names[0])
        yield each, name


def _by_fold(exact: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name, own in exact.items():
        found[fold(name)] = found.get(fold(name), frozenset()) | own
    return found
