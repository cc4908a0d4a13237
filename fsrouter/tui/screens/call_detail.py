"""The story of one call, as it unfolds: trace, attempts, facts, and what is still ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from fsrouter.store import CallRecord
from fsrouter.tui.queries.call_detail import Story, story
from fsrouter.tui.screens.base import narrow_below
from fsrouter.tui.screens.call_actions import Calling
from fsrouter.tui.widgets import text
from fsrouter.tui.widgets.text import Told


class StoryBoard(Calling[Story]):
    """One call."""

    MODE = "story"
    PERIOD = 1.0
    ABOUT = """The story of one call: what was known of the caller, everything that looked at the call with what it
decided and why, whom it rang, and, while it goes on, who would be tried from here on if nobody takes it."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "Back", id="story.back"),
        Binding("j,down", "scroll(1)", "Down", show=False, id="story.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="story.up"),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False, id="story.pagedown"),
        Binding("pageup", "scroll(-10)", "Page up", show=False, id="story.pageup"),
    ]
    HORIZONTAL_BREAKPOINTS = narrow_below(120)
    DEFAULT_CSS = """
    StoryBoard {
        & Horizontal { height: 1fr; }
        & #told { width: 3fr; padding: 0 1; }
        & #aside { width: 2fr; padding: 0 1; border-left: solid $panel; }
        &.-narrow Horizontal { layout: vertical; }
        &.-narrow #told, &.-narrow #aside { width: 1fr; height: auto; border: none; }
        & Told { width: 1fr; }
    }
    """

    def __init__(self, uuid: str) -> None:
        super().__init__()
        self._uuid = uuid

    @property
    def above(self) -> str:
        """The board from which the story was asked for."""
        return self.app.current_mode

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=True, id="page"), Horizontal():
            yield Told(id="told")
            yield Told(id="aside")

    def painter(self) -> Callable[[], Story]:
        store, library, uuid = self.dashboard.store, self.dashboard.library, self._uuid
        return lambda: story(store, library, uuid)

    def looks_again(self) -> bool:
        return self.picture is None or self.picture.record.ended is None

    def show(self, picture: Story) -> None:
        record = picture.record
        self.query_one("#told", Told).tell(told(picture))
        self.query_one("#aside", Told).tell(aside(picture))
        now = self.dashboard.clock() if record.ended is None else record.ended
        state = f"live, {record.where or 'begins'}" if record.ended is None else record.outcome or "outcome not known"
        self.say(f"{name(record)}: {state}", text.span(now - record.began))

    def call_here(self) -> tuple[str, str, str] | None:
        if self.picture is None:
            return None
        record = self.picture.record
        return record.uuid, record.company, name(record)

    def action_back(self) -> None:
        """Go back to the list."""
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        """Scroll the story."""
        self.query_one("#page").scroll_relative(y=lines, animate=False)


def name(record: CallRecord) -> str:
    """A call as people call it."""
    return text.named(record.contact_name or record.caller_name, record.caller)


def told(picture: Story) -> Text:
    """The story, the steps standing out from the reasons."""
    page = Text(end="")
    for line in picture.told:
        step = line[:3].strip().isdigit() or line.startswith("  =>")
        page.append(text.plain(line) + "\n", "bold" if step else "")
    if picture.ahead or picture.note:
        page.append("\nStill ahead, if nobody takes it\n", "bold underline")
        for i, line in enumerate(picture.ahead):
            page.append(f"  {'then ' * bool(i)}{text.plain(line)}\n")
        if picture.note:
            page.append(f"  {text.plain(picture.note)}\n")
    return page


def aside(picture: Story) -> Text:
    """The call's own data, its attempts and its facts, one a line."""
    record = picture.record
    page = Text(end="")
    began = record.began
    rows = [
        ("began", text.day(began)),
        (
            "answered",
            f"after {text.span(record.answered - began)}"
            if record.answered
            else "not yet"
            if record.ended is None
            else "no",
        ),
        ("ended", f"after {text.span(record.ended - began)}" if record.ended else "goes on"),
        ("agent", record.agent),
        ("cause", record.cause),
        ("score", "" if record.score is None else str(record.score)),
        ("recording", record.recording),
        ("router", record.router),
        ("revision", str(record.revision)),
        ("call", record.uuid),
    ]
    _section(page, "The call", rows)
    tried = [(", ".join(a["targets"]), f"{a['ring']} s, {a['outcome']}") for a in record.attempts]
    _section(page, "Attempts", tried)
    facts = [(k, ", ".join(map(str, v)) if isinstance(v, list) else str(v)) for k, v in record.facts.items()]
    _section(page, "Known", facts)
    return page


def _section(page: Text, title: str, rows: list[tuple[str, str]]) -> None:
    rows = [(key, value) for key, value in rows if value]
    if rows:
        page.append(f"{title}\n", "bold underline")
        for key, value in rows:
            page.append(f"  {text.fit(key, max(12, len(key)))}  ", "dim")
            page.append(f"{text.plain(value)}\n")
        page.append("\n")
