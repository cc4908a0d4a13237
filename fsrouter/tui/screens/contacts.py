"""5 Contacts: found by anything, with all numbers, their age, and which rules would take their calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from fsrouter.engine.walk.trace import age
from fsrouter.tui.context import Context
from fsrouter.tui.navigation import LISTS
from fsrouter.tui.queries.contact_sources import FAILS, READS, RESTS, WAITS, ContactSource, request_sync
from fsrouter.tui.queries.contacts import Person, Picture, Route, load, routes
from fsrouter.tui.screens.base import DashboardScreen, GoTo, narrow_below
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.text import TextPane, fit, sanitize

COLUMNS = (
    Column("NAME", 16, 3, look="strong"),
    Column("TITLE", 12, 2),
    Column("ACCOUNT", 14, 2),
    Column("TERRITORY", 9, 1, wide=150),
    Column("OWNER", 7, 1, wide=130),
    Column("NUMBERS", 13, 2),
    Column("CRM", 8, 1, wide=100),
    Column("AGE", 8, right=True),
)

SOURCES = (
    Column("CRM", 10, 1, look="strong"),
    Column("COMPANY", 8, 1, wide=100),
    Column("TYPE", 11, wide=120),
    Column("CONTACTS", 9, right=True),
    Column("LAST SYNC", 14, right=True),
    Column("HOW IT STANDS", 30, 4),
)
LOOKS = {RESTS: "dim", WAITS: "accent", READS: "good", FAILS: "alert"}
#: Seconds between two looks while a sync is waited for, and else.
BUSY, RESTING = 1.0, 30.0


class Contacts(DashboardScreen[Picture]):
    """The contacts of the CRMs."""

    MODE = "contacts"
    ABOUT = """The contacts that rules look at. / finds by a number as people write it, by id, or by a part of a name or
account. Enter tells everything that is known of one, and which rules would take a call to each of our numbers now.
AGE is how long ago the CRM told of it. Below stand the CRMs: s has the chosen one read now, by whichever router is
first; tab goes there. l shows the lists of callers who are blocked or come first."""
    WRITES: ClassVar[frozenset[str]] = frozenset({"sync"})
    FILTER = "a number, an id, a part of a name or account"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Find", id="contacts.find", key_display="/"),
        Binding("c", "calls", "Their calls", id="contacts.calls"),
        Binding("s", "sync", "Sync now", id="contacts.sync"),
        Binding("l", "lists", "Lists", id="contacts.lists"),
        Binding("tab", "other", "Contacts/CRMs", id="contacts.other"),
        Binding("escape", "close", "Close", show=False, id="contacts.close"),
    ]
    HORIZONTAL_BREAKPOINTS = narrow_below(150)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._text = ""
        self._requested: set[str] = set()

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            yield Table[Person](COLUMNS, lambda p: p.key, self._cells, empty="no contact is found", id="people")
            with VerticalScroll(id="person", can_focus=True):
                yield TextPane()
        yield Table[ContactSource](SOURCES, lambda s: s.key, self._source, id="sources")

    @property
    def table(self) -> Table[Person]:
        """The contacts."""
        return self.query_one("#people", Table)

    @property
    def sources(self) -> Table[ContactSource]:
        """Where they come from."""
        return self.query_one("#sources", Table)

    def loader(self) -> Callable[[], Picture]:
        return partial(load, self.context, self._text)

    def show(self, picture: Picture) -> None:
        self.table.fill(picture.people)
        self.sources.styles.height = min(6, len(picture.sources)) + 2
        self.sources.display = bool(picture.sources)
        self.sources.fill(picture.sources)
        busy = any(source.state in (WAITS, READS) for source in picture.sources)
        self.PERIOD = BUSY if busy else RESTING
        fails = sum(source.state == FAILS for source in picture.sources)
        self.set_status(
            f"{picture.all} contacts, {len(picture.people)} shown",
            "a sync goes on" if busy else f"{fails} cannot be synced" if fails else "",
        )
        for source in picture.sources:
            asked = source.asked
            if source.key in self._requested and asked is not None and asked.done is not None:
                self._requested.discard(source.key)
                (self.report_problem if asked.failed else self.report)(f"{source.name}: {asked.result}")

    def filter_by(self, text: str) -> None:
        self._text = text.strip()
        self.reload()

    @on(Table.Opened, "#people")
    def _opened(self) -> None:
        person = self.table.item
        if person is not None:
            self.run_job(partial(routes, self.context, person), partial(self._show_person, person))

    @on(Table.Moved, "#people")
    def _moved(self) -> None:
        if self.has_class("-open"):
            self._opened()

    def _show_person(self, person: Person, found: tuple[Route, ...]) -> None:
        self.query_one(TextPane).show(person_text(person, found, self.context.clock()))
        self.add_class("-open")
        if self.has_class("-narrow"):
            self.query_one("#person").focus()

    def action_close(self) -> None:
        """Show the list again."""
        self.remove_class("-open")
        self.table.focus()

    def action_calls(self) -> None:
        """Show the chosen contact's calls."""
        person = self.table.item
        if person is not None and person.numbers:
            self.post_message(GoTo(f"caller:{person.numbers[0]}"))

    def action_lists(self) -> None:
        """Show the lists of callers."""
        self.post_message(GoTo(LISTS))

    def action_sync(self) -> None:
        """Have the chosen CRM read now."""
        source = self.sources.item
        if source is None:
            self.report("no rule book has a CRM")
            return
        self.run_job(partial(request_sync, self.context, source), partial(self._sync_requested, source))

    def _sync_requested(self, source: ContactSource, answer: str) -> None:
        self._requested.add(source.key)
        self.report_change(answer)

    @on(Table.Opened, "#sources")
    def _source_opened(self) -> None:
        """Report all of what there may be no room for in the table."""
        source = self.sources.item
        if source is not None and source.status:
            (self.report_problem if source.state == FAILS else self.report)(f"{source.name}: {source.status}")

    def _source(self, source: ContactSource) -> Sequence[str | Cell]:
        synced = f"{age(max(0.0, self.context.clock() - source.synced))} ago" if source.synced else "never"
        status = Cell(source.status, LOOKS[source.state])
        return source.name, source.company, source.kind, f"{source.contacts:,}", synced, status

    def _cells(self, person: Person) -> Sequence[str]:
        c = person.contact
        old = age(self.context.clock() - c.synced) if c.synced else ""
        name = c.name or (f"({c.account or c.account_id})" if not c.id else c.id)
        return name, c.title, c.account, c.territory, c.owner, ", ".join(person.numbers), c.crm, old


def person_text(person: Person, found: tuple[Route, ...], now: float) -> Text:
    """Everything that is known of a contact."""
    c, page = person.contact, Text(end="")
    page.append(f"{sanitize(c.name or c.account or c.id)}\n", "bold")
    rows = [(name, getattr(c, name)) for name in ("title", "account", "account_id", "territory", "owner", "id", "crm")]
    rows += [("company", person.company), *((f"crm.{name}", value) for name, value in c.fields.items())]
    rows += [("numbers", ", ".join(person.numbers)), ("told", f"{age(now - c.synced)} ago" if c.synced else "")]
    for name, value in rows:
        if value:
            page.append(f"  {fit(name, max(12, len(name)))} ", "dim")
            page.append(f"{sanitize(value)}\n")
    page.append("\nWhere a call would go now\n", "bold underline")
    for each in found:
        page.append(f"  {each.number} {sanitize(each.name)}\n", "bold")
        page.append(f"    {sanitize(each.rule or 'no rule looks at the caller')}\n")
        page.append(f"    ⇒ {sanitize(each.destination)}\n")
    return page
