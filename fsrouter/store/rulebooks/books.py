"""Rule books in the database: every revision of every company, none ever overwritten.

A definition is a row that is in force over a range of revisions. Saving a book closes the rows that changed and adds
new ones, in one transaction; rolling back is a new revision like the old one. What a rule book means is the engine's
affair, and only what its `lint` lets through is put in force.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from peewee import SQL

from fsrouter.engine.lint.installation import UNKNOWN, Installation
from fsrouter.engine.lint.lint import errors, refuse
from fsrouter.engine.lint.refusals import taken
from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.errors import RulesError
from fsrouter.store import limits
from fsrouter.store.database import REVISION, Database, advance, counter
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
        """The companies that have a rule book, by name."""
        query = RevisionRow.select(RevisionRow.company).distinct().order_by(RevisionRow.company)
        return tuple(company for (company,) in self._database.tuples(query))

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
        """A company's rule book as it is, or as it was as of a revision; None when there was none."""
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
        `expected_revision` (0 for none).
        """
        refuse(book.company, errors(book, replace(known, companies_of=self.companies_of)))
        with self._database.writing() as db:
            advance(db, REVISION, by=0)
            latest = counter(db, REVISION)
            current = refresh.revision_of(db, book.company)
            if expected_revision is not None and expected_revision != current:
                raise _conflict(db, book.company, expected_revision, current)
            change = compare(rows.rows(book), _in_force(db, book.company))
            if not change:
                return current
            # Asked once more in the transaction, so that two companies cannot both be faster.
            refuse(book.company, taken(book, Installation(companies_of=partial(_companies_of, db))))
            self._write(db, book.company, change, latest + 1, who, message)
            return latest + 1

    def rollback(self, company: str, revision: int, who: str, known: Installation = UNKNOWN) -> int:
        """Put a company's rule book in force again as it was as of a revision. Returns the new revision."""
        book = self.book(company, revision)
        if book is None:
            raise RulesError(f"{company} had no rule book as of revision {revision}; `rules log` lists its revisions")
        return self.save(book, who, f"rollback to {revision}", known=known)

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

    def _write(self, db: Any, company: str, change: Change, revision: int, who: str, message: str) -> None:
        advance(db, REVISION)
        RevisionRow.insert(
            id=revision,
            company=company,
            at=self._database.clock(),
            who=limits.truncate(who, limits.NAME),
            message=limits.truncate(message, limits.LONG),
            added=change.added,
            changed=change.changed,
            removed=change.removed,
        ).execute(db)
        self._database.many(self._close, ((revision, old) for old in change.closed))
        self._database.many(
            self._insert, ((company, *row, position, revision, None) for row, position in change.opened)
        )


COLUMNS = ("company", *Row._fields, "position", "since", "until")


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
    return RulesError(
        f"{company} was changed{who} in the meantime: it is at revision {current}, and this change was made to "
        f"revision {expected}. Load it again and repeat the change"
    )
