"""The two dialogs: a question that is answered by yes or no, and a line that is typed with help.

Both lie at the foot of the screen, so that what they are about stays in sight. Both return a value; whoever asks acts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from fsrouter.tui.widgets.inputs import InputScreen, LineInput
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.text import harmless

#: Suggestions that are seen at once, and that are offered at most.
SEEN, OFFERED = 6, 50

#: What a line is completed by: the whole text typed so far in, whole texts out, each with a word on what it is.
Complete = Callable[[str], Sequence[tuple[str, str]]]
#: What is wrong with a line, "" when nothing is.
Check = Callable[[str], str]


def among(choices: Sequence[tuple[str, str]]) -> Complete:
    """Completes from choices: those that begin with what is typed first, then those that have it in them."""

    def complete(text: str) -> Sequence[tuple[str, str]]:
        wanted = text.strip().casefold()
        begin, within = [], []
        for name, about in choices:
            if name.casefold().startswith(wanted):
                begin.append((name, about))
            elif wanted in f"{name} {about}".casefold():
                within.append((name, about))
        return (begin + within)[:OFFERED]

    return complete


def last_among(choices: Sequence[tuple[str, str]]) -> Complete:
    """Completes the last element of a line of several, keeping those before it."""
    matching = among(choices)

    def complete(text: str) -> Sequence[tuple[str, str]]:
        before, comma, word = text.rpartition(",")
        head = f"{before}, " if comma else ""
        return [(head + name, about) for name, about in matching(word)]

    return complete


def _anything(text: str) -> str:
    """Finds nothing wrong."""
    return ""


class Confirm(ModalScreen[bool]):
    """Asks whether something shall be done; only `y` does it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,Y", "dismiss(True)", "Yes", id="confirm.yes"),
        Binding("n,N,escape,enter,q", "dismiss(False)", "No", id="confirm.no"),
    ]

    def __init__(self, question: str, more: Sequence[str] = ()) -> None:
        super().__init__()
        self._question = question
        self._more = more

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(harmless(self._question, style="bold"), markup=False, id="question")
            yield Static(harmless(*self._more), markup=False)
            yield Static("y yes   n no", markup=False, id="keys")

    def on_mount(self) -> None:
        self.app.clear_notifications()  # they would lie on it


class Ask(InputScreen[str | None]):
    """Asks for a line: checked as it is typed, completed from what there is.

    Returns None when the operator gives up, or types nothing where that is not `optional`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Give up", id="ask.cancel", priority=True),
        Binding("up", "choose(-1)", "Up", id="ask.up", show=False, priority=True),
        Binding("down", "choose(1)", "Down", id="ask.down", show=False, priority=True),
        Binding("tab", "take", "Complete", id="ask.complete", priority=True),
    ]

    def __init__(
        self,
        question: str,
        value: str = "",
        *,
        hint: str = "",
        complete: Complete = among(()),  # noqa: B008 - it keeps nothing
        check: Check = _anything,
        optional: bool = False,
    ) -> None:
        super().__init__()
        self.question = question
        self._value = value
        self._hint = hint
        self._complete = complete
        self._check = check
        self._optional = optional

    def compose(self) -> ComposeResult:
        columns = (Column("", 24, 2), Column("", 10, 3, look="dim"))
        with Vertical():
            yield Static(harmless(self.question, style="bold"), markup=False, id="title")
            if self._hint:
                yield Static(harmless(self._hint), markup=False, id="hint")
            yield Table[tuple[str, str]](columns, lambda s: s[0], _suggestion, head=False)
            yield LineInput(
                self._value, placeholder="type here; arrows choose, tab completes, enter takes", select_on_focus=False
            )
            yield Static("", markup=False, id="problem")

    def on_mount(self) -> None:
        self.query_one(Table).can_focus = False
        super().on_mount()
        self._look(self.query_one(Input).value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._look(event.value)

    def _look(self, text: str) -> None:
        """Complete and check what is typed."""
        table: Table[tuple[str, str]] = self.query_one(Table)
        found = list(self._complete(text))
        table.active = False
        table.fill(found)
        table.action_end(-1)
        table.styles.height = min(SEEN, len(found))
        table.display = bool(found)
        self.query_one("#problem", Static).update(harmless(self._check(text) if text else ""))

    def action_choose(self, rows: int) -> None:
        """Choose another suggestion; enter takes it."""
        table = self.query_one(Table)
        if table.active:
            table.action_move(rows)
        table.active = bool(table.items)
        table.refresh()

    def action_take(self) -> None:
        """Complete the line by the suggestion that is chosen."""
        found = self.query_one(Table).item
        if found is not None:
            line = self.query_one(Input)
            line.value = found[0]
            line.cursor_position = len(found[0])

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if self.query_one(Table).active:
            self.action_take()
        text = self.query_one(Input).value.strip()
        problem = self._check(text)
        if problem:
            self.query_one("#problem", Static).update(harmless(problem))
        else:
            self.dismiss(text if text or self._optional else None)


def _suggestion(choice: tuple[str, str]) -> tuple[str, Cell]:
    """A suggestion as it is shown: of a line of several, only the last is new."""
    before, _, new = choice[0].rpartition(", ")
    return f"… {new}" if before else new, Cell(choice[1], "dim")
