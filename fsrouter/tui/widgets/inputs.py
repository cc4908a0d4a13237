"""Where text is typed. The cursors do not blink: every blink is a repaint, and the line may be slow."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.reactive import reactive
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.widgets import Input, TextArea


class LineInput(Input):
    """A line of text."""

    cursor_blink = reactive(False, init=False)


class TextInput(TextArea):
    """Several lines of text."""

    cursor_blink = reactive(False, init=False)


class InputScreen(ModalScreen[ScreenResultType]):
    """A screen on which a line is typed. What is typed before the line is there is kept for it."""

    _ahead: str | None = ""

    def on_mount(self) -> None:
        line = self.query_one(Input)
        self.app.clear_notifications()  # they would lie on it
        self.set_focus(line)
        ahead, self._ahead = self._ahead, None
        line.insert_text_at_cursor(ahead or "")

    def typed(self, character: str) -> None:
        """A character has been typed that no line has taken."""
        if self._ahead is None:
            self.query_one(Input).insert_text_at_cursor(character)
        else:
            self._ahead += character


def forward_key(screen: Screen[Any], event: events.Key) -> None:
    """Give a key to the line of a screen, when it has one that is being typed in.

    Keys come faster than a line gets them; without this they would do what they do on the screen, or nothing.
    """
    if not (event.character and event.is_printable):
        return
    if isinstance(screen.focused, Input):
        screen.focused.insert_text_at_cursor(event.character)
    elif isinstance(screen, InputScreen):
        screen.typed(event.character)
    else:
        return
    event.stop()
    event.prevent_default()
