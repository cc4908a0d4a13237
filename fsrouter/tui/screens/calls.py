"""1 Calls: the live calls of every router, as they change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from fsrouter.store import CallLine
from fsrouter.tui.context import Context
from fsrouter.tui.queries.call_detail import Detail, load_or_none
from fsrouter.tui.queries.live import LiveCall, Picture, Watch
from fsrouter.tui.screens.call_actions import CallActions
from fsrouter.tui.screens.call_detail import CallDetail, facts_text, trace_text
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.text import TextPane, duration, sparkline, time_of_day

COLUMNS = (
    Column("CALLER", 18, 3, look="strong"),
    Column("NUMBER", 12, 0, wide=100),
    Column("COMPANY", 8, 1, wide=120),
    Column("CALLED · SOURCE", 16, 2),
    Column("DIALLED", 12, 0, wide=140),
    Column("WHERE IT STANDS", 20, 4),
    Column("TAGS", 8, 1, wide=130),
    Column("ROUTER", 8, 1, wide=150),
    Column("STEP", 6, right=True),
    Column("ALL", 6, right=True),
)

#: Lines that a screen must have for the chosen call to be shown in detail below the calls.
TALL = 40

#: What calls can be sorted by, and what they are compared by then.
SORTS: dict[str, Callable[[LiveCall], object]] = {
    "newest": lambda c: -c.line.began,
    "longest step": lambda c: c.since,
    "caller": lambda c: c.who.casefold(),
    "source": lambda c: (c.line.source.casefold(), c.line.number),
    "where": lambda c: (c.line.where.casefold(), c.since),
}


class Calls(CallActions[Picture]):
    """Every live call of every router."""

    MODE = "calls"
    PERIOD = 1.0
    ABOUT = """Every live call of every router: who calls, on which number, where the call stands now and for how long.
STEP is the time in the present step; with a > the step began before we looked. A ? before where it stands means
that its router has not been heard of for 30 seconds. Enter shows the call in detail as it unfolds."""
    FILTER = "calls that have all of these words"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="calls.filter", key_display="/"),
        Binding("s", "sort", "Sort", id="calls.sort"),
        Binding("p,space", "pause", "Pause", id="calls.pause"),
        Binding("f", "follow", "Follow", id="calls.follow"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (TALL, "-tall")]  # noqa: RUF012 - as Textual declares it

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._watch = Watch(context)
        self._sort = "newest"
        self._paused = False
        self._follow = False
        self._detailed = ""

    def body(self) -> Iterable[Widget]:
        with Horizontal(id="strip"):
            yield TextPane(id="counts", fixed=True)
        yield Table[LiveCall](COLUMNS, lambda c: c.line.uuid, self._cells, empty="no calls now")
        with Horizontal(id="detail"):
            yield TextPane(id="trace", fixed=True)
            yield TextPane(id="facts", fixed=True)

    def loader(self) -> Callable[[], Picture]:
        return self._watch.look

    def refreshes(self) -> bool:
        return not self._paused

    def show(self, picture: Picture) -> None:
        calls = self._chosen(picture.calls)
        self.table.fill(calls, self._newest(calls) if self._follow else None)
        self.query_one("#counts", TextPane).show(self._strip(picture))
        self._load_detail()
        shown = f", {len(calls)} shown" if self.words else ""
        marks = [f"by {self._sort}", *(["following"] * self._follow)]
        marks += [f"PAUSED at {time_of_day(picture.at)}"] if self._paused else []
        self.set_status(f"{len(picture.calls)} live{shown}", " · ".join(marks))

    def _strip(self, picture: Picture) -> str:
        strip, waiting = picture.strip, sum(call.waits for call in picture.calls)
        last = strip.minutes[-2] if len(strip.minutes) > 1 else 0
        counts = f"answered {strip.answered}  abandoned {strip.abandoned}  waiting {waiting}"
        return f"{sparkline(strip.minutes)} {last}/min  {counts}"

    def _chosen(self, calls: Sequence[LiveCall]) -> list[LiveCall]:
        return sorted(self.filtered(calls), key=SORTS[self._sort])  # type: ignore[arg-type]

    def _newest(self, calls: Sequence[LiveCall]) -> str | None:
        return max(calls, key=lambda call: call.line.began).line.uuid if calls else None

    def _cells(self, call: LiveCall) -> Sequence[str | Cell]:
        line, now = call.line, self.picture.at if self.picture else call.since
        look = "good" if call.talks else "alert" if call.waits or call.silent else ""
        where = f"{'? ' * call.silent}{line.where or 'begins'}"
        step = f"{'' if call.sure else '>'}{duration(now - call.since)}"
        book = self.context.rulebooks.known.get(line.company)
        dialled = book.tracking_numbers.get(line.number) if book else None
        came = " · ".join(filter(None, (dialled.name if dialled else "", line.source))) or line.number
        number = line.caller or "withheld"
        all_of_it = duration(now - line.began)
        tags = ", ".join(line.tags)
        return call.who, number, line.company, came, line.number, Cell(where, look), tags, line.router, step, all_of_it

    # The chosen call in detail, where there is room for it

    @on(Table.Moved)
    def _load_detail(self) -> None:
        """Have the chosen call looked up; while one is, only whether another one is wanted is noted."""
        uuid = self.table.key
        if not self.has_class("-tall"):
            return
        if not uuid:
            self._show_detail(None)
        elif not self._detailed:
            self._detailed = uuid
            self.run_job(partial(load_or_none, self.context, uuid), self._show_detail)

    def _show_detail(self, detail: Detail | None) -> None:
        loaded, self._detailed = self._detailed, ""
        self.query_one("#trace", TextPane).show(trace_text(detail) if detail else "")
        self.query_one("#facts", TextPane).show(facts_text(detail) if detail else "")
        if loaded and loaded != self.table.key:
            self._load_detail()

    @on(Table.Opened)
    def _opened(self, message: Table.Opened) -> None:
        self.app.push_screen(CallDetail(self.context, message.key))

    def action_sort(self) -> None:
        """Sort by the next thing."""
        names = list(SORTS)
        self._sort = names[(names.index(self._sort) + 1) % len(names)]
        self.redraw()

    def action_pause(self) -> None:
        """Let the picture stand still, or go on."""
        self._paused = not self._paused
        if self._paused and self.picture:
            self.redraw()
        else:
            self.reload()

    def action_follow(self) -> None:
        """Keep the newest call chosen."""
        self._follow = not self._follow
        self.redraw()

    def chosen_call(self) -> CallLine | None:
        call: LiveCall | None = self.table.item
        return call.line if call else None
