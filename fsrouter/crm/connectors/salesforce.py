"""Salesforce, by an external client app with the client credentials flow.

The worked example of docs/adding-a-crm.md: everything that a connector of a whole CRM needs, in one file.

After the documentation of the REST API (query, queryAll, parameterized search, describe) and of OAuth. What it says
and what follows here:

- A token comes from `/services/oauth2/token` of My Domain, which is the connection's url. Its reply does not say how
  long it is good; it is renewed when it is refused.
- A query gives its records in batches of a size that Salesforce chooses; `done` says whether that was the last, and
  `nextRecordsUrl` where the next one is. That locator lives two days, and of one user at most ten live at once. Records
  are read in the order of their ids, so one that is no longer known is made up for by a query behind the last id.
- An org has so many requests in any 24 hours; beyond these all are answered by 403 and REQUEST_LIMIT_EXCEEDED.
- `queryAll` finds what was deleted (`IsDeleted`), while it is in the recycle bin.
- A lead that was converted (`IsConverted`) goes on as a contact: it is nobody any more, and stays in queries.
- `describe` tells which fields are of the type phone, and what a person may see.
- A search gives at most 2,000 records, all at once. `in=PHONE` looks into all phone fields. How it treats
  punctuation in other countries than the US is in doubt, so what it finds is read, and counts when the number is really
  in it.

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
from fsrouter.crm.connectors.rest import RestConnector, all_pages
from fsrouter.crm.errors import CrmBadReply, CrmRefused
from fsrouter.crm.transport.messages import (
    Credentials,
    Flow,
    HeldSecret,
    Reply,
    Request,
    Token,
    address,
    bearer,
)
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import crms
from fsrouter.engine.numbers.plan import national
from fsrouter.errors import Refused

#: Seconds until requests are tried again that an org has used up: those of 24 hours count, whatever the hour.
RATIONED = 900.0
#: Records that a search gives at most.
MOST_FOUND = 2000
#: Seconds that a token is taken to be good: the shortest session that an org can be set to.
LASTS = 900.0
USUAL = {
    "Contact": ("Id", "Name", "Title", "AccountId", "Account.Name", "OwnerId"),
    "Lead": ("Id", "Name", "Title", "Company", "OwnerId"),
    "Account": ("Id", "Name", "OwnerId"),
}
TERRITORY = "territory__c"
#: What must hold for a record of a module to be somebody.
SOMEBODY = {"Lead": "IsConverted = false"}
#: The stages of an incremental sync that list who is gone, and what must hold for that.
GONE = {"deleted": "IsDeleted = true", "converted": "IsConverted = true"}


class _Grant(Struct, frozen=True):
    access_token: str = ""
    error_description: str = ""


class _Records(Struct, frozen=True):
    records: list[dict[str, Any]] = []
    totalSize: int = -1
    done: bool = True
    nextRecordsUrl: str = ""


class _Trouble(Struct, frozen=True):
    errorCode: str = ""


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
    stages = (*modules, "Contact:deleted", "Lead:deleted", "Lead:converted")
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

    def rationed(self, reply: Reply) -> float | None:
        return RATIONED if "REQUEST_LIMIT_EXCEEDED" in _codes(reply) else None

    # Sync

    def _schema(self) -> Flow[Cursor]:
        fields, numbers = {}, {}
        for module in self.modules:
            known = (yield from self._describe(module)).fields
            fields[module] = unique(USUAL[module], chosen((f.name for f in known), self._wanted | {TERRITORY}))
            numbers[module] = tuple(f.name for f in known if f.type == "phone" and f.name != "Fax")
        return Cursor(fields=fields, phones=numbers)

    def _page(self, since: float, here: Cursor) -> Flow[Page]:
        module, _, gone = here.stage.partition(":")
        got = (yield from self._batch(here.at)) if here.at else None
        got = got or (yield self._records(module, gone, since, here)).read(_Records)
        last = _id(got.records[-1]["Id"]) if got.records else ""
        after = here.behind(_next(got), last=last).written() if _next(got) else self._next_stage(since, here)
        if gone:
            return Page(gone=tuple(identity(r["Id"]) for r in got.records), cursor=after)
        return Page(found=tuple(self._found(module, r, here) for r in got.records), cursor=after)

    def _records(self, module: str, gone: str, since: float, here: Cursor) -> Request:
        """The query for what a stage is to read, behind the last record that was read."""
        conditions = [f"SystemModstamp >= {utc(since)}"] if since else []
        conditions += filter(None, [GONE.get(gone, SOMEBODY.get(module))])
        conditions += [f"Id > '{_id(here.last)}'"] if here.last else []
        names = ("Id",) if gone else unique(here.fields[module], here.phones[module])
        soql = f"SELECT {','.join(names)} FROM {module}{_where(conditions)} ORDER BY Id"
        return self._query(soql, "queryAll" if gone == "deleted" else "query")

    def _batch(self, link: str) -> Flow[_Records | None]:
        """The batch of a query that a link leads to; None when Salesforce no longer knows it."""
        reply = yield self._follow(link, (200, 400, 404))
        if reply.status == 200:
            return reply.read(_Records)
        if "INVALID_QUERY_LOCATOR" not in _codes(reply):
            raise CrmBadReply(f"answered with status {reply.status}")
        return None

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
            conditions = [f"Id = '{_id(wanted.contact)}'", *filter(None, [SOMEBODY.get(module)])]
            found = yield from self._every(f"SELECT {','.join(names)} FROM {module}{_where(conditions)}")
            if found:
                return found[0]
        described = (yield from self._describe(module)).fields
        numbers = [f.name for f in described if f.type == "phone"]
        sought = {"name": module, "fields": unique(names, numbers), "limit": MOST_FOUND}
        sought |= {"where": SOMEBODY[module]} if module in SOMEBODY else {}
        asked = {"q": national(wanted.number), "in": "PHONE", "sobjects": [sought]}
        got = (yield self._request("/parameterizedSearch", asked)).read(_Found).searchRecords
        mine = (r for r in got if self._has((text(r.get(name)) for name in numbers), wanted.number))
        return min(mine, key=lambda r: str(r["Id"]), default=None)

    # Users, counting, writing

    def users(self) -> Flow[tuple[User, ...]]:
        found = yield from self._every("SELECT Id,Name,Email FROM User WHERE IsActive = true ORDER BY Id")
        return tuple(User(id=identity(u["Id"]), email=text(u.get("Email")), name=text(u.get("Name"))) for u in found)

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        described = yield from self._describe("Contact")
        return tuple(f.name for f in described.fields if f.type == "reference" and "User" in f.referenceTo)

    def count(self, module: str) -> Flow[int]:
        where = _where([SOMEBODY[module]] if module in SOMEBODY else [])
        return (yield self._query(f"SELECT COUNT() FROM {_name(module)}{where}")).read(_Records).totalSize

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

    def _every(self, soql: str) -> Flow[list[dict[str, Any]]]:
        """All records of a query of which there are few enough to be read at once."""

        def batch(link: str) -> Flow[tuple[list[dict[str, Any]], str]]:
            got = (yield self._follow(link) if link else self._query(soql)).read(_Records)
            return got.records, _next(got)

        return (yield from all_pages(batch))

    def _describe(self, module: str) -> Flow[_Described]:
        return (yield self._request(f"/sobjects/{module}/describe")).read(_Described)


def _codes(reply: Reply) -> list[str]:
    """What Salesforce says is wrong with a request. Raises CrmBadReply."""
    return [trouble.errorCode for trouble in reply.read(list[_Trouble])]


def _next(got: _Records) -> str:
    """The link to the batch behind this one; "" when Salesforce says that there is none. Raises CrmBadReply."""
    if not got.done and not got.nextRecordsUrl:
        raise CrmBadReply("says that a list goes on, and not where")
    return "" if got.done else got.nextRecordsUrl


def _where(conditions: list[str]) -> str:
    """The conditions of a query, each of which is of a form that was looked at."""
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


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
