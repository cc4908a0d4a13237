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

from fsrouter.crm.connectors.base import (
    CallSummary,
    Cursor,
    Page,
    User,
    Wanted,
    chosen,
    joined,
    kept,
    segment,
    text,
    unique,
)
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
from fsrouter.crm.connectors.rest import RestConnector
from fsrouter.crm.transport.messages import Credentials, Flow, HeldSecret, Request, bearer, secret_or_text
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import crms
from fsrouter.engine.numbers.plan import national

LIMIT = 100
MOST_ARCHIVED = 100 * LIMIT
SEARCHES_APART = 0.22
#: By module, the property that says when a record was changed.
CHANGED = {"contacts": "lastmodifieddate", "companies": "hs_lastmodifieddate"}
#: Association of a call with a contact, and with a company.
CALL_TO_CONTACT = 194


class HubSpot(RestConnector):
    """One HubSpot account."""

    modules = crms.HubSpot.CAN.modules
    stages = ("contacts", "companies", "contacts:archived")
    api = "/crm/v3"
    apart = 0.1
    _connection: crms.HubSpot

    def credentials(self, token: HeldSecret | None) -> Credentials:
        return bearer(secret_or_text(self._connection.token))

    # Sync

    def _schema(self) -> Flow[Cursor]:
        fields, phones = {}, {}
        for module, usual in (("contacts", OF_CONTACTS), ("companies", OF_COMPANIES)):
            known = (yield self._request(f"/properties/{module}")).read(Properties).results
            numbers = [p.name for p in known if p.fieldType == "phonenumber" and p.name != "fax"]
            phones[module] = unique(numbers, ["phone"], ["mobilephone"] if module == "contacts" else [])
            fields[module] = unique(usual, chosen((p.name for p in known), self._wanted))
        return Cursor(fields=fields, phones=phones)

    def _page(self, since: float, here: Cursor) -> Flow[Page]:
        module, _, archived = here.stage.partition(":")
        if archived:
            return (yield from self._archived(here))
        records, behind = yield from self._read(module, since, here)
        after = behind.written() if behind else self._next_stage(since, here)
        if module == "companies":
            rows = (company(self.name, r, here) for r in records)
            return Page(found=tuple(r for r in rows if r.phones), cursor=after)
        companies = yield from self._companies_of(records, here)
        return Page(
            found=tuple(person(self.name, r, companies.get(company_id(r)), here) for r in records), cursor=after
        )

    def _archived(self, here: Cursor) -> Flow[Page]:
        got = yield self._request("/objects/contacts", limit=LIMIT, archived="true", after=here.at)
        listed = got.read(Objects)
        gone = tuple(r.id for r in listed.results)
        after = listed.paging.next.after
        if not after or here.count >= MOST_ARCHIVED:
            return Page(gone=gone)
        return Page(gone=gone, cursor=here.behind(after, LIMIT).written())

    def _read(self, module: str, since: float, here: Cursor) -> Flow[tuple[list[Object], Cursor | None]]:
        """A page of records, and where the next one begins."""
        names = [*here.fields[module], *here.phones[module]]
        if not since:
            got = yield self._request(
                f"/objects/{module}",
                limit=LIMIT,
                after=here.at,
                archived="false",
                properties=",".join(names),
                associations="companies" if module == "contacts" else "",
            )
            listed = got.read(Objects)
            after = listed.paging.next.after
            return listed.results, here.behind(after) if after else None
        filters = [_filter(CHANGED[module], "GTE", str(int(since * 1000)))]
        if here.at:
            filters.append(_filter("hs_object_id", "GT", here.at))
        sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
        found = (yield self._search(module, [filters], names, sorts=sorts)).read(Objects).results
        return found, here.behind(found[-1].id) if len(found) == LIMIT else None

    def _companies_of(self, records: Iterable[Object], here: Cursor) -> Flow[dict[str, Object]]:
        ids = sorted({company_id(r) for r in records} - {""})
        if not ids:
            return {}
        asked = {"properties": here.fields["companies"], "inputs": [{"id": id} for id in ids]}
        got = yield self._request("/objects/companies/batch/read", asked, accepts=(200, 207))
        return {record.id: record for record in got.read(Objects).results}

    # Live

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        field = wanted.field.lower()
        found = yield from self._person_of(wanted, "" if wanted.of_accounts else field)
        if not wanted.of_accounts:
            return contact(self.name, found, {}, kept(found.properties, (*OF_CONTACTS, field))) if found else None
        owned = yield from self._company_of(wanted, company_id(found) if found else "", field)
        return account(self.name, owned, owned.id, kept(owned.properties, (*OF_COMPANIES, field))) if owned else None

    def _person_of(self, wanted: Wanted, field: str) -> Flow[Object | None]:
        names = [*OF_CONTACTS, *([field] if field else [])]
        if wanted.contact:
            path = f"/objects/contacts/{segment(wanted.contact)}"
            found = yield from self._find(Object, path, properties=",".join(names), associations="companies")
            if found:
                return found
        digits = national(wanted.number)
        groups = [
            [_filter("hs_searchable_calculated_phone_number", "EQ", digits)],
            [_filter("hs_searchable_calculated_mobile_number", "EQ", digits)],
            [_filter("phone", "EQ", wanted.number)],
            [_filter("mobilephone", "EQ", wanted.number)],
        ]
        return first((yield self._search("contacts", groups, names)).read(Objects).results)

    def _company_of(self, wanted: Wanted, id: str, field: str) -> Flow[Object | None]:
        names = [*OF_COMPANIES, field]
        if id:
            path = f"/objects/companies/{segment(id)}"
            return (yield from self._find(Object, path, properties=",".join(names)))
        groups = [[_filter("phone", "EQ", value)] for value in (wanted.number, national(wanted.number))]
        return first((yield self._search("companies", groups, names)).read(Objects).results)

    # Users, counting, writing

    def users(self) -> Flow[tuple[User, ...]]:
        found: list[User] = []
        after = ""
        for _ in range(100):
            listed = (yield self._request("/owners", limit=LIMIT, after=after)).read(Owners)
            people = (owner for owner in listed.results if owner.type == "PERSON")
            found += [User(id=o.id, email=text(o.email), name=joined(o.firstName, o.lastName)) for o in people]
            after = listed.paging.next.after
            if not after:
                break
        return tuple(found)

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        known = (yield self._request("/properties/contacts")).read(Properties).results
        return tuple(p.name for p in known if p.referencedObjectType == "OWNER")

    def count(self, module: str) -> Flow[int]:
        return (yield self._search(module, [], [], limit=1)).read(Objects).total

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        properties = {
            "hs_timestamp": str(int(call.began * 1000)),
            "hs_call_title": call.title,
            "hs_call_body": html.escape(call.body).replace("\n", "<br>"),
            "hs_call_direction": "INBOUND",
            "hs_call_status": "COMPLETED" if call.answered else "NO_ANSWER",
            "hs_call_duration": str(int(call.seconds * 1000)),
            "hs_call_from_number": call.caller,
            "hs_call_to_number": call.number,
            **({"hubspot_owner_id": call.owner} if call.owner else {}),
        }
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": CALL_TO_CONTACT}
        written = {"properties": properties, "associations": [{"to": {"id": contact}, "types": [kind]}]}
        yield self._request("/objects/calls", written, accepts=(200, 201))

    def _search(self, module: str, groups: Any, names: list[str], limit: int = LIMIT, sorts: Any = ()) -> Request:
        asked: dict[str, Any] = {"filterGroups": [{"filters": group} for group in groups]}
        asked |= {"properties": names, "limit": limit} | ({"sorts": sorts} if sorts else {})
        return self._request(f"/objects/{module}/search", asked, apart=SEARCHES_APART)


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}
