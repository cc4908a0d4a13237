"""Companies as a whole: renamed, and forgotten. Which tables have rows of theirs, the tables themselves say, so that
none is left out. What is written by a former name afterwards is the affair of `former_names`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fsrouter.engine.lint.findings import Finding
from fsrouter.engine.lint.installation import UNKNOWN, Installation
from fsrouter.engine.lint.lint import errors, refuse
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import RulesError
from fsrouter.store.database import REVISION, STATES, Database, advance
from fsrouter.store.former_names import refuse_former
from fsrouter.store.rulebooks import load, rows
from fsrouter.store.rulebooks.books import record
from fsrouter.store.rulebooks.diff import Change
from fsrouter.store.tables import OF_COMPANIES, ON_RECORD
from fsrouter.store.tables.rulebooks import DefinitionRow, FormerNameRow


class Companies:
    """The companies of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, company: str) -> dict[str, int]:
        """How many rows each table has of a company, by the tables' names; those that have none are left out."""
        with self._database.snapshot() as db:
            counts = {table._meta.table_name: _of(table, company).count(db) for table in OF_COMPANIES}
        return {name: number for name, number in counts.items() if number}

    def rename(self, company: str, new: str, who: str, expected_revision: int, known: Installation = UNKNOWN) -> int:
        """Give a company another name, in all that there is of it, in one transaction. Returns the new revision.

        Raises RulesError, and changes nothing, when it has no rule book in force at `expected_revision`, lint refuses
        the book under its new name and not as it is for the installation that is `known`, or there is, or was, another
        company of that name.
        """
        with self._database.writing() as db:
            if not self._database.sqlite:
                db.execute_sql("SET LOCAL statement_timeout = 0")  # type: ignore[no-untyped-call] # a journal of years
            advance(db, REVISION, by=0)
            book = load.as_of(db, company)
            if book is None or book.revision != expected_revision:
                raise RulesError(f"{company} was changed in the meantime; look at it again and repeat the renaming")
            refuse(new, renaming_errors(book, new, known))
            refuse_former(db, new, of=company)
            FormerNameRow.delete().where(FormerNameRow.former == new).execute(db)
            if taken := next((table for table in OF_COMPANIES if _of(table, new).exists(db)), None):
                raise RulesError(
                    f"{new!r} is, or was, the name of a company: there is something of it in "
                    f"{taken._meta.table_name!r}; choose another name"
                )
            for table in OF_COMPANIES:
                table.update(company=new).where(table.company == company).execute(db)
            self._rename_headers(db, new)
            FormerNameRow.insert(former=company, company=new).execute(db)
            advance(db, STATES)
            return record(db, new, self._database.clock(), who, f"renamed: was {company}", Change())

    def forget(self, company: str) -> dict[str, int]:
        """Delete all that there is of a company but its rule books and its calls; how many rows, by the tables' names.

        Raises RulesError when it has a rule book in force.
        """
        with self._database.writing() as db:
            advance(db, REVISION, by=0)
            if load.current(db, company):
                raise RulesError(f"{company} has a rule book in force; remove it first")
            forgotten = [table for table in OF_COMPANIES if table not in ON_RECORD]
            gone = {
                # Rows that hang on others go first.
                table._meta.table_name: int(table.delete().where(table.company == company).execute(db))
                for table in reversed(forgotten)
            }
            advance(db, STATES)
        return {name: number for name, number in gone.items() if number}

    def _rename_headers(self, db: Any, company: str) -> None:
        """Have each revision's own row of a company say its name."""
        row = DefinitionRow
        query: Any = row.select(row.id, row.body).where((row.company == company) & (row.section == rows.COMPANY))
        for id, body in list(query.tuples().execute(db)):
            header = msgspec.structs.replace(rows.decoded(rows.COMPANY, body), company=company)
            row.update(body=rows.text(header)).where(row.id == id).execute(db)


def renamed(book: RuleBook, new: str) -> RuleBook:
    """A company's rule book under another name."""
    return msgspec.structs.replace(book, header=msgspec.structs.replace(book.header, company=new))


def renaming_errors(book: RuleBook, new: str, known: Installation = UNKNOWN) -> list[Finding]:
    """What is wrong with a company's rule book under another name, and is not under the one that it has."""
    known = known.keeping_numbers
    before = set(errors(book, known))
    return [found for found in errors(renamed(book, new), known) if found not in before]


def _of(table: Any, company: str) -> Any:
    return table.select().where(table.company == company)
