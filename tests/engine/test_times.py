"""Moments as people type them, on the clock of a zone."""

from __future__ import annotations

import pytest

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
