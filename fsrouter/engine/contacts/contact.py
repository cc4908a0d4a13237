"""A contact as rules see it, and a row or record of one with its numbers."""

from __future__ import annotations

from msgspec import Struct


class Contact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contact, or with an empty `id` a company's own number, as the cache holds it.

    `fields` are the CRM's further fields by name; an empty or absent one is not known. `crm` is the connection's
    name in the rule book, "" for every one. `synced` is when the cache heard of it, in seconds since the epoch.
    `namesakes` are the connections that have another contact of the same name.
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
    namesakes: tuple[str, ...] = ()


class Entry(Struct, frozen=True, kw_only=True):
    """A contact with its numbers (E.164), or a company with its own; `gone` when it is to be removed: a contact by its
    id, of a company the numbers.
    """

    contact: Contact
    numbers: tuple[str, ...] = ()
    gone: bool = False


#: What is said of a contact besides its id, its CRM and the CRM's further fields.
TEXTS = ("name", "title", "account", "account_id", "territory", "owner")
