"""The contact cache: who owns a number, found by index among millions.

A contact is what the engine takes it for (`facts.Contact`); here it also has its numbers. Texts are cut to the bounds
in `limits` on their way in: they come from CRMs and files. Where contacts come from, and how their numbers were written
there, is the business of `crm` and of who reads files.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from peewee import Value, fn

from fsrouter.engine import contacts as law
from fsrouter.engine.contacts import TEXTS, Contact, Entry
from fsrouter.engine.lint.installation import Owned
from fsrouter.errors import Error
from fsrouter.store import limits
from fsrouter.store.database import Database
from fsrouter.store.sources import Source, Sources
from fsrouter.store.tables import ContactRow, NumberRow, SourceRow

#: Contacts that are written at a time. Between two such batches of a staged sync others get to write.
BATCH = 1000
#: Numbers with one beginning that are looked at when somebody searches.
MANY = 1000


#: A row's columns, and those that name a contact among all.
COLUMNS = ("company", "crm", "generation", "kind", "key", *TEXTS, "fields", "synced")
KEY = COLUMNS[:5]
#: The columns by which `contact_of` makes a contact.
CONTACT = ("kind", "key", "crm", *TEXTS, "fields", "synced")

_fields = msgspec.json.Decoder(dict[str, str])


class Contacts:
    """The contacts of all CRMs of all companies."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sources = Sources(database)
        self._owners = database.compiled(_owners())
        self._upsert = database.compiled(_upsert())
        self._unlink = database.compiled(NumberRow.delete().where(NumberRow.contact << _same().select(ContactRow.id)))
        self._link = database.compiled(
            NumberRow.insert_from(_same(), [NumberRow.company, NumberRow.number, NumberRow.contact])
        )

    def owners(self, company: str, number: str) -> tuple[Contact, ...]:
        """The contacts that own a number, in the order in which they are tried."""
        return law.owners(map(contact_of, self._database.rows(self._owners, company, number))) if number else ()

    def upsert(
        self, company: str, crm: str, entries: Iterable[Entry], remove: Iterable[str] = (), mark: str = ""
    ) -> int:
        """Add and change contacts by id, and remove some by id, all in one transaction or nothing.

        `mark` is how far an incremental sync has seen. Returns how many were added or changed.
        """
        with self._database.writing() as db:
            source = self.sources.get(db, company, crm)
            done = sum(self._write(source, source.generation, batch) for batch in _batches(entries))
            self._remove(db, source, remove)
            if mark:
                self.sources.update(db, company, crm, mark=limits.truncate(mark, limits.LONG))
        return done

    def replace(self, company: str, crm: str, entries: Iterable[Entry], mark: str | None = None) -> int:
        """Make a CRM's contacts be these, and no others. Returns how many there are.

        Takes them as they come. Nobody sees any before all are there; when `entries` raises, the old ones stay.
        """
        stage = self.stage(company, crm)
        try:
            done = stage.add(entries)
        except BaseException:
            stage.drop()
            raise
        stage.swap(mark)
        return done

    def stage(self, company: str, crm: str, resume: bool = False) -> Stage:
        """Begin a full sync whose contacts come in force together at its end; `resume` goes on with one that broke."""
        return Stage(self, self.sources.begin(company, crm, resume))

    def find(self, company: str, text: str, limit: int = 50) -> tuple[Entry, ...]:
        """Contacts by a number (E.164, or its beginning), by id, or by a part of a name or account."""
        row = ContactRow
        with self._database.snapshot() as db:
            if text.startswith("+"):
                wanted = row.id << self._with_number(db, company, text)
            else:
                wanted = (row.key == text) | row.name.contains(text) | row.account.contains(text)
            query = _visible(row.select(row.id, *_contact_columns())).where((row.company == company) & wanted)
            found = list(query.order_by(row.name, row.id).limit(limit).tuples().execute(db))
            numbers = _numbers(db, [id for id, *_ in found])
        return tuple(Entry(contact=contact_of(rest), numbers=numbers.get(id, ())) for id, *rest in found)

    def numbers(self, company: str, contact: Contact) -> tuple[str, ...]:
        """The numbers by which a contact is found."""
        kind, key = identity(contact)
        row = ContactRow
        same = (row.company == company) & (row.crm == contact.crm) & (row.kind == kind) & (row.key == key)
        with self._database.snapshot() as db:
            ids = [id for (id,) in _visible(row.select(row.id)).where(same).tuples().execute(db)]
            return next(iter(_numbers(db, ids).values()), ())

    def count(self, company: str, crm: str | None = None) -> int:
        """How many contacts a company has, in one CRM or in all."""
        query = _visible(ContactRow.select(fn.COUNT(ContactRow.id))).where(ContactRow.company == company)
        if crm is not None:
            query = query.where(ContactRow.crm == crm)
        return int(self._database.tuples(query)[0][0])

    def owned(self, company: str, limit: int = 1000) -> tuple[Owned, ...]:
        """Who owns contacts, as their CRMs say, those with the most contacts first."""
        row, many = ContactRow, fn.COUNT(ContactRow.id)
        query: Any = _visible(row.select(row.crm, row.owner, many)).where((row.company == company) & (row.owner != ""))
        grouped = query.group_by(row.crm, row.owner).order_by(many.desc(), row.crm, row.owner).limit(limit)
        return tuple(Owned(*found) for found in self._database.tuples(grouped))

    def _with_number(self, db: Any, company: str, text: str) -> list[int]:
        # By themselves: within the other query a planner would rather walk through all contacts.
        digits = "".join(c for c in text if c.isdecimal())[: limits.NUMBER]
        begins = self._database.begins(NumberRow.number, f"+{digits}")
        query: Any = NumberRow.select(NumberRow.contact).where((NumberRow.company == company) & begins)
        return [id for (id,) in query.limit(MANY).tuples().execute(db)]

    def _write(self, source: Source, generation: int, batch: list[Entry]) -> int:
        entries = {(source.company, source.crm, generation, *identity(e.contact)): e for e in batch}
        many = self._database.many
        many(self._upsert, ((*key, *columns_of(entry)) for key, entry in entries.items()))
        many(self._unlink, entries)
        many(
            self._link,
            (
                (source.company, number, *key)
                for key, entry in entries.items()
                for number in dict.fromkeys(limits.truncate(number, limits.NUMBER) for number in entry.numbers)
            ),
        )
        return len(entries)

    def _remove(self, db: Any, source: Source, ids: Iterable[str]) -> None:
        row = ContactRow
        same = (row.company == source.company) & (row.crm == source.crm) & (row.generation == source.generation)
        wanted = iter(ids)
        while chunk := list(itertools.islice(wanted, BATCH)):
            row.delete().where(same & (row.kind == "person") & (row.key << chunk)).execute(db)


class Stage:
    """A full sync under way. `cursor` is where the one that is resumed had come to, "" at the beginning."""

    def __init__(self, contacts: Contacts, source: Source) -> None:
        self._contacts = contacts
        self._source = source
        self.cursor = source.cursor

    def add(self, entries: Iterable[Entry], cursor: str | None = None) -> int:
        """Add contacts, in small transactions; the last one also writes down how far the CRM has been read.

        Raises Error when another sync of this CRM has begun since.
        """
        source, done = self._source, 0
        for batch in itertools.chain(_batches(entries), [[]]):
            with self._contacts._database.writing() as db:
                if self._contacts.sources.get(db, source.company, source.crm).staging != source.staging:
                    raise _overtaken(source)
                if batch:
                    done += self._contacts._write(source, source.staging, batch)
                elif cursor is not None:
                    self._contacts.sources.update(db, source.company, source.crm, cursor=cursor)
                    self.cursor = cursor
        return done

    def swap(self, mark: str | None = None) -> None:
        """Put what was added in force, in place of what was there. Raises Error when another sync has begun since."""
        if not self._contacts.sources.swap(self._source.company, self._source.crm, self._source.staging, mark):
            raise _overtaken(self._source)

    def drop(self) -> None:
        """Give it up; the old contacts stay."""
        self._contacts.sources.drop(self._source.company, self._source.crm, self._source.staging)


def _overtaken(source: Source) -> Error:
    return Error(f"another sync of {source.company}'s {source.crm} has begun; this one was given up, nothing is lost")


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    source = iter(entries)
    while batch := list(itertools.islice(source, BATCH)):
        yield batch


def _contact_columns() -> list[Any]:
    return [getattr(ContactRow, name) for name in CONTACT]


def _visible(query: Any) -> Any:
    """Only contacts of the generation in force."""
    row, source = ContactRow, SourceRow
    same = (row.company == source.company) & (row.crm == source.crm) & (row.generation == source.generation)
    return query.join_from(row, source, on=same)


def _owners() -> Any:
    mine = (NumberRow.company == "") & (NumberRow.number == "")
    return _visible(ContactRow.select(*_contact_columns())).join_from(ContactRow, NumberRow).where(mine)


def _upsert() -> Any:
    columns = [getattr(ContactRow, name) for name in COLUMNS]
    key, rest = columns[: len(KEY)], columns[len(KEY) :]
    query = ContactRow.insert_many([(None,) * len(columns)], fields=columns)
    return query.on_conflict(conflict_target=key, preserve=rest)


def _same() -> Any:
    """A company and a number to be filled in, and the id of the contact with a key to be filled in."""
    key: Any = [getattr(ContactRow, name) == (0 if name == "generation" else "") for name in KEY]
    return ContactRow.select(Value(""), Value(""), ContactRow.id).where(*key)


def _numbers(db: Any, ids: list[int]) -> dict[int, tuple[str, ...]]:
    query: Any = NumberRow.select(NumberRow.contact, NumberRow.number).where(NumberRow.contact << ids)
    found: dict[int, tuple[str, ...]] = {}
    for id, number in query.order_by(NumberRow.number).tuples().execute(db):
        found[id] = (*found.get(id, ()), number)
    return found


def identity(contact: Contact) -> tuple[str, str]:
    """A contact's `kind` and `key`: what it is known by within its CRM."""
    kind, key = law.identity(contact)
    return kind, limits.truncate(key)


def columns_of(entry: Entry) -> tuple[Any, ...]:
    """What stands in the columns behind KEY."""
    contact = entry.contact
    fields = {
        limits.truncate(k): limits.truncate(v, limits.LONG) for k, v in list(contact.fields.items())[: limits.MANY]
    }
    texts = (limits.truncate(getattr(contact, name)) for name in TEXTS)
    return (*texts, msgspec.json.encode(fields).decode(), contact.synced)


def contact_of(row: Any) -> Contact:
    """The contact of a row whose columns are CONTACT."""
    kind, key, crm, *texts, fields, synced = row
    known = dict(zip(TEXTS, texts, strict=True))
    return Contact(id=key if kind == "person" else "", crm=crm, fields=_fields.decode(fields), synced=synced, **known)
