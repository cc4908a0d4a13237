"""Which contacts and companies some rows or records are: what each is known by, how rows are joined, the order in which
the owners of a number are tried.

Files, CRMs and the contact cache ask here; how they write contacts, and where these are kept, is no affair of this
module. Numbers are E.164 by now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.errors import Refused


class Contact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contact, or with an empty `id` a company's own number, as the cache holds it.

    `fields` are the CRM's further fields by name; an empty or absent one is not known. `crm` is the connection's
    name in the rule book, "" for every one. `synced` is when the cache heard of it, in seconds since the epoch.
    """

    id: str = ""
    crm: str = ""
    name: str = ""
    title: str = ""
    account: str = ""
    account_id: str = ""
    territory: str = ""
    owner: str = ""
    fields: dict[str, str] = {}
    synced: float = 0.0


class Entry(Struct, frozen=True, kw_only=True):
    """A contact with its numbers (E.164), or a company with its own; `gone` when it is to be removed: a contact by its
    id, of a company the numbers.
    """

    contact: Contact
    numbers: tuple[str, ...] = ()
    gone: bool = False


#: What is said of a contact besides its id, its CRM and the CRM's further fields.
TEXTS = ("name", "title", "account", "account_id", "territory", "owner")


def identity(contact: Contact) -> tuple[str, str]:
    """What a contact is known by within its CRM: `person` and its id, or of a company `account` and the account's id,
    else its name without case.
    """
    return ("person", contact.id) if contact.id else ("account", contact.account_id or contact.account.casefold())


def problem(entry: Entry) -> str:
    """Why a row or record is nobody's, as a phrase that goes on from it; "" when it is somebody's."""
    contact = entry.contact
    if contact.id:
        return ""
    if not entry.numbers:
        return "has neither an id nor a number"
    known = contact.account or contact.account_id
    return "" if known or entry.gone else "has neither an id nor an account, so it is nobody's number"


def owners(found: Iterable[Contact]) -> tuple[Contact, ...]:
    """The owners of a number in the order in which they are tried: contacts by id as text, then companies' own."""
    return tuple(sorted(found, key=lambda c: (not c.id, c.id, c.crm, identity(c))))


def by_number(entries: Iterable[Entry]) -> dict[str, tuple[Contact, ...]]:
    """The owners of each number (E.164) of some entries, as `owners` has them."""
    found: dict[str, list[Contact]] = {}
    for entry in entries:
        for number in entry.numbers if not entry.gone else ():
            found.setdefault(number, []).append(entry.contact)
    return {number: owners(contacts) for number, contacts in found.items()}


def of_crm(contacts: Iterable[Contact], crm: str) -> Iterator[Contact]:
    """Those that count for a CRM: its own, and those of every CRM; all of them for ""."""
    return (contact for contact in contacts if not crm or contact.crm in ("", crm))


def person(contacts: Iterable[Contact]) -> Contact | None:
    """The contact that counts of the owners of a number: the first, and no company's own number."""
    return next((contact for contact in contacts if contact.id), None)


def joined(first: Entry, second: Entry) -> Entry:
    """Two rows of one contact or company as one: all numbers, in order, and of each field what is said last."""
    old, new = first.contact, second.contact
    texts: dict[str, Any] = {name: getattr(new, name) or getattr(old, name) for name in TEXTS}
    contact = replace(new, fields=old.fields | new.fields, **texts)
    return replace(second, contact=contact, numbers=tuple(dict.fromkeys((*first.numbers, *second.numbers))))


class Joining:
    """Rows joined as they come: those of one contact while they stand together, those of one company wherever they do.

    So it holds the ids of contacts, and the companies, of which there are few.
    """

    def __init__(self) -> None:
        self._last: Entry | None = None
        self._seen: set[str] = set()
        self._companies: dict[tuple[str, str], Entry] = {}

    def add(self, entry: Entry) -> Entry | None:
        """Add a row. Returns the contact or removal that is complete by now, if any. Raises Refused, as a phrase
        that goes on from the row, when it is nobody's, contradicts the row above, or comes too late.
        """
        if nobody := problem(entry):
            raise Refused(nobody)
        contact, last = entry.contact, self._last
        if not contact.id and not entry.gone:
            company = contact.crm, identity(contact)[1]
            self._companies[company] = joined(self._companies[company], entry) if company in self._companies else entry
            return None
        if contact.id:
            if last and (last.gone, last.contact.crm, last.contact.id) == (entry.gone, contact.crm, contact.id):
                _agree(last.contact, contact)
                self._last = joined(last, entry)
                return None
            key = f"{contact.crm}\0{contact.id}"
            if key in self._seen:
                raise Refused(f"{contact.id!r} stands further up already; put a contact's rows together")
            self._seen.add(key)
        self._last = entry
        return last

    def rest(self) -> Iterator[Entry]:
        """What is left when all rows have been added: the last one, and the companies."""
        if self._last:
            yield self._last
        yield from self._companies.values()


def _agree(above: Contact, below: Contact) -> None:
    for name in TEXTS:
        old, new = getattr(above, name), getattr(below, name)
        if old and new and old != new:
            raise Refused(f"gives {below.id!r} the {name} {new[:60]!r}; the row above says {old[:60]!r}")
