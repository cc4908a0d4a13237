"""`?`: what this board is for, and every key that works on it with the id by which it can be given another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from fsrouter.tui import shown
from fsrouter.tui.table import Column, Table


class Key(NamedTuple):
    """A key that works: how it is shown, what it does, the action's id and what is called."""

    key: str
    does: str
    id: str
    action: str


def keys(screen: Screen[object]) -> list[Key]:
    """The keys that work on a screen, nearest first; one action with several keys is one line."""
    found: dict[str, Key] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if not binding.id or not active.enabled:
            continue
        told = screen.app.get_key_display(binding)
        before = found.get(binding.id)
        name = binding.id if before is None else before.id
        key = told if before is None else before.key if told in before.key.split() else f"{before.key} {told}"
        found[name] = Key(key, binding.description, binding.id, active.binding.action)
    return list(found.values())


class Help(ModalScreen[None]):
    """The help of a board."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "Close", id="help.close"),
    ]
    DEFAULT_CSS = """
    Help { background: $background;
        & #about { height: auto; max-height: 50%; padding: 0 1; background: $panel; }
    }
    """

    def __init__(self, name: str, about: str, found: Sequence[Key]) -> None:
        super().__init__()
        self._name = name
        self._about = about
        self._found = found

    def compose(self) -> ComposeResult:
        about = f"{self._name}\n{self._about}\nKeys can be given to other actions in keys.toml by the ids at the right."
        yield Static(shown.lines(about.splitlines()), markup=False, id="about")
        columns = (Column("KEY", 14, look="strong"), Column("WHAT IT DOES", 24, 1), Column("ID", 20, look="dim"))
        yield Table[Key](columns, lambda k: k.id, lambda k: k[:3])

    def on_mount(self) -> None:
        self.query_one(Table).fill(self._found)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
