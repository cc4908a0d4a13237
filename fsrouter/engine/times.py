"""Moments as people type them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fsrouter.errors import UsageError

_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_duration(text: str) -> float | None:
    """So long, in seconds, as `7d`, `24h` or `30m` say; None when it is none."""
    found = _SPAN.fullmatch(text)
    return float(int(found[1]) * _SECONDS[found[2]]) if found else None


def parse_past(text: str, now: float) -> float | None:
    """A moment (epoch): so long before `now`, or a date on this machine's calendar; None when it is neither."""
    long = parse_duration(text)
    if long is not None:
        return now - long
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def parse_future(text: str, zone: str, now: float) -> float | None:
    """A moment to come (epoch): `2h` from now, `18:00` the next time that a clock in `zone` shows it, or ISO 8601;
    "" is none. Raises UsageError.
    """
    text = text.strip()
    if not text:
        return None
    long = parse_duration(text)
    if long is not None:
        return now + long
    here = datetime.fromtimestamp(now, ZoneInfo(zone))
    try:
        if len(text) <= 5 and ":" in text:
            clock = datetime.strptime(text, "%H:%M")
            then = here.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
            return (then if then > here else then + timedelta(days=1)).timestamp()
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no moment; write 2h, 18:00 or 2026-11-23T10:00") from None
    end = (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).timestamp()
    if end <= now:
        raise UsageError(f"{text} is over already")
    return end
