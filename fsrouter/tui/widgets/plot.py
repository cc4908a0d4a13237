"""A plot of calls and answer rate by hour and by source: bars as wide as there is room, with their numbers beside."""

from __future__ import annotations

from rich.text import Text
from textual.app import RenderResult
from textual.reactive import reactive
from textual.widget import Widget

from fsrouter.tui.queries.history import Group, Picture
from fsrouter.tui.widgets.text import bar, fit


class Plot(Widget):
    """The plot of a picture of the history."""

    picture: reactive[Picture | None] = reactive(None, layout=True)

    def render(self) -> RenderResult:
        return plot(self.picture, self.size.width) if self.picture else ""


def plot(picture: Picture, width: int) -> Text:
    """Calls and answer rate by hour, then by source, as bars."""
    page = Text(end="")
    for title, groups in (("By hour", _busy(picture.hours)), ("By source", picture.sources[:20])):
        page.append(f"{title:<14}{'calls':>6}{'answered':>10}\n", "bold underline")
        top = max((group.figures.offered for group in groups), default=0)
        for group in groups:
            rate = f"{group.figures.answered * 100 // group.figures.offered} %" if group.figures.offered else ""
            page.append(f"{fit(group.name, 14)}{group.figures.offered:>6}{rate:>10}  ")
            room = max(1, width - 33)
            full, good = bar(group.figures.offered, top, room), bar(group.figures.answered, top, room)
            page.append("█" * len(good))
            page.append("░" * (len(full) - len(good)) + "\n", "dim")
        page.append("\n")
    page.append("█ answered  ░ not answered\n", "dim")
    return page


def _busy(hours: tuple[Group, ...]) -> tuple[Group, ...]:
    """The hours from the first to the last that has a call."""
    seen = [i for i, group in enumerate(hours) if group.figures.offered]
    return hours[seen[0] : seen[-1] + 1] if seen else ()
