"""What surrounds every board: which boards there are, how the picture stands, and the keys that work here."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual.app import RenderResult
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from fsrouter.tui.widgets import text


class Place(NamedTuple):
    """A board: its mode, the digit that leads there, and its name."""

    mode: str
    digit: str
    name: str


PLACES = (
    Place("calls", "1", "Calls"),
    Place("queues", "2", "Queues"),
    Place("rules", "3", "Rules"),
    Place("numbers", "4", "Numbers"),
    Place("contacts", "5", "Contacts"),
    Place("history", "6", "History"),
    Place("try", "7", "Try"),
    Place("routers", "8", "Routers"),
)


#: Actions whose keys stand at the right of every foot.
ALWAYS = ("help", "go_anywhere")


class Masthead(Widget):
    """All boards in one line; the one that is looked at stands in brackets, so that colour is not needed."""

    DEFAULT_CSS = """
    Masthead { height: 1; background: $panel; color: $text-muted; }
    """
    aside: reactive[str] = reactive("")

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def render(self) -> RenderResult:
        line = Text(end="", no_wrap=True)
        for place in PLACES:
            here = place.mode == self._mode
            told = f"{place.digit} {place.name}"
            line.append(f"[{told}]" if here else f" {told} ", "bold reverse" if here else "")
        room = self.size.width - cell_len(line.plain)
        if self.aside and room > len(self.aside) + 2:
            line.append(text.fit(self.aside, room - 1, right=True))
        return line


class Status(Widget):
    """How the picture stands: what a board says of it, and when it is old, why and how old."""

    DEFAULT_CSS = """
    Status { height: 1; background: $surface; color: $foreground;
        &.-trouble { background: $warning; color: $text; text-style: bold; }
    }
    """
    said: reactive[str] = reactive("")
    beside: reactive[str] = reactive("")
    trouble: reactive[str] = reactive("")

    def watch_trouble(self, trouble: str) -> None:
        self.set_class(bool(trouble), "-trouble")

    def render(self) -> RenderResult:
        width = self.size.width - 2
        if self.trouble:
            return Text(" " + text.fit(f"! {self.trouble}", width), end="", no_wrap=True)
        right = text.plain(self.beside)
        left = text.fit(self.said, max(0, width - cell_len(right) - 1))
        return Text(f" {left} {right}", end="", no_wrap=True)


class Foot(Widget):
    """The keys that work here, as many as there is room for; `?` tells all of them."""

    DEFAULT_CSS = """
    Foot { height: 1; dock: bottom; background: $panel; color: $text-muted; }
    """

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> RenderResult:
        line = Text(end="", no_wrap=True)
        seen: set[str] = set(ALWAYS)
        always = " ".join(
            f"{self.app.get_key_display(active.binding)} {active.binding.description}"
            for active in self.screen.active_bindings.values()
            if active.binding.action in ALWAYS and active.binding.key != "f1"
        )
        room = self.size.width - len(always) - 2
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.show or binding.action in seen or not active.enabled:
                continue
            seen.add(binding.action)
            key = self.app.get_key_display(binding)
            if cell_len(line.plain) + cell_len(key) + len(binding.description) + 3 > room:
                break
            line.append(f" {key}", "bold")
            line.append(f" {binding.description} ")
        line.append(text.fit(always, max(0, self.size.width - cell_len(line.plain) - 1), right=True), "bold")
        return line
