"""Where text is typed. The cursors do not blink: every blink is a repaint, and the line may be slow."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input, TextArea


class Line(Input):
    """A line of text."""

    cursor_blink = reactive(False, init=False)


class Page(TextArea):
    """Several lines of text."""

    cursor_blink = reactive(False, init=False)
