"""Salesforce, by a connected app with the client credentials flow.

The worked example of docs/adding-a-crm.md: everything that a connector of a whole CRM needs, in one file.

After the documentation of the REST API (query, queryAll, parameterized search, describe) and of OAuth. What it says
and what follows here:

- A token comes from `/services/oauth2/token` of My Domain, which is the connection's url. Its reply does not say how
  long it is good; it is renewed when it is refused.
- A query gives at most 2,000 records. Its locator lives two days, so records are read in the order of their ids
  instead, each query beginning behind the last id: a sync goes on at any time.
- `queryAll` finds what was deleted (`IsDeleted`), while it is in the recycle bin.
- `describe` tells which fields are of the type phone, and what a person may see.
- A search `in=PHONE` looks into all phone fields. How it treats punctuation in other countries than the US is in
  doubt, so what it finds is read, and counts when the number is really in it.

There is no territory on a contact; the custom field `Territory__c` is taken where there is one.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from fsrouter.crm.connectors.base import (
    CallSummary,
    Cursor,
    Found,
    Page,
    User,
    Wanted,
    chosen,
    identity,
    kept,
    text,
    unique,
    utc,
)
from fsrouter.crm.connectors.rest import RestConnector
from fsrouter.crm.errors import CrmRefused
from fsrouter.crm.transport.messages import (
    Credentials,
    Flow,
    HeldSecret,
    Request,
    Token,
    address,
    bearer,
)
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import crms
from fsrouter.engine.numbers.plan import national
from fsrouter.errors import Refused

LIMIT = 2000
#: Seconds that a token is taken to be good: the shortest session that an org can be set to.
LASTS = 900.0
USUAL = {
    "Contact": ("Id", "Name", "Title", "AccountId", "Account.Name", "OwnerId"),
    "Lead": ("Id", "Name", "Title", "Company", "OwnerId"),
    "Account": ("Id", "Name", "OwnerId"),
}
TERRITORY = "territory__c"


class _Grant(Struct, frozen=True):
    access_token: str = ""
    error_description: str = ""


class _Records(Struct, frozen=True):
    records: list[dict[str, Any]] = []
    totalSize: int = -1


class _Found(Struct, frozen=True):
    searchRecords: list[dict[str, Any]] = []


class _Field(Struct, frozen=True):
    name: str
    type: str = ""
    referenceTo: list[str] = []


class _Described(Struct, frozen=True):
    fields: list[_Field] = []


class Salesforce(RestConnector):
    """One Salesforce org."""

    modules = crms.Salesforce.CAN.modules
    stages = (*modules, "Contact:deleted", "Lead:deleted")
    api = "/services/data/v62.0"
    _connection: crms.Salesforce

    # Signing in

    def credentials(self, token: HeldSecret | None) -> Credentials:
        return bearer((token,)) if token else ()

    def sign_in(self) -> Flow[Token]:
        url = address(self._connection.url, "/services/oauth2/token")
        grant = yield from self._grant(_Grant, url, "client_credentials", "client_id", "client_secret")
        if not grant.access_token:
            raise CrmRefused(
                f"gives no token ({text(grant.error_description) or 'no reason'}); look at client id and secret"
            )
        return Token(HeldSecret(grant.access_token), LASTS)

    # Sync

    def _schema(self) -> Flow[Cursor]:
        fields, numbers = {}, {}
        for module in self.modules:
            known = (yield from self._describe(module)).fields
            fields[module] = unique(USUAL[module], chosen((f.name for f in known), self._wanted | {TERRITORY}))
            numbers[module] = tuple(f.name for f in known if f.type == "phone" and f.name != "Fax")
        return Cursor(fields=fields, phones=numbers)

    def _page(self, since: float, here: Cursor) -> Flow[Page]:
        module, _, deleted = here.stage.partition(":")
        conditions = [f"SystemModstamp >= {utc(since)}"] if since else []
        conditions += ["IsDeleted = true"] if deleted else []
        conditions += [f"Id > '{_id(here.at)}'"] if here.at else []
        names = ("Id",) if deleted else unique(here.fields[module], here.phones[module])
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        soql = f"SELECT {','.join(names)} FROM {module}{where} ORDER BY Id LIMIT {LIMIT}"
        records = (yield self._query(soql, "queryAll" if deleted else "query")).read(_Records).records
        last = len(records) < LIMIT
        after = self._next_stage(since, here) if last else here.behind(_id(records[-1]["Id"])).written()
        if deleted:
            return Page(gone=tuple(identity(r["Id"]) for r in records), cursor=after)
        return Page(found=tuple(self._found(module, r, here) for r in records), cursor=after)

    def _found(self, module: str, record: dict[str, Any], here: Cursor) -> Found:
        fields = kept(record, here.fields[module][len(USUAL[module]) :])
        numbers = tuple(text(record.get(name)) for name in here.phones[module])
        return Found(self._contact(module, record, fields, module != "Account"), numbers)

    def _contact(self, module: str, record: dict[str, Any], fields: dict[str, str], person: bool) -> Contact:
        """A record as a contact; a company's own number has no id, but the record of a look-up has."""
        own = module == "Account"
        account = record.get("Account") or {}
        return Contact(
            id=identity(record["Id"]) if person else "",
            crm=self.name,
            name="" if own else text(record.get("Name")),
            title=text(record.get("Title")),
            account=text(record.get("Name") if own else account.get("Name") or record.get("Company")),
            account_id=identity(record["Id"] if own else record.get("AccountId")),
            territory=next((text(v) for k, v in record.items() if k.casefold() == TERRITORY), ""),
            owner=identity(record.get("OwnerId")),
            fields=fields,
        )

    # Live

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        module = crms.Salesforce.CAN.person_module(wanted.module)
        record = yield from self._record_of(module, wanted, "" if wanted.of_accounts else wanted.field)
        if wanted.of_accounts:
            account = identity(record.get("AccountId")) if record else ""
            module = "Account"
            record = yield from self._record_of(module, msgspec.structs.replace(wanted, contact=account), wanted.field)
        return self._contact(module, record, kept(record, record), True) if record else None

    def _record_of(self, module: str, wanted: Wanted, field: str) -> Flow[dict[str, Any] | None]:
        names = unique(USUAL[module], ["Phone"], [_name(field)] if field else [])
        if wanted.contact:
            soql = f"SELECT {','.join(names)} FROM {module} WHERE Id = '{_id(wanted.contact)}'"
            found = (yield self._query(soql)).read(_Records).records
            if found:
                return found[0]
        described = (yield from self._describe(module)).fields
        numbers = [f.name for f in described if f.type == "phone"]
        asked = {
            "q": national(wanted.number),
            "in": "PHONE",
            "sobjects": [{"name": module, "fields": [*names, *numbers], "limit": 50}],
        }
        got = (yield self._request("/parameterizedSearch", asked)).read(_Found).searchRecords
        mine = (r for r in got if self._has((text(r.get(name)) for name in numbers), wanted.number))
        return min(mine, key=lambda r: str(r["Id"]), default=None)

    # Users, counting, writing

    def users(self) -> Flow[tuple[User, ...]]:
        soql = f"SELECT Id,Name,Email FROM User WHERE IsActive = true ORDER BY Id LIMIT {LIMIT}"
        found = (yield self._query(soql)).read(_Records).records
        return tuple(User(id=identity(u["Id"]), email=text(u.get("Email")), name=text(u.get("Name"))) for u in found)

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        described = yield from self._describe("Contact")
        return tuple(f.name for f in described.fields if f.type == "reference" and "User" in f.referenceTo)

    def count(self, module: str) -> Flow[int]:
        return (yield self._query(f"SELECT COUNT() FROM {_name(module)}")).read(_Records).totalSize

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        task = {
            "WhoId": contact,
            "Subject": call.title[:255],
            "Description": call.body,
            "Status": "Completed",
            "TaskSubtype": "Call",
            "CallType": "Inbound",
            "CallDurationInSeconds": int(call.seconds),
            "ActivityDate": utc(call.began)[:10],
            **({"OwnerId": call.owner} if call.owner else {}),
        }
        yield self._request("/sobjects/Task", task, accepts=(200, 201))

    def _query(self, soql: str, resource: str = "query") -> Request:
        return self._request(f"/{resource}", q=soql)

    def _describe(self, module: str) -> Flow[_Described]:
        return (yield self._request(f"/sobjects/{module}/describe")).read(_Described)


def _id(id: str) -> str:
    """An id as it may stand in a query. Raises Refused for what is none."""
    if not re.fullmatch(r"[A-Za-z0-9]{15,18}", id):
        raise Refused("an id of Salesforce's has 15 or 18 letters and digits")
    return id


def _name(name: str) -> str:
    """The name of a field or module as it may stand in a query. Raises Refused for what is none."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]{0,79}", name):
        raise Refused("a field of Salesforce's is letters, digits and underscores")
    return name
