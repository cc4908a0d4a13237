"""6 History: calls by any filter, the story of each, scores, an export, and a plot by hour and source."""

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
from fsrouter.tui.queries import history
from fsrouter.tui.queries.history import Filter, Picture
from fsrouter.tui.screens.base import narrow_below
from fsrouter.tui.screens.call_actions import Calling
from fsrouter.tui.screens.call_detail import StoryBoard
from fsrouter.tui.screens.dialogs import Ask
from fsrouter.tui.widgets import text as shown
from fsrouter.tui.widgets.filter import FilterLine
from fsrouter.tui.widgets.plot import Plot
from fsrouter.tui.widgets.table import Cell, Column, Table

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


class History(Calling[Picture]):
    """Every call that there was."""

    MODE = "history"
    PERIOD = 5.0
    ABOUT = """Every call that there was. / filters by words of the caller's name or number and by keys, as
outcome:abandoned since:24h agent:mira source:google tag:vip score:none number:+1857… until:2026-11-23.
Enter tells the story, r scores, c exports what is shown as CSV, v shows calls and answer rate by hour and source."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="history.filter", key_display="/"),
        Binding("v", "plot", "Plot", id="history.plot"),
        Binding("c", "export", "Export CSV", id="history.export"),
    ]
    HORIZONTAL_BREAKPOINTS = narrow_below(140)
    DEFAULT_CSS = """
    History {
        & Horizontal { height: 1fr; }
        & Table { width: 2fr; }
        & #plot { width: 1fr; border-left: solid $panel; padding: 0 1; }
        &.-narrow #plot { display: none; }
        &.-narrow.-plotting #plot { display: block; border: none; }
        &.-narrow.-plotting Table { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._filter = Filter()

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            yield Table[CallLine](COLUMNS, lambda line: line.uuid, self._cells, empty="no calls")
            with VerticalScroll(id="plot"):
                yield Plot()
        yield FilterLine(f"words, and {': '.join(history.KEYS)}:")

    @property
    def table(self) -> Table[CallLine]:
        """The calls."""
        return self.query_one(Table)

    def painter(self) -> Callable[[], Picture]:
        app = self.dashboard
        return partial(history.look, app.store, app.company, self._filter, app.clock())

    def show(self, picture: Picture) -> None:
        self.table.fill(picture.calls)
        self.query_one(Plot).picture = picture
        count = sum(group.calls for group in picture.hours)
        answered = sum(group.answered for group in picture.hours)
        rate = f", {answered * 100 // count} % answered" if count else ""
        more = f", the latest {len(picture.calls)} listed" if count > len(picture.calls) else ""
        self.say(picture.wrong or f"{count} calls{rate}{more}", _told(self._filter))

    @on(FilterLine.Said)
    def _filtered(self, message: FilterLine.Said) -> None:
        self._filter = history.parse(message.text)
        self.reload()

    @on(Table.Opened)
    def _opened(self, message: Table.Opened) -> None:
        self.app.push_screen(StoryBoard(message.key))

    def _cells(self, line: CallLine) -> Sequence[str | Cell]:
        return _cells(line, self.dashboard.clock())

    def find(self, text: str) -> None:
        """Look for something."""
        self.query_one(FilterLine).open(text)

    def action_filter(self) -> None:
        """Show only some calls."""
        self.query_one(FilterLine).open()

    def action_plot(self) -> None:
        """Show calls and answer rate by hour and source, or the list again."""
        self.toggle_class("-plotting")

    def action_export(self) -> None:
        """Write what is shown to a CSV file."""
        name = f"calls-{shown.day(self.dashboard.clock()).replace(':', '').replace(' ', '-')}.csv"
        ask = Ask("Export these calls to which file?", name, says="CSV; a file that is there is never overwritten")
        self.app.push_screen(ask, self._export)

    def _export(self, name: str | None) -> None:
        if name:
            app, path = self.dashboard, Path(name).expanduser()
            job = partial(history.export, app.store, app.company, self._filter, app.clock(), path)
            self.work(job, lambda count: self.tell(f"{count} calls are in {path}"))

    def call_here(self) -> tuple[str, str, str] | None:
        line = self.table.item
        if line is None:
            return None
        return line.uuid, line.company, shown.named(line.contact_name or line.caller_name, line.caller)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # What is over is neither hung up nor sent elsewhere.
        return super().check_action(action, parameters) and action not in ("hang_up", "transfer", "tag")


def _cells(line: CallLine, now: float) -> Sequence[str | Cell]:
    who = line.contact_name or line.caller_name or line.caller or "withheld"
    outcome = line.outcome or ("live" if line.ended is None else "not known")
    long = shown.span(line.ended - line.began) if line.ended is not None else ""
    score = "" if line.score is None else str(line.score)
    number = line.caller or "withheld"
    look = LOOKS.get(line.outcome, "")
    began, went = shown.date(line.began, now), line.destination or line.where
    return began, who, number, line.number, line.source, went, Cell(outcome, look), long, score


def _told(wanted: Filter) -> str:
    return " ".join([*(f"{key}:{value}" for key, value in wanted.keys.items()), wanted.words]).strip()
