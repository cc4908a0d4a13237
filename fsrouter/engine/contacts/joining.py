"""Rows of one contact, or of one company, as one, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from fsrouter.engine.contacts.contact import TEXTS, Contact, Entry
from fsrouter.engine.contacts.identity import called, identity
from fsrouter.engine.contacts.owners import owners
from fsrouter.engine.numbers.renumbered import compared


def joined(first: Entry, second: Entry) -> Entry:
    """Two rows of one contact or company as one: all numbers, in order, and of each field what is said last."""
    old, new = first.contact, second.contact
    texts: dict[str, Any] = {name: getattr(new, name) or getattr(old, name) for name in TEXTS}
    contact = replace(new, fields=old.fields | new.fields, **texts)
    return replace(second, contact=contact, numbers=tuple(dict.fromkeys((*first.numbers, *second.numbers))))


def together(rows: Iterable[Entry]) -> Iterator[Entry]:
    """Rows that are all in memory, each contact and company once, in the order in which they first come; without those
    that a row removes.

    Of more rows than fit there the cache takes some at a time, and joins them with what it has of the same file.
    """
    found: dict[tuple[bool, str, tuple[str, str]], Entry] = {}
    for row in rows:
        key = row.gone, row.contact.crm, identity(row.contact)
        found[key] = joined(found[key], row) if key in found else row
    gone = [entry for entry in found.values() if entry.gone and not entry.contact.id]
    for (is_gone, crm, known), entry in found.items():
        if is_gone or (entry.contact.id and (True, crm, known) in found):
            continue
        left = entry.numbers if entry.contact.id else _left(entry, gone)
        if left == entry.numbers or left:
            yield replace(entry, numbers=left)


def _left(company: Entry, gone: Iterable[Entry]) -> tuple[str, ...]:
    """The numbers that rows which remove leave to a company. Such a row means the company that it names by its id, else
    by its name, or whichever has the numbers.
    """
    own = company.contact
    mine = [
        row
        for row in gone
        if row.contact.crm == own.crm
        and (
            identity(row.contact) == identity(own)
            or (not row.contact.account_id and called(row.contact) in ("", called(own)))
        )
    ]
    removed = {number for row in mine for number in row.numbers}
    return tuple(number for number in company.numbers if number not in removed)


def by_number(rows: Iterable[Entry], crms: Sequence[str] = ()) -> dict[str, tuple[Contact, ...]]:
    """The owners of each number, by the form in which numbers are compared, of some rows, as `owners` has them."""
    found: dict[str, list[Contact]] = {}
    names: dict[str, dict[str, set[str]]] = {}
    for entry in together(rows):
        contact = entry.contact
        if contact.id and contact.name:
            names.setdefault(called(contact), {}).setdefault(contact.crm, set()).add(contact.id)
        for number in dict.fromkeys(map(compared, entry.numbers)):
            found.setdefault(number, []).append(contact)
    return {
        number: owners((_with_namesakes(contact, names) for contact in contacts), crms)
        for number, contacts in found.items()
    }


def _with_namesakes(contact: Contact, names: Mapping[str, Mapping[str, set[str]]]) -> Contact:
    known = names.get(called(contact), {}) if contact.id and contact.name else {}
    crms = tuple(sorted(crm for crm, ids in known.items() if ids - {contact.id}))
    return replace(contact, namesakes=crms) if crms else contact
