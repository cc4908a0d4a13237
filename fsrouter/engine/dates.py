"""Dates as people and spreadsheets write them: ISO 8601 is read, of every other form is told what it may mean.

A date that could be two is never guessed: 03/04/2026 is another day on each side of the Atlantic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from fsrouter.errors import Refused

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Behind a date: a time of midnight, as spreadsheets export one.
_MIDNIGHT = re.compile(r"(?:[T ]+0{1,2}:00(?::00(?:\.0+)?)?(?: ?AM)?Z?)?$", re.IGNORECASE)
_NUMBERS = re.compile(r"([0-9]{1,4})\s*([./-])\s*([0-9]{1,2})\s*\2\s*([0-9]{1,4})\.?")
_WORDS = re.compile(
    r"(?:[a-z]+,\s*)?(?:([0-9]{1,2})(?:st|nd|rd|th)?\.?[\s-]+)?([a-z]{3,9})\.?[\s-]*(?:([0-9]{1,2})(?:st|nd|rd|th)?)?"
    r",?[\s-]+([0-9]{4})",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Days as spreadsheets count them, of the years from 2000 to 2099 (day 1 is 1900-01-01, and 1900 is a leap year there).
_FIRST_DAY, _COUNTED = date(1899, 12, 30), range(36526, 73051)

#: Characters of a text that are looked at.
LONGEST = 60
FORMS = "write it as 2026-12-24"


def read(text: str) -> date:
    """A date in ISO 8601, as 2026-12-24. Raises Refused with the dates that another form can mean."""
    text = text.strip()
    if _ISO.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise Refused(f"is no date: no calendar has that day; {FORMS}") from None
    may_be = sorted(set(meant(text)))
    if not may_be:
        raise Refused(f"is no date; {FORMS}")
    if len(may_be) == 1:
        raise Refused(f"is no date as it is written here; write {may_be[0]}")
    raise Refused(f"may be two dates; write {' or '.join(map(str, may_be))}, whichever is meant")


def meant(text: str) -> Iterator[date]:
    """The dates that a text of another form can mean."""
    text = _MIDNIGHT.sub("", text.strip()[:LONGEST])
    if found := _NUMBERS.fullmatch(text):
        first, _, second, third = found.groups()
        orders = [(first, second, third)] if len(first) > 2 else [(third, first, second), (third, second, first)]
        # 24.12.2026 is written in countries that begin with the day.
        orders = orders[1:] if found[2] == "." and len(orders) == 2 else orders
        for year, month, day in orders:
            yield from _date(year, month, day)
    elif (found := _WORDS.fullmatch(text)) and (month := found[2][:3].lower()) in _MONTHS:
        yield from _date(found[4], str(_MONTHS.index(month) + 1), found[1] or found[3] or "")
    elif re.fullmatch(r"[0-9]{8}", text):
        yield from _date(text[:4], text[4:6], text[6:])
    elif re.fullmatch(r"[0-9]{5}(?:\.0+)?", text) and int(text[:5]) in _COUNTED:
        yield _FIRST_DAY + timedelta(int(text[:5]))


def _date(year: str, month: str, day: str) -> Iterator[date]:
    if len(year) not in (2, 4) or not day:
        return
    try:
        yield date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return
