"""Lists of callers, opened from the contacts: who is blocked or comes first, found, put there and taken off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from fsrouter.engine.model.lists import Listed, Member
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers.read import searched
from fsrouter.tui.context import Context
from fsrouter.tui.queries.lists import PAGE, CallerList, Picture, load, take
from fsrouter.tui.screens.base import DashboardScreen
from fsrouter.tui.screens.list_entry import put_on_a_list
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.text import date_and_time, short_date

LISTS = (
    Column("LIST", 12, 1, look="strong"),
    Column("COMPANY", 8, 1, wide=100),
    Column("TITLE", 20, 3),
    Column("ENTRIES", 9, right=True),
)
ENTRIES = (
    Column("ENTRY", 17, 1, look="strong"),
    Column("WHY", 16, 3),
    Column("WHO", 7, 1),
    Column("SINCE", 16),
    Column("UNTIL", 16),
)

NONE = "no rule book has lists; add one under `lists`"


class Lists(DashboardScreen[Picture]):
    """The lists, and what stands on the chosen one."""

    MODE = "contacts"
    PERIOD = 5.0
    ABOUT = """Lists of callers, as of those who are blocked or come first. The rule book says which there are and what
is done with them; what stands on one (a number, the beginning of numbers as +1900*, a contact) is put there and taken
off here, and is in force from the next call on. Above stand the lists (tab goes there), below the entries of the chosen
one: / finds by their beginning, a reason or a person, n and p turn the pages. What is over counts no more."""
    WRITES: ClassVar[frozenset[str]] = frozenset({"add", "remove"})
    FILTER = "a number or its beginning, a contact's id, a reason, a person"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Find", id="lists.find", key_display="/"),
        Binding("a", "add", "Add", id="lists.add"),
        Binding("d,delete", "remove", "Remove", id="lists.remove"),
        Binding("n", "turn(1)", "Next page", id="lists.next"),
        Binding("p", "turn(-1)", "Page before", id="lists.previous"),
        Binding("tab", "other", "Lists/entries", id="lists.other"),
        Binding("escape,q", "dismiss", "Close", id="lists.close"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._text = ""
        self._pages: list[Member] = []

    def body(self) -> Iterable[Widget]:
        yield Table[CallerList](LISTS, lambda each: each.key, _list, id="lists")
        yield Table[Listed](ENTRIES, lambda each: str(each.member), self._entry, empty="nothing is found", id="entries")

    def on_mount(self) -> None:
        self.table.focus()

    @property
    def table(self) -> Table[Listed]:
        """The entries of the chosen list."""
        return self.query_one("#entries", Table)

    @property
    def lists(self) -> Table[CallerList]:
        """The lists."""
        return self.query_one("#lists", Table)

    def loader(self) -> Callable[[], Picture]:
        return partial(load, self.context, self.lists.key, self._text, self._pages[-1] if self._pages else None)

    def show(self, picture: Picture) -> None:
        self.lists.styles.height = min(6, max(1, len(picture.lists))) + 1
        self.lists.fill(picture.lists)
        self.table.fill(picture.entries)
        page = len(self._pages) + 1
        shown = f"{len(picture.entries)} shown" + (f", page {page}" if picture.more or self._pages else "")
        chosen = picture.chosen
        self.set_status(f"{chosen.name}: {chosen.entries:,} entries, {shown}" if chosen else NONE)

    def filter_by(self, text: str) -> None:
        text = text.strip()
        book = self._book()
        self._text = (searched(text, book.header.country) if book else "") or text
        self._turn_back()

    @on(Table.Moved, "#lists")
    def _moved(self) -> None:
        if self.picture is None or self.picture.chosen is None or self.lists.key != self.picture.chosen.key:
            self._turn_back()

    def _turn_back(self) -> None:
        self._pages.clear()
        self.reload()

    def action_turn(self, pages: int) -> None:
        """Show the next page, or the one before."""
        if pages < 0 and self._pages:
            self._pages.pop()
        elif pages > 0 and self.picture and self.picture.more:
            self._pages.append(self.picture.entries[-1].member)
        else:
            self.report("there is no other page" if not self._pages else f"pages have {PAGE} entries; this is the last")
            return
        self.reload()

    def action_add(self) -> None:
        """Put somebody on the chosen list."""
        chosen, book = self.lists.item, self._book()
        if chosen and book:
            put_on_a_list(self, book, chosen.name)

    def action_remove(self) -> None:
        """Take the chosen entry off."""
        chosen, entry = self.lists.item, self.table.item
        if chosen and entry:
            job = partial(take, self.context, chosen.company, entry)
            about = [f"put there by {entry.who}: {entry.why}" if entry.why else f"put there by {entry.who}"]
            self.confirm(f"Take {entry.member} off {entry.list}?", lambda: self.run_job(job, self.report_change), about)

    def _book(self) -> RuleBook | None:
        chosen = self.lists.item
        return self.context.rulebooks.known.get(chosen.company) if chosen else None

    def _entry(self, entry: Listed) -> Sequence[str | Cell]:
        now, until = self.context.clock(), entry.until
        over = not entry.holds(now)
        ends = "" if until is None else f"over {short_date(until, now)}" if over else date_and_time(until)
        cells = str(entry.member), entry.why, entry.who, date_and_time(entry.at), ends
        return [Cell(text, "dim") for text in cells] if over else cells


def _list(each: CallerList) -> Sequence[str]:
    return each.name, each.company, each.title, f"{each.entries:,}"
