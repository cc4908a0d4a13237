"""ctrl+p: every action that is there now, by its name; then every board and every theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider

from fsrouter.tui import shown
from fsrouter.tui.help import keys


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
            yield DiscoveryHit(shown.text(choice.name), choice.run, choice.name, choice.more)

    async def search(self, query: str) -> Hits:
        """What matches what is typed."""
        matcher = self.matcher(query)
        for choice in self._choices():
            score = matcher.match(f"{choice.name} {choice.more}")
            if score > 0:
                told = Text(shown.plain(choice.name))
                yield Hit(score, told, choice.run, choice.name, choice.more)
