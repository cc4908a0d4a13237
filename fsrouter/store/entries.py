"""What the contact cache keeps of a contact, as a frozen value, and how it becomes a row and comes back. No SQL here.

A contact is what the engine takes it for (`facts.Contact`); here it also has its numbers. Texts are cut to the bounds
in `limits` on their way in: they come from CRMs and files.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from fsrouter.engine.walk.facts import Contact
from fsrouter.store import limits

TEXTS = ("name", "title", "account", "account_id", "territory", "owner")
#: A row's columns, and those that name a contact among all.
COLUMNS = ("company", "crm", "generation", "kind", "key", *TEXTS, "fields", "synced")
KEY = COLUMNS[:5]
#: The columns by which `contact_of` tells a contact.
TOLD = ("kind", "key", "crm", *TEXTS, "fields", "synced")

_fields = msgspec.json.Decoder(dict[str, str])


class Entry(Struct, frozen=True, kw_only=True):
    """A contact with its numbers (E.164); one with an empty id is a company's own, known by its account."""

    contact: Contact
    numbers: tuple[str, ...] = ()


def identity(contact: Contact) -> tuple[str, str]:
    """A contact's `kind` and `key`: what it is known by within its CRM."""
    if contact.id:
        return "person", limits.short(contact.id)
    return "account", limits.short(contact.account_id or contact.account.casefold())


def written(entry: Entry) -> tuple[Any, ...]:
    """What stands in the columns behind KEY."""
    contact = entry.contact
    fields = {limits.short(k): limits.short(v, limits.LONG) for k, v in list(contact.fields.items())[: limits.MANY]}
    texts = (limits.short(getattr(contact, name)) for name in TEXTS)
    return (*texts, msgspec.json.encode(fields).decode(), contact.synced)


def contact_of(row: Any) -> Contact:
    """The contact of a row whose columns are TOLD."""
    kind, key, crm, *texts, fields, synced = row
    told = dict(zip(TEXTS, texts, strict=True))
    return Contact(id=key if kind == "person" else "", crm=crm, fields=_fields.decode(fields), synced=synced, **told)
