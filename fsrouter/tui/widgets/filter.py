"""The line in which a filter is typed: it lies at the foot of a screen, and filters while it is typed."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from fsrouter.tui.widgets.inputs import LineInput


class FilterInput(Widget):
    """Hidden until it is opened; enter keeps the filter, escape takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "No filter", show=False, id="filter.clear"),
    ]

    class Edited(Message):
        """The filter is another one; `text` is all of it."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._hint = hint

    def compose(self) -> ComposeResult:
        yield Static("/", markup=False)
        yield LineInput(placeholder=self._hint, select_on_focus=False)

    def open(self, text: str | None = None) -> None:
        """Have a filter typed, beginning with `text`."""
        self.display = True
        line = self.query_one(Input)
        if text is not None:
            line.value = text
        self.screen.set_focus(line)  # at once: the next key is a letter, and not what the screen makes of it

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.display = bool(event.value)
        self.screen.focus_next("Table")

    def action_clear(self) -> None:
        """Show everything again."""
        self.query_one(Input).value = ""
        self.display = False
        self.screen.focus_next("Table")
