"""What stands on the lists of rule books, among a million numbers: numbers, beginnings of numbers and contacts, each
with who put it there, why and until when. State outside of any revision: it is in force with the next call on every
router.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from peewee import Tuple, fn

from fsrouter.engine.model.lists import Change, Listed, Member
from fsrouter.store import limits
from fsrouter.store.database import BATCH, Database
from fsrouter.store.former_names import called, name_of
from fsrouter.store.tables.states import ListEntryRow

#: Entries that `every` reads at a time, so that it holds no connection while its reader thinks.
PAGE = 1000
COLUMNS = ("company", "list", "kind", "value", "who", "why", "at", "until")


class Done(Struct, frozen=True, kw_only=True):
    """What a change of lists has done: entries that are there now and were not before, those that say something else
    than before, and those that are gone.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0


class Lists:
    """The lists of all companies."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._on: dict[int, str] = {}
        self._put = database.compiled(_upsert())
        row: Any = ListEntryRow
        mine = [getattr(row, name) == "" for name in ("company", "list", "kind", "value")]
        self._remove = database.compiled(row.delete().where(*mine))

    def on(self, company: str, members: frozenset[Member], now: float) -> frozenset[str]:
        """The names of the lists on which a caller stands at a moment (epoch): `members` is all that stands for them.

        Raises StoreUnreachable.
        """
        values = {member.value for member in members}
        if not values:
            return frozenset()
        found = self._database.rows(self._look_up(len(values)), company, company, *values)
        return frozenset(
            name
            for name, kind, value, until in found
            if (until is None or now < until) and Member(kind, value) in members
        )

    def count(self, company: str) -> dict[str, int]:
        """How many entries each list of a company has, those that have run out among them."""
        row: Any = ListEntryRow
        query = row.select(row.list, fn.COUNT(row.value)).where(row.company == company).group_by(row.list)
        return {name: int(many) for name, many in self._database.tuples(query)}

    def entries(
        self, company: str, name: str, *, text: str = "", after: Member | None = None, limit: int = PAGE
    ) -> Sequence[Listed]:
        """The entries of a list in the order of their numbers or ids, those behind `after`; with `text` those whose
        number or id begins with it, or whose reason or person has it.
        """
        row: Any = ListEntryRow
        query = _entries().where((row.company == company) & (row.list == name))
        if after:
            query = query.where(Tuple(row.value, row.kind) > Tuple(after.value, after.kind))
        if text:
            query = query.where(row.value.startswith(text) | row.why.contains(text) | row.who.contains(text))
        found = self._database.tuples(query.order_by(row.value, row.kind).limit(limit))
        return [_listed(values) for values in found]

    def every(self, company: str, name: str) -> Iterator[Listed]:
        """All entries of a list, a page at a time."""
        after = None
        while page := self.entries(company, name, after=after):
            yield from page
            after = page[-1].member

    def change(self, company: str, changes: Iterable[Change], keep: frozenset[str] = frozenset()) -> Done:
        """Put entries on lists and take some off, all in one transaction or nothing; of two changes of one entry the
        later counts. Of entries that are there already the fields of `keep` stay as they are, and `who` and `at` of
        those of which nothing else changes. Raises StoreUnreachable.
        """
        added = changed = removed = 0
        source = iter(changes)
        with self._database.writing() as db:
            company = name_of(db, company)
            while batch := list(itertools.islice(source, BATCH)):
                wanted = {(each.listed.list, each.listed.member): each for each in batch}
                there = self._there(company, {member.value for _, member in wanted})
                puts = [
                    new
                    for key, each in wanted.items()
                    if not each.gone and (new := _merged(each.listed, there.get(key), keep))
                ]
                gone = [key for key, each in wanted.items() if each.gone and key in there]
                self._database.many(self._put, (_row(company, each) for each in puts))
                self._database.many(self._remove, ((company, name, m.kind, m.value) for name, m in gone))
                changed += (old := sum((each.list, each.member) in there for each in puts))
                added, removed = added + len(puts) - old, removed + len(gone)
        return Done(added=added, changed=changed, removed=removed)

    def _there(self, company: str, values: Collection[str]) -> dict[tuple[str, Member], Listed]:
        """The entries with some numbers or ids, by list and member."""
        row: Any = ListEntryRow
        query = _entries().where((row.company == company) & row.value.in_(list(values)))
        return {(each.list, each.member): each for each in map(_listed, self._database.tuples(query))}

    def _look_up(self, many: int) -> str:
        """The query for so many values."""
        if many not in self._on:
            row: Any = ListEntryRow
            query = row.select(row.list, row.kind, row.value, row.until)
            self._on[many] = self._database.compiled(
                query.where((row.company == called("")) & row.value.in_([""] * many))
            )
        return self._on[many]


def _entries() -> Any:
    row: Any = ListEntryRow
    return row.select(row.list, row.kind, row.value, row.who, row.why, row.at, row.until)


def _listed(values: tuple[Any, ...]) -> Listed:
    name, kind, value, who, why, at, until = values
    return Listed(list=name, member=Member(kind, value), who=who, why=why, at=at, until=until)


def _row(company: str, entry: Listed) -> tuple[Any, ...]:
    texts = company, entry.list, entry.member.kind, entry.member.value, limits.truncate(entry.who, limits.NAME)
    return *texts, entry.why, entry.at, entry.until


def _merged(new: Listed, old: Listed | None, keep: frozenset[str]) -> Listed | None:
    """An entry as it is to be written; None when it is there already."""
    if old is None:
        return new
    new = replace(new, **{name: getattr(old, name) for name in keep & {"why", "until"}})
    told = {name: getattr(old, name) for name in keep & {"who", "at"}}
    return None if replace(new, **told) == old else new


def _upsert() -> Any:
    row: Any = ListEntryRow
    columns = [getattr(row, name) for name in COLUMNS]
    query = row.insert_many([("",) * 6 + (0.0, None)], fields=columns)
    key = [row.company, row.value, row.kind, row.list]
    return query.on_conflict(conflict_target=key, preserve=[row.who, row.why, row.at, row.until])
