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
from fsrouter.tui.context import Context
from fsrouter.tui.screens.base import DashboardScreen
from fsrouter.tui.widgets.table import Column, Table
from fsrouter.tui.widgets.text import TextPane, date_and_time, harmless

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


class Revisions(DashboardScreen[Picture]):
    """The revisions of one company."""

    MODE = "rules"
    PERIOD = 5.0
    ABOUT = """Every revision of the rule book, the latest first, with what it added (+), changed (~) and removed (-).
b puts the book back as it was as of a revision: that is a new revision like the old one, nothing is lost."""
    WRITES: ClassVar[frozenset[str]] = frozenset({"back_to"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "back_to", "Back to this", id="revisions.rollback"),
        Binding("escape,q", "dismiss", "Close", id="revisions.back"),
    ]

    def __init__(self, context: Context, company: str) -> None:
        super().__init__(context)
        self._company = company

    def body(self) -> Iterable[Widget]:
        yield Table[Revision](COLUMNS, lambda r: str(r.id), _cells, empty="never changed")
        yield TextPane(id="changes", fixed=True)

    def loader(self) -> Callable[[], Picture]:
        return partial(_load, self.context.store, self._company, int(self.table.key or 0))

    def show(self, picture: Picture) -> None:
        self.table.fill(picture.revisions)
        self.query_one("#changes", TextPane).show(harmless(*picture.changes))
        self.set_status(f"{self._company}: {len(picture.revisions)} revisions")

    @on(Table.Moved)
    def _moved(self) -> None:
        self.reload()

    def action_back_to(self) -> None:
        """Put the rule book back as it was as of the chosen revision."""
        books, company, revision = self.context.store.books, self._company, int(self.table.key or 0)
        if revision:

            def plan() -> list[str]:
                now, then = books.book(company), books.book(company, revision)
                return str(between(now, then)).splitlines() if then else ["there was none"]

            self.run_job(plan, partial(self._confirm_rollback, revision))

    def _confirm_rollback(self, revision: int, plan: list[str]) -> None:
        question = f"Put the rule book of {self._company} back as it was as of revision {revision}?"
        self.confirm(question, partial(self._roll_back, revision), plan[:12])

    def _roll_back(self, revision: int) -> None:
        context = self.context
        job = partial(context.store.books.rollback, self._company, revision, context.who, context.installation)
        self.run_job(job, lambda made: self.report_change(f"in force as revision {made}, from the next call on"))


def _load(store: Store, company: str, revision: int) -> Picture:
    revisions = tuple(store.books.log(company, limit=500))
    wanted = revision or (revisions[0].id if revisions else 0)
    signs = {"added": "+", "changed": "~", "removed": "-"}
    changes = tuple(f"{signs[verb]} {section}.{name}" for verb, section, name in store.books.changes(company, wanted))
    return Picture(revisions, (f"revision {wanted}", *changes[:50]))


def _cells(revision: Revision) -> tuple[str, ...]:
    r = revision
    return str(r.id), date_and_time(r.at), r.who, str(r.added), str(r.changed), str(r.removed), r.message
