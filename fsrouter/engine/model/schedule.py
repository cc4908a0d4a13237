"""Schedules: is it open at this moment, and why?

The first that speaks decides: override, open date, closed date, holiday,
weekday. A span belongs to the day on which it begins; its end is exclusive; one whose end comes before its start
passes midnight. The wall clock counts, so an hour that comes twice is open twice. The moment is handed in; nothing
here reads a clock.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated

import holidays as calendars
from msgspec import Struct

from fsrouter.engine.model.scalars import Context, Day, Scalar, Text, did_you_mean
from fsrouter.engine.model.schema import Definition, OneOrMany
from fsrouter.errors import Refused

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONG_DAYS = tuple(name.lower() for name in DAY_NAMES)


class Span(Struct, frozen=True, array_like=True):
    """A span of wall-clock time in minutes after midnight; `end` may be up to 1440, and below `start` when it
    passes midnight.
    """

    start: int
    end: int

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def _spans(text: str, context: Context) -> tuple[Span, ...]:
    spans = tuple(_span(part.strip()) for part in text.split(","))
    covered: set[int] = set()
    for span in spans:
        minutes = set(range(span.start, span.end if span.end > span.start else span.end + 1440))
        if covered & minutes:
            raise Refused("has two spans that overlap")
        covered |= minutes
    return spans


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if not found:
        raise Refused("is no span of hours; write 08:00-17:00, several separated by commas")
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if int(found[2]) > 59 or int(found[4]) > 59 or start > 1439 or end > 1440:
        raise Refused("has an hour that no clock shows; 00:00 to 24:00")
    if start == end:
        raise Refused("is empty; a whole day is 00:00-24:00")
    return Span(start, end)


def _weekdays(text: str, context: Context) -> str:
    for part in text.lower().split(","):
        ends = [day.strip() for day in part.split("-")]
        if len(ends) > 2 or any(end not in DAYS and end not in LONG_DAYS for end in ends):
            raise Refused("are no weekdays; write mon-fri, sat or mon,wed")
    return ",".join("-".join(day.strip()[:3] for day in part.split("-")) for part in text.lower().split(","))


def weekdays(text: str) -> list[int]:
    """The weekdays (0 is Monday) that `mon-fri`, `sat,sun` or `sat-mon` mean."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin = DAYS.index(first)
        end = DAYS.index(last or first)
        found.extend(d % 7 for d in range(begin, (end if end >= begin else end + 7) + 1))
    return found


def _dates(text: str, context: Context) -> tuple[date, date]:
    first, _, last = text.partition("..")
    try:
        begin = date.fromisoformat(first.strip())
        end = date.fromisoformat(last.strip()) if last else begin
    except ValueError:
        raise Refused("is no date; write 2026-12-24, or 2026-12-24..2027-01-02 for a range") from None
    if end < begin:
        raise Refused("is a range that ends before it begins")
    return begin, end


def _write_dates(dates: tuple[date, date]) -> str:
    begin, end = dates
    return begin.isoformat() if begin == end else f"{begin.isoformat()}..{end.isoformat()}"


def _calendar(text: str, context: Context) -> str:
    country, _, region = text.upper().partition("-")
    known = calendars.list_supported_countries()
    if country not in known:
        raise Refused("is no holiday calendar; write a country or country and region, as DE or US-IL")
    if region and region not in known[country]:
        raise Refused(f"is no holiday calendar: {country} has the regions {', '.join(known[country]) or 'none'}")
    return text.upper()


HOURS_OF_A_DAY = Scalar("span of hours", _spans, lambda spans: ", ".join(map(str, spans)), {"type": "string"})
WEEKDAYS = Scalar("weekdays", _weekdays, schema={"type": "string"})
DATES = Scalar("date or range", _dates, _write_dates, {"type": "string"})
CALENDAR = Scalar("holiday calendar", _calendar, schema={"type": "string", "pattern": "^[A-Za-z]{2}(-[A-Za-z0-9]+)?$"})

Hours = Annotated[tuple[Span, ...], HOURS_OF_A_DAY]


class Schedule(Definition, frozen=True, kw_only=True, rename={"except_": "except"}):
    """When a company is open, by the clock on the wall of its time zone."""

    hours: Annotated[dict[Annotated[str, WEEKDAYS], Hours], "Opening hours by weekday or range of weekdays."] = {}
    holidays: Annotated[
        tuple[Annotated[str, CALENDAR], ...],
        OneOrMany,
        "Calendars of public holidays, as DE or US-IL; those days are closed.",
    ] = ()
    except_: Annotated[tuple[Text, ...], OneOrMany, "Names of holidays on which it is open as on any weekday."] = ()
    closed: Annotated[
        tuple[Annotated[tuple[date, date], DATES], ...],
        OneOrMany,
        "Dates, and ranges as 2026-12-24..2027-01-02, that are closed.",
    ] = ()
    open: Annotated[
        dict[Day, Hours], "Dates with opening hours of their own; they win over closed dates and holidays."
    ] = {}

    def problem(self) -> str:
        seen: set[int] = set()
        for days in self.hours:
            for day in weekdays(days):
                if day in seen:
                    return f"gives hours for {DAY_NAMES[day]} twice"
                seen.add(day)
        known = set().union(*(_names(code) for code in self.holidays)) if self.except_ and self.holidays else set()
        for name in self.except_:
            if name not in known:
                calendar = ", ".join(self.holidays) or "any calendar given"
                return f"excepts {name!r}, which is no holiday of {calendar}{did_you_mean(name, sorted(known))}"
        return ""


def is_open(schedule: Schedule, moment: datetime, override: str = "") -> tuple[bool, str]:
    """Whether a schedule is open at a moment, and why, in words.

    `moment` is in the company's time zone; `override` is `open`, `closed` or "" when nobody has overridden it.
    """
    if override:
        return override == "open", f"overridden to {override}"
    today, minute = moment.date(), moment.hour * 60 + moment.minute
    yesterday = today - timedelta(days=1)
    for day, now in ((today, minute), (yesterday, minute + 1440)):
        spans, reason = _spans_of(schedule, day)
        for span in spans:
            end = span.end if span.end > span.start else span.end + 1440
            if span.start <= now < end:
                return True, f"{reason} {span}"
    spans, reason = _spans_of(schedule, today)
    return False, f"{reason} {', '.join(map(str, spans))}" if spans else reason


def _spans_of(schedule: Schedule, day: date) -> tuple[tuple[Span, ...], str]:
    if day in schedule.open:
        return schedule.open[day], f"open on {day.isoformat()}"
    if any(begin <= day <= end for begin, end in schedule.closed):
        return (), f"closed on {day.isoformat()}"
    holiday = next((name for name in holidays_on(schedule.holidays, day) if _plain(name) not in schedule.except_), "")
    if holiday:
        return (), f"closed for {holiday}"
    for days, spans in schedule.hours.items():
        if day.weekday() in weekdays(days):
            return spans, f"{DAY_NAMES[day.weekday()]}"
    return (), f"closed on {DAY_NAMES[day.weekday()]}s"


def holidays_on(codes: tuple[str, ...], day: date) -> Iterator[str]:
    """The names of the public holidays that fall on a day, by calendars as `US-IL`."""
    for code in codes:
        yield from _year(code, day.year).get(day, ())


def _plain(name: str) -> str:
    """A holiday's name without `(observed)`: who keeps open on a day does so when it is observed on another."""
    return re.sub(r" \((observed|estimated|observed, estimated)\)$", "", name)


@functools.lru_cache(maxsize=256)
def _year(code: str, year: int) -> dict[date, tuple[str, ...]]:
    country, _, region = code.partition("-")
    calendar = calendars.country_holidays(country, subdiv=region or None, years=year)
    return {day: tuple(calendar.get_list(day)) for day in calendar}


@functools.lru_cache(maxsize=64)
def _names(code: str) -> frozenset[str]:
    # Names come and go with the law of the land; these years hold every one that a rule book of today can mean.
    return frozenset(
        _plain(name) for year in range(2020, 2036) for names in _year(code, year).values() for name in names
    )
