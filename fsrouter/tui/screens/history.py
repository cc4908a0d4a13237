"""6 History: calls by any filter, each in detail, scores, an export, and a plot by hour and source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from fsrouter.store import CallLine
from fsrouter.tui.context import Context
from fsrouter.tui.queries import history
from fsrouter.tui.queries.history import Filter, Picture
from fsrouter.tui.queries.live import who
from fsrouter.tui.screens.base import narrow_below
from fsrouter.tui.screens.call_actions import CallActions
from fsrouter.tui.screens.call_detail import CallDetail
from fsrouter.tui.widgets.dialogs import Ask
from fsrouter.tui.widgets.plot import Plot
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.text import date_and_time, duration, short_date

COLUMNS = (
    Column("BEGAN", 11),
    Column("CALLER", 14, 3, look="strong"),
    Column("FROM", 13, wide=110),
    Column("NUMBER", 13, wide=130),
    Column("SOURCE", 8, 2, look="dim"),
    Column("WENT TO", 12, 2),
    Column("OUTCOME", 11),
    Column("LONG", 6, right=True),
    Column("SCORE", 5, right=True),
)
LOOKS = {"answered": "good", "abandoned": "alert", "unanswered": "alert", "lost": "alert", "failsafe": "alert"}


class History(CallActions[Picture]):
    """Every call that there was."""

    MODE = "history"
    PERIOD = 5.0
    ABOUT = """Every call that there was. / filters by words of the caller's name or number and by keys, as
outcome:abandoned since:24h agent:mira source:google tag:vip score:none number:+1857… until:2026-11-23.
Enter shows a call in detail, r scores, c exports what is shown as CSV, v plots calls and answer rate by hour and
source."""
    FILTER = f"words, and {': '.join(history.KEYS)}:"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="history.filter", key_display="/"),
        Binding("v", "plot", "Plot", id="history.plot"),
        Binding("c", "export", "Export CSV", id="history.export"),
    ]
    HORIZONTAL_BREAKPOINTS = narrow_below(140)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._filter = Filter()

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            yield Table[CallLine](COLUMNS, lambda line: line.uuid, self._cells, empty="no calls")
            with VerticalScroll(id="plot"):
                yield Plot()

    def loader(self) -> Callable[[], Picture]:
        return partial(history.load, self.context, self._filter)

    def show(self, picture: Picture) -> None:
        self.table.fill(picture.calls)
        self.query_one(Plot).picture = picture
        count = sum(group.figures.offered for group in picture.hours)
        answered = sum(group.figures.answered for group in picture.hours)
        rate = f", {answered * 100 // count} % answered" if count else ""
        more = f", the latest {len(picture.calls)} listed" if count > len(picture.calls) else ""
        self.set_status(picture.problem or f"{count} calls{rate}{more}", str(self._filter))

    def filter_by(self, text: str) -> None:
        self._filter = history.parse(text)
        self.reload()

    @on(Table.Opened)
    def _opened(self, message: Table.Opened) -> None:
        self.app.push_screen(CallDetail(self.context, message.key))

    def action_plot(self) -> None:
        """Show calls and answer rate by hour and source, or the list again."""
        self.toggle_class("-plotting")

    def action_export(self) -> None:
        """Write what is shown to a CSV file."""
        name = f"calls-{date_and_time(self.context.clock()).replace(':', '').replace(' ', '-')}.csv"
        hint = "CSV; a file that is there is never overwritten"
        self.ask(Ask("Export these calls to which file?", name, hint=hint), self._export)

    def _export(self, name: str) -> None:
        path = Path(name).expanduser()
        job = partial(history.export, self.context, self._filter, path)
        self.run_job(job, lambda count: self.report(f"{count} calls are in {path}"))

    def _cells(self, line: CallLine) -> Sequence[str | Cell]:
        outcome = line.outcome or ("live" if line.ended is None else "not known")
        return (
            short_date(line.began, self.context.clock()),
            who(line) or "withheld",
            line.caller or "withheld",
            line.number,
            line.source,
            line.destination or line.where,
            Cell(outcome, LOOKS.get(line.outcome, "")),
            duration(line.ended - line.began) if line.ended is not None else "",
            "" if line.score is None else str(line.score),
        )

    def chosen_call(self) -> CallLine | None:
        line: CallLine | None = self.table.item
        return line

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # What is over is neither hung up nor sent elsewhere.
        return super().check_action(action, parameters) and action not in ("hang_up", "transfer", "tag")
