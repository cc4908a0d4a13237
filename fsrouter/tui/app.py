"""The dashboard: eight screens, what works on all of them, and what it remembers of its operator.

That is in the data directory. `dashboard.json`, written by the program, has the theme. `keys.toml` is the operator's:
`[keys]`, then `"calls.hangup" = "ctrl+h"` and so on, an action's id and its keys separated by commas; `?` and the
palette show the ids.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from msgspec import Struct
from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from fsrouter.errors import UsageError
from fsrouter.tui import navigation
from fsrouter.tui.context import Context
from fsrouter.tui.navigation import PLACES, Place
from fsrouter.tui.screens.base import DashboardScreen, GoTo
from fsrouter.tui.screens.help import Actions, Help, keys
from fsrouter.tui.widgets import inputs
from fsrouter.tui.widgets.dialogs import Ask, among

THEME_FILE = "dashboard.json"
KEYS_FILE = "keys.toml"


class Preferences(Struct, frozen=True, kw_only=True):
    """The theme by its name, "" for the program's choice, and keys by action id."""

    theme: str = ""
    keys: dict[str, str] = {}


def load_preferences(directory: Path) -> Preferences:
    """What is remembered in a directory. A file of the program that is broken counts as absent; of the operator's
    one UsageError says what is wrong.
    """
    try:
        theme = msgspec.json.decode((directory / THEME_FILE).read_bytes(), type=Preferences).theme
    except (OSError, msgspec.MsgspecError):
        theme = ""
    path = directory / KEYS_FILE
    try:
        keymap = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Preferences).keys
    except FileNotFoundError:
        keymap = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f'{path}: {error}; write [keys], then lines like "calls.hangup" = "ctrl+h"') from None
    return Preferences(theme=theme, keys=keymap)


def save_theme(directory: Path, theme: str) -> None:
    """Remember the theme; where nothing can be written, nothing is."""
    try:
        (directory / THEME_FILE).write_bytes(msgspec.json.encode({"theme": theme}))
    except OSError:
        return


class Dashboard(App[None]):
    """The program. `directory` is where its preferences are; without one nothing is remembered."""

    TITLE = "fsrouter"
    CSS_PATH = "dashboard.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[Any] = {Actions}
    DEFAULT_MODE = "calls"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(place.digit, f"switch_mode('{place.mode}')", place.name, show=False, id=f"go.{place.mode}")
            for place in PLACES
        ),
        Binding("question_mark,f1", "help", "Help", id="app.help"),
        Binding("colon", "go_anywhere", "Go to", id="app.go", key_display=":"),
        Binding("ctrl+p", "command_palette", "All actions", show=False, id="app.palette"),
        Binding("ctrl+t", "company", "Company", show=False, id="app.company"),
        Binding("ctrl+q", "quit", "Quit", show=False, id="app.quit", priority=True),
    ]

    def __init__(self, context: Context, directory: Path | None = None) -> None:
        super().__init__()
        self.animation_level = "none"  # every step of an animation is a repaint, and the line may be slow
        self.context = context
        self._clashes: set[str] = set()
        self._directory = directory
        self._preferences = load_preferences(directory) if directory else Preferences()
        for place in PLACES:
            self.add_mode(place.mode, self._screen(place))

    def _screen(self, place: Place) -> Callable[[], Screen[Any]]:
        """A screen, imported when it is first gone to: what opens is the calls, and at once."""

        def make() -> Screen[Any]:
            module, name = place.screen.split(".")
            screen: Screen[Any] = getattr(import_module(f"fsrouter.tui.screens.{module}"), name)(self.context)
            return screen

        return make

    def on_mount(self) -> None:
        wanted = self._preferences.theme
        if wanted in self.available_themes:
            self.theme = wanted
        self.set_keymap(self._preferences.keys)
        self.watch(self, "theme", self._remember, init=False)

    def _remember(self, theme: str) -> None:
        if self._directory:
            save_theme(self._directory, theme)

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        """Two actions have been given one key."""
        names = ", ".join(sorted(binding.id or binding.action for binding in clashed_bindings))
        if names in self._clashes:
            return
        self._clashes.add(names)
        self.notify(f"keys.toml gives one key to {names}", severity="warning", markup=False)

    def on_key(self, event: events.Key) -> None:
        """A key that nothing on the screen has taken, before it is looked for among the bindings."""
        inputs.forward_key(self.screen, event)

    def on_unmount(self) -> None:
        self.context.stopping.set()

    # Going somewhere

    def action_go_anywhere(self) -> None:
        """Ask where to go, and go there."""
        places = navigation.places(self.context.rulebooks.known)
        self.push_screen(
            Ask(
                "Go to",
                hint="a screen, a definition, a number, a call, or a word to find",
                complete=among(places),
            ),
            lambda where: self.go_to(where) if where else None,
        )

    @on(GoTo)
    def _asked_to_go(self, message: GoTo) -> None:
        self.go_to(message.where)

    def go_to(self, where: str) -> None:
        """Go where a text says, which is one that may be typed at `:`."""
        context = self.context
        books = context.rulebooks.known
        if where in {place.mode for place in PLACES}:
            self.switch_mode(where)
        elif where == navigation.LISTS:
            from fsrouter.tui.screens.lists import Lists

            self.push_screen(Lists(context))
        elif where in books:
            self.look_at(where)
        elif navigation.CALL.fullmatch(where):
            from fsrouter.tui.screens.call_detail import CallDetail

            self.push_screen(CallDetail(context, where))
        elif definition := navigation.definition(books, context.company, where):
            self._find("rules", *definition)
        else:
            self._find("history", where)

    def _find(self, mode: str, *what: str) -> None:
        """Go to a screen, with nothing lying on it, and have it find something."""
        self.switch_mode(mode)
        screen = self.screen_stack[0]
        assert isinstance(screen, DashboardScreen)
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.call_after_refresh(screen.find, *what)

    def action_help(self) -> None:
        """Show what works here."""
        screen = self.screen
        about = screen.ABOUT if isinstance(screen, DashboardScreen) else ""
        name = getattr(screen, "MODE", "") or "fsrouter"
        self.push_screen(Help(name.capitalize(), about, keys(screen)))

    def action_company(self) -> None:
        """Ask which company to look at."""
        books = self.context.rulebooks.known.values()
        choices = [("all", "every company"), *((book.company, book.header.title) for book in books)]
        self.push_screen(Ask("Look at which company?", complete=among(choices), optional=True), self.look_at)

    def look_at(self, company: str | None) -> None:
        """Look at one company, or all; None changes nothing."""
        if company is None:
            return
        if company not in ("", "all", *self.context.rulebooks.known):
            self.notify(f"there is no company {company}", severity="error", markup=False)
            return
        self.context.company = "" if company == "all" else company
        screen = self.screen_stack[0]
        if isinstance(screen, DashboardScreen):
            screen.on_screen_resume()
