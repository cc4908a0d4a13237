"""Schedules: is it open at this moment, and why?

The first that speaks decides: override, open date, closed date, holiday,
weekday. A span belongs to the day on which it begins; its end is exclusive; one whose end comes before its start
passes midnight. The wall clock counts, so an hour that comes twice is open twice. The moment is handed in; nothing
here reads a clock.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine import dates
from fsrouter.engine.model import calendars, spellings
from fsrouter.engine.model.scalars import Context, Day, Scalar, Text
from fsrouter.engine.model.schema import Definition, OneOrMany
from fsrouter.engine.model.spellings import DAYS
from fsrouter.errors import Refused

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


#: Spans of a day.
MANY = 48
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def _spans(text: str, context: Context) -> tuple[Span, ...]:
    try:
        spans = tuple(_span(part.strip()) for part in text.split(",", MANY))
    except Refused as refused:
        raise Refused(str(refused), instead=spellings.hours(text)) from None
    if len(spans) > MANY:
        raise Refused(f"has more than {MANY} spans")
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
            meant = spellings.weekdays(text, context.country)
            raise Refused("are no weekdays; write mon-fri, sat or mon,wed", instead=meant)
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
        begin = dates.read(first)
        end = dates.read(last) if last else begin
    except Refused as refused:
        raise Refused(f"{refused}{'' if last else ', and a range as 2026-12-24..2027-01-02'}") from None
    if end < begin:
        raise Refused("is a range that ends before it begins")
    return begin, end


def _write_dates(span: tuple[date, date]) -> str:
    begin, end = span
    return begin.isoformat() if begin == end else f"{begin.isoformat()}..{end.isoformat()}"


def _calendar(text: str, context: Context) -> str:
    return calendars.calendar(text)


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
    except_: Annotated[
        tuple[Text, ...],
        OneOrMany,
        "Names of holidays, in the calendar's own language or in English, on which it is open as on any weekday.",
    ] = ()
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
        for name in self.except_:
            if not calendars.meant(self.holidays, name):
                of, near = ", ".join(self.holidays), calendars.suggestion(self.holidays, name)
                return f"excepts {name!r}, which is no holiday of {of or 'any calendar given'}{near}"
        return ""

    def settled(self, context: Context) -> Schedule:
        """It with the names of holidays in their calendars' own language."""
        names = (calendars.meant(self.holidays, name) or (name,) for name in self.except_)
        return replace(self, except_=tuple(dict.fromkeys(each for own in names for each in sorted(own))))

    @property
    def excepted(self) -> frozenset[str]:
        """The plain own names of the holidays on which it is open."""
        return frozenset[str]().union(*(calendars.meant(self.holidays, name) for name in self.except_))


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
    for holiday in calendars.holidays_on(schedule.holidays, day):
        if holiday.plain not in schedule.excepted:
            return (), f"closed for {holiday.name}"
    for days, spans in schedule.hours.items():
        if day.weekday() in weekdays(days):
            return spans, f"{DAY_NAMES[day.weekday()]}"
    return (), f"closed on {DAY_NAMES[day.weekday()]}s"
