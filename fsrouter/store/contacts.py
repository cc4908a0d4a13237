"""The contact cache: who owns a number, found by index among millions.

A contact is what the engine takes it for (`facts.Contact`); here it also has its numbers. Texts are cut to the bounds
in `limits` on their way in: they come from CRMs and files. Where contacts come from, and how their numbers were written
there, is the business of `crm` and of who reads files.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from peewee import Case, fn

from fsrouter.engine import contacts as law
from fsrouter.engine.contacts import Contact, Entry
from fsrouter.engine.lint.installation import Owned
from fsrouter.engine.numbers.renumbered import alike
from fsrouter.errors import Error
from fsrouter.store import limits
from fsrouter.store.contact_rows import (
    ACCOUNT,
    BATCH,
    GONE,
    IMPORTED,
    PERSON,
    ContactRows,
    Met,
    batches,
    contact_columns,
    contact_of,
    namesakes,
    visible,
)
from fsrouter.store.database import Database
from fsrouter.store.former_names import called
from fsrouter.store.sources import Source, Sources
from fsrouter.store.tables.contacts import ContactRow, NumberRow

#: Numbers with one beginning that are looked at when somebody searches.
MANY = 1000


class Imported(Struct, frozen=True, kw_only=True):
    """What an import has done: contacts, companies with numbers of their own, and how many were to be removed."""

    contacts: int = 0
    companies: int = 0
    removed: int = 0


class Contacts:
    """The contacts of all CRMs of all companies."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sources = Sources(database)
        self._rows = ContactRows(database)
        self._owners = database.compiled(_owners(database))

    def owners(self, company: str, number: str, crms: Sequence[str] = ()) -> tuple[Contact, ...]:
        """The contacts that own a number (E.164), in the order in which they are tried: that of `crms`, the rule
        book's, comes first.
        """
        if not number:
            return ()
        forms = alike(number)
        found = self._database.rows(self._owners, company, company, forms[0], forms[-1])
        return law.owners((contact_of(row, namesakes) for *row, namesakes in dict.fromkeys(found)), crms)

    def import_rows(self, company: str, rows: Iterable[Entry]) -> Imported:
        """Add and change contacts by the rows of a file, and remove those that rows say: of whichever CRM each of them
        names, all in one transaction or nothing. Of a contact that is known already, nothing but what the file says is
        left.
        """
        sources: dict[str, Source] = {}
        met = Met()
        with self._database.writing() as db:
            for batch in batches(rows):
                by_crm: dict[str, list[Entry]] = {}
                for entry in batch:
                    by_crm.setdefault(entry.contact.crm, []).append(entry)
                for crm, some in by_crm.items():
                    source = sources.setdefault(crm, self.sources.get(db, company, crm))
                    self._rows.join(db, source, IMPORTED, some, met)
            done = Counter[str]()
            for source in sources.values():
                done.update(self._rows.put_in_force(db, source))
        removed = sum(done[kind] for kind in GONE.values())
        return Imported(contacts=done[PERSON], companies=done[ACCOUNT], removed=removed)

    def upsert(
        self, company: str, crm: str, entries: Iterable[Entry], remove: Iterable[str] = (), mark: str = ""
    ) -> int:
        """Add and change contacts by id, and remove some by id, all in one transaction or nothing.

        `mark` is how far an incremental sync has seen. Returns how many were added or changed.
        """
        with self._database.writing() as db:
            source = self.sources.get(db, company, crm)
            done = sum(self._rows.write(source, source.generation, batch) for batch in batches(entries))
            self._remove(db, source, remove)
            if mark:
                self.sources.update(db, company, crm, mark=limits.truncate(mark, limits.LONG))
        return done

    def replace(
        self,
        company: str,
        crm: str,
        rows: Iterable[Entry],
        mark: str | None = None,
        check: Callable[[Stage], None] = lambda stage: None,
    ) -> int:
        """Make a CRM's contacts be those of a file's rows, and no others. Returns how many there are.

        Takes rows as they come. Nobody sees any before all are there; when `rows` raises, or `check`, which is told of
        them all, the old contacts stay.
        """
        stage = self.stage(company, crm)
        try:
            done = stage.join(rows)
            check(stage)
        except BaseException:
            stage.drop()
            raise
        stage.swap(mark)
        return done

    def stage(self, company: str, crm: str, resume: bool = False) -> Stage:
        """Begin a full sync whose contacts come in force together at its end; `resume` goes on with one that broke."""
        return Stage(self, self.sources.begin(company, crm, resume))

    def find(
        self, company: str, text: str, limit: int = 50, *, number: str = "", ids: frozenset[str] = frozenset()
    ) -> tuple[Entry, ...]:
        """Contacts by an id or account's id, by a part of a name or account, by a `number` (E.164, or its beginning)
        that the text is read as, and by `ids`, other forms of it. Those whose id it is come first.
        """
        row = ContactRow
        keys = list(ids | {text})
        wanted = (row.key << keys) | (row.account_id << keys) | row.called.contains(law.folded_name(text))
        wanted = wanted | row.name.contains(text) | row.account.contains(text)
        with self._database.snapshot() as db:
            if number:
                wanted = wanted | (row.id << self._with_number(db, company, number))
            query = visible(row.select(row.id, *contact_columns())).where((row.company == company) & wanted)
            by_id = Case(None, [((row.key << keys), 0)], 1)
            found = list(query.order_by(by_id, row.name, row.id).limit(limit).tuples().execute(db))
            numbers = _numbers(db, [id for id, *_ in found])
        return tuple(Entry(contact=contact_of(rest), numbers=numbers.get(id, ())) for id, *rest in found)

    def numbers(self, company: str, contact: Contact) -> tuple[str, ...]:
        """The numbers by which a contact is found."""
        kind, key = law.identity(contact)
        row = ContactRow
        same = (
            (row.company == company) & (row.crm == contact.crm) & (row.kind == kind) & (row.key == limits.truncate(key))
        )
        with self._database.snapshot() as db:
            ids = [id for (id,) in visible(row.select(row.id)).where(same).tuples().execute(db)]
            return next(iter(_numbers(db, ids).values()), ())

    def count(self, company: str, crm: str | None = None) -> int:
        """How many contacts a company has, in one CRM or in all."""
        query = visible(ContactRow.select(fn.COUNT(ContactRow.id))).where(ContactRow.company == company)
        if crm is not None:
            query = query.where(ContactRow.crm == crm)
        return int(self._database.tuples(query)[0][0])

    def people(self, company: str, crm: str) -> int:
        """How many contacts a CRM has, companies' own numbers not counted."""
        query = visible(ContactRow.select(fn.COUNT(ContactRow.id))).where(
            ContactRow.company == company, ContactRow.crm == crm, ContactRow.kind == PERSON
        )
        return int(self._database.tuples(query)[0][0])

    def namesakes(self, company: str, crm: str, names: Collection[str]) -> dict[str, int]:
        """Of some names as names are compared, those that several contacts have who count for a CRM, or of all for "";
        and how many.
        """
        row, wanted = ContactRow, iter(names)
        found: dict[str, int] = {}
        many = fn.COUNT(row.key.distinct())
        query: Any = visible(row.select(row.called, many)).where(row.company == company, row.kind == PERSON)
        query = query.where(row.crm.in_(["", crm])) if crm else query
        while some := list(itertools.islice(wanted, BATCH)):
            found.update(self._database.tuples(query.where(row.called << some).group_by(row.called).having(many > 1)))
        return found

    def owned(self, company: str, limit: int = 1000) -> tuple[Owned, ...]:
        """Who owns contacts, as their CRMs say, those with the most contacts first."""
        row, many = ContactRow, fn.COUNT(ContactRow.id)
        query: Any = visible(row.select(row.crm, row.owner, many)).where((row.company == company) & (row.owner != ""))
        grouped = query.group_by(row.crm, row.owner).order_by(many.desc(), row.crm, row.owner).limit(limit)
        return tuple(Owned(*found) for found in self._database.tuples(grouped))

    def _with_number(self, db: Any, company: str, text: str) -> list[int]:
        # By themselves: within the other query a planner would rather walk through all contacts.
        begins = [self._database.begins(NumberRow.number, number[: limits.NUMBER]) for number in alike(text)]
        query: Any = NumberRow.select(NumberRow.contact).where(
            (NumberRow.company == company) & functools.reduce(operator.or_, begins)
        )
        return [id for (id,) in query.limit(MANY).tuples().execute(db)]

    def _remove(self, db: Any, source: Source, ids: Iterable[str]) -> None:
        row = ContactRow
        same = (row.company == source.company) & (row.crm == source.crm) & (row.generation == source.generation)
        wanted = iter(ids)
        while chunk := list(itertools.islice(wanted, BATCH)):
            row.delete().where(same & (row.kind == PERSON) & (row.key << chunk)).execute(db)


class Stage:
    """A full sync under way. `cursor` is where the one that is resumed had come to, "" at the beginning."""

    def __init__(self, contacts: Contacts, source: Source) -> None:
        self._contacts = contacts
        self._source = source
        self.cursor = source.cursor

    def add(self, entries: Iterable[Entry], cursor: str | None = None) -> int:
        """Add records, in small transactions; the last one also writes down how far the CRM has been read. Returns how
        many were added.

        Raises Error when another sync of this CRM has begun since.
        """
        contacts, source, done = self._contacts, self._source, 0
        for batch in itertools.chain(batches(entries), [[]]):
            with self._writing() as db:
                if batch:
                    done += contacts._rows.write(source, source.staging, batch)
                elif cursor is not None:
                    contacts.sources.update(db, source.company, source.crm, cursor=cursor)
                    self.cursor = cursor
        return done

    def join(self, rows: Iterable[Entry]) -> int:
        """Add the rows of a file, in small transactions. Returns how many contacts and companies they are. Raises Error
        as `add` does.
        """
        source, met = self._source, Met()
        for batch in batches(rows):
            with self._writing() as db:
                self._contacts._rows.join(db, source, source.staging, batch, met)
        with self._writing() as db:
            return self._contacts._rows.settle(db, source, source.staging)

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        source = self._source
        with self._contacts._database.writing() as db:
            now = self._contacts.sources.get(db, source.company, source.crm)
            if (now.company, now.staging) != (source.company, source.staging):
                raise _overtaken(source)
            yield db

    def people(self) -> int:
        """How many contacts have been added, companies' own numbers not counted."""
        with self._contacts._database.reading() as db:
            return self._contacts._rows.people(db, self._source, self._source.staging)

    def swap(self, mark: str | None = None) -> None:
        """Put what was added in force, in place of what was there. Raises Error when another sync has begun since."""
        if not self._contacts.sources.swap(self._source.company, self._source.crm, self._source.staging, mark):
            raise _overtaken(self._source)

    def drop(self) -> None:
        """Give it up; the old contacts stay."""
        self._contacts.sources.drop(self._source.company, self._source.crm, self._source.staging)


def _overtaken(source: Source) -> Error:
    return Error(f"another sync of {source.company}'s {source.crm} has begun; this one was given up, nothing is lost")


def _owners(database: Database) -> Any:
    mine = (NumberRow.company == called("")) & (NumberRow.number.in_(["", ""]))
    columns = *contact_columns(), namesakes(database)
    return visible(ContactRow.select(*columns)).join_from(ContactRow, NumberRow).where(mine)


def _numbers(db: Any, ids: list[int]) -> dict[int, tuple[str, ...]]:
    query: Any = NumberRow.select(NumberRow.contact, NumberRow.number).where(NumberRow.contact << ids)
    found: dict[int, tuple[str, ...]] = {}
    for id, number in query.order_by(NumberRow.number).tuples().execute(db):
        found[id] = (*found.get(id, ()), number)
    return found
