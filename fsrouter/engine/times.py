"""Time zones, the same on every machine, and moments as people type them.

Zones come from the package `tzdata`, never from the machine's own files or variables (`TZ`, `PYTHONTZPATH`): these may
be old, or not there at all.
"""

from __future__ import annotations

import functools
import io
import pkgutil
import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from fsrouter.errors import UsageError

#: Moments lie before the year 2200: calendars, time zones and epochs all reach so far.
LATEST = 7_258_118_400.0

_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_duration(text: str) -> float | None:
    """So long, in seconds, as `7d`, `24h` or `30m` say; None when it is none."""
    found = _SPAN.fullmatch(text)
    return float(int(found[1]) * _SECONDS[found[2]]) if found else None


@functools.cache
def zone_names() -> dict[str, str]:
    """Every time zone (IANA), by its name without case."""
    return {name.casefold(): name for name in _data("zones").decode().split()}


@functools.lru_cache(maxsize=256)
def zones_of(country: str) -> tuple[str, ...]:
    """The zones of a country's places (ISO 3166), in the order of tzdata's `zone.tab`; none for ""."""
    rows = (row.split("\t") for row in _data("zoneinfo/zone.tab").decode().splitlines())
    return tuple(row[2] for row in rows if row[0] == country)


@functools.lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """A time zone by its name (IANA), as Europe/Berlin; UTC for "". Raises KeyError when there is none."""
    key = zone_names()[name.casefold()] if name else "UTC"
    return ZoneInfo.from_file(io.BytesIO(_data(f"zoneinfo/{key}")), key=key)


def local(at: float, where: str) -> str:
    """A moment (epoch) in ISO 8601 to the second, on the clock of a zone by its name: as `parse_moment` reads it."""
    return datetime.fromtimestamp(at, zone(where)).isoformat(timespec="seconds")


def _data(name: str) -> bytes:
    found = pkgutil.get_data("tzdata", name)
    assert found is not None  # a package that is a directory of files has them, or raises OSError
    return found


def parse_past(text: str, now: float, here: Callable[[datetime], float]) -> float | None:
    """A moment (epoch): so long before `now`, or a date; `here` tells which moment one without an offset is. None when
    it is neither.
    """
    long = parse_duration(text)
    if long is not None:
        return now - long
    try:
        at = datetime.fromisoformat(text)
        return at.timestamp() if at.tzinfo else here(at)
    except (ValueError, OverflowError):
        return None


def parse_moment(text: str, where: str, now: float) -> float:
    """A moment (epoch): `2h` from now, `18:00` the next time that a clock in the zone of that name shows it, or ISO
    8601. Raises UsageError.
    """
    long = parse_duration(text)
    here = datetime.fromtimestamp(now, zone(where))
    try:
        if long is not None:
            end = now + long
        elif len(text) <= 5 and ":" in text:
            clock = datetime.strptime(text, "%H:%M")
            then = here.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
            end = (then if then > here else then + timedelta(days=1)).timestamp()
        else:
            at = datetime.fromisoformat(text)
            end = (at if at.tzinfo else at.replace(tzinfo=here.tzinfo)).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no moment; write 2h, 18:00 or 2026-11-23T10:00") from None
    if not 0 <= end < LATEST:
        raise UsageError(f"{text} is out of reach; write a moment in the years from 1970 to 2199")
    return end


def parse_future(text: str, where: str, now: float) -> float | None:
    """A moment to come (epoch), as `parse_moment` reads it; "" is none. Raises UsageError."""
    text = text.strip()
    if not text:
        return None
    end = parse_moment(text, where, now)
    if end <= now:
        raise UsageError(f"{text} is over already")
    return end
