"""The history of a rule book: who changed what, when, and why; and back to any of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar

from msgspec import Struct
from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from fsrouter.rules.plan import between
from fsrouter.store import Revision, Store
from fsrouter.tui.screens.base import Board
from fsrouter.tui.screens.dialogs import Confirm
from fsrouter.tui.widgets import text
from fsrouter.tui.widgets.table import Column, Table
from fsrouter.tui.widgets.text import Told

COLUMNS = (
    Column("REV", 5, right=True, look="strong"),
    Column("WHEN", 16),
    Column("WHO", 8, 1),
    Column("+", 3, right=True),
    Column("~", 3, right=True),
    Column("-", 3, right=True),
    Column("MESSAGE", 20, 4),
)


class Picture(Struct, frozen=True):
    """The revisions, the latest first, and what one of them did."""

    revisions: tuple[Revision, ...]
    changes: tuple[str, ...]


class Revisions(Board[Picture]):
    """The revisions of one company."""

    MODE = "rules"
    PERIOD = 5.0
    ABOUT = """Every revision of the rule book, the latest first, with what it added (+), changed (~) and removed (-).
b puts the book back as it was as of a revision: that is a new revision like the old one, nothing is lost."""
    WRITES: ClassVar[frozenset[str]] = frozenset({"back_to"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "back_to", "Back to this", id="revisions.rollback"),
        Binding("escape,q", "back", "Close", id="revisions.back"),
    ]
    DEFAULT_CSS = """
    Revisions #changes { height: 8; padding: 0 1; border-top: solid $panel; }
    """

    def __init__(self, company: str) -> None:
        super().__init__()
        self._company = company

    def body(self) -> Iterable[Widget]:
        yield Table[Revision](COLUMNS, lambda r: str(r.id), _cells, empty="never changed")
        yield Told(id="changes", fixed=True)

    @property
    def table(self) -> Table[Revision]:
        """The revisions."""
        return self.query_one(Table)

    def painter(self) -> Callable[[], Picture]:
        return partial(_look, self.dashboard.store, self._company, int(self.table.key or 0))

    def show(self, picture: Picture) -> None:
        self.table.fill(picture.revisions)
        self.query_one("#changes", Told).tell(text.lines(list(picture.changes)))
        self.say(f"{self._company}: {len(picture.revisions)} revisions")

    @on(Table.Moved)
    def _moved(self) -> None:
        self.reload()

    def action_back_to(self) -> None:
        """Put the rule book back as it was as of the chosen revision."""
        books, company, revision = self.dashboard.store.books, self._company, int(self.table.key or 0)
        if revision:

            def plan() -> list[str]:
                now, then = books.book(company), books.book(company, revision)
                return str(between(now, then)).splitlines() if then else ["there was none"]

            self.work(plan, partial(self._sure, revision))

    def _sure(self, revision: int, plan: list[str]) -> None:
        question = f"Put the rule book of {self._company} back as it was as of revision {revision}?"
        self.app.push_screen(Confirm(question, plan[:12]), lambda yes: self._go(revision) if yes else None)

    def _go(self, revision: int) -> None:
        books, company, who = self.dashboard.store.books, self._company, self.dashboard.who
        self.work(lambda: books.rollback(company, revision, who), self._gone)

    def _gone(self, revision: int) -> None:
        self.tell(f"in force as revision {revision}, from the next call on")
        self.reload()

    def action_back(self) -> None:
        """Go back to the rules."""
        self.dismiss()


def _look(store: Store, company: str, revision: int) -> Picture:
    revisions = tuple(store.books.log(company, limit=500))
    wanted = revision or (revisions[0].id if revisions else 0)
    signs = {"added": "+", "changed": "~", "removed": "-"}
    changes = tuple(f"{signs[verb]} {section}.{name}" for verb, section, name in store.books.changes(company, wanted))
    return Picture(revisions, (f"revision {wanted}", *changes[:50]))


def _cells(revision: Revision) -> tuple[str, ...]:
    r = revision
    return str(r.id), text.day(r.at), r.who, str(r.added), str(r.changed), str(r.removed), r.message
