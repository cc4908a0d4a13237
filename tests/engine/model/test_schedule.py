"""Schedules, to the minute."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fsrouter.engine.model import schedule, schema
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.model.schedule import Schedule, is_open


def read(tree: object) -> Schedule:
    value, problems = schema.read(Schedule, tree, Context("US"))
    assert value, problems
    return value


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Chicago"))


OFFICE = read(
    {
        "hours": {"mon-fri": "08:00-17:00", "sat": "09:00-12:00, 13:00-15:00"},
        "holidays": "US-IL",
        "except": ["Columbus Day", "Veterans Day"],
        "closed": ["2026-12-24", "2027-07-05..2027-07-09"],
        "open": {"2026-12-26": "10:00-14:00", "2026-12-25": "22:00-02:00", "2026-12-24": "08:00-10:00"},
    }
)
NIGHTS = read({"hours": {"sun-thu": "22:00-06:00"}, "holidays": "US", "closed": "2026-11-24"})


@pytest.mark.parametrize(
    ("hours", "moment", "expected", "why"),
    [
        (OFFICE, "2026-11-23 07:59", False, "Monday 08:00-17:00"),
        (OFFICE, "2026-11-23 08:00", True, "Monday 08:00-17:00"),
        (OFFICE, "2026-11-23 16:59:59", True, "Monday 08:00-17:00"),
        (OFFICE, "2026-11-23 17:00", False, "Monday 08:00-17:00"),
        (OFFICE, "2026-11-28 12:30", False, "Saturday 09:00-12:00, 13:00-15:00"),
        (OFFICE, "2026-11-28 13:00", True, "Saturday 13:00-15:00"),
        (OFFICE, "2026-11-29 10:00", False, "closed on Sundays"),
        (OFFICE, "2026-11-26 10:00", False, "closed for Thanksgiving Day"),
        (OFFICE, "2026-10-12 10:00", True, "Monday 08:00-17:00"),  # Columbus Day, excepted
        (OFFICE, "2028-11-10 10:00", True, "Friday 08:00-17:00"),  # Veterans Day, observed on the day before
        (OFFICE, "2027-07-06 10:00", False, "closed on 2027-07-06"),
        (OFFICE, "2026-12-24 09:00", True, "open on 2026-12-24 08:00-10:00"),  # an open date beats a closed one
        (OFFICE, "2026-12-24 10:00", False, "open on 2026-12-24 08:00-10:00"),  # and replaces the day's hours
        (OFFICE, "2026-12-26 12:30", True, "open on 2026-12-26 10:00-14:00"),
        (OFFICE, "2026-12-26 01:59", True, "open on 2026-12-25 22:00-02:00"),  # begun on the day before
        (OFFICE, "2026-12-26 02:00", False, "open on 2026-12-26 10:00-14:00"),
        (NIGHTS, "2026-11-22 22:00", True, "Sunday 22:00-06:00"),
        (NIGHTS, "2026-11-23 05:59", True, "Sunday 22:00-06:00"),
        (NIGHTS, "2026-11-23 06:00", False, "Monday 22:00-06:00"),
        (NIGHTS, "2026-11-27 01:00", False, "closed on Fridays"),  # Thursday is Thanksgiving: no night begins
        (NIGHTS, "2026-11-26 01:00", True, "Wednesday 22:00-06:00"),  # the night before it began on Wednesday
        (NIGHTS, "2026-11-24 05:00", True, "Monday 22:00-06:00"),  # into a closed date
        (NIGHTS, "2026-11-25 01:00", False, "Wednesday 22:00-06:00"),  # out of one
        (NIGHTS, "2026-11-21 23:00", False, "closed on Saturdays"),
    ],
)
def test_is_open_says_whether_and_why(hours: Schedule, moment: str, expected: bool, why: str) -> None:
    assert is_open(hours, at(moment)) == (expected, why)


def test_override_wins_over_every_rule() -> None:
    assert is_open(OFFICE, at("2026-11-26 03:00"), "open") == (True, "overridden to open")
    assert is_open(OFFICE, at("2026-11-23 10:00"), "closed") == (False, "overridden to closed")


def test_whole_day_is_open_to_its_last_minute_and_no_hours_never() -> None:
    whole = read({"hours": {"mon": "00:00-24:00"}})
    assert is_open(whole, at("2026-11-23 00:00"))[0]
    assert is_open(whole, at("2026-11-23 23:59:59"))[0]
    assert not is_open(whole, at("2026-11-24 00:00"))[0]
    assert not is_open(read({}), at("2026-11-23 12:00"))[0]


def test_dst_repeated_hour_is_open_twice_and_skipped_hour_never() -> None:
    early = read({"hours": {"sun": "01:00-02:00"}})
    first = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/Chicago"))
    assert is_open(early, first)[0]
    assert is_open(early, first.replace(fold=1))[0]
    assert first.timestamp() != first.replace(fold=1).timestamp()


@pytest.mark.parametrize(
    ("written", "days"),
    [("mon-fri", [0, 1, 2, 3, 4]), ("sat-mon", [5, 6, 0]), ("Mon, Wednesday", [0, 2]), ("SUNDAY - tue", [6, 0, 1])],
)
def test_weekdays(written: str, days: list[int]) -> None:
    (canonical,) = read({"hours": {written: "08:00-09:00"}}).hours
    assert schedule.weekdays(canonical) == days


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"hours": {"monkey": "08:00-17:00"}}, "are no weekdays"),
        ({"hours": {"mon-": "08:00-17:00"}}, "are no weekdays"),
        ({"hours": {"mon-wed-fri": "08:00-17:00"}}, "are no weekdays"),
        ({"hours": {"mon": "8-17"}}, "is no span of hours"),
        ({"hours": {"mon": ""}}, "is no span of hours"),
        ({"hours": {"mon": "08:60-17:00"}}, "no clock shows"),
        ({"hours": {"mon": "24:00-24:00"}}, "no clock shows"),
        ({"hours": {"mon": "08:00-08:00"}}, "is empty"),
        ({"hours": {"mon": "20:00-04:00, 03:00-05:00"}}, None),
        ({"hours": {"mon": "08:00-12:00, 11:59-13:00"}}, "overlap"),
        ({"hours": {"mon-wed": "08:00-12:00", "tue": "08:00-12:00"}}, "gives hours for Tuesday twice"),
        ({"holidays": "XX"}, "is no holiday calendar"),
        ({"holidays": "US-XX"}, "US has the regions"),
        ({"holidays": "US", "except": "Easter Bunny"}, "excepts 'Easter Bunny', which is no holiday of US"),
        ({"except": "New Year's Day"}, "no holiday of any calendar given"),
        ({"closed": "2026-02-30"}, "is no date"),
        ({"closed": "2026-12-24..2026-12-20"}, "ends before it begins"),
        ({"open": {"2026-12-24": "closed"}}, "is no span of hours"),
    ],
)
def test_invalid_schedule_is_refused(tree: object, said: str | None) -> None:
    _, problems = schema.read(Schedule, tree, Context("US"))
    assert (said is None) == (not problems)
    assert said is None or said in problems[0].message
