"""7 Try: a made-up call, and the route that it would take, drawn as a tree with the reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Static

from fsrouter.engine.model import fact_names
from fsrouter.errors import RulesError, UsageError
from fsrouter.tui.editing.completion import last
from fsrouter.tui.queries.what_if import Branch, Outcome, Typed, suppose
from fsrouter.tui.screens.base import Board, narrow_below
from fsrouter.tui.screens.dialogs import Ask
from fsrouter.tui.widgets import text as shown
from fsrouter.tui.widgets.inputs import Line
from fsrouter.tui.widgets.text import Told

#: What is asked: the name of the value, its label, and what may be typed.
ASKED = (
    ("to", "To", "a tracking number"),
    ("caller", "From", "a number, or anonymous"),
    ("at", "When", "2026-11-23T10:00; now when empty"),
    ("given", "Facts", "caller=repeat, previous_score=5, draw=0.4"),
    ("press", "Keys", "1,2 for the menus on the way; - is silence"),
    ("unanswered", "Ring out", "how many attempts get no answer"),
)


class Picture(Outcome, frozen=True):
    """The route, or what is wrong with the call."""

    wrong: str = ""


class Try(Board[Picture]):
    """A made-up call."""

    MODE = "try"
    PERIOD = 5.0
    ABOUT = """A made-up call: who dials which number, when, what is known of them, which keys they press. The route is
drawn as a tree: what was entered stands below what sent the call there, each with the reason. Nothing is counted, no
turn is taken. Down and up go through the lines; ctrl+o offers what may stand in one."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "offer", "What may stand here", id="try.offer", priority=True),
        Binding("down,enter", "next", "Next line", id="try.next", priority=True),
        Binding("up", "previous", "Line before", show=False, id="try.previous", priority=True),
        Binding("pagedown", "scroll(10)", "Page down", show=False, id="try.pagedown", priority=True),
        Binding("pageup", "scroll(-10)", "Page up", show=False, id="try.pageup", priority=True),
        Binding("escape", "leave", "Leave the line", id="try.leave"),
    ]
    HORIZONTAL_BREAKPOINTS = narrow_below(120)
    DEFAULT_CSS = """
    Try {
        & #call { height: auto; background: $panel; padding: 0 1; }
        & .line { height: 1; width: 1fr; }
        & .line Static { width: 9; color: $text-muted; }
        & Input, & Input:focus { border: none; height: 1; padding: 0; width: 1fr; background: $panel; }
        & Input:focus { background: $surface; text-style: bold; }
        & #route { height: 1fr; padding: 0 1; }
        & #route Told { width: 1fr; height: auto; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._call = Typed()

    def body(self) -> Iterable[Widget]:
        with Vertical(id="call"):
            for name, label, says in ASKED:
                with Horizontal(classes="line"):
                    yield Static(label, markup=False)
                    yield Line(placeholder=says, id=name, select_on_focus=False)
        with VerticalScroll(id="route", can_focus=True):
            yield Told()

    def painter(self) -> Callable[[], Picture]:
        app, call = self.dashboard, self._call
        now = app.clock()

        def paint() -> Picture:
            app.library.books()
            try:
                found = suppose(app.store, app.library, call, now)
            except (RulesError, UsageError) as wrong:
                return Picture({}, (), str(wrong))
            return Picture(found.story, found.branches)

        return paint

    def looks_again(self) -> bool:
        return bool(self._call.to)

    def show(self, picture: Picture) -> None:
        page = self.query_one(Told)
        if picture.wrong:
            page.tell(shown.text(picture.wrong if self._call.to else "which number is dialled?"))
            self.say("a made-up call")
            return
        page.tell(drawn(picture))
        story = picture.story
        self.say(f"{story['from'] or 'withheld'} calls {story['to']}: {story['destination'] or 'nobody takes it'}")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        values = {line.id: line.value.strip() for line in self.query("#call Input").results(Input)}
        self._call = Typed(**values)  # type: ignore[arg-type]
        self.reload()

    def action_offer(self) -> None:
        """Choose what stands in this line from what may."""
        line = self.focused
        if isinstance(line, Input):
            ask = Ask(f"{line.id}", line.value, complete=last(self._choices(line.id or "")))
            self.app.push_screen(ask, partial(self._take, line))

    def _take(self, line: Input, text: str | None) -> None:
        if text is not None:
            line.value = text

    def _choices(self, name: str) -> list[tuple[str, str]]:
        books = self.dashboard.library.known.values()
        if name == "to":
            return [(number, t.name) for book in books for number, t in book.tracking_numbers.items()]
        if name == "given":
            return [(f"{fact}=", says) for fact, says in fact_names.NAMES.items()]
        return []

    def action_next(self) -> None:
        """Go to the next line."""
        self.focus_next()

    def action_previous(self) -> None:
        """Go to the line before."""
        self.focus_previous()

    def action_leave(self) -> None:
        """Leave the lines, so that digits go to other boards."""
        self.query_one("#route").focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll the route."""
        self.query_one("#route").scroll_relative(y=lines, animate=False)


def drawn(picture: Outcome) -> Text:
    """The route as a tree."""
    page = Text(end="")
    branches = picture.branches
    for i, branch in enumerate(branches):
        stem = _stem(branches, i)
        page.append(stem, "dim")
        page.append(shown.plain(branch.at), "bold")
        page.append(f" → {shown.plain(branch.outcome)}\n")
        if branch.why:
            page.append(f"{_under(branches, i)}{shown.plain(branch.why)}\n", "dim")
    story = picture.story
    marks = [f"tags {', '.join(story['tags'])}"] if story["tags"] else []
    marks += ["recorded"] if story["record"] else []
    page.append(f"⇒ {shown.plain(story['destination'] or 'nobody takes it: hung up')}", "bold")
    page.append(f"  {shown.plain(', '.join(marks))}\n\n" if marks else "\n\n")
    page.append("Known: ", "bold")
    known = (
        f"{k} {', '.join(v) if isinstance(v, list) else v}"
        for k, v in story["facts"].items()
        if k not in ("to", "from")
    )
    page.append(shown.plain(" · ".join(known)) + "\n")
    return page


def _continues(branches: tuple[Branch, ...], i: int, depth: int) -> bool:
    """Whether something of the same parent at a depth comes after a line."""
    for branch in branches[i + 1 :]:
        if branch.depth == depth:
            return True
        if branch.depth < depth:
            return False
    return False


def _stem(branches: tuple[Branch, ...], i: int) -> str:
    depth = branches[i].depth
    if not depth:
        return ""
    rails = "".join("│  " if _continues(branches, i, level) else "   " for level in range(1, depth))
    return rails + ("├─ " if _continues(branches, i, depth) else "└─ ")


def _under(branches: tuple[Branch, ...], i: int) -> str:
    depth = branches[i].depth
    rails = "".join("│  " if _continues(branches, i, level) else "   " for level in range(1, depth + 1))
    return rails + ("│  " if i + 1 < len(branches) and branches[i + 1].depth > depth else "   ")
