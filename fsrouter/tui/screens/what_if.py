"""7 Try: a what-if call, and the route that it would take, drawn as a tree with the reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar

from msgspec import Struct
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Static

from fsrouter.engine.model.fact_names import ABOUT_DRAW, DRAW
from fsrouter.errors import RulesError, UsageError
from fsrouter.tui.context import Context
from fsrouter.tui.editing.completion import facts
from fsrouter.tui.queries.what_if import Branch, Route, Typed, route
from fsrouter.tui.screens.base import DashboardScreen, narrow_below
from fsrouter.tui.widgets.dialogs import Ask, last_among
from fsrouter.tui.widgets.inputs import LineInput
from fsrouter.tui.widgets.text import TextPane, sanitize

#: The lines of the form: the name of the value, its label, and what may be typed.
LINES = (
    ("to", "To", "a tracking number"),
    ("caller", "From", "a number, or anonymous"),
    ("at", "When", "2026-11-23T10:00; now when empty"),
    ("given", "Facts", "caller=repeat, previous_score=5, draw=0.4"),
    ("press", "Keys", "1,2 for the menus on the way; - is silence"),
    ("unanswered", "Ring out", "how many attempts get no answer"),
)


class Picture(Struct, frozen=True):
    """The route, or what is wrong with the call."""

    route: Route | None = None
    problem: str = ""


class WhatIf(DashboardScreen[Picture]):
    """A call that is only thought of."""

    MODE = "try"
    PERIOD = 5.0
    ABOUT = """A made-up call: who dials which number, when, what is known of them, which keys they press. The route is
drawn as a tree: what was entered stands below what sent the call there, each with the reason. Nothing is counted, no
turn is taken. Down and up go through the lines; ctrl+o offers what may stand in one."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "offer", "What may stand here", id="try.offer", priority=True),
        Binding("down,enter", "app.focus_next", "Next line", id="try.next", priority=True),
        Binding("up", "app.focus_previous", "Line before", show=False, id="try.previous", priority=True),
        Binding("pagedown", "scroll(10)", "Page down", show=False, id="try.pagedown", priority=True),
        Binding("pageup", "scroll(-10)", "Page up", show=False, id="try.pageup", priority=True),
        Binding("escape", "leave", "Leave the line", id="try.leave"),
    ]
    HORIZONTAL_BREAKPOINTS = narrow_below(120)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._call = Typed()

    def body(self) -> Iterable[Widget]:
        with Vertical(id="call"):
            for name, label, hint in LINES:
                with Horizontal(classes="line"):
                    yield Static(label, markup=False)
                    yield LineInput(placeholder=hint, id=name, select_on_focus=False)
        with VerticalScroll(id="route", can_focus=True):
            yield TextPane()

    def loader(self) -> Callable[[], Picture]:
        return partial(_load, self.context, self._call)

    def refreshes(self) -> bool:
        return bool(self._call.to)

    def show(self, picture: Picture) -> None:
        pane = self.query_one(TextPane)
        if picture.route is None:
            pane.show(picture.problem if self._call.to else "which number is dialled?")
            self.set_status("a made-up call")
            return
        pane.show(drawn(picture.route))
        call = picture.route.call
        self.set_status(f"{call.from_ or 'withheld'} calls {call.to}: {call.destination or 'nobody takes it'}")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        values = {line.id: line.value.strip() for line in self.query("#call Input").results(Input)}
        self._call = Typed(**values)  # type: ignore[arg-type]
        self.reload()

    def action_offer(self) -> None:
        """Choose what stands in this line from what may."""
        line = self.focused
        if isinstance(line, Input):
            complete = last_among(self._choices(line.id or ""))
            self.ask(Ask(f"{line.id}", line.value, complete=complete, optional=True), partial(setattr, line, "value"))

    def _choices(self, name: str) -> list[tuple[str, str]]:
        books = self.context.rulebooks.known.values()
        if name == "to":
            return [(number, t.name) for book in books for number, t in book.tracking_numbers.items()]
        if name == "given":
            known = dict(fact for book in books for fact in facts(book)) | {DRAW: ABOUT_DRAW.about}
            return [(f"{fact}=", about) for fact, about in known.items()]
        return []

    def action_leave(self) -> None:
        """Leave the lines, so that digits go to other screens."""
        self.query_one("#route").focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll the route."""
        self.query_one("#route").scroll_relative(y=lines, animate=False)


def _load(context: Context, call: Typed) -> Picture:
    try:
        return Picture(route(context, call))
    except (RulesError, UsageError) as wrong:
        return Picture(problem=str(wrong))


def drawn(route: Route) -> Text:
    """The route as a tree."""
    page = Text(end="")
    branches, call = route.branches, route.call
    for i, branch in enumerate(branches):
        page.append(_stem(branches, i), "dim")
        page.append(sanitize(branch.at), "bold")
        page.append(f" → {sanitize(branch.outcome)}\n")
        for line in (branch.why, *branch.plan):
            page.append(f"{_under(branches, i)}{sanitize(line)}\n" if line else "", "dim")
    marks = [f"tags {', '.join(call.tags)}"] if call.tags else []
    marks += ["recorded"] if call.record else []
    page.append(f"⇒ {sanitize(call.destination or 'nobody takes it: hung up')}", "bold")
    page.append(f"  {sanitize(', '.join(marks))}\n\n" if marks else "\n\n")
    page.append("Known: ", "bold")
    known = (
        f"{k} {', '.join(v) if isinstance(v, list) else v}" for k, v in call.facts.items() if k not in ("to", "from")
    )
    page.append(sanitize(" · ".join(known)) + "\n")
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
