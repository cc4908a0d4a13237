"""8 Routers: whether each lives and how it does, and the night switch: schedules held open or closed by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from fsrouter.engine.times import parse_future
from fsrouter.engine.walk.trace import age
from fsrouter.errors import UsageError
from fsrouter.store.states import Hours
from fsrouter.tui.queries.routers import Picture, Router, load, size
from fsrouter.tui.screens.base import DashboardScreen
from fsrouter.tui.widgets.dialogs import Ask
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.text import TextPane, date_and_time, duration, harmless

ROUTERS = (
    Column("ROUTER", 7, 1, look="strong"),
    Column("ALIVE", 11, 1),
    Column("VERSION", 7),
    Column("UP FOR", 10, wide=110),
    Column("ADDRESS", 15, 1, wide=130),
    Column("CALLS", 5, right=True),
    Column("CALLS/s", 7, right=True),
    Column("LATENCY ms", 10, right=True),
    Column("SYNC", 10, right=True),
    Column("ERRORS", 6, right=True),
    Column("DISK", 8, right=True),
    Column("SWITCHES", 8, wide=90),
    Column("UNWRITTEN", 9, right=True, wide=120),
    Column("WENT WRONG", 20, 2, wide=160),
)
#: Lines of trouble that are shown at most.
TROUBLES = 4
HOURS = (
    Column("SCHEDULE", 12, 1, look="strong"),
    Column("COMPANY", 8, 1, wide=100),
    Column("NOW", 6),
    Column("WHY", 20, 3),
    Column("HELD", 6),
    Column("HELD BY", 8, 1),
    Column("UNTIL", 16),
)


class Routers(DashboardScreen[Picture]):
    """Routers above, the night switch below."""

    MODE = "routers"
    PERIOD = 2.0
    ABOUT = """Routers: each says every five seconds that it lives. LATENCY is how long FreeSWITCH waited for it in the
last minute, the median and what 99 of 100 kept within; SYNC how long ago it last read a CRM; ERRORS what went wrong
since it was started (calls that failed or were refused, connections rejected, records lost); DISK what is free where it
keeps its files; SWITCHES its connections to FreeSWITCH. What is amiss stands below.
The night switch: o holds the chosen schedule open, c closed, u lets go of it; you are asked until when. It is part of
no rule book, and in force from the next call on."""
    WRITES: ClassVar[frozenset[str]] = frozenset({"hold"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "hold('open')", "Hold open", id="schedules.open"),
        Binding("c", "hold('closed')", "Hold closed", id="schedules.closed"),
        Binding("u", "hold('auto')", "Let go", id="schedules.auto"),
        Binding("tab", "other", "Routers/schedules", id="routers.other"),
    ]

    def body(self) -> Iterable[Widget]:
        yield Table[Router](ROUTERS, lambda r: r.node.name, self._router, empty="no router was ever here", id="routers")
        yield TextPane(id="trouble")
        yield Table[Hours](HOURS, lambda h: f"{h.company}/{h.name}", _hours, empty="no schedules", id="hours")
        yield TextPane(id="database", fixed=True)

    def on_mount(self) -> None:
        self.hours.focus()

    @property
    def hours(self) -> Table[Hours]:
        """The schedules."""
        return self.query_one("#hours", Table)

    def loader(self) -> Callable[[], Picture]:
        return partial(load, self.context)

    def show(self, picture: Picture) -> None:
        routers: Table[Router] = self.query_one("#routers", Table)
        routers.styles.height = min(12, max(3, len(picture.routers) + 1))
        routers.fill(picture.routers)
        self.hours.fill(picture.hours)
        troubles = [f"! {router.node.name}: {trouble}" for router in picture.routers for trouble in router.troubles]
        more = [f"  and {len(troubles) - TROUBLES + 1} more"] if len(troubles) > TROUBLES else []
        pane = self.query_one("#trouble", TextPane)
        pane.show(harmless(*troubles[: TROUBLES - len(more)], *more))
        pane.display = bool(troubles)
        alive = sum(router.alive for router in picture.routers)
        held = sum(bool(hours.override) for hours in picture.hours)
        self.query_one("#database", TextPane).show(f"database {picture.database}")
        self.set_status(
            f"{alive} of {len(picture.routers)} routers live",
            f"{held} schedule{'s' * (held != 1)} held by hand" if held else "",
        )

    def _router(self, router: Router) -> Sequence[str | Cell]:
        node, now = router.node, self.context.clock()
        alive = Cell(node.state, "good") if router.alive else Cell(f"silent {duration(now - node.beat)}", "alert")
        up = sum(state for _, state in router.switches)
        switches = Cell(f"{up}/{len(router.switches)} up", "" if up == len(router.switches) else "alert")
        latency = "{:.1f}/{:.1f}".format(*router.latency) if router.latency else ""
        synced = age(now - router.synced) if router.synced else "never"
        wrong = sum(router.errors.values())
        free = size(router.disk) if router.disk is not None else ""
        known = (node.version, age(now - node.started), node.address, str(node.calls), f"{router.rate:.1f}", latency)
        errors = Cell(str(wrong), "alert" if wrong else "")
        unwritten = Cell(str(router.unwritten), "alert" if router.unwritten else "")
        kinds = ", ".join(f"{count} {kind}" for kind, count in router.errors.items())
        return node.name, alive, *known, synced, errors, free, switches, unwritten, kinds

    def action_hold(self, state: str) -> None:
        """Hold the chosen schedule open or closed, or let go of it."""
        hours = self.hours.item
        if hours is None:
            return
        if state == "auto":
            self._hold(hours, state, "")
            return
        dialog = Ask(
            f"Hold {hours.name} of {hours.company} {state} until when?",
            hint="2h, 18:00, 2026-11-23T10:00; nothing for further notice",
            check=partial(self._problem, hours.company),
            optional=True,
        )
        self.ask(dialog, partial(self._hold, hours, state))

    def _problem(self, company: str, text: str) -> str:
        try:
            self._until(company, text)
        except UsageError as error:
            return str(error)
        return ""

    def _until(self, company: str, text: str) -> float | None:
        return parse_future(text, self.context.rulebooks.known[company].header.timezone, self.context.clock())

    def _hold(self, hours: Hours, state: str, text: str) -> None:
        override, end = self.context.store.states.override, self._until(hours.company, text)
        job = partial(override, hours.company, hours.name, state, self.context.who, end)
        now = "goes by its hours" if state == "auto" else f"is held {state}"
        self.run_job(job, lambda done: self.report_change(f"{hours.name} {now}"))


def _hours(hours: Hours) -> Sequence[str | Cell]:
    now = Cell("open" if hours.open else "closed", "good" if hours.open else "dim")
    held = Cell(hours.override, "alert")
    until_then = date_and_time(hours.until) if hours.until else "further notice" if hours.override else ""
    return hours.name, hours.company, now, hours.why, held, hours.who, until_then
