"""The dashboard: eight boards, and what works on all of them.

What the dashboard remembers of its operator, in the data directory: the theme, and other keys for actions.

`dashboard.json` is written by the program. `keys.toml` is the operator's: `[keys]`, then `"calls.hangup" = "ctrl+h"`
and so on, an action's id and its keys separated by commas; `?` and the palette tell the ids.
"""

from __future__ import annotations

import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from msgspec import Struct
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from fsrouter.errors import UsageError
from fsrouter.store import Store
from fsrouter.tui import goto
from fsrouter.tui.queries.rulebooks import Library
from fsrouter.tui.screens.base import Board
from fsrouter.tui.screens.dialogs import Ask, among
from fsrouter.tui.screens.help import Actions, Help, keys
from fsrouter.tui.widgets import inputs
from fsrouter.tui.widgets.frame import PLACES


def _board(mode: str) -> Callable[[], Screen[Any]]:
    """A board, imported when it is first gone to: what opens is the calls, and at once."""

    def make() -> Screen[Any]:
        from importlib import import_module

        module, name = BOARDS[mode]
        board: Screen[Any] = getattr(import_module(f"fsrouter.tui.screens.{module}"), name)()
        return board

    return make


BOARDS = {
    "calls": ("calls", "Calls"),
    "queues": ("queues", "Queues"),
    "rules": ("rules", "Rules"),
    "numbers": ("numbers", "Numbers"),
    "contacts": ("contacts", "Contacts"),
    "history": ("history", "History"),
    "try": ("what_if", "Try"),
    "routers": ("routers", "Routers"),
}


class Dashboard(App[None]):
    """The program. `company` is the one that is looked at, "" for all; `who` the operator; `clock` gives the epoch."""

    TITLE = "fsrouter"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[Any] = {Actions}
    MODES: ClassVar[dict[str, Any]] = {mode: _board(mode) for mode in BOARDS}
    DEFAULT_MODE = "calls"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(place.digit, f"board('{place.mode}')", place.name, show=False, id=f"go.{place.mode}")
            for place in PLACES
        ),
        Binding("question_mark,f1", "help", "Help", id="help"),
        Binding("colon", "go_anywhere", "Go to", id="go", key_display=":"),
        Binding("ctrl+p", "command_palette", "All actions", show=False, id="palette"),
        Binding("ctrl+t", "company", "Company", show=False, id="company"),
        Binding("ctrl+q", "quit", "Quit", show=False, id="quit", priority=True),
    ]
    CSS = """
    * { scrollbar-size-vertical: 1; }
    Toast { max-width: 76; }
    """

    def __init__(
        self,
        store: Store,
        who: str,
        *,
        read_only: bool = False,
        directory: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.animation_level = "none"  # every step of an animation is a repaint, and the line may be slow
        self.store = store
        self.library = Library(store)
        self.who = who
        self.read_only = read_only
        self.clock = clock
        self.company = ""
        self.stopping = threading.Event()
        self._clashes: set[str] = set()
        self._directory = directory
        self._preferences = load(directory) if directory else Preferences()

    @property
    def aside(self) -> str:
        """What stands at the right of the masthead where there is room."""
        return " · ".join(filter(None, (self.company, "read-only" if self.read_only else "", self.who)))

    def on_mount(self) -> None:
        wanted = self._preferences.theme
        if wanted in self.available_themes:
            self.theme = wanted
        self.set_keymap(self._preferences.keys)
        self.watch(self, "theme", self._remember, init=False)

    def _remember(self, theme: str) -> None:
        if self._directory:
            remember(self._directory, theme)

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        """Two actions have been given one key."""
        names = ", ".join(sorted(binding.id or binding.action for binding in clashed_bindings))
        if names in self._clashes:
            return
        self._clashes.add(names)
        self.notify(f"keys.toml gives one key to {names}", severity="warning", markup=False)

    def on_key(self, event: events.Key) -> None:
        """A key that nothing on the screen has taken, before it is looked for among the bindings."""
        inputs.take(self.screen, event)

    def on_unmount(self) -> None:
        self.stopping.set()

    def go(self, mode: str) -> Board[Any]:
        """Go to a board. Returns it."""
        self.switch_mode(mode)
        board = self.screen_stack[0]
        assert isinstance(board, Board)
        while len(self.screen_stack) > 1:
            self.pop_screen()
        return board

    def action_board(self, mode: str) -> None:
        """Go to a board; what lies on it stays as it was."""
        self.switch_mode(mode)

    def action_help(self) -> None:
        """Tell what works here."""
        screen = self.screen
        about = screen.ABOUT if isinstance(screen, Board) else ""
        name = getattr(screen, "MODE", "") or "fsrouter"
        self.push_screen(Help(name.capitalize(), about, keys(screen)))

    def action_go_anywhere(self) -> None:
        """Ask where to go, and go there."""
        places = goto.places(self.library.known)
        self.push_screen(
            Ask("Go to", says="a board, a definition, a number, a call, or a word to find", complete=among(places)),
            self._gone,
        )

    def _gone(self, where: str | None) -> None:
        if where:
            goto.go(self, where)

    def action_company(self) -> None:
        """Ask which company to look at."""
        choices = [("all", "every company"), *((b.company, b.header.title) for b in self.library.known.values())]
        self.push_screen(Ask("Look at which company?", complete=among(choices)), self.look_at)

    def look_at(self, company: str | None) -> None:
        """Look at one company, or all; None changes nothing."""
        if company is None:
            return
        if company not in ("", "all", *self.library.known):
            self.notify(f"there is no company {company}", severity="error", markup=False)
            return
        self.company = "" if company == "all" else company
        screen = self.screen_stack[0]
        if isinstance(screen, Board):
            screen.on_screen_resume()


REMEMBERED = "dashboard.json"
KEYS = "keys.toml"


class Preferences(Struct, frozen=True, kw_only=True):
    """The theme by its name, "" for the program's choice, and keys by action id."""

    theme: str = ""
    keys: dict[str, str] = {}


class _Remembered(Struct):
    theme: str = ""


class _Keys(Struct):
    keys: dict[str, str] = {}


def load(directory: Path) -> Preferences:
    """What is remembered in a directory. A file of the program that is broken counts as absent; of the operator's
    one UsageError tells what is wrong.
    """
    try:
        remembered = msgspec.json.decode((directory / REMEMBERED).read_bytes(), type=_Remembered)
    except (OSError, msgspec.MsgspecError):
        remembered = _Remembered()
    return Preferences(theme=remembered.theme, keys=_keys(directory / KEYS))


def remember(directory: Path, theme: str) -> None:
    """Remember the theme; where nothing can be written, nothing is."""
    try:
        (directory / REMEMBERED).write_bytes(msgspec.json.encode(_Remembered(theme)))
    except OSError:
        return


def _keys(path: Path) -> dict[str, str]:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Keys).keys
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f'{path}: {error}; write [keys], then lines like "calls.hangup" = "ctrl+h"') from None
