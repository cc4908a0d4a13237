"""The YAML of a definition: the same thing as its form, written as in a rules file, and checked as it is typed."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static, TextArea

from fsrouter.engine.schema import Tree
from fsrouter.engine.values import Context
from fsrouter.tui import shown
from fsrouter.tui.editing import yaml
from fsrouter.tui.line import Page

#: A text that is longer is not edited here; it is a file's affair.
LONGEST = 200_000


class YamlEditor(Vertical):
    """A text and what is wrong with it. Escape takes it over into the draft when nothing is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Take over", id="yaml.leave", priority=True),
    ]
    DEFAULT_CSS = """
    YamlEditor { height: 1fr;
        & TextArea, & TextArea:focus { border: none; height: 1fr; padding: 0; }
        & #flaws { height: auto; max-height: 5; padding: 0 1; color: $text-warning; border-top: solid $panel; }
    }
    """

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

    def compose(self) -> ComposeResult:
        yield Page("", soft_wrap=True, show_line_numbers=True, tab_behavior="indent")
        yield Static("", markup=False, id="flaws")

    def open(self, section: str, tree: Tree, context: Context, read_only: bool) -> None:
        """Show a definition."""
        text = yaml.text(tree)
        area = self.query_one(TextArea)
        self._section, self._reading, self._before = section, context, text
        area.read_only = read_only or len(text) > LONGEST
        if area.text != text:
            area.load_text(text)
        self._look()

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._look()

    def _look(self) -> list[str]:
        """Check what is typed."""
        area = self.query_one(TextArea)
        flaws = yaml.read(self._section, area.text, self._reading)[1] if self._section and not area.read_only else []
        told = flaws or ["esc takes it over into the draft" if area.text != self._before else "as in the form"]
        self.query_one("#flaws", Static).update(shown.lines(told[:4]))
        return flaws

    def action_leave(self) -> None:
        """Take the text over, when it is sound or has not changed."""
        text = self.query_one(TextArea).text
        if text == self._before:
            self.post_message(self.Edited(None))
        elif not self._look():
            self.post_message(self.Edited(yaml.read(self._section, text, self._reading)[0]))
        else:
            self.app.bell()
