"""What can be done: `?` shows what a screen is for and every key that works on it, with the id by which it can be given
another; ctrl+p, the palette, offers every action that is there now by its name, then every theme.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from fsrouter.tui.widgets.table import Column, Table
from fsrouter.tui.widgets.text import harmless


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
        names = [screen.app.get_key_display(binding)]
        if binding.id in found:
            names = list(dict.fromkeys([*found[binding.id].key.split(), *names]))
        found[binding.id] = Key(" ".join(names), binding.description, binding.id, binding.action)
    return list(found.values())


class Help(ModalScreen[None]):
    """The help of a screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "Close", id="help.close"),
    ]

    def __init__(self, name: str, about: str, found: Sequence[Key]) -> None:
        super().__init__()
        self._name = name
        self._about = about
        self._found = found

    def compose(self) -> ComposeResult:
        about = f"{self._name}\n{self._about}\nKeys can be given to other actions in keys.toml by the ids at the right."
        yield Static(harmless(*about.splitlines()), markup=False, id="about")
        columns = (Column("KEY", 14, look="strong"), Column("WHAT IT DOES", 24, 1), Column("ID", 20, look="dim"))
        yield Table[Key](columns, lambda k: k.id, lambda k: k[:3])

    def on_mount(self) -> None:
        self.query_one(Table).fill(self._found)


class Choice(NamedTuple):
    """Something that can be done: what it is called, what it says of itself, and how it is done."""

    name: str
    more: str
    run: Callable[[], object]


class Actions(Provider):
    """The actions of the screen that the palette lies on."""

    def _choices(self) -> Iterator[Choice]:
        screen, app = self.screen, self.app
        nodes = {active.binding.id: active.node for active in screen.active_bindings.values()}
        for key in keys(screen):
            if key.id.split(".")[0] not in ("table", "tree"):
                run = partial(app.run_action, key.action, nodes.get(key.id, screen))
                yield Choice(key.does, f"{key.key}  ({key.id})", run)
        for theme in sorted(app.available_themes):
            yield Choice(f"Theme {theme}", "remembered for the next time", partial(setattr, app, "theme", theme))

    async def discover(self) -> Hits:
        """Everything, while nothing is typed."""
        for choice in self._choices():
            yield DiscoveryHit(harmless(choice.name), choice.run, choice.name, choice.more)

    async def search(self, query: str) -> Hits:
        """What matches what is typed."""
        matcher = self.matcher(query)
        for choice in self._choices():
            score = matcher.match(f"{choice.name} {choice.more}")
            if score > 0:
                yield Hit(score, harmless(choice.name), choice.run, choice.name, choice.more)
