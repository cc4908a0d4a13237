"""HubSpot's records: the shapes of its replies, and how a record becomes a contact.

Shapes and names are those of HubSpot's CRM API v3; what is not named here is not looked at.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from fsrouter.crm.connectors.base import Cursor, Found, identity, joined, kept, text
from fsrouter.engine.contacts import Contact

#: Properties that are always asked for, of contacts and of companies.
OF_CONTACTS = (
    "firstname",
    "lastname",
    "email",
    "jobtitle",
    "company",
    "associatedcompanyid",
    "hubspot_owner_id",
    "territory",
)
OF_COMPANIES = ("name", "territory", "hubspot_owner_id")


class Object(Struct, frozen=True):
    id: str
    properties: dict[str, Any] = {}
    archivedAt: str | None = None
    associations: dict[str, Objects] = {}


class Next(Struct, frozen=True):
    after: str = ""


class Paging(Struct, frozen=True):
    next: Next = Next()


class Objects(Struct, frozen=True):
    results: list[Object] = []
    paging: Paging = Paging()
    total: int = -1


class Property(Struct, frozen=True):
    name: str
    fieldType: str = ""
    referencedObjectType: str | None = None


class Properties(Struct, frozen=True):
    results: list[Property]


class Owner(Struct, frozen=True):
    id: str
    email: str | None = None
    type: str = "PERSON"
    firstName: str | None = None
    lastName: str | None = None


class Owners(Struct, frozen=True):
    results: list[Owner]
    paging: Paging = Paging()


def person(crm: str, record: Object, company: Object | None, here: Cursor) -> Found:
    """A contact with its numbers; a company's fields are its own where it has none of that name."""
    own, of_company = record.properties, company.properties if company else {}
    fields = kept(of_company, here.fields["companies"][len(OF_COMPANIES) :])
    fields |= kept(own, here.fields["contacts"][len(OF_CONTACTS) :])
    return Found(contact(crm, record, of_company, fields), tuple(text(own.get(n)) for n in here.phones["contacts"]))


def contact(crm: str, record: Object, of_company: dict[str, Any], fields: dict[str, str]) -> Contact:
    """A contact, beside the properties of its company."""
    own = record.properties
    return Contact(
        id=identity(record.id),
        crm=crm,
        name=joined(own.get("firstname"), own.get("lastname")) or text(own.get("email")),
        title=text(own.get("jobtitle")),
        account=text(of_company.get("name")) or text(own.get("company")),
        account_id=company_id(record),
        territory=text(own.get("territory")) or text(of_company.get("territory")),
        owner=text(own.get("hubspot_owner_id")),
        fields=fields,
    )


def company(crm: str, record: Object, here: Cursor) -> Found:
    """A company with its own numbers."""
    numbers = (text(record.properties.get(name)) for name in here.phones["companies"])
    return Found(account(crm, record), tuple(filter(None, numbers)))


def account(crm: str, record: Object, id: str = "", fields: dict[str, str] | None = None) -> Contact:
    """A company as a contact; its own number has no id, but the record of a look-up has."""
    own = record.properties
    return Contact(
        id=identity(id),
        crm=crm,
        account=text(own.get("name")),
        account_id=identity(record.id),
        territory=text(own.get("territory")),
        owner=text(own.get("hubspot_owner_id")) if id else "",
        fields=fields or {},
    )


def company_id(record: Object) -> str:
    """The primary company of a contact: HubSpot's own property, else the first association."""
    linked = record.associations.get("companies", Objects()).results
    return identity(record.properties.get("associatedcompanyid")) or next((identity(c.id) for c in linked), "")


def first(records: Iterable[Object]) -> Object | None:
    """The first record by id as text, as everywhere."""
    return min(itertools.islice(records, 100), key=lambda r: r.id, default=None)
