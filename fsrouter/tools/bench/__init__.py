"""`fsrouter bench`: how fast, how many, how large: measured on this machine, each figure beside its limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fsrouter.tools.bench.sizes import Figure


def run(quick: bool = False) -> Iterator[Figure]:
    """Measure everything; a tenth of it when `quick`, which shows that it works and not how fast it is."""
    # Here and not above: the processes that measure run modules of this package by their names.
    from fsrouter.tools.bench import calls, sizes, tui

    part = 10 if quick else 1
    yield from calls.figures(4000 // part)
    yield from sizes.figures(100_000 // part, 1_000_000 // part)
    yield from tui.figures(20 / part)
