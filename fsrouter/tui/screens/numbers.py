"""4 Numbers: tracking and receiving numbers and pools, where each goes, and how much it is called today."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from fsrouter.tui.queries.numbers import NumberLine, Picture, load
from fsrouter.tui.screens.base import DashboardScreen, GoTo
from fsrouter.tui.widgets.table import Cell, Column, Table

COLUMNS = (
    Column("NUMBER", 13, 0, look="strong"),
    Column("NAME", 12, 2),
    Column("KIND", 9),
    Column("COMPANY", 8, 1, wide=140),
    Column("SOURCE", 10, 1, wide=110),
    Column("GOES TO", 16, 3),
    Column("FAIL-SAFE", 12, 2, wide=100),
    Column("POOL", 8, 1, wide=150),
    Column("A MINUTE", 12, wide=160),
    Column("TODAY", 5, right=True),
    Column("LIVE", 4, right=True),
)


class Numbers(DashboardScreen[Picture]):
    """Every number of ours and theirs."""

    MODE = "numbers"
    PERIOD = 5.0
    ABOUT = """Tracking numbers (ours, which are dialled), receiving numbers (theirs, which are rung) and pools.
TODAY is calls since midnight of the company, A MINUTE the dearest number that its calls can reach (? where one has no
rate). Enter goes to the definition; n there makes a new one."""
    FILTER = "numbers that have all of these words"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="numbers.filter", key_display="/"),
        Binding("c", "calls", "Calls to it", id="numbers.calls"),
    ]

    def body(self) -> Iterable[Widget]:
        yield Table[NumberLine](COLUMNS, lambda n: "/".join((n.company, *n.place)), _cells, empty="no numbers yet")

    def loader(self) -> Callable[[], Picture]:
        return partial(load, self.context)

    def show(self, picture: Picture) -> None:
        lines = self.filtered(picture.lines)
        self.table.fill(lines)
        self.set_status(f"{len(lines)} numbers", f"{picture.today} calls today")

    @on(Table.Opened)
    def _opened(self) -> None:
        line = self.table.item
        if line is not None:
            self.post_message(GoTo(f"{line.company}/{'.'.join(line.place)}"))

    def action_calls(self) -> None:
        """Show the calls to the chosen number."""
        line = self.table.item
        if line is not None and line.kind == "tracking":
            self.post_message(GoTo(f"number:{line.number}"))


def _cells(line: NumberLine) -> Sequence[str | Cell]:
    safe = Cell("none", "alert") if line.failsafe == "none" else line.failsafe
    counts = tuple("" if count is None else str(count) for count in (line.today, line.live))
    return line.number, line.name, line.kind, line.company, line.source, line.goes, safe, line.pool, line.costs, *counts
