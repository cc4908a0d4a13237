"""Public holidays: the same names on every machine, in the calendar's own language and in English."""

# ruff: noqa: RUF001 (names of holidays in their own letters)

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime

import pytest
from paths import ROOT

from fsrouter.engine.model import calendars, schema
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.model.schedule import Schedule, is_open
from fsrouter.errors import Refused


def schedule(holidays: str | list[str], *names: str) -> Schedule:
    tree = {"hours": {"mon-sun": "08:00-17:00"}, "holidays": holidays, "except": list(names)}
    value, problems = schema.read(Schedule, tree, Context("US"))
    assert value, problems
    return value


@pytest.mark.parametrize(
    ("code", "written", "own", "on"),
    [
        ("DE", "Tag der Deutschen Einheit", "Tag der Deutschen Einheit", date(2026, 10, 3)),
        ("DE", "German Unity Day", "Tag der Deutschen Einheit", date(2026, 10, 3)),
        ("DE", "tag der deutschen  EINHEIT", "Tag der Deutschen Einheit", date(2026, 10, 3)),
        ("FR", "fete nationale", "Fête nationale", date(2026, 7, 14)),
        ("PL", "Narodowe Swieto Niepodleglosci", "Narodowe Święto Niepodległości", date(2026, 11, 11)),
        ("TR", "CUMHURIYET BAYRAMI", "Cumhuriyet Bayramı", date(2026, 10, 29)),
        ("TR", "Republic Day", "Cumhuriyet Bayramı", date(2026, 10, 29)),
        ("US-IL", "washington’s birthday", "Washington's Birthday", date(2026, 2, 16)),
        ("IL", "yom kippur", "יום כיפור", date(2026, 9, 21)),
        ("KR", "The day preceding Korean New Year", "설날 전날", date(2026, 2, 16)),
        ("BR", "Independence Day", "Independência do Brasil", date(2026, 9, 7)),
        ("ZA", "human rights day", "Human Rights Day", date(2025, 3, 21)),  # a calendar that has one language
        ("GB", "Boxing day", "Boxing Day", date(2026, 12, 28)),  # kept on the Monday after
    ],
)
def test_name_in_either_language_is_open_on_the_day(code: str, written: str, own: str, on: date) -> None:
    excepted = schedule(code, written)
    assert excepted.except_ == (own,)
    noon = datetime(on.year, on.month, on.day, 12)
    assert is_open(excepted, noon)[0]
    assert is_open(schedule(code), noon) == (False, f"closed for {next(calendars.holidays_on((code,), on)).name}")


def test_name_in_english_as_it_was_typed_is_open_too() -> None:
    """As a rule book has it that was put in force when the names were not kept in the calendar's language."""
    typed = Schedule(hours=schedule("DE").hours, holidays=("DE",), except_=("German Unity Day",))
    assert is_open(typed, datetime(2026, 10, 3, 12))[0]


def test_two_holidays_of_one_day_are_each_a_name() -> None:
    # In 2008 Ascension fell on the first of May; the names of a day stand in another order in each language.
    day = datetime(2008, 5, 1, 12)
    assert not is_open(schedule("DE", "Labor Day"), day)[0]
    assert is_open(schedule("DE", "Labor Day"), day)[1] == "closed for Christi Himmelfahrt"
    assert is_open(schedule("DE", "Ascension Day"), day)[1] == "closed for Erster Mai"
    assert is_open(schedule("DE", "Ascension Day", "Erster Mai"), day)[0]
    both = schedule(["DE", "FR"], "Erster Weihnachtstag")
    assert is_open(both, datetime(2026, 12, 25, 12)) == (False, "closed for Noël")


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("DE", "Day of German Unity", "did you mean 'German Unity Day' (Tag der Deutschen Einheit)?; known: Christi"),
        ("DE", "Tag der Einheit", "did you mean 'Tag der Deutschen Einheit'?"),
        ("CN", "Mid Autumn", "did you mean 'Mid-Autumn Festival' (中秋节)?"),
        ("US", "Easter Bunny", "which is no holiday of US; known: Christmas Day, Columbus Day"),
        ("US", "Veterans Day (observed)", "did you mean 'Veterans Day'?"),
    ],
)
def test_unknown_name_is_told_the_nearest_and_the_known_ones(code: str, name: str, said: str) -> None:
    _, problems = schema.read(Schedule, {"holidays": code, "except": name}, Context("US"))
    assert said in str(problems[0])


def test_every_calendar_has_each_of_its_names_in_either_language() -> None:
    for code in ("CN", "GN", "HU", "IN", "JP", "LV", "RU", "TH", "VN"):
        names = calendars._names(code)
        assert names.own
        assert all(own <= names.own for known in names.meant for own in known.values()), code
        assert all(calendars.meant((code,), name) == {name} for name in names.own), code


def test_unknown_calendar_is_refused() -> None:
    with pytest.raises(Refused, match="is no holiday calendar"):
        calendars.calendar("Atlantis")
    assert calendars.calendar("us-il") == "US-IL"


SHOWN = """
from datetime import date, timedelta
from fsrouter.engine.model import calendars
for code in ("AG", "BE", "CA", "CH", "DE", "GB", "HK", "HM", "IL", "NZ", "PR", "TR", "UA"):
    for day in range(1461):
        for holiday in calendars.holidays_on((code,), date(2024, 1, 1) + timedelta(day)):
            print(code, ascii(holiday))
"""


def test_language_of_the_process_counts_for_no_name() -> None:
    shown = [
        subprocess.run(
            [sys.executable, "-c", SHOWN],
            env={"LANGUAGE": language, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for language in ("", "de:fr:en_US:uk:zh_CN")
    ]
    assert shown[0] == shown[1]
    assert b"Tag der Deutschen Einheit" in shown[0]
