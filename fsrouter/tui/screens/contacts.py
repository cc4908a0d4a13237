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
from fsrouter.tui import goto
from fsrouter.tui.queries.contact_sources import FAILS, READS, RESTS, WAITS, Origin, ask
from fsrouter.tui.queries.contacts import Person, Picture, Taken, look, taken
from fsrouter.tui.screens.base import Board, narrow_below
from fsrouter.tui.widgets import text
from fsrouter.tui.widgets.filter import FilterLine
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.text import Told

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

ORIGINS = (
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


class Contacts(Board[Picture]):
    """The contacts of the CRMs."""

    MODE = "contacts"
    ABOUT = """The contacts that rules look at. / finds by a number as people write it, by id, or by a part of a name or
account. Enter tells everything that is known of one, and which rules would take a call to each of our numbers now.
AGE is how long ago the CRM told of it. Below stand the CRMs: s has the chosen one read now, by whichever router is
first; tab goes there."""
    WRITES: ClassVar[frozenset[str]] = frozenset({"sync"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", "Find", id="contacts.find", key_display="/"),
        Binding("c", "calls", "Their calls", id="contacts.calls"),
        Binding("s", "sync", "Sync now", id="contacts.sync"),
        Binding("tab", "other", "Contacts/CRMs", id="contacts.other"),
        Binding("escape", "close", "Close", show=False, id="contacts.close"),
    ]
    HORIZONTAL_BREAKPOINTS = narrow_below(150)
    DEFAULT_CSS = """
    Contacts {
        & Horizontal { height: 1fr; }
        & #people { width: 2fr; }
        & #origins { border-top: solid $panel; }
        & #person { width: 1fr; border-left: solid $panel; padding: 0 1; display: none; }
        & #person Told { width: 1fr; height: auto; }
        &.-open #person { display: block; }
        &.-narrow.-open #people { display: none; }
        &.-narrow #person { border: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

        self._asked: set[str] = set()

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            yield Table[Person](COLUMNS, lambda p: p.key, self._cells, empty="no contact is found", id="people")
            with VerticalScroll(id="person", can_focus=True):
                yield Told()
        yield Table[Origin](ORIGINS, lambda o: o.key, self._origin, id="origins")
        yield FilterLine("a number, an id, a part of a name or account")

    @property
    def table(self) -> Table[Person]:
        """The contacts."""
        return self.query_one("#people", Table)

    @property
    def origins(self) -> Table[Origin]:
        """Where they come from."""
        return self.query_one("#origins", Table)

    def painter(self) -> Callable[[], Picture]:
        app = self.dashboard
        return partial(look, app.store, app.library, app.company, self._text, app.clock())

    def show(self, picture: Picture) -> None:
        self.table.fill(picture.people)
        self.origins.styles.height = min(6, len(picture.origins)) + 2
        self.origins.display = bool(picture.origins)
        self.origins.fill(picture.origins)
        busy = any(origin.standing in (WAITS, READS) for origin in picture.origins)
        self.PERIOD = BUSY if busy else RESTING
        fails = sum(origin.standing == FAILS for origin in picture.origins)
        self.say(
            f"{picture.all} contacts, {len(picture.people)} shown",
            "a sync goes on" if busy else f"{fails} cannot be synced" if fails else "",
        )
        self._came(picture)

    def _came(self, picture: Picture) -> None:
        """Tell what came of the syncs that were asked for here."""
        for origin in picture.origins:
            asked = origin.asked
            if origin.key in self._asked and asked is not None and asked.done is not None:
                self._asked.discard(origin.key)
                (self.complain if asked.failed else self.tell)(f"{origin.name}: {asked.result}")

    @on(FilterLine.Said)
    def _sought(self, message: FilterLine.Said) -> None:
        self._text = message.text.strip()
        self.reload()

    @on(Table.Opened, "#people")
    def _opened(self) -> None:
        person = self.table.item
        if person is not None:
            app = self.dashboard
            job = partial(taken, app.store, app.library, person, app.clock())
            self.work(job, partial(self._tell, person))

    @on(Table.Moved, "#people")
    def _moved(self) -> None:
        if self.has_class("-open"):
            self._opened()

    def _tell(self, person: Person, found: tuple[Taken, ...]) -> None:
        self.query_one(Told).tell(page(person, found, self.dashboard.clock()))
        self.add_class("-open")
        if self.has_class("-narrow"):
            self.query_one("#person").focus()

    def action_find(self) -> None:
        """Find contacts."""
        self.query_one(FilterLine).open()

    def action_close(self) -> None:
        """Show the list again."""
        self.remove_class("-open")
        self.table.focus()

    def action_calls(self) -> None:
        """Show the chosen contact's calls."""
        person = self.table.item
        if person is not None and person.numbers:
            goto.history(self.dashboard, f"caller:{person.numbers[0]}")

    def action_other(self) -> None:
        """Go to the other table."""
        self.focus_next("Table")

    def action_sync(self) -> None:
        """Have the chosen CRM read now."""
        origin = self.origins.item
        if origin is None:
            self.tell("no rule book has a CRM")
            return
        app = self.dashboard
        self.work(lambda: ask(app.store, origin, app.who, app.clock()), partial(self._wait, origin))

    @on(Table.Opened, "#origins")
    def _how_it_stands(self) -> None:
        """Tell all of what there may be no room for in the table."""
        origin = self.origins.item
        if origin is not None and origin.told:
            (self.complain if origin.standing == FAILS else self.tell)(f"{origin.name}: {origin.told}")

    def _wait(self, origin: Origin, told: str) -> None:
        self._asked.add(origin.key)
        self.tell(told)
        self.reload()

    def _origin(self, origin: Origin) -> Sequence[str | Cell]:
        synced = f"{age(max(0.0, self.dashboard.clock() - origin.synced))} ago" if origin.synced else "never"
        told = Cell(origin.told, LOOKS[origin.standing])
        return origin.name, origin.company, origin.kind, f"{origin.contacts:,}", synced, told

    def _cells(self, person: Person) -> Sequence[str]:
        c = person.contact
        old = age(self.dashboard.clock() - c.synced) if c.synced else ""
        name = c.name or (f"({c.account or c.account_id})" if not c.id else c.id)
        return name, c.title, c.account, c.territory, c.owner, ", ".join(person.numbers), c.crm, old


def page(person: Person, found: tuple[Taken, ...], now: float) -> Text:
    """Everything that is known of a contact."""
    c, told = person.contact, Text(end="")
    told.append(f"{text.plain(c.name or c.account or c.id)}\n", "bold")
    rows = [(name, getattr(c, name)) for name in ("title", "account", "account_id", "territory", "owner", "id", "crm")]
    rows += [("company", person.company), *((f"crm.{name}", value) for name, value in c.fields.items())]
    rows += [("numbers", ", ".join(person.numbers)), ("told", f"{age(now - c.synced)} ago" if c.synced else "")]
    for name, value in rows:
        if value:
            told.append(f"  {text.fit(name, max(12, len(name)))} ", "dim")
            told.append(f"{text.plain(value)}\n")
    told.append("\nWhere a call would go now\n", "bold underline")
    for each in found:
        told.append(f"  {each.number} {text.plain(each.name)}\n", "bold")
        told.append(f"    {text.plain(each.rule or 'no rule looks at the caller')}\n")
        told.append(f"    ⇒ {text.plain(each.destination)}\n")
    return told
