"""Dates: ISO 8601, and what is said of all other forms."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fsrouter.engine import dates
from fsrouter.errors import Refused


def test_iso_date_is_read() -> None:
    assert dates.read(" 2026-12-24 ") == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12/24/2026", "write 2026-12-24"),
        ("24.12.2026", "write 2026-12-24"),
        ("24/12/2026", "write 2026-12-24"),
        ("24-12-26", "write 2026-12-24"),
        ("2026/12/24", "write 2026-12-24"),
        ("2026.12.24", "write 2026-12-24"),
        ("2026-12-24 00:00:00", "write 2026-12-24"),
        ("12/24/2026 12:00", "is no date; write it as 2026-12-24"),
        ("20261224", "write 2026-12-24"),
        ("24 Dec 2026", "write 2026-12-24"),
        ("Thursday, December 24th, 2026", "write 2026-12-24"),
        ("24-Dec-2026", "write 2026-12-24"),
        ("46380", "write 2026-12-24"),  # as a spreadsheet counts days
        ("03/04/2026", "may be two dates; write 2026-03-04 or 2026-04-03"),
        ("3/4/26", "may be two dates; write 2026-03-04 or 2026-04-03"),
        ("03.04.2026", "write 2026-04-03"),
        ("04/04/2026", "write 2026-04-04"),
        ("2026-02-30", "no calendar has that day"),
        ("2026-12", "is no date; write it as 2026-12-24"),
        ("2026-W52-4", "is no date; write it as 2026-12-24"),
        ("13/13/2026", "is no date; write it as 2026-12-24"),
        ("tomorrow", "is no date; write it as 2026-12-24"),
        ("٢٠٢٦-١٢-٢٤", "is no date; write it as 2026-12-24"),
        ("", "is no date; write it as 2026-12-24"),
        ("1" * 5000, "is no date; write it as 2026-12-24"),
    ],
)
def test_other_form_is_told_in_iso(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        dates.read(text)
    assert str(refused.value).endswith((said, f"{said}, whichever is meant", f"{said}; {dates.FORMS}"))


def test_every_day_that_can_only_be_one_is_told_as_that_day() -> None:
    day = date(2026, 1, 1)
    while day.year < 2028:
        assert set(dates.meant(f"{day:%d.%m.%Y}")) == set(dates.meant(f"{day:%Y/%m/%d}")) == {day}
        american = set(dates.meant(f"{day:%m/%d/%Y}"))
        assert day in american and len(american) == (1 if day.day > 12 or day.day == day.month else 2)
        day += timedelta(days=1)
