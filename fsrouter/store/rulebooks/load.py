"""Rule books out of the database: whole ones as of a revision, and a snapshot brought up to date by what changed.

A router holds its snapshot and asks for the difference, so one changed rule of 100,000 costs one row, not a book.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from fsrouter.engine.model.company import Header
from fsrouter.engine.model.routers import Priority, PriorityRule
from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.store.database import REVISION, Database, counter
from fsrouter.store.rulebooks import rows
from fsrouter.store.rulebooks.rows import COMPANY, RULES
from fsrouter.store.tables.rulebooks import DefinitionRow, FormerNameRow, RevisionRow

#: With more changed rows than this a whole book is read anew.
PATCHES = 1000
#: With more new places in one priority table than this, the table is read anew.
PLACES = 20


def refresh(database: Database, snapshot: Snapshot, token: int) -> tuple[Snapshot, int]:
    """The snapshot with every book that has a revision above `token` replaced, without those that are in force no more,
    and the token of now.
    """
    with database.snapshot() as db:
        latest = counter(db, REVISION)
        if latest == token:
            return snapshot, token
        there = frozenset(in_force(db))
        books = {company: book for company, book in snapshot.books.items() if company in there}
        for company, revision in _newer(db, token):
            if company in there:
                books[company] = _fresh(db, company, revision, books.get(company))
        gone = former(db, there)
    return snapshot.followed_by(books, gone), latest


def in_force(db: Any) -> tuple[str, ...]:
    """The companies that have a rule book in force, by name."""
    row, known = DefinitionRow, RevisionRow.select(RevisionRow.company).distinct()
    # One look by index for each company: every book in force has a row for the company itself.
    query: Any = row.select(row.company).where(
        row.company.in_(known), row.section == COMPANY, row.name == "", row.until.is_null()
    )
    return tuple(company for (company,) in query.order_by(row.company).tuples().execute(db))


def former(db: Any, there: Collection[str]) -> dict[str, str]:
    """The names of companies other than those `there`, which have a rule book in force, each with the name that the
    company has now; "" for one that was removed.
    """
    revisions: Any = RevisionRow.select(RevisionRow.company).distinct().tuples()
    renamed: Any = FormerNameRow.select(FormerNameRow.former, FormerNameRow.company).tuples()
    found = {company: "" for (company,) in revisions.execute(db)} | dict(renamed.execute(db))
    return {name: now if now in there else "" for name, now in found.items() if name not in there}


def as_of(db: Any, company: str, revision: int | None = None) -> RuleBook | None:
    """A company's whole book, now or as of a revision; None when it had none."""
    current = revision_of(db, company, revision)
    if not current:
        return None
    row = DefinitionRow
    valid = (row.company == company) & row.until.is_null()
    if revision is not None:
        valid = (row.company == company) & (row.since <= revision) & (row.until.is_null() | (row.until > revision))
    book = rows.assembled(_rows(db, valid), current)
    return book if book.company else None  # it was removed


def revision_of(db: Any, company: str, at_most: int | None = None) -> int:
    """A company's latest revision, or its latest as of another one; 0 when it has none."""
    query: Any = RevisionRow.select(RevisionRow.id).where(RevisionRow.company == company)
    if at_most is not None:
        query = query.where(RevisionRow.id <= at_most)
    return next((id for (id,) in query.order_by(RevisionRow.id.desc()).limit(1).tuples().execute(db)), 0)


def current(db: Any, company: str) -> int:
    """The revision of a company's rule book in force; 0 when it has none."""
    row = DefinitionRow
    here = (row.company == company) & (row.section == COMPANY) & (row.name == "") & row.until.is_null()
    return revision_of(db, company) if row.select().where(here).exists(db) else 0


def _newer(db: Any, token: int) -> list[tuple[str, int]]:
    newest: dict[str, int] = {}
    query: Any = RevisionRow.select(RevisionRow.company, RevisionRow.id).where(RevisionRow.id > token)
    for company, revision in query.order_by(RevisionRow.id).tuples().iterator(db):
        newest[company] = revision
    return list(newest.items())


def _rows(db: Any, valid: Any) -> Iterable[tuple[str, str, str, str]]:
    row = DefinitionRow
    query: Any = row.select(row.section, row.parent, row.name, row.body).where(valid)
    found: Iterable[tuple[str, str, str, str]] = (
        query.order_by(row.section, row.parent, row.position).tuples().iterator(db)
    )
    return found


def _fresh(db: Any, company: str, revision: int, book: RuleBook | None) -> RuleBook:
    """The book in force of a company that has one, by what has changed since `book`."""
    row = DefinitionRow
    if book is not None:
        query: Any = row.select(row.section, row.parent, row.position, row.body, row.since, row.until)
        since = (row.company == company) & ((row.since > book.revision) | (row.until > book.revision))
        touched = list(query.where(since).limit(PATCHES + 1).tuples().execute(db))
        if len(touched) <= PATCHES:
            return _patched(db, book, revision, touched)
    whole = as_of(db, company)
    return whole if whole is not None else RuleBook(header=Header(company=company), revision=revision)


def _patched(db: Any, book: RuleBook, revision: int, touched: list[Any]) -> RuleBook:
    news: dict[str, Any] = {"revision": revision}
    row = DefinitionRow
    in_force = (row.company == book.company) & row.until.is_null()
    for section in {section for section, *_ in touched} - {RULES}:
        values = {
            name: rows.decoded(section, body) for _, _, name, body in _rows(db, in_force & (row.section == section))
        }
        news["header" if section == COMPANY else section] = values[""] if section == COMPANY else values
    tables = news.get("priorities", book.priorities)
    by_table: dict[str, list[Any]] = {}
    for section, parent, *change in touched:
        if section == RULES:
            by_table.setdefault(parent, []).append(change)
    if by_table or "priorities" in news:
        news["priorities"] = {
            name: _table(db, in_force, book, name, table, by_table.get(name, [])) for name, table in tables.items()
        }
    return msgspec.structs.replace(book, **news)


def _table(db: Any, in_force: Any, book: RuleBook, name: str, table: Priority, touched: list[Any]) -> Priority:
    old = book.priorities.get(name)
    if not touched:
        return table if table is old else rows.with_rules(table, old.index if old else {})
    row = DefinitionRow
    here = in_force & (row.section == RULES) & (row.parent == name)
    rules = None if old is None else _rules(db, here, old.index, book.revision, touched)
    if rules is None:
        decoded = (rows.decoded(RULES, body) for _, _, _, body in _rows(db, here))
        rules = {rows.key_of(rule): rule for rule in decoded}
    return rows.with_rules(table, rules)


def _rules(
    db: Any, here: Any, old: dict[rows.RuleKey, PriorityRule], revision: int, touched: list[Any]
) -> dict[rows.RuleKey, PriorityRule] | None:
    """The old rules with the touched ones, (position, body, since, until) each, changed; None when that is not worth
    it.
    """
    rules = dict(old)
    places: list[tuple[float, rows.RuleKey, PriorityRule]] = []
    gone: dict[rows.RuleKey, float] = {}
    for position, body, since, until in touched:
        rule = rows.decoded(RULES, body)
        if until is None:
            places.append((position, rows.key_of(rule), rule))
        elif since <= revision:  # else it came and went since the old book was read
            gone[rows.key_of(rule)] = position
    moved = []
    for position, key, rule in sorted(places, key=lambda place: place[0]):
        if key in rules and gone.pop(key, None) == position:
            rules[key] = rule
        else:
            moved.append((position, key, rule))
    if len(moved) > PLACES:
        return None
    for key in [*gone, *(key for _, key, _ in moved)]:
        rules.pop(key, None)
    return _placed(db, here, rules, moved)


def _placed(
    db: Any,
    here: Any,
    rules: dict[rows.RuleKey, PriorityRule],
    moved: list[tuple[float, rows.RuleKey, PriorityRule]],
) -> dict[rows.RuleKey, PriorityRule]:
    row = DefinitionRow
    for position, key, rule in moved:
        before = row.select().where(here & (row.position < position)).count(db)
        if before == len(rules):
            rules[key] = rule
            continue
        items = list(rules.items())
        items.insert(before, (key, rule))
        rules = dict(items)
    return rules
