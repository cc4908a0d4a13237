"""1 Calls: the live calls of every router, as they change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from fsrouter.tui.queries.call_detail import Story, closer
from fsrouter.tui.queries.live import LiveCall, Picture, Watch
from fsrouter.tui.screens.call_actions import Calling
from fsrouter.tui.screens.call_detail import StoryBoard, aside, told
from fsrouter.tui.widgets import text
from fsrouter.tui.widgets.filter import FilterLine
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.text import Told

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

#: Lines that a screen must have for the story of the chosen call to be shown below the calls.
TALL = 40

#: What calls can be sorted by, and what they are compared by then.
SORTS: dict[str, Callable[[LiveCall], object]] = {
    "newest": lambda c: -c.line.began,
    "longest step": lambda c: c.since,
    "caller": lambda c: c.who.casefold(),
    "source": lambda c: (c.line.source.casefold(), c.line.number),
    "where": lambda c: (c.line.where.casefold(), c.since),
}


class Calls(Calling[Picture]):
    """Every live call of every router."""

    MODE = "calls"
    PERIOD = 1.0
    ABOUT = """Every live call of every router: who calls, on which number, where the call stands now and for how long.
STEP is the time in the present step; with a > the step began before we looked. A ? before where it stands means
that its router has not been heard of for 15 seconds. Enter tells the call's story as it unfolds."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="calls.filter", key_display="/"),
        Binding("s", "sort", "Sort", id="calls.sort"),
        Binding("p,space", "pause", "Pause", id="calls.pause"),
        Binding("f", "follow", "Follow", id="calls.follow"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (TALL, "-tall")]  # noqa: RUF012 - as Textual declares it
    DEFAULT_CSS = """
    Calls {
        & #strip { height: 1; padding: 0 1; color: $text-muted; }
        & #counts { width: 1fr; height: 1; }
        & #story { height: 2fr; padding: 0 1; border-top: solid $panel; display: none; }
        &.-tall #story { display: block; }
        & Table { height: 3fr; }
        & #told, & #aside { width: 1fr; height: 1fr; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._watch: Watch | None = None
        self._sort = "newest"
        self._paused = False
        self._follow = False
        self._closer = ""
        self._words: tuple[str, ...] = ()

    def body(self) -> Iterable[Widget]:
        with Horizontal(id="strip"):
            yield Told(id="counts", fixed=True)
        yield Table[LiveCall](COLUMNS, lambda c: c.line.uuid, self._cells, empty="no calls now")
        with Horizontal(id="story"):
            yield Told(id="told", fixed=True)
            yield Told(id="aside", fixed=True)
        yield FilterLine("calls that have all of these words")

    @property
    def table(self) -> Table[LiveCall]:
        """The calls."""
        return self.query_one(Table)

    def painter(self) -> Callable[[], Picture]:
        watch = self._watch = self._watch or Watch(self.dashboard.store)
        company, now, library = self.dashboard.company, self.dashboard.clock(), self.dashboard.library

        def look() -> Picture:
            library.books()
            return watch.look(company, now)

        return look

    def looks_again(self) -> bool:
        return not self._paused

    def show(self, picture: Picture) -> None:
        calls = self._chosen(picture.calls)
        self.table.fill(calls, self._newest(calls) if self._follow else None)
        self.query_one("#counts", Told).tell(text.text(self._strip(picture)))
        self._look_closer()
        said = f"{len(picture.calls)} live"
        said += f", {len(calls)} shown" if self._words else ""
        marks = [f"by {self._sort}", *(["following"] * self._follow)]
        marks += [f"PAUSED at {text.clock(picture.at)}"] if self._paused else []
        self.say(said, " · ".join(marks))

    def _strip(self, picture: Picture) -> str:
        strip, waiting = picture.strip, sum(call.waits for call in picture.calls)
        last = strip.minutes[-2] if len(strip.minutes) > 1 else 0
        told = f"{last}/min  answered {strip.answered}  abandoned {strip.abandoned}  waiting {waiting}"
        return f"{text.sparkline(strip.minutes)} {told}"

    def _chosen(self, calls: Sequence[LiveCall]) -> list[LiveCall]:
        found = [call for call in calls if all(word in _haystack(call) for word in self._words)]
        return sorted(found, key=SORTS[self._sort])  # type: ignore[arg-type]

    def _newest(self, calls: Sequence[LiveCall]) -> str | None:
        return max(calls, key=lambda call: call.line.began).line.uuid if calls else None

    def _cells(self, call: LiveCall) -> Sequence[str | Cell]:
        line, now = call.line, self.picture.at if self.picture else call.since
        look = "good" if call.talks else "alert" if call.waits or call.silent else ""
        where = f"{'? ' * call.silent}{line.where or 'begins'}"
        step = f"{'' if call.sure else '>'}{text.span(now - call.since)}"
        book = self.dashboard.library.known.get(line.company)
        dialled = book.tracking_numbers.get(line.number) if book else None
        came = " · ".join(filter(None, (dialled.name if dialled else "", line.source))) or line.number
        number = line.caller or "withheld"
        all_of_it = text.span(now - line.began)
        tags = ", ".join(line.tags)
        return call.who, number, line.company, came, line.number, Cell(where, look), tags, line.router, step, all_of_it

    @on(FilterLine.Said)
    def _filtered(self, message: FilterLine.Said) -> None:
        self._words = tuple(message.text.casefold().split())
        if self.picture:
            self.show(self.picture)

    # The story of the chosen call, where there is room for it

    @on(Table.Moved)
    def _look_closer(self) -> None:
        """Have the story of the chosen call looked up; while one is, only whether another one is wanted is noted."""
        uuid = self.table.key
        if not self.has_class("-tall"):
            return
        if not uuid:
            self._tell(None)
        elif not self._closer:
            self._closer = uuid
            store, library = self.dashboard.store, self.dashboard.library
            self.work(lambda: closer(store, library, uuid), self._tell)

    def _tell(self, found: Story | None) -> None:
        wanted, self._closer = self._closer, ""
        self.query_one("#told", Told).tell(told(found) if found else Text())
        self.query_one("#aside", Told).tell(aside(found) if found else Text())
        if wanted and wanted != self.table.key:
            self._look_closer()

    @on(Table.Opened)
    def _opened(self, message: Table.Opened) -> None:
        self.app.push_screen(StoryBoard(message.key))

    def action_filter(self) -> None:
        """Show only calls that have some words in them."""
        self.query_one(FilterLine).open()

    def action_sort(self) -> None:
        """Sort by the next thing."""
        names = list(SORTS)
        self._sort = names[(names.index(self._sort) + 1) % len(names)]
        if self.picture:
            self.show(self.picture)

    def action_pause(self) -> None:
        """Let the picture stand still, or go on."""
        self._paused = not self._paused
        if self._paused and self.picture:
            self.show(self.picture)
        else:
            self.reload()

    def action_follow(self) -> None:
        """Keep the newest call chosen."""
        self._follow = not self._follow
        if self.picture:
            self.show(self.picture)

    def call_here(self) -> tuple[str, str, str] | None:
        call = self.table.item
        if call is None:
            return None
        return (
            call.line.uuid,
            call.line.company,
            text.named(call.line.contact_name or call.line.caller_name, call.line.caller),
        )


def _haystack(call: LiveCall) -> str:
    line = call.line
    told = (call.who, line.caller_name, line.caller, line.company, line.number, line.source, line.where, line.router)
    return " ".join((*told, line.agent, line.uuid, *line.tags)).casefold()
