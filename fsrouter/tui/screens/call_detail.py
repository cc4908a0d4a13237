"""One call in detail, as it unfolds: trace, attempts, facts, and what is still ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from fsrouter.engine.walk.trace import Attempt, by_gateways
from fsrouter.store import CallLine, CallRecord
from fsrouter.tui.context import Context
from fsrouter.tui.queries.call_detail import Detail, load
from fsrouter.tui.screens.base import narrow_below
from fsrouter.tui.screens.call_actions import CallActions
from fsrouter.tui.screens.list_entry import choose_a_list, put_on_a_list
from fsrouter.tui.widgets.text import TextPane, caller_of, date_and_time, duration, fit, sanitize


class CallDetail(CallActions[Detail]):
    """One call."""

    MODE = "call detail"
    PERIOD = 1.0
    ABOUT = """One call in detail: what was known of the caller, everything that looked at the call with what it
decided and why, whom it rang, and, while it goes on, who would be tried from here on if nobody takes it."""
    WRITES: ClassVar[frozenset[str]] = CallActions.WRITES | {"list"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "list", "Add to list", id="story.list"),
        Binding("escape,q", "dismiss", "Back", id="story.back"),
        Binding("j,down", "scroll(1)", "Down", show=False, id="story.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="story.up"),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False, id="story.pagedown"),
        Binding("pageup", "scroll(-10)", "Page up", show=False, id="story.pageup"),
    ]
    HORIZONTAL_BREAKPOINTS = narrow_below(120)

    def __init__(self, context: Context, uuid: str) -> None:
        super().__init__(context)
        self._uuid = uuid

    @property
    def above(self) -> str:
        """The screen from which the call was chosen."""
        return self.app.current_mode

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=True, id="page"), Horizontal():
            yield TextPane(id="trace")
            yield TextPane(id="facts")

    def loader(self) -> Callable[[], Detail]:
        return partial(load, self.context, self._uuid)

    def refreshes(self) -> bool:
        return self.picture is None or self.picture.record.ended is None

    def show(self, picture: Detail) -> None:
        record = picture.record
        self.query_one("#trace", TextPane).show(trace_text(picture))
        self.query_one("#facts", TextPane).show(facts_text(picture))
        now = self.context.clock() if record.ended is None else record.ended
        state = f"live, {record.where or 'begins'}" if record.ended is None else record.outcome or "outcome not known"
        self.set_status(f"{caller_of(record)}: {state}", duration(now - record.began))

    def chosen_call(self) -> CallLine | None:
        return self.picture.record if self.picture else None

    def action_list(self) -> None:
        """Put the caller on a list."""
        call, book = self._call_and_book()
        if call and book:
            value = call.caller if call.caller.startswith("+") else f"contact:{call.contact}" if call.contact else ""
            put = partial(put_on_a_list, self, book, value=value)
            choose_a_list(self, book, f"Put {caller_of(call)} on which list?", put)

    def action_scroll(self, lines: int) -> None:
        """Scroll the page."""
        self.query_one("#page").scroll_relative(y=lines, animate=False)


def trace_text(picture: Detail) -> Text:
    """The trace, the steps standing out from the reasons."""
    page = Text(end="")
    for line in picture.lines:
        step = line[:3].strip().isdigit() or line.startswith("  =>")
        page.append(sanitize(line) + "\n", "bold" if step else "")
    if picture.ahead or picture.note:
        page.append("\nStill ahead, if nobody takes it\n", "bold underline")
        for i, line in enumerate(picture.ahead):
            page.append(f"  {'then ' * bool(i)}{sanitize(line)}\n")
        if picture.note:
            page.append(f"  {sanitize(picture.note)}\n")
    return page


def facts_text(picture: Detail) -> Text:
    """The call's own data, its attempts and its facts, one a line."""
    record = picture.record
    page = Text(end="")
    rows = [
        ("began", date_and_time(record.began)),
        ("answered", _after(record, record.answered) or ("not yet" if record.ended is None else "no")),
        ("ended", _after(record, record.ended) or "goes on"),
        ("agent", record.agent),
        ("cause", record.cause),
        ("price", "" if record.price is None else f"{record.price:f} {record.currency} a minute"),
        ("cost", "" if record.cost is None else f"{record.cost:f} {record.currency}"),
        ("score", "" if record.score is None else str(record.score)),
        ("recording", record.recording),
        ("router", record.router),
        ("revision", str(record.revision)),
        ("call", record.uuid),
    ]
    _section(page, "The call", rows)
    tried = [(", ".join(a.targets), f"{a.ring} s, {a.outcome}{_by(a)}") for a in record.attempts]
    _section(page, "Attempts", tried)
    facts = [(k, ", ".join(v) if isinstance(v, list) else v) for k, v in record.known().items()]
    _section(page, "Known", facts)
    return page


def _by(attempt: Attempt) -> str:
    """By which gateways a number was tried that rang alone; in words, "" where there is but one."""
    return by_gateways(attempt.legs[0]) if len(attempt.legs) == 1 else ""


def _after(record: CallRecord, moment: float | None) -> str:
    return f"after {duration(moment - record.began)}" if moment else ""


def _section(page: Text, title: str, rows: list[tuple[str, str]]) -> None:
    rows = [(key, value) for key, value in rows if value]
    if rows:
        page.append(f"{title}\n", "bold underline")
        for key, value in rows:
            page.append(f"  {fit(key, max(12, len(key)))}  ", "dim")
            page.append(f"{sanitize(value)}\n")
        page.append("\n")
