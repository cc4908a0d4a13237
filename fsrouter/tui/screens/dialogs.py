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

from fsrouter.tui.widgets import text as shown
from fsrouter.tui.widgets.inputs import Asking, Line
from fsrouter.tui.widgets.table import Cell, Column, Table

#: Suggestions that are seen at once, and that are offered at most.
SEEN, OFFERED = 6, 50

#: What a line is completed by: the whole text typed so far in, whole texts out, each with a word on what it is.
Complete = Callable[[str], Sequence[tuple[str, str]]]
#: What is wrong with a line, "" when nothing is.
Check = Callable[[str], str]


def nothing(text: str) -> Sequence[tuple[str, str]]:
    """Completes nothing."""
    return ()


def anything(text: str) -> str:
    """Finds nothing wrong."""
    return ""


class Confirm(ModalScreen[bool]):
    """Asks whether something shall be done; only `y` does it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,Y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,N,escape,enter,q", "answer(False)", "No", id="confirm.no"),
    ]
    DEFAULT_CSS = """
    Confirm { align: center bottom; background: $background 40%;
        & > Vertical { height: auto; max-height: 80%; border: heavy $warning; background: $surface; padding: 0 1; }
        & #keys { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(self, question: str, more: Sequence[str] = ()) -> None:
        super().__init__()
        self._question = question
        self._more = more

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(shown.text(self._question, "bold"), markup=False, id="question")
            yield Static(shown.lines(list(self._more)), markup=False)
            yield Static("y yes   n no", markup=False, id="keys")

    def on_mount(self) -> None:
        self.app.clear_notifications()  # they would lie on it

    def action_answer(self, yes: bool) -> None:
        """Answer."""
        self.dismiss(yes)


class Ask(Asking[str | None]):
    """Asks for a line: checked as it is typed, completed from what there is. Returns None when it is given up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Give up", id="ask.cancel", priority=True),
        Binding("up", "choose(-1)", "Up", id="ask.up", show=False, priority=True),
        Binding("down", "choose(1)", "Down", id="ask.down", show=False, priority=True),
        Binding("tab", "take", "Complete", id="ask.complete", priority=True),
    ]
    DEFAULT_CSS = """
    Ask { align: center bottom; background: $background 20%;
        & > Vertical { height: auto; border: heavy $accent; background: $surface; padding: 0 1; }
        & Input, & Input:focus { border: none; height: 1; padding: 0; background: $panel; }
        & Table { height: auto; max-height: 6; }
        & #says { color: $text-muted; }
        & #flaw { color: $text-warning; text-style: bold; height: auto; max-height: 3; }
    }
    """

    def __init__(
        self,
        title: str,
        value: str = "",
        *,
        says: str = "",
        complete: Complete = nothing,
        check: Check = anything,
    ) -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._says = says
        self._complete = complete
        self._check = check
        self._chosen = False

    def compose(self) -> ComposeResult:
        columns = (Column("", 24, 2), Column("", 10, 3, look="dim"))
        with Vertical():
            yield Static(shown.text(self._title, "bold"), markup=False, id="title")
            if self._says:
                yield Static(shown.text(self._says), markup=False, id="says")
            yield Table[tuple[str, str]](columns, lambda s: s[0], _suggestion, head=False)
            yield Line(
                self._value, placeholder="type here; arrows choose, tab completes, enter takes", select_on_focus=False
            )
            yield Static("", markup=False, id="flaw")

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
        self._chosen = table.taken = False
        table.fill(found)
        table.action_end(-1)
        table.styles.height = min(SEEN, len(found))
        table.display = bool(found)
        self.query_one("#flaw", Static).update(shown.text(self._check(text) if text else ""))

    def action_choose(self, rows: int) -> None:
        """Choose another suggestion; enter takes it."""
        table = self.query_one(Table)
        if self._chosen:
            table.action_move(rows)
        self._chosen = table.taken = bool(table.items)
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
        if self._chosen:
            self.action_take()
        text = self.query_one(Input).value.strip()
        flaw = self._check(text)
        if flaw:
            self.query_one("#flaw", Static).update(shown.text(flaw))
        else:
            self.dismiss(text)

    def action_give_up(self) -> None:
        """Ask no more."""
        self.dismiss(None)


def _suggestion(choice: tuple[str, str]) -> tuple[str, Cell]:
    """A suggestion as it is shown: of a line of several, only the last is new."""
    before, _, new = choice[0].rpartition(", ")
    return f"… {new}" if before else new, Cell(choice[1], "dim")


def among(choices: Sequence[tuple[str, str]]) -> Complete:
    """Completes from choices: those that begin with what is typed first, then those that have it in them."""

    def complete(text: str) -> Sequence[tuple[str, str]]:
        wanted = text.strip().casefold()
        begin = [c for c in choices if c[0].casefold().startswith(wanted)]
        within = [
            c
            for c in choices
            if not c[0].casefold().startswith(wanted) and (wanted in c[0].casefold() or wanted in c[1].casefold())
        ]
        return (begin + within)[:OFFERED]

    return complete
