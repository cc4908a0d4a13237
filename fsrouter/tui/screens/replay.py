"""A changed rule book before it is saved: the plan, the calls of the last day that would have gone elsewhere, and the
message to save it with.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from fsrouter.tui.queries.replay import Moved, Replay
from fsrouter.tui.widgets.inputs import InputScreen, LineInput
from fsrouter.tui.widgets.table import Column, Table
from fsrouter.tui.widgets.text import date_and_time, harmless

COLUMNS = (
    Column("BEGAN", 16),
    Column("CALLER", 14, 2, look="strong"),
    Column("NUMBER", 13, wide=90),
    Column("WENT TO", 16, 2),
    Column("WOULD GO TO", 16, 2, look="accent"),
)


class ReplayScreen(InputScreen[str | None]):
    """Returns the message to save the change with, or None for not yet."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back to the draft", id="trial.cancel", priority=True),
    ]

    def __init__(self, replay: Replay) -> None:
        super().__init__()
        self._replay = replay

    def compose(self) -> ComposeResult:
        replay = self._replay
        yield Static("What this changes", markup=False, classes="title")
        with VerticalScroll(id="plan", can_focus=False):
            yield Static(harmless(*str(replay.plan).splitlines()), markup=False)
        more = replay.unknown + (" (no more were tried)" if replay.cut else "")
        moved = f"{len(replay.moved)} of the last day's {replay.calls} calls would have gone elsewhere{more}"
        yield Static(moved, markup=False, classes="title")
        yield Table[Moved](COLUMNS, lambda m: m.uuid, _cells, empty="all go where they went")
        yield Static("Save with which message? enter saves, esc goes back to the draft", markup=False, classes="title")
        yield LineInput(placeholder="what is changed, and why")
        yield Static("", markup=False, id="problem")

    def on_mount(self) -> None:
        self.query_one(Table).fill(self._replay.moved)
        super().on_mount()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())
        else:
            self.query_one("#problem", Static).update("a revision has a message: say what is changed")


def _cells(moved: Moved) -> tuple[str, ...]:
    return date_and_time(moved.began), moved.who, moved.number, moved.was, moved.would
