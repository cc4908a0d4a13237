"""A table of any length that draws only what is seen of it.

Textual's own DataTable keeps every cell; here a row is drawn from its item when its line comes into sight, so a
thousand calls that change all the time cost as much as the twenty that are on the screen. Only lines that look
different are painted again, which is what a slow line needs. The chosen row is marked by a sign, not by colour alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fsrouter.tui.widgets.text import fit

T = TypeVar("T")


class Column(NamedTuple):
    """A column: at least `width` cells, `grow` parts of what is left over, shown in tables of at least `wide` cells.

    `look` is one of LOOKS.
    """

    title: str
    width: int
    grow: int = 0
    right: bool = False
    wide: int = 0
    look: str = ""


class Cell(NamedTuple):
    """A cell that looks different from its column."""

    text: str
    look: str


#: How a cell may look; each is a component class, and none is needed to understand what it says.
LOOKS = ("", "strong", "dim", "accent", "good", "alert")


@runtime_checkable
class Placed(Protocol):
    """Items that know where one with a key is; None when there is none."""

    def place(self, key: str) -> int | None: ...


class Table(ScrollView, Generic[T], can_focus=True):
    """Items in rows: `key` names an item, `cells` gives what stands in its columns.

    `active` says that the keys mean the chosen row although the table has no focus.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="table.pageup"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="table.pagedown"),
        Binding("home,g", "end(-1)", "First", show=False, id="table.first"),
        Binding("end,G", "end(1)", "Last", show=False, id="table.last"),
        Binding("enter", "choose", "Open", show=False, id="table.open"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--head", "table--cursor", *(f"table--{look}" for look in LOOKS[1:])}

    class Moved(Message):
        """Another row is chosen; `key` is "" when there is none."""

        def __init__(self, table: Table[Any], key: str) -> None:
            super().__init__()
            self.table, self.key = table, key

        @property
        def control(self) -> Table[Any]:
            return self.table

    class Opened(Moved):
        """Somebody wants to see more of a row."""

    def __init__(
        self,
        columns: Sequence[Column],
        key: Callable[[T], str],
        cells: Callable[[T], Sequence[str | Cell]],
        *,
        empty: str = "",
        head: bool = True,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._key = key
        self._cells = cells
        self._empty = empty
        self._head = int(head)
        self._items: Sequence[T] = ()
        self._painted: dict[int, tuple[tuple[str, str], ...]] = {}
        self._widths: list[tuple[int, Column, int]] = []
        self._measured = 0
        self._looks: dict[str, Style] = {}
        self.at = 0
        self.active = False

    @property
    def item(self) -> T | None:
        """The item of the chosen row."""
        return self._items[self.at] if 0 <= self.at < len(self._items) else None

    @property
    def key(self) -> str:
        """The key of the chosen row, "" when there is none."""
        item = self.item
        return "" if item is None else self._key(item)

    @property
    def items(self) -> Sequence[T]:
        """What is in the table."""
        return self._items

    def fill(self, items: Sequence[T], choose: str | None = None) -> None:
        """Have other items in the table.

        The row that is chosen stays so wherever it is now, unless `choose` names another.
        """
        before, wanted = self.key, self.key if choose is None else choose
        if not (self.at < len(items) and self._key(items[self.at]) == wanted):
            found = self._find(items, wanted)
            self.at = min(self.at, max(0, len(items) - 1)) if found is None else found
        resized = len(items) != len(self._items)
        self._items = items
        if resized:
            self._size_up()
            self.refresh()
        else:
            self._repaint()
        self._show()
        if self.key != before:
            self.post_message(self.Moved(self, self.key))

    def choose(self, key: str) -> bool:
        """Choose a row by its key. Returns whether there is one."""
        found = self._find(self._items, key)
        if found is not None:
            self._go(found)
        return found is not None

    def _find(self, items: Sequence[T], key: str) -> int | None:
        """Where an item is now. Unless the items know, looked for from where the chosen one was: it is mostly near."""
        if isinstance(items, Placed):
            return items.place(key)
        down, up = range(self.at, len(items)), range(min(self.at, len(items)) - 1, -1, -1)
        near = (i for pair in itertools.zip_longest(down, up) for i in pair if i is not None)
        return next((i for i in near if self._key(items[i]) == key), None)

    def _repaint(self) -> None:
        """Paint those lines again that look different now."""
        for y, before in list(self._painted.items()):
            index = y + round(self.scroll_offset.y) - self._head
            if y >= self._head and index < len(self._items) and self._drawn(self._items[index]) != before:
                self.refresh(Region(0, y, self.size.width, 1))

    def _drawn(self, item: T) -> tuple[tuple[str, str], ...]:
        cells = self._cells(item)
        found = []
        for i, column, width in self._widths:
            cell = cells[i]
            text, look = (cell.text, cell.look) if isinstance(cell, Cell) else (cell, column.look)
            found.append((fit(text, width, column.right), look))
        return tuple(found)

    def render_line(self, y: int) -> Strip:
        """One line: the headings, or the row that has scrolled there."""
        width = self._measure()
        if y < self._head:
            titles = " ".join(fit(c.title, w, c.right) for _, c, w in self._widths)
            return self._line(" " + titles, width, self._style("head"))
        index = y + round(self.scroll_offset.y) - self._head
        if index >= len(self._items):
            told = self._empty if not self._items and y == self._head + 1 else ""
            return self._line(f"  {told}", width, self._style("dim"))
        drawn = self._painted[y] = self._drawn(self._items[index])
        chosen = index == self.at
        base = self._style("cursor") if chosen else self.rich_style
        sign = "»" if self.active or self.has_focus else "·"  # · is chosen too, in a table that has not the keys
        segments = [Segment(sign if chosen else " ", base)]
        for i, (text, look) in enumerate(drawn):
            style = base if chosen or not look else self._style(look)
            segments += [Segment(" ", base)] * bool(i) + [Segment(text, style)]
        return Strip(segments).adjust_cell_length(width, base)

    def _line(self, text: str, width: int, style: Style) -> Strip:
        return Strip([Segment(text, style)]).adjust_cell_length(width, style)

    def _style(self, look: str) -> Style:
        if look not in self._looks:
            self._looks[look] = self.get_component_rich_style(f"table--{look}")
        return self._looks[look]

    def _size_up(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._items) + self._head)

    def _measure(self) -> int:
        """Share the width out among the columns that it has room for. Returns all of it."""
        whole = self.scrollable_content_region.width
        if whole == self._measured:
            return whole
        self._measured, width = whole, whole - 1
        self._painted.clear()
        seen = [(i, column) for i, column in enumerate(self._columns) if width >= column.wide]
        left = width - sum(column.width + 1 for _, column in seen) + 1
        parts = sum(column.grow for _, column in seen) or 1
        self._widths = [(i, c, c.width + max(0, left * c.grow // parts)) for i, c in seen]
        return whole

    def on_resize(self, event: events.Resize) -> None:
        self._size_up()
        self._show()

    def notify_style_update(self) -> None:
        self._looks.clear()
        super().notify_style_update()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _go(self, index: int) -> None:
        index = max(0, min(index, len(self._items) - 1))
        if index != self.at and self._items:
            before, self.at = self.at, index
            for line in (before, index):
                self.refresh(Region(0, line - round(self.scroll_offset.y) + self._head, self.size.width, 1))
            self.post_message(self.Moved(self, self.key))
        self._show()

    def _show(self) -> None:
        """Scroll as little as brings the chosen row into sight."""
        rows, top = self.size.height - self._head, round(self.scroll_offset.y)
        if rows > 0 and not top <= self.at < top + rows:
            self.scroll_to(y=self.at if self.at < top else self.at - rows + 1, animate=False, immediate=True)

    def action_move(self, rows: int) -> None:
        """Go up or down by so many rows."""
        self._go(self.at + rows)

    def action_page(self, pages: int) -> None:
        """Go up or down by so many pages."""
        self._go(self.at + pages * max(1, self.size.height - self._head - 1))

    def action_end(self, way: int) -> None:
        """Go to the first or last row."""
        self._go(0 if way < 0 else len(self._items) - 1)

    def action_choose(self) -> None:
        """See more of the chosen row."""
        if self.item is not None:
            self.post_message(self.Opened(self, self.key))

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked; open it when it was chosen already."""
        index = event.y + round(self.scroll_offset.y) - self._head
        if event.y >= self._head and index < len(self._items):
            if index == self.at:
                self.action_choose()
            else:
                self._go(index)
