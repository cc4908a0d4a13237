"""The bench runs through at sizes that say nothing of speed: every figure comes, and nothing is lost."""

from __future__ import annotations

import pytest

from fsrouter.tools.bench import calls, sizes, tui
from fsrouter.tools.bench.sizes import Figure


@pytest.mark.timeout(90)
def test_calls_have_every_figure_and_none_is_lost() -> None:
    found = {figure.name: figure for figure in calls.figures(calls=20, rate=50, seconds=0.5)}
    assert {"calls a second, one core", "of a bare gevent loop", "calls lost or failed"} <= found.keys()
    assert {"our own time p50 at 50 calls/s", "our own time p99 at 50 calls/s"} <= found.keys()
    assert found["calls lost or failed"].value == 0
    assert all(figure.value > 0 for name, figure in found.items() if name != "calls lost or failed")
    assert "greenswitch" in found["calls a second, one core"].beside


@pytest.mark.timeout(90)
def test_sizes_have_every_figure() -> None:
    found = list(sizes.figures(rules=200, contacts=400))
    assert len(found) == 10
    assert sum("200" in figure.name or "400" in figure.name for figure in found) >= 3
    assert all(figure.value >= 0 for figure in found)


@pytest.mark.timeout(90)
def test_dashboard_has_every_figure() -> None:
    key, opening, grown = tui.figures(seconds=2)
    assert key.value > 0 and key.at_most == 100 and "keys" in key.beside
    assert opening.value > 100 and opening.at_most == 1000  # Python alone takes that long with all that it imports
    assert grown.unit == "MB"


@pytest.mark.parametrize(
    ("figure", "held", "line"),
    [
        (Figure("a", 5.0, "s", at_most=6), True, "ok   a"),
        (Figure("a", 7.0, "s", at_most=6), False, "MISS a"),
        (Figure("a", 7.0, "/s", at_least=6), True, "ok   a"),
        (Figure("a", 5.0, "/s", at_least=6), False, "MISS a"),
        (Figure("a", 5.0), True, "     a"),
    ],
)
def test_figure_is_marked_by_its_limit(figure: Figure, held: bool, line: str) -> None:
    assert figure.held is held
    assert str(figure).startswith(line)
    assert str(figure) == str(figure).rstrip()
