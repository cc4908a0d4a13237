"""What ConnectWise's records say: telephone numbers, fields, and the records that they refer to."""

from __future__ import annotations

from typing import Any

from fsrouter.crm.connectors.base import chosen, identity, kept, text, unique

Record = dict[str, Any]


def phones(contact: Record) -> tuple[str, ...]:
    """The numbers of a contact: its items of the type Phone, and the one that is its default."""
    items = (i for i in contact.get("communicationItems") or () if kind(i).lower() == "phone")
    return tuple(filter(None, unique((text(i.get("value")) for i in items), [text(contact.get("defaultPhoneNbr"))])))


def kind(item: Record) -> str:
    return text(item.get("communicationType")) or name_of(item, "type")


def fields(record: Record, wanted: frozenset[str]) -> dict[str, str]:
    """The fields of a record that are wanted: of its own, and custom ones by their caption."""
    custom = {text(field.get("caption")): field.get("value") for field in record.get("customFields") or ()}
    values = record | custom
    return kept(values, chosen(values, wanted))


def name_of(record: Record, name: str) -> str:
    """The name of another record that a record refers to."""
    return text((record.get(name) or {}).get("name"))


def id_of(record: Record, name: str) -> str:
    """The id of another record that a record refers to; "" when it refers to none."""
    return identity((record.get(name) or {}).get("id") or "")
