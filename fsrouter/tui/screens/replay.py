"""A change that is tried: the plan, the calls of the last day that would have gone elsewhere, and the message to save
it with.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from fsrouter.tui.queries.replay import Moved, Trial
from fsrouter.tui.widgets import text
from fsrouter.tui.widgets.inputs import Asking, Line
from fsrouter.tui.widgets.table import Column, Table

COLUMNS = (
    Column("BEGAN", 16),
    Column("CALLER", 14, 2, look="strong"),
    Column("NUMBER", 13, wide=90),
    Column("WENT TO", 16, 2),
    Column("WOULD GO TO", 16, 2, look="accent"),
)


class TrialScreen(Asking[str | None]):
    """Returns the message to save the change with, or None for not yet."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back to the draft", id="trial.cancel", priority=True),
    ]
    DEFAULT_CSS = """
    TrialScreen { background: $background;
        & .title { height: 1; background: $panel; text-style: bold; padding: 0 1; }
        & #plan { height: auto; max-height: 40%; padding: 0 1; }
        & Input, & Input:focus { border: none; height: 1; padding: 0 1; background: $panel; }
        & #flaw { height: 1; padding: 0 1; color: $text-warning; text-style: bold; }
    }
    """

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self._trial = trial

    def compose(self) -> ComposeResult:
        trial = self._trial
        yield Static("What this changes", markup=False, classes="title")
        with VerticalScroll(id="plan", can_focus=False):
            yield Static(text.lines(str(trial.plan).splitlines()), markup=False)
        told = f"{len(trial.moved)} of the last day's {trial.tried} calls would have gone elsewhere"
        told += " (no more were tried)" if trial.cut else ""
        yield Static(text.text(told), markup=False, classes="title")
        yield Table[Moved](COLUMNS, lambda m: m.uuid, _cells, empty="all go where they went")
        yield Static("Save with which message? enter saves, esc goes back to the draft", markup=False, classes="title")
        yield Line(placeholder="what is changed, and why")
        yield Static("", markup=False, id="flaw")

    def on_mount(self) -> None:
        self.query_one(Table).fill(self._trial.moved)
        super().on_mount()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())
        else:
            self.query_one("#flaw", Static).update("a revision has a message: say what is changed")

    def action_give_up(self) -> None:
        """Do not save."""
        self.dismiss(None)


def _cells(moved: Moved) -> tuple[str, ...]:
    return text.day(moved.began), moved.who, moved.number, moved.was, moved.would
