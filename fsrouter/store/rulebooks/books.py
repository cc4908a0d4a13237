"""Rule books in the database: every revision of every company, none ever overwritten.

A definition is a row that is in force over a range of revisions. Saving a book closes the rows that changed and adds
new ones, in one transaction; rolling back is a new revision like the old one. What a rule book means is the engine's
affair, and only what its `lint` lets through is put in force.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace
from peewee import SQL

from fsrouter.engine.lint.findings import Finding
from fsrouter.engine.lint.installation import UNKNOWN, Installation
from fsrouter.engine.lint.lint import errors, installation_errors, refuse
from fsrouter.engine.lint.refusals import taken
from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.errors import RulesError
from fsrouter.store import limits
from fsrouter.store.database import REVISION, Database, advance, counter
from fsrouter.store.former_names import refuse_former
from fsrouter.store.rulebooks import load as refresh
from fsrouter.store.rulebooks import rows
from fsrouter.store.rulebooks.diff import Change, compare
from fsrouter.store.rulebooks.rows import Row
from fsrouter.store.tables.rulebooks import DefinitionRow, RevisionRow


class Revision(Struct, frozen=True, kw_only=True):
    """One accepted change of a company's rule book.

    `at` is in seconds since the epoch; the last three count definitions, each rule of a priority table as one.
    """

    id: int
    company: str
    at: float
    who: str
    message: str
    added: int
    changed: int
    removed: int


class Books:
    """The rule books of all companies."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = database.compiled(
            DefinitionRow.insert_many([(None,) * len(COLUMNS)], fields=[getattr(DefinitionRow, c) for c in COLUMNS])
        )
        self._close = database.compiled(DefinitionRow.update(until=0).where(DefinitionRow.id == 0))

    def companies(self) -> tuple[str, ...]:
        """The companies that have a rule book in force, by name."""
        with self._database.reading() as db:
            return refresh.in_force(db)

    def former(self) -> dict[str, str]:
        """The names of companies that have no rule book in force any more, each with the name that the company has now;
        "" for one that was removed.
        """
        with self._database.snapshot() as db:
            return refresh.former(db, refresh.in_force(db))

    def token(self) -> int:
        """What changes whenever any rule book does: the latest revision. One indexed read."""
        with self._database.reading() as db:
            return counter(db, REVISION)

    def load(self) -> tuple[Snapshot, int]:
        """The rule books in force of all companies, ready to decide by, and the token that says how new they are."""
        return self.refresh(Snapshot(), 0)

    def refresh(self, snapshot: Snapshot, token: int) -> tuple[Snapshot, int]:
        """A snapshot brought up to date, and its token.

        Of companies that have a newer revision only what changed is read; all other books are the same objects as
        before, and an unchanged snapshot is returned itself.
        """
        return refresh.refresh(self._database, snapshot, token)

    def book(self, company: str, revision: int | None = None) -> RuleBook | None:
        """A company's rule book as it is, or as it was as of a revision; None when none was in force."""
        with self._database.snapshot() as db:
            return refresh.as_of(db, company, revision)

    def companies_of(self, numbers: Collection[str]) -> dict[str, str]:
        """The company that has each of some tracking numbers (E.164) in force; numbers of none are left out."""
        with self._database.reading() as db:
            return _companies_of(db, numbers)

    def save(
        self,
        book: RuleBook,
        who: str,
        message: str,
        expected_revision: int | None = None,
        known: Installation = UNKNOWN,
    ) -> int:
        """Put a rule book in force, in place of its company's present one. Returns its revision.

        When nothing changed there is no new revision. Raises RulesError, and changes nothing, when lint refuses the
        book for the installation that is `known`, a number belongs to another company, or the present revision is not
        `expected_revision` (0 for no book in force).
        """
        return self.save_together([(book, expected_revision)], who, message, known)[0]

    def save_together(
        self, books: Sequence[tuple[RuleBook, int | None]], who: str, message: str, known: Installation = UNKNOWN
    ) -> list[int]:
        """Put rule books of several companies in force, each with its expected revision, all of them or none: a number
        that goes from one to another is at no moment nobody's, or two companies'. Otherwise as `save`. Returns their
        revisions.
        """
        news = [book for book, _ in books]
        self.refuse(news, known)
        return self._save_together(books, who, message)

    def _save_together(self, books: Sequence[tuple[RuleBook, int | None]], who: str, message: str) -> list[int]:
        """The same for rule books of which lint was asked already."""
        news = [book for book, _ in books]
        with self._database.writing() as db:
            wanted = [_Wanted(book.company, tuple(rows.rows(book)), expected) for book, expected in books]
            changes = self._changes(db, wanted)
            # Asked once more in the transaction, so that two companies cannot both be faster.
            inside = Installation(companies_of=lambda numbers: _kept(_companies_of(db, numbers), news))
            for book in news:
                refuse(book.company, taken(book, inside))
            return self._write(db, changes, who, message)

    def refuse(self, books: Sequence[RuleBook], known: Installation = UNKNOWN) -> None:
        """Raise RulesError with what keeps rule books from being put in force together, if anything does."""
        self._refuse(books, known, errors)

    def _refuse(
        self, books: Sequence[RuleBook], known: Installation, ask: Callable[[RuleBook, Installation], list[Finding]]
    ) -> None:
        def of_others(numbers: Collection[str]) -> dict[str, str]:
            return _kept(self.companies_of(numbers), books)

        for book in books:
            refuse(book.company, ask(book, replace(known, companies_of=of_others)))

    def remove(self, company: str, who: str, expected_revision: int | None = None) -> int:
        """Put a company's rule book out of force; nothing else of it changes, and it can be rolled back to. Returns the
        new revision. Raises RulesError when there is none in force, or it is not at `expected_revision`.
        """
        with self._database.writing() as db:
            changes = self._changes(db, [_Wanted(company, (), expected_revision)])
            if not changes[0].change:
                raise RulesError(f"{company} has no rule book in force")
            return self._write(db, changes, who, REMOVED)[0]

    def rollback(self, company: str, revision: int, who: str, known: Installation = UNKNOWN) -> int:
        """Put a company's rule book in force again as it was as of a revision. Returns the new revision.

        Raises RulesError when there was none, a number of it belongs to another company by now, or what it names must
        not be dialled in the installation that is `known`. What has become an error of rule books since then keeps
        nobody from going back to one that calls went by.
        """
        book = self.book(company, revision)
        if book is None:
            raise RulesError(f"{company} had no rule book as of revision {revision}; `rules log` lists its revisions")
        self._refuse([book], known, installation_errors)
        return self._save_together([(book, None)], who, f"rollback to {revision}")[0]

    def log(self, company: str | None = None, limit: int = 100) -> list[Revision]:
        """The revisions of a company, or of all, the latest first."""
        wanted = True if company is None else RevisionRow.company == company
        return self._database.select(
            Revision, RevisionRow.select().where(wanted).order_by(RevisionRow.id.desc()).limit(limit)
        )

    def changes(self, company: str, revision: int) -> Iterator[tuple[str, str, str]]:
        """What one revision did, as (`added` | `changed` | `removed`, section, name), sorted."""
        row = DefinitionRow
        query: Any = row.select(row.section, row.name, row.since).where(
            (row.company == company) & ((row.since == revision) | (row.until == revision))
        )
        found: dict[tuple[str, str], set[bool]] = {}
        for section, name, since in self._database.tuples(query):
            found.setdefault((section, name), set()).add(since == revision)
        for (section, name), news in sorted(found.items()):
            yield "changed" if len(news) == 2 else "added" if True in news else "removed", section, name

    def _changes(self, db: Any, wanted: Sequence[_Wanted]) -> list[_Changed]:
        """What must happen to the rows in force. Raises RulesError when a company is not at its expected revision."""
        advance(db, REVISION, by=0)
        found = []
        for each in wanted:
            current = refresh.current(db, each.company)
            if each.expected not in (None, current):
                raise _conflict(db, each.company, each.expected or 0, current)
            found.append(_Changed(each.company, current, compare(each.rows, _in_force(db, each.company))))
        return found

    def _write(self, db: Any, changes: Sequence[_Changed], who: str, message: str) -> list[int]:
        revisions, made = [], []
        for company, current, change in changes:
            if change:
                refuse_former(db, company)
                current = record(db, company, self._database.clock(), who, message, change)
                made.append((company, current, change))
            revisions.append(current)
        # A number that goes from one company to another is let go first.
        for _, revision, change in made:
            self._database.many(self._close, ((revision, old) for old in change.closed))
        for company, revision, change in made:
            opened = ((company, *row, position, revision, None) for row, position in change.opened)
            self._database.many(self._insert, opened)
        return revisions


class _Wanted(NamedTuple):
    """The rows that a company is to have in force, and the revision that it must be at, None for any."""

    company: str
    rows: tuple[Row, ...]
    expected: int | None


class _Changed(NamedTuple):
    """What must happen to a company's rows, and the revision that it is at."""

    company: str
    current: int
    change: Change


#: What `rules log` has to say of a company that was removed.
REMOVED = "removed"
COLUMNS = ("company", *Row._fields, "position", "since", "until")


def record(db: Any, company: str, at: float, who: str, message: str, change: Change) -> int:
    """Write down a new revision of a company's, and return it. Inside of a `writing` block."""
    revision = counter(db, REVISION) + 1
    advance(db, REVISION)
    RevisionRow.insert(
        id=revision,
        company=company,
        at=at,
        who=limits.truncate(who, limits.NAME),
        message=limits.truncate(message, limits.LONG),
        added=change.added,
        changed=change.changed,
        removed=change.removed,
    ).execute(db)
    return revision


def _kept(found: dict[str, str], news: Sequence[RuleBook]) -> dict[str, str]:
    """Of numbers with their companies, those that these books do not give up."""
    there = {book.company: book.tracking_numbers for book in news}
    return {number: company for number, company in found.items() if number in there.get(company, (number,))}


def _companies_of(db: Any, numbers: Collection[str]) -> dict[str, str]:
    row, wanted = DefinitionRow, list(numbers)
    found: dict[str, str] = {}
    for i in range(0, len(wanted), 500):
        query: Any = row.select(
            row.name, row.company
        ).where(
            (row.section == SQL("'tracking_numbers'"))  # written out for the index of just these
            & row.until.is_null()
            & (row.name << wanted[i : i + 500])
        )
        found.update(query.tuples().execute(db))
    return found


def _in_force(db: Any, company: str) -> Iterator[tuple[int, str, str, float, str]]:
    row = DefinitionRow
    query: Any = row.select(row.id, row.section, row.name, row.position, row.body)
    yield from query.where((row.company == company) & row.until.is_null()).tuples().iterator(db)


def _conflict(db: Any, company: str, expected: int, current: int) -> RulesError:
    query: Any = RevisionRow.select(RevisionRow.who).where(RevisionRow.id == current).tuples()
    who = next((f" by {name}" for (name,) in query.execute(db)), "")
    if not current:
        return RulesError(f"{company} was removed in the meantime; `rules log {company}` says by whom")
    return RulesError(
        f"{company} was changed{who} in the meantime: it is at revision {current}, and this change was made to "
        f"revision {expected}. Load it again and repeat the change"
    )
