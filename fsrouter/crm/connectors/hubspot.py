"""HubSpot, by a private app's access token.

After its documentation of the CRM API v3 (objects, search, associations, properties, owners, calls). What it says and
what follows here:

- A list gives at most 100 records a page, and `after` for the next; a search gives at most 10,000 records in all. So a
  full sync lists, and an incremental one searches by `lastmodifieddate` in the order of the ids and goes on *behind
  the last id* instead of behind a page: no search ever comes near the 10,000.
- Properties that an account does not have are ignored when they are asked for, so none has to be configured. All
  properties of the field type `phonenumber` hold numbers.
- A search takes five requests a second, everything else a hundred in ten seconds (`X-HubSpot-RateLimit-*`).
- Archived records are listed with `archived=true`, without a filter by time; the newest ones cannot be asked for
  alone. An incremental sync looks at up to MOST_ARCHIVED; records that were merged or erased are gone after the next
  full sync.
- HubSpot keeps numbers for searching in `hs_searchable_calculated_*`, national and without punctuation. That these
  hold for every country is in doubt, so E.164 is searched for as well; a contact that the cache knows is fetched by id.

A territory is the property `territory` of the contact, else of its company; HubSpot has none of its own.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

import msgspec

from fsrouter.crm.connectors.base import CallSummary, Page, Place, User, Wanted, chosen, kept, place, text
from fsrouter.crm.connectors.hubspot_records import (
    OF_COMPANIES,
    OF_CONTACTS,
    Object,
    Objects,
    Owners,
    Properties,
    account,
    company,
    company_id,
    contact,
    first,
    person,
)
from fsrouter.crm.transport.messages import Credentials, Flow, Held, Request, Token, address, bearer, given
from fsrouter.engine.model import crms
from fsrouter.engine.numbers.e164 import national
from fsrouter.engine.walk.facts import Contact

LIMIT = 100
MOST_ARCHIVED = 100 * LIMIT
SEARCHES_APART = 0.22
REQUESTS_APART = 0.1
#: Association of a call with a contact, and with a company.
CALL_TO_CONTACT = 194


class HubSpot:
    """One HubSpot account. `wanted` are the fields that rules look at, folded."""

    modules = ("contacts", "companies")
    syncs = True
    incremental = True

    def __init__(self, name: str, connection: crms.HubSpot, wanted: frozenset[str] = frozenset()) -> None:
        self.name = name
        self._url = connection.url
        self._credentials = bearer(given(connection.token))
        self._wanted = wanted

    def credentials(self, token: Held | None) -> Credentials:
        return self._credentials

    def sign_in(self) -> Flow[Token] | None:
        return None

    # Sync

    def page(self, since: float, cursor: str) -> Flow[Page]:
        here = place(cursor)
        if not here.stage:
            here = yield from self._schema()
        return (
            yield from {"contacts": self._contacts, "companies": self._companies}.get(here.stage, self._archived)(
                since, here
            )
        )

    def _schema(self) -> Flow[Place]:
        fields, phones = {}, {}
        for module, usual in (("contacts", OF_CONTACTS), ("companies", OF_COMPANIES)):
            known = (yield self._get(f"/crm/v3/properties/{module}")).read(Properties).results
            numbers = [p.name for p in known if p.fieldType == "phonenumber" and p.name != "fax"]
            phones[module] = tuple(
                dict.fromkeys((*numbers, "phone", *(["mobilephone"] if module == "contacts" else [])))
            )
            fields[module] = tuple(dict.fromkeys((*usual, *chosen((p.name for p in known), self._wanted))))
        return Place(stage="contacts", fields=fields, phones=phones)

    def _contacts(self, since: float, here: Place) -> Flow[Page]:
        records, following = yield from self._read("contacts", "lastmodifieddate", since, here)
        companies = yield from self._companies_of(records, here)
        found = tuple(person(self.name, r, companies.get(company_id(r)), here) for r in records)
        return Page(found=found, cursor=(following or here.at_stage("companies")).written())

    def _companies(self, since: float, here: Place) -> Flow[Page]:
        records, following = yield from self._read("companies", "hs_lastmodifieddate", since, here)
        rows = (company(self.name, r, here) for r in records)
        after = following or (here.at_stage("archived") if since else None)
        return Page(found=tuple(r for r in rows if r.phones), cursor=after.written() if after else "")

    def _archived(self, since: float, here: Place) -> Flow[Page]:
        got = yield self._get("/crm/v3/objects/contacts", limit=LIMIT, archived="true", after=here.at)
        listed = got.read(Objects)
        gone = tuple(r.id for r in listed.results)
        after = listed.paging.next.after
        if not after or here.count >= MOST_ARCHIVED:
            return Page(gone=gone)
        return Page(gone=gone, cursor=msgspec.structs.replace(here, at=after, count=here.count + LIMIT).written())

    def _read(self, module: str, changed: str, since: float, here: Place) -> Flow[tuple[list[Object], Place | None]]:
        """A page of records, and where the next one begins."""
        names = [*here.fields[module], *here.phones[module]]
        if not since:
            got = yield self._get(
                f"/crm/v3/objects/{module}",
                limit=LIMIT,
                after=here.at,
                archived="false",
                properties=",".join(names),
                associations="companies" if module == "contacts" else "",
            )
            listed = got.read(Objects)
            after = listed.paging.next.after
            return listed.results, msgspec.structs.replace(here, at=after) if after else None
        filters = [{"propertyName": changed, "operator": "GTE", "value": str(int(since * 1000))}]
        if here.at:
            filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": here.at})
        sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
        found = (yield self._search(module, [filters], names, sorts=sorts)).read(Objects).results
        return found, msgspec.structs.replace(here, at=found[-1].id) if len(found) == LIMIT else None

    def _companies_of(self, records: Iterable[Object], here: Place) -> Flow[dict[str, Object]]:
        ids = sorted({company_id(r) for r in records} - {""})
        if not ids:
            return {}
        asked = {"properties": here.fields["companies"], "inputs": [{"id": id} for id in ids]}
        got = yield self._post("/crm/v3/objects/companies/batch/read", asked, accepts=(200, 207))
        return {record.id: record for record in got.read(Objects).results}

    # Live

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        field = wanted.field.lower()
        found = yield from self._person_of(wanted, "" if wanted.of_accounts else field)
        if not wanted.of_accounts:
            return contact(self.name, found, {}, kept(found.properties, (*OF_CONTACTS, field))) if found else None
        owned = yield from self._company_of(wanted, company_id(found) if found else "", field)
        return account(self.name, owned, field) if owned else None

    def _person_of(self, wanted: Wanted, field: str) -> Flow[Object | None]:
        names = [*OF_CONTACTS, *([field] if field else [])]
        if wanted.contact:
            path = f"/crm/v3/objects/contacts/{_segment(wanted.contact)}"
            got = yield self._get(path, (200, 404), properties=",".join(names), associations="companies")
            if got.status == 200:
                return got.read(Object)
        digits = national(wanted.number)
        groups = [
            [{"propertyName": name, "operator": "EQ", "value": value}]
            for name, value in (
                ("hs_searchable_calculated_phone_number", digits),
                ("hs_searchable_calculated_mobile_number", digits),
                ("phone", wanted.number),
                ("mobilephone", wanted.number),
            )
        ]
        return first((yield self._search("contacts", groups, names)).read(Objects).results)

    def _company_of(self, wanted: Wanted, id: str, field: str) -> Flow[Object | None]:
        names = [*OF_COMPANIES, field]
        if id:
            path = f"/crm/v3/objects/companies/{_segment(id)}"
            got = yield self._get(path, (200, 404), properties=",".join(names))
            return got.read(Object) if got.status == 200 else None
        values = (wanted.number, national(wanted.number))
        groups = [[{"propertyName": "phone", "operator": "EQ", "value": value}] for value in values]
        return first((yield self._search("companies", groups, names)).read(Objects).results)

    # Users, counting, writing

    def users(self) -> Flow[tuple[User, ...]]:
        found: list[User] = []
        after = ""
        for _ in range(100):
            listed = (yield self._get("/crm/v3/owners", limit=LIMIT, after=after)).read(Owners)
            found += [
                User(id=o.id, email=text(o.email), name=" ".join(filter(None, (text(o.firstName), text(o.lastName)))))
                for o in listed.results
                if o.type == "PERSON"
            ]
            after = listed.paging.next.after
            if not after:
                break
        return tuple(found)

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        known = (yield self._get("/crm/v3/properties/contacts")).read(Properties).results
        return tuple(p.name for p in known if p.referencedObjectType == "OWNER")

    def count(self, module: str) -> Flow[int]:
        return (yield self._search(module, [], [], limit=1)).read(Objects).total

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        recording = f"<br>Recording: {html.escape(call.recording)}" if call.recording else ""
        properties = {
            "hs_timestamp": str(int(call.began * 1000)),
            "hs_call_title": call.title,
            "hs_call_body": html.escape(call.text).replace("\n", "<br>") + recording,
            "hs_call_direction": "INBOUND",
            "hs_call_status": "COMPLETED" if call.answered else "NO_ANSWER",
            "hs_call_duration": str(int(call.seconds * 1000)),
            "hs_call_from_number": call.caller,
            "hs_call_to_number": call.number,
            **({"hubspot_owner_id": call.owner} if call.owner else {}),
        }
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": CALL_TO_CONTACT}
        yield self._post(
            "/crm/v3/objects/calls",
            {"properties": properties, "associations": [{"to": {"id": contact}, "types": [kind]}]},
            accepts=(200, 201),
        )

    def _get(self, path: str, accepts: tuple[int, ...] = (200,), **query: str | int) -> Request:
        url = address(self._url, path, **query)
        return Request(url=url, accepts=accepts, apart=REQUESTS_APART)

    def _post(self, path: str, asked: Any, accepts: tuple[int, ...] = (200,)) -> Request:
        return Request(
            method="POST", url=self._url.rstrip("/") + path, json=asked, accepts=accepts, apart=REQUESTS_APART
        )

    def _search(self, module: str, groups: Any, names: list[str], limit: int = LIMIT, sorts: Any = ()) -> Request:
        asked = {"filterGroups": [{"filters": group} for group in groups], "properties": names, "limit": limit}
        request = self._post(f"/crm/v3/objects/{module}/search", asked | ({"sorts": sorts} if sorts else {}))
        return msgspec.structs.replace(request, apart=SEARCHES_APART)


def _segment(id: str) -> str:
    """An id as a part of a path. Ids come from the cache, and so from the CRM."""
    if not (id.isascii() and id.isalnum()):
        raise ValueError("an id of HubSpot's is a number")
    return id
