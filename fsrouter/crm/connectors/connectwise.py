"""ConnectWise Manage (PSA), by the API keys of a member.

After its developer guide of the REST API 3.0. What it says and what follows here:

- Authorisation is basic, the user being `company+public key`; `clientId` is mandatory.
- With the header `pagination-type: forward-only` pages come by id: `pageId` means `id > pageId`, and a page has at
  most 1,000 records. `orderBy` may not be given. So a sync goes on behind the last id, and may at any time.
- A condition on a time is `lastUpdated > [2016-08-20T18:04:26Z]`. The guide's example is of tickets; that contacts and
  companies take it under the same name is in doubt (their records tell it as `_info/lastUpdated`).
- Addresses should not be longer than 2,000 characters; long conditions go into the body of `/search`.
- Deleted contacts are listed nowhere: they are gone after the next full sync. Inactive ones are taken for gone, as are
  deleted companies.
- Telephone numbers are `communicationItems` of the type Phone, mostly digits only. `like "%...%"` looks for the
  national digits; what comes back is read, and counts when the number is really in it.
- 429 comes with Retry-After.

A contact has no owner and no territory; its company has `territory` and `territoryManager`, and these are taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from fsrouter.crm.connectors import phones
from fsrouter.crm.connectors.base import (
    CallSummary,
    Found,
    Page,
    Place,
    User,
    Wanted,
    identity,
    kept,
    place,
    text,
)
from fsrouter.crm.transport.messages import Basic, Credentials, Flow, Held, Reply, Request, Token, address, given
from fsrouter.engine.model import crms
from fsrouter.engine.model.criteria import fold
from fsrouter.engine.numbers.e164 import national
from fsrouter.engine.walk.facts import Contact

API = "/v4_6_release/apis/3.0"
LIMIT = 1000
R = TypeVar("R")
FORWARD = (("pagination-type", "forward-only"),)
APART = 0.05
#: What is read of a company, for its contacts.
OF_COMPANIES = "id,identifier,name,phoneNumber,territory,territoryManager,deletedFlag,customFields"


class _Reference(Struct, frozen=True):
    id: int | None = None
    name: str | None = None


class _Item(Struct, frozen=True):
    value: str | None = None
    communicationType: str | None = None
    type: _Reference | None = None


class _Contact(Struct, frozen=True):
    id: int
    firstName: str | None = None
    lastName: str | None = None
    title: str | None = None
    inactiveFlag: bool = False
    company: _Reference | None = None
    defaultPhoneNbr: str | None = None
    communicationItems: list[_Item] | None = None
    customFields: list[dict[str, Any]] | None = None
    raw: dict[str, Any] = {}


class _Company(Struct, frozen=True):
    id: int
    name: str | None = None
    phoneNumber: str | None = None
    territory: _Reference | None = None
    territoryManager: _Reference | None = None
    deletedFlag: bool | None = False
    customFields: list[dict[str, Any]] | None = None
    raw: dict[str, Any] = {}


class _Member(Struct, frozen=True):
    id: int
    identifier: str | None = None
    firstName: str | None = None
    lastName: str | None = None
    primaryEmail: str | None = None
    officeEmail: str | None = None


class ConnectWise:
    """One ConnectWise Manage site. `wanted` are the fields that rules look at, folded: captions of custom fields, and
    any field of contact or company by its name.
    """

    modules = ("contacts", "companies")
    syncs = True
    incremental = True

    def __init__(self, name: str, connection: crms.ConnectWise, wanted: frozenset[str], country: str) -> None:
        self.name = name
        self._url = connection.url
        self._wanted = wanted
        self._country = country
        user = (*given(connection.company_id), "+", *given(connection.public_key))
        self._credentials: Credentials = (
            ("Authorization", (Basic(user, given(connection.private_key)),)),
            ("clientId", given(connection.client_id)),
        )

    def credentials(self, token: Held | None) -> Credentials:
        return self._credentials

    def sign_in(self) -> Flow[Token] | None:
        return None

    # Sync

    def page(self, since: float, cursor: str) -> Flow[Page]:
        here = place(cursor)
        stage = self._companies if here.stage == "companies" else self._contacts
        return (yield from stage(since, here))

    def _contacts(self, since: float, here: Place) -> Flow[Page]:
        reply = yield self._list("/company/contacts", since, here)
        contacts = _records(reply, _Contact)
        companies = yield from self._companies_of(contacts)
        found = tuple(self._person(c, companies) for c in contacts if not c.inactiveFlag)
        gone = tuple(str(c.id) for c in contacts if c.inactiveFlag)
        return Page(found=found, gone=gone, cursor=_behind(here, contacts) or here.at_stage("companies").written())

    def _companies(self, since: float, here: Place) -> Flow[Page]:
        companies = _records((yield self._list("/company/companies", since, here, fields=OF_COMPANIES)), _Company)
        found = tuple(
            Found(self._account(c), (text(c.phoneNumber),)) for c in companies if c.phoneNumber and not c.deletedFlag
        )
        return Page(found=found, cursor=_behind(here, companies))

    def _companies_of(self, contacts: Iterable[_Contact]) -> Flow[dict[int, _Company]]:
        ids = sorted({c.company.id for c in contacts if c.company and c.company.id})
        if not ids:
            return {}
        asked = {"conditions": f"id in ({','.join(map(str, ids))})"}
        url = address(
            self._url, f"{API}/company/companies/search", pageSize=LIMIT, fields="" if self._wanted else OF_COMPANIES
        )
        reply = yield Request(method="POST", url=url, json=asked, apart=APART)
        return {company.id: company for company in _records(reply, _Company)}

    def _person(self, contact: _Contact, companies: dict[int, _Company]) -> Found:
        company = companies.get(contact.company.id) if contact.company and contact.company.id else None
        return Found(self._contact(contact, company, self._wanted), _phones(contact))

    def _contact(self, contact: _Contact, company: _Company | None, wanted: frozenset[str]) -> Contact:
        named = contact.company or _Reference()
        return Contact(
            id=str(contact.id),
            crm=self.name,
            name=" ".join(filter(None, (text(contact.firstName), text(contact.lastName)))),
            title=text(contact.title),
            account=text((company and company.name) or named.name),
            account_id=identity(named.id),
            territory=_name(company.territory) if company else "",
            owner=_id(company.territoryManager) if company else "",
            fields=(_fields(company, wanted) if company else {}) | _fields(contact, wanted),
        )

    def _account(self, company: _Company, id: str = "", wanted: frozenset[str] = frozenset()) -> Contact:
        return Contact(
            id=id,
            crm=self.name,
            account=text(company.name),
            account_id=str(company.id),
            territory=_name(company.territory),
            owner=_id(company.territoryManager) if id else "",
            fields=_fields(company, wanted),
        )

    # Live

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        field = frozenset({fold(wanted.field)}) if wanted.field else frozenset()
        person = yield from self._person_of(wanted)
        company: _Company | None = None
        if person and person.company and person.company.id:
            url = address(self._url, f"{API}/company/companies/{person.company.id}")
            got = yield Request(url=url, accepts=(200, 404))
            company = _record(got.read(dict[str, Any]), _Company) if got.status == 200 else None
        if not wanted.of_accounts:
            return self._contact(person, company, field) if person else None
        if company is None:
            company = yield from self._company_by(wanted.number)
        return self._account(company, str(company.id), field) if company else None

    def _person_of(self, wanted: Wanted) -> Flow[_Contact | None]:
        if wanted.contact.isdigit():
            url = address(self._url, f"{API}/company/contacts/{wanted.contact}")
            got = yield Request(url=url, accepts=(200, 404))
            if got.status == 200:
                return _record(got.read(dict[str, Any]), _Contact)
        condition = f'communicationItems/value like "%{national(wanted.number)}%"'
        url = address(self._url, f"{API}/company/contacts", childConditions=condition, pageSize=25)
        found = _records((yield Request(url=url)), _Contact)
        mine = (c for c in found if wanted.number in phones.read(_phones(c), self._country)[0])
        return min(mine, key=lambda c: str(c.id), default=None)

    def _company_by(self, number: str) -> Flow[_Company | None]:
        condition = f'phoneNumber like "%{national(number)}%"'
        url = address(self._url, f"{API}/company/companies", conditions=condition, pageSize=25)
        found = _records((yield Request(url=url)), _Company)
        mine = (c for c in found if number in phones.read((text(c.phoneNumber),), self._country)[0])
        return min(mine, key=lambda c: str(c.id), default=None)

    # Users, counting, writing

    def users(self) -> Flow[tuple[User, ...]]:
        url = address(self._url, f"{API}/system/members", pageSize=LIMIT, conditions="inactiveFlag=False")
        members = (yield Request(url=url)).read(list[_Member])
        return tuple(
            User(
                id=str(m.id),
                email=text(m.primaryEmail or m.officeEmail),
                name=" ".join(filter(None, (text(m.firstName), text(m.lastName)))) or text(m.identifier),
            )
            for m in members
        )

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        """A contact's owner is its company's territory manager; no field of a contact is a member."""
        yield from ()
        return ()

    def count(self, module: str) -> Flow[int]:
        url = address(self._url, f"{API}/company/{module}/count")
        return int((yield Request(url=url)).read(dict[str, Any])["count"])

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        told = f"{call.title}\n{call.text}" + (f"\nRecording: {call.recording}" if call.recording else "")
        url = address(self._url, f"{API}/company/contacts/{int(contact)}/notes")
        yield Request(method="POST", url=url, json={"text": told}, accepts=(200, 201))

    def _list(self, path: str, since: float, here: Place, **query: str) -> Request:
        moment = datetime.fromtimestamp(int(since), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        conditions = f"lastUpdated > [{moment}]" if since else ""
        url = address(self._url, API + path, pageSize=LIMIT, pageId=here.at, conditions=conditions, **query)
        return Request(url=url, headers=FORWARD, apart=APART)


def _records(reply: Reply, kind: type[R]) -> list[R]:
    return [_record(found, kind) for found in reply.read(list[dict[str, Any]])]


def _record(found: dict[str, Any], kind: type[R]) -> R:
    """A record of a known shape, with all that it says beside."""
    return msgspec.convert(found | {"raw": found}, kind)


def _behind(here: Place, records: list[Any]) -> str:
    """The cursor behind a page's last record; "" when the page was the last one."""
    if len(records) < LIMIT:
        return ""
    return msgspec.structs.replace(here, stage=here.stage or "contacts", at=str(max(r.id for r in records))).written()


def _phones(contact: _Contact) -> tuple[str, ...]:
    items = (i for i in contact.communicationItems or () if (i.communicationType or _name(i.type)).lower() == "phone")
    return tuple(dict.fromkeys(filter(None, (*(text(i.value) for i in items), text(contact.defaultPhoneNbr)))))


def _fields(record: _Contact | _Company, wanted: frozenset[str]) -> dict[str, str]:
    """The fields of a record that are wanted: of its own, and custom ones by their caption."""
    told = {name: value for name, value in record.raw.items() if fold(name) in wanted}
    told |= {
        text(c.get("caption")): c.get("value")
        for c in record.customFields or ()
        if fold(text(c.get("caption"))) in wanted
    }
    return kept(told, told)


def _name(reference: _Reference | None) -> str:
    return text(reference.name) if reference else ""


def _id(reference: _Reference | None) -> str:
    return identity(reference.id) if reference else ""
