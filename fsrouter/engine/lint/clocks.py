"""On whose clock a rule book's schedules are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.lint.references import References
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.times import zone, zones_of

#: Zones of no place, by which clocks are never changed (tzdata, `etcetera` and `backward`). UTC is what it says.
ABBREVIATIONS = ("EST", "MST", "HST")
BY_OFFSET = ("Etc/GMT+", "Etc/GMT-")
#: A day of winter and one of summer, whichever half of the earth it is.
_DAYS = (datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC))


def no_timezone(book: RuleBook, known: Installation) -> Iterator[Finding]:
    """Schedules of which nobody says on whose clock they are."""
    if book.schedules and not book.header.timezone:
        places = ", ".join(f"`timezone: {name}`" for name in zones_of(book.header.country)[:1]) or (
            "`timezone: America/Chicago`"
        )
        message = f"nothing says on whose clock the hours are; write the company's time zone, as {places}"
        yield finding("no-timezone", ("schedules",), message)


def fixed_offset(refs: References) -> Iterator[Finding]:
    """A zone by which clocks are never changed, where the company's country may well change them."""
    name = refs.book.header.timezone
    if name in ABBREVIATIONS or (name.startswith(BY_OFFSET) and any(_offsets(name))):
        places = " or ".join(_places(name, refs.book.header.country)) or "America/New_York"
        hours = f"{_offsets(name)[0] / timedelta(hours=1):+g}"
        message = f"{name} is UTC{hours} all year, without daylight saving time; write the zone of a place, as {places}"
        yield finding("fixed-offset", ("timezone",), message)


def _offsets(name: str) -> tuple[timedelta, ...]:
    return tuple(day.astimezone(zone(name)).utcoffset() or timedelta() for day in _DAYS)


def _places(name: str, country: str) -> list[str]:
    """Zones of places of a country whose clocks show what those of a fixed one do, at least in winter: the first of
    each kind.
    """
    here = _offsets(name)[0]
    kinds: dict[tuple[timedelta, ...], str] = {}
    for place in zones_of(country):
        kinds.setdefault(_offsets(place), place)
    return [place for offsets, place in kinds.items() if min(offsets) == here]
