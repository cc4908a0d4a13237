"""Moments as people type them, on the clock of a zone."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from paths import ROOT

from fsrouter.engine import times
from fsrouter.errors import UsageError

#: A Wednesday, 15:00 in New York.
NOW = 1_795_636_800.0


@pytest.mark.parametrize(
    ("text", "after"),
    [("", None), ("2h", 7200.0), ("16:00", 3600.0), ("14:00", 23 * 3600.0), ("2026-11-25T15:30", 1800.0)],
)
def test_future_moment_is_read_on_the_clock_of_the_zone(text: str, after: float | None) -> None:
    found = times.parse_future(text, "America/New_York", NOW)
    assert (None if found is None else found - NOW) == after


@pytest.mark.parametrize("text", ["soon", "25:00", "2026-11-25T14:30"])
def test_future_moment_that_is_none_or_over_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        times.parse_future(text, "America/New_York", NOW)


HERE = """
from datetime import datetime
from fsrouter.engine.times import zone
for name in ("America/Chicago", "asia/kathmandu", "US/Central", "Africa/Casablanca", ""):
    for month in range(1, 13):
        at = datetime(2026, month, 8, tzinfo=zone(name))
        print(name, at.isoformat(), at.tzname())
"""


@pytest.mark.parametrize("here", [{"TZ": "Mars/Olympus_Mons"}, {"PYTHONTZPATH": "/nowhere", "TZ": "Asia/Kathmandu"}])
def test_zones_are_those_of_the_package_whatever_the_machine_has(here: dict[str, str]) -> None:
    """The machine's own zones are not looked at: nothing is there, or a file that is no zone."""
    done = subprocess.run(
        [sys.executable, "-c", HERE],
        env={"PYTHONPATH": str(ROOT), **here},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "America/Chicago 2026-01-08T00:00:00-06:00 CST"
    assert lines[6] == "America/Chicago 2026-07-08T00:00:00-05:00 CDT"
    assert lines[12] == "asia/kathmandu 2026-01-08T00:00:00+05:45 +0545"
    assert lines[-1].strip() == "2026-12-08T00:00:00+00:00 UTC"
    assert len(lines) == 60


def test_zone_that_a_machine_has_for_itself_is_none() -> None:
    for name in ("localtime", "posix/Europe/Berlin", "right/UTC", "../zones", "Europe"):
        with pytest.raises(KeyError):
            times.zone(name)
    assert times.zone("europe/berlin").utcoffset(datetime(2026, 7, 1)) == timedelta(hours=2)


def test_past_moment_without_an_offset_is_where_the_asker_says() -> None:
    assert times.parse_past("7d", NOW, datetime.timestamp) == NOW - 7 * 86400
    assert times.parse_past("2026-11-25T20:00Z", NOW, lambda at: 0.0) == NOW
    assert times.parse_past("2026-11-25T20:00", NOW, lambda at: at.hour) == 20
    assert times.parse_past("yesterday", NOW, datetime.timestamp) is None
