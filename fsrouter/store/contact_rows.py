"""Contacts as rows: how they are written, a batch at a time, and what of them is seen.

A file's rows stand in a generation of their own until all are there: those of one contact are joined as the law of
contacts says, with what the batch has and with what was written before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from peewee import SQL, Tuple, Value, fn

from fsrouter.engine import contacts as law
from fsrouter.engine.contacts import TEXTS, Contact, Entry
from fsrouter.store import limits
from fsrouter.store.database import Database
from fsrouter.store.sources import Source
from fsrouter.store.tables.contacts import ContactRow, NumberRow, SourceRow

#: Contacts that are written at a time. Between two such batches of a staged sync others get to write.
BATCH = 1000
#: The generation of an import, which nobody sees: it is written and put in force in one transaction.
IMPORTED = -1
#: Bits of `Met`: of a million contacts, some thirty thousand are asked for in vain.
MET = 1 << 24

#: A row's columns, and those that name a contact among all.
COLUMNS = ("company", "crm", "generation", "kind", "key", *TEXTS, "fields", "synced", "called")
KEY = COLUMNS[:5]
#: The columns by which `contact_of` makes a contact.
CONTACT = ("kind", "key", "crm", *TEXTS, "fields", "synced")
#: The kinds of rows, and of those that remove such a row.
PERSON, ACCOUNT = "person", "account"
GONE = {PERSON: "gone person", ACCOUNT: "gone account"}

_fields = msgspec.json.Decoder(dict[str, str])


class ContactRows:
    """Writes contacts. All of it inside of a `writing` block."""

    def __init__(self, database: Database) -> None:
        self._many = database.many
        self._upsert = database.compiled(_upsert())
        self._unlink = database.compiled(NumberRow.delete().where(NumberRow.contact << _same().select(ContactRow.id)))
        link = NumberRow.insert_from(_same(), [NumberRow.company, NumberRow.number, NumberRow.contact])
        self._link = database.compiled(link.on_conflict_ignore())

    def write(self, source: Source, generation: int, batch: Iterable[Entry]) -> int:
        """Write records: of those with one id the last counts, whatever was written before. Returns how many."""
        entries = {(source.company, source.crm, generation, *identity(entry)): entry for entry in batch}
        self._write(entries, fresh=False)
        return len(entries)

    def join(self, db: Any, source: Source, generation: int, batch: Iterable[Entry], met: Met) -> None:
        """Write rows of a file, joined with those that were written before; `met` is the file's."""
        rows: dict[tuple[Any, ...], Entry] = {}
        for entry in batch:
            key = (source.company, source.crm, generation, *identity(entry))
            rows[key] = law.joined(rows[key], entry) if key in rows else entry
        before = _known(db, source, generation, list(filter(met.before, rows)))
        self._write({key: law.joined(before[key], row) if key in before else row for key, row in rows.items()}, True)

    def settle(self, db: Any, source: Source, generation: int) -> int:
        """Remove from a generation what rows of it remove, and these rows. Returns how many contacts and companies are
        left.
        """
        self._remove(db, source, generation, generation)
        here = _of(source, generation)
        ContactRow.delete().where(here, ContactRow.kind.in_(list(GONE.values()))).execute(db)
        left: Any = ContactRow.select(fn.COUNT(ContactRow.id)).where(here).tuples()
        return int(next(iter(left.execute(db)))[0])

    def people(self, db: Any, source: Source, generation: int) -> int:
        """How many contacts a generation has, companies' own numbers not counted."""
        found: Any = ContactRow.select(fn.COUNT(ContactRow.id)).where(
            _of(source, generation), ContactRow.kind == PERSON
        )
        return int(next(iter(found.tuples().execute(db)))[0])

    def put_in_force(self, db: Any, source: Source) -> dict[str, int]:
        """Have what was imported take the place of what was known of these contacts, and remove what is to be removed.
        Returns how many there are of each kind.
        """
        row, here = ContactRow, _of(source, IMPORTED)
        kinds: Any = row.select(row.kind, fn.COUNT(row.id)).where(here).group_by(row.kind).tuples()
        counts = dict(kinds.execute(db))
        self._remove(db, source, IMPORTED, source.generation)
        self.settle(db, source, IMPORTED)
        for kind in (PERSON, ACCOUNT):
            imported = ContactRow.alias()
            keys: Any = imported.select(imported.key).where(_of(source, IMPORTED, imported), imported.kind == kind)
            row.delete().where(_of(source, source.generation), row.kind == kind, row.key << keys).execute(db)
        row.update(generation=source.generation).where(here).execute(db)
        return counts

    def _remove(self, db: Any, source: Source, rows: int, generation: int) -> None:
        """Remove from a generation what the rows of another one remove."""
        row, wanted = ContactRow, ContactRow.alias()
        here = _of(source, generation)
        ids: Any = wanted.select(wanted.key).where(_of(source, rows, wanted), wanted.kind == GONE[PERSON])
        row.delete().where(here, row.kind == PERSON, row.key << ids).execute(db)
        gone = wanted.select(wanted.id).where(_of(source, rows, wanted), wanted.kind == GONE[ACCOUNT])
        if not list(gone.limit(1).execute(db)):
            return
        number, its = NumberRow, NumberRow.alias()
        by_name = (wanted.account_id == "") & wanted.called.in_(["", row.called])
        pairs: Any = (
            number.select(number.number, number.contact)
            .join(row, on=number.contact == row.id)
            .join(its, on=(its.company == number.company) & (its.number == number.number))
            .join(wanted, on=its.contact == wanted.id)
            .where(here, row.kind == ACCOUNT, _of(source, rows, wanted), wanted.kind == GONE[ACCOUNT])
            .where((wanted.key == row.key) | by_name)
        )
        mine = number.company == source.company
        number.delete().where(mine, Tuple(number.number, number.contact) << pairs).execute(db)
        left = number.select(number.contact).where(mine)
        row.delete().where(here, row.kind == ACCOUNT, row.id.not_in(left)).execute(db)

    def _write(self, entries: dict[tuple[Any, ...], Entry], fresh: bool) -> None:
        many = self._many
        many(self._upsert, ((*key, *columns_of(entry)) for key, entry in entries.items()))
        if not fresh:
            many(self._unlink, entries)
        many(
            self._link,
            (
                (key[0], number, *key)
                for key, entry in entries.items()
                for number in dict.fromkeys(limits.truncate(number, limits.NUMBER) for number in entry.numbers)
            ),
        )


class Met:
    """Which contacts of a file have been written: a bit each, so that a file of any length takes the same memory.

    One may be taken for another, and then the database is asked in vain; one that was written is never missed.
    """

    def __init__(self) -> None:
        self._bits = bytearray(MET // 8)

    def before(self, key: tuple[Any, ...]) -> bool:
        """Whether a contact may have been written before; from now on it has been."""
        place, bit = divmod(hash(key) % MET, 8)
        found = self._bits[place] >> bit & 1
        self._bits[place] |= 1 << bit
        return bool(found)


def identity(entry: Entry) -> tuple[str, str]:
    """A row's `kind` and `key`: what its contact is known by within its CRM, and whether it removes that."""
    kind, key = law.identity(entry.contact)
    return GONE[kind] if entry.gone else kind, limits.truncate(key)


def batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries as they come, a batch at a time."""
    source = iter(entries)
    while batch := list(itertools.islice(source, BATCH)):
        yield batch


def contact_columns() -> list[Any]:
    """The columns CONTACT."""
    return [getattr(ContactRow, name) for name in CONTACT]


def visible(query: Any) -> Any:
    """Only contacts of the generation in force."""
    row, source = ContactRow, SourceRow
    same = (row.company == source.company) & (row.crm == source.crm) & (row.generation == source.generation)
    return query.join_from(row, source, on=same)


def namesakes(database: Database) -> Any:
    """The CRMs that have another contact of the same name, between commas; without a parameter, for `compiled`."""
    source, row, other = SourceRow.alias(), ContactRow, ContactRow.alias()
    same: Any = (other.company == source.company) & (other.crm == source.crm) & (other.generation == source.generation)
    called = (other.called == row.called) & (other.kind == SQL(f"'{PERSON}'")) & (other.key != row.key)
    text = fn.GROUP_CONCAT if database.sqlite else fn.STRING_AGG
    found = source.select(text(source.crm, SQL("','"))).where(
        source.company == row.company, fn.EXISTS(other.select(SQL("1")).where(same, called))
    )
    return found


def _of(source: Source, generation: int, row: Any = ContactRow) -> Any:
    return (row.company == source.company) & (row.crm == source.crm) & (row.generation == generation)


def _known(db: Any, source: Source, generation: int, keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], Entry]:
    """What was written before of these contacts, without their numbers, which stay."""
    row, found = ContactRow, {}
    by_kind: dict[str, list[str]] = {}
    for *_, kind, key in keys:
        by_kind.setdefault(kind, []).append(key)
    for kind, wanted in by_kind.items():
        query: Any = row.select(*contact_columns()).where(_of(source, generation), row.kind == kind, row.key << wanted)
        for each in query.tuples().execute(db):
            gone = kind in GONE.values()
            found[(source.company, source.crm, generation, *each[:2])] = Entry(contact=contact_of(each), gone=gone)
    return found


def _upsert() -> Any:
    columns = [getattr(ContactRow, name) for name in COLUMNS]
    key, rest = columns[: len(KEY)], columns[len(KEY) :]
    query = ContactRow.insert_many([(None,) * len(columns)], fields=columns)
    return query.on_conflict(conflict_target=key, preserve=rest)


def _same() -> Any:
    """A company and a number to be filled in, and the id of the contact with a key to be filled in."""
    key: Any = [getattr(ContactRow, name) == (0 if name == "generation" else "") for name in KEY]
    return ContactRow.select(Value(""), Value(""), ContactRow.id).where(*key)


def columns_of(entry: Entry) -> tuple[Any, ...]:
    """What stands in the columns behind KEY."""
    contact = entry.contact
    fields = {
        limits.truncate(k): limits.truncate(v, limits.LONG) for k, v in list(contact.fields.items())[: limits.MANY]
    }
    texts = (limits.truncate(getattr(contact, name)) for name in TEXTS)
    called = limits.truncate(law.called(contact))
    return (*texts, msgspec.json.encode(fields).decode(), contact.synced, called)


def contact_of(row: Any, namesakes: str | None = None) -> Contact:
    """The contact of a row whose columns are CONTACT, and what `namesakes` found."""
    kind, key, crm, *texts, fields, synced = row
    known: dict[str, Any] = dict(zip(TEXTS, texts, strict=True))
    if namesakes is not None and kind == PERSON and known["name"]:
        known["namesakes"] = tuple(sorted(namesakes.split(",")))
    return Contact(id=key if kind == PERSON else "", crm=crm, fields=_fields.decode(fields), synced=synced, **known)
