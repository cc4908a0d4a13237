"""The YAML of a definition: the same thing as its form, written as in a rules file, and checked as it is typed."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static, TextArea

from fsrouter.engine.model.scalars import Context
from fsrouter.engine.model.schema import Tree
from fsrouter.tui.editing import yaml
from fsrouter.tui.widgets.inputs import TextInput
from fsrouter.tui.widgets.text import harmless

#: Characters of a text that can be edited here; of a longer one the beginning is shown, and it is a file's affair.
LONGEST = 60_000


class Checked(Message):
    """A text has been read: what it means, and what is wrong with it."""

    def __init__(self, text: str, tree: Tree, problems: list[str]) -> None:
        super().__init__()
        self.text, self.tree, self.problems = text, tree, problems


class YamlEditor(Vertical):
    """A text and what is wrong with it. Escape takes it over into the draft when nothing is.

    A text is read in a thread, one at a time, so that keys are answered while a long one is checked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Take over", id="yaml.leave", priority=True),
    ]

    class Edited(Message):
        """The text means another definition; `tree` is None when it is left as it was."""

        def __init__(self, tree: Tree) -> None:
            super().__init__()
            self.tree = tree

    def __init__(self) -> None:
        super().__init__()
        self._section = ""
        self._reading = Context()
        self._before = ""
        self._whole = True
        self._checking = False
        self._checked: Checked | None = None
        self._leaving = False

    def compose(self) -> ComposeResult:
        yield TextInput("", soft_wrap=True, show_line_numbers=True, tab_behavior="indent")
        yield Static("", markup=False, id="problems")

    def open(self, section: str, tree: Tree, context: Context, read_only: bool) -> None:
        """Show a definition."""
        text, self._whole = yaml.begin(tree, LONGEST)
        self._section, self._reading, self._before = section, context, text
        self._checked, self._leaving = None, False
        self._area.read_only = read_only or not self._whole
        if self._area.text != text:
            self._area.load_text(text)
        self._look()

    @property
    def _area(self) -> TextArea:
        return self.query_one(TextArea)

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._look()

    def _look(self) -> None:
        """Say how the text stands; have it read when it is not known yet."""
        text = self._area.text
        if not self._whole:
            self._report(["the beginning only; the rest is for a file: `fsrouter rules export`"])
        elif text == self._before:
            self._report(["as in the form"])
        elif self._checked is not None and self._checked.text == text:
            self._report(self._checked.problems or ["esc takes it over into the draft"])
        elif not self._checking:
            self._checking = True
            self._report(["reading ..."]) if self._checked is None else None
            read, section, context = self._read, self._section, self._reading
            self.run_worker(lambda: read(section, text, context), thread=True, group="read")

    def _report(self, lines: list[str]) -> None:
        self.query_one("#problems", Static).update(harmless(*lines[:4]))

    def _read(self, section: str, text: str, context: Context) -> None:
        self.post_message(Checked(text, *yaml.read(section, text, context)))

    @on(Checked)
    def _was_read(self, message: Checked) -> None:
        message.stop()
        self._checking, self._checked = False, message
        self._look()
        if self._leaving:
            self.action_leave()

    def action_leave(self) -> None:
        """Take the text over, when it is sound or has not changed; when it is being read, after that."""
        text, self._leaving = self._area.text, False
        if text == self._before or not self._whole:
            self.post_message(self.Edited(None))
        elif self._checked is None or self._checked.text != text:
            self._leaving = True
        elif self._checked.problems:
            self.app.bell()
        else:
            self.post_message(self.Edited(self._checked.tree))
