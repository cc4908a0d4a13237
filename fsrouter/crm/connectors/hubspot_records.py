"""HubSpot's records: the shapes of its replies, and how a record becomes a contact.

Shapes and names are those of HubSpot's CRM API, alike in all of its versions; what is not named here is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

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


#: Properties that hold the numbers by which a person is searched for: as they were typed, and as HubSpot reads them.
NUMBERS = ("phone", "mobilephone", "hs_calculated_phone_number", "hs_calculated_mobile_number")

T = TypeVar("T")


class Next(Struct, frozen=True):
    after: str = ""


class Paging(Struct, frozen=True):
    next: Next | None = None


class Listed(Struct, Generic[T], frozen=True):
    """A page of a list. It is over when `after` is empty, and only then; `total` counts what a search finds."""

    results: list[T] = []
    paging: Paging | None = None
    total: int = -1

    @property
    def after(self) -> str:
        """The cursor of the next page."""
        return self.paging.next.after if self.paging and self.paging.next else ""


class Linked(Struct, frozen=True):
    """What a record is associated with: `id` in a list of records, `toObjectId` in a list of associations."""

    id: str = ""
    toObjectId: int | str = ""


class Object(Struct, frozen=True):
    id: str
    properties: dict[str, Any] = {}
    associations: dict[str, Listed[Linked]] = {}

    @property
    def companies(self) -> Listed[Linked]:
        """The companies with which it is associated, as far as they came with it."""
        return self.associations.get("companies", Listed())


class Property(Struct, frozen=True):
    name: str
    fieldType: str = ""
    referencedObjectType: str | None = None


class Owner(Struct, frozen=True):
    id: str
    email: str | None = None
    type: str = "PERSON"
    firstName: str | None = None
    lastName: str | None = None


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
    if not record.associations:
        return identity(record.properties.get("associatedcompanyid"))
    linked = (identity(c.id or c.toObjectId) for c in record.companies.results)
    return identity(record.properties.get("associatedcompanyid")) or next(linked, "")


def first(records: Iterable[Object]) -> Object | None:
    """The first record by id as text, as everywhere."""
    return min(records, key=lambda r: r.id, default=None)
