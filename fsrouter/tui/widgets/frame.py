"""What surrounds every screen: which screens there are, how the picture stands, and the keys that work here."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.app import RenderResult
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from fsrouter.tui.navigation import PLACES
from fsrouter.tui.widgets.text import fit, sanitize

#: Actions whose keys stand at the right of every foot.
ALWAYS = ("help", "go_anywhere")


class Masthead(Widget):
    """All screens in one line; the one that is looked at stands in brackets, so that colour is not needed."""

    aside: reactive[str] = reactive("")

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def render(self) -> RenderResult:
        line = Text(end="", no_wrap=True)
        for place in PLACES:
            here = place.mode == self._mode
            name = f"{place.digit} {place.name}"
            line.append(f"[{name}]" if here else f" {name} ", "bold reverse" if here else "")
        room = self.size.width - cell_len(line.plain)
        if self.aside and room > len(self.aside) + 2:
            line.append(fit(self.aside, room - 1, right=True))
        return line


class Status(Widget):
    """How the picture stands: what a screen says of it, and when it is old, why and how old."""

    text: reactive[str] = reactive("")
    beside: reactive[str] = reactive("")
    trouble: reactive[str] = reactive("")

    def watch_trouble(self, trouble: str) -> None:
        self.set_class(bool(trouble), "-trouble")

    def render(self) -> RenderResult:
        width = self.size.width - 2
        if self.trouble:
            return Text(" " + fit(f"! {self.trouble}", width), end="", no_wrap=True)
        right = sanitize(self.beside)
        left = fit(self.text, max(0, width - cell_len(right) - 1))
        return Text(f" {left} {right}", end="", no_wrap=True)


class Foot(Widget):
    """The keys that work here, as many as there is room for; `?` shows all of them."""

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
        line.append(fit(always, max(0, self.size.width - cell_len(line.plain) - 1), right=True), "bold")
        return line
