"""HubSpot, by a Service Key or a private app's access token: either is a bearer token, with the same scopes.

After HubSpot's developer documentation of the CRM API (objects, search, associations, properties, owners, calls;
versions 2026-09, 2026-03 and v3), "Make API requests using a service key" and "API versioning", as of September 2026.
What it says and what follows here:

- Where things are depends on the version (`crm_apis.HUBSPOT_APIS`); what is asked and said is the same in all of them.
- A list gives at most 100 records a page, and `paging.next.after` for the next; without it the list is over. A search
  gives at most 10,000 records in all. So a full sync lists, and an incremental one searches by `lastmodifieddate` in
  the order of the ids and goes on *behind the last id* instead of behind a page: no search comes near the 10,000.
  Where a page is empty and another follows, there is no last id, and `after` is taken.
- Properties that an account does not have are ignored when they are asked for, so none has to be configured. All
  properties of the field type `phonenumber` hold numbers.
- A search takes five requests a second, everything else a hundred in ten seconds (`X-HubSpot-RateLimit-*`).
- Archived records are listed with `archived=true`, without a filter by time: an incremental sync reads all of them,
  which HubSpot keeps for 90 days. Records that were merged or erased are gone after the next full sync.
- HubSpot keeps numbers for searching in `hs_searchable_calculated_*`, national and without punctuation. That these
  hold for every country is in doubt, so E.164 is searched for as well; what comes back is read, and counts when the
  number is really in it, since two countries may have the same national digits. A contact that the cache knows is
  fetched by id.
- Since 2026-09 an account's own rules of validation hold for calls that are written to it.

A territory is the property `territory` of the contact, else of its company; HubSpot has none of its own.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

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
    NUMBERS,
    OF_COMPANIES,
    OF_CONTACTS,
    Linked,
    Listed,
    Object,
    Owner,
    Property,
    account,
    company,
    company_id,
    contact,
    first,
    person,
)
from fsrouter.crm.connectors.rest import RestConnector, all_pages
from fsrouter.crm.transport.messages import Credentials, Flow, HeldSecret, Request, bearer, secret_or_text
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import crm_apis, crms
from fsrouter.engine.numbers.plan import national
from fsrouter.engine.numbers.renumbered import alike

T = TypeVar("T")

LIMIT = 100
SEARCHES_APART = 0.22
#: By module, the property that says when a record was changed.
CHANGED = {"contacts": "lastmodifieddate", "companies": "hs_lastmodifieddate"}
#: Association of a call with a contact, and with a company.
CALL_TO_CONTACT = 194


class HubSpot(RestConnector):
    """One HubSpot account."""

    modules = crms.HubSpot.CAN.modules
    stages = ("contacts", "companies", "contacts:archived")
    apart = 0.1
    _connection: crms.HubSpot

    @property
    def _at(self) -> crm_apis.HubSpotPaths:
        return crm_apis.HUBSPOT_APIS[self._connection.api]

    def credentials(self, token: HeldSecret | None) -> Credentials:
        return bearer(secret_or_text(self._connection.token))

    def hint(self, status: int) -> str:
        api, newest = self._connection.api, next(iter(crm_apis.HUBSPOT_APIS))
        if status not in (404, 410) or api == newest:
            return ""
        return f"; the connection has `api: {api}`, which ends in {self._at.until}: write `api: {newest}`"

    # Sync

    def _schema(self) -> Flow[Cursor]:
        fields, phones = {}, {}
        for module, usual in (("contacts", OF_CONTACTS), ("companies", OF_COMPANIES)):
            known = yield from self._properties(module)
            numbers = [p.name for p in known if p.fieldType == "phonenumber" and p.name != "fax"]
            phones[module] = unique(numbers, ["phone"], ["mobilephone"] if module == "contacts" else [])
            fields[module] = unique(usual, chosen((p.name for p in known), self._wanted))
        return Cursor(fields=fields, phones=phones)

    def _page(self, since: float, here: Cursor) -> Flow[Page]:
        module, _, archived = here.stage.partition(":")
        if archived:
            return (yield from self._archived(here))
        records, behind = yield from (self._changed(module, since, here) if since else self._all(module, here))
        after = behind.written() if behind else self._next_stage(since, here)
        if module == "companies":
            rows = (company(self.name, r, here) for r in records)
            found = tuple(r for r in rows if r.phones)
            return Page(found=found, passed=len(records) - len(found), cursor=after)
        companies = yield from self._companies_of(records, here)
        return Page(
            found=tuple(person(self.name, r, companies.get(company_id(r)), here) for r in records), cursor=after
        )

    def _archived(self, here: Cursor) -> Flow[Page]:
        path = f"{self._at.objects}/contacts"
        listed = (yield self._request(path, limit=LIMIT, archived="true", after=here.at)).read(Listed[Object])
        after = here.behind(listed.after).written() if listed.after else ""
        return Page(gone=tuple(r.id for r in listed.results), cursor=after)

    def _all(self, module: str, here: Cursor) -> Flow[tuple[list[Object], Cursor | None]]:
        """A page of all records, and where the next one begins."""
        got = yield self._request(
            f"{self._at.objects}/{module}",
            limit=LIMIT,
            after=here.at,
            archived="false",
            properties=",".join((*here.fields[module], *here.phones[module])),
            associations="companies" if module == "contacts" else "",
        )
        listed = got.read(Listed[Object])
        records = []
        for record in listed.results:
            records.append((yield from self._associated(record)))
        return records, here.behind(listed.after) if listed.after else None

    def _associated(self, record: Object) -> Flow[Object]:
        """A record with its companies, where those that came with it begin on a page behind."""
        if company_id(record) or not record.companies.after:
            return record
        path = f"{self._at.objects}/contacts/{segment(record.id)}/associations/companies"
        linked = yield from self._listed(Linked, path, record.companies.after, limit=LIMIT)
        return msgspec.structs.replace(record, associations={"companies": Listed(linked)})

    def _changed(self, module: str, since: float, here: Cursor) -> Flow[tuple[list[Object], Cursor | None]]:
        """A page of the records that were changed, and where the next one begins: behind the last id, with a search of
        its own, so that no search is asked for its 10,000th record.
        """
        filters = [_filter(CHANGED[module], "GTE", str(int(since * 1000)))]
        if here.since:
            filters.append(_filter("hs_object_id", "GT", here.since))
        sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
        names = [*here.fields[module], *here.phones[module]]
        got = (yield self._search(module, [filters], names, after=here.at, sorts=sorts)).read(Listed[Object])
        if not got.after:
            return got.results, None
        if not got.results:
            return [], here.behind(got.after)
        return got.results, msgspec.structs.replace(here, at="", since=got.results[-1].id)

    def _companies_of(self, records: Iterable[Object], here: Cursor) -> Flow[dict[str, Object]]:
        ids = sorted({company_id(r) for r in records} - {""})
        if not ids:
            return {}
        asked = {"properties": here.fields["companies"], "inputs": [{"id": id} for id in ids]}
        got = yield self._request(f"{self._at.objects}/companies/batch/read", asked, accepts=(200, 207))
        return {record.id: record for record in got.read(Listed[Object]).results}

    # Live

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        field = wanted.field.lower()
        found = yield from self._person_of(wanted, "" if wanted.of_accounts else field)
        if not wanted.of_accounts:
            return contact(self.name, found, {}, kept(found.properties, (*OF_CONTACTS, field))) if found else None
        owned = yield from self._company_of(wanted, company_id(found) if found else "", field)
        return account(self.name, owned, owned.id, kept(owned.properties, (*OF_COMPANIES, field))) if owned else None

    def _person_of(self, wanted: Wanted, field: str) -> Flow[Object | None]:
        names = [*OF_CONTACTS, *NUMBERS, *([field] if field else [])]
        if wanted.contact:
            path = f"{self._at.objects}/contacts/{segment(wanted.contact)}"
            found = yield from self._find(Object, path, properties=",".join(names), associations="companies")
            if found:
                return found
        numbers = alike(wanted.number)
        digits = tuple(map(national, numbers))
        groups = [
            [_one_of("hs_searchable_calculated_phone_number", digits)],
            [_one_of("hs_searchable_calculated_mobile_number", digits)],
            [_one_of("phone", numbers)],
            [_one_of("mobilephone", numbers)],
        ]
        all_found = yield from self._found("contacts", groups, names)
        return first(r for r in all_found if self._has((text(r.properties.get(n)) for n in NUMBERS), wanted.number))

    def _company_of(self, wanted: Wanted, id: str, field: str) -> Flow[Object | None]:
        names = [*OF_COMPANIES, "phone", field]
        if id:
            path = f"{self._at.objects}/companies/{segment(id)}"
            return (yield from self._find(Object, path, properties=",".join(names)))
        numbers = alike(wanted.number)
        groups = [[_filter("phone", "EQ", value)] for value in (*numbers, *map(national, numbers))]
        found = yield from self._found("companies", groups, names)
        return first(r for r in found if self._has((text(r.properties.get("phone")),), wanted.number))

    # Users, counting, writing

    def users(self) -> Flow[tuple[User, ...]]:
        owners = yield from self._listed(Owner, self._at.owners, limit=LIMIT)
        people = (owner for owner in owners if owner.type == "PERSON")
        return tuple(User(id=o.id, email=text(o.email), name=joined(o.firstName, o.lastName)) for o in people)

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        known = yield from self._properties("contacts")
        return tuple(p.name for p in known if p.referencedObjectType == "OWNER")

    def count(self, module: str) -> Flow[int]:
        return (yield self._search(module, [], [], limit=1)).read(Listed[Object]).total

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
        yield self._request(f"{self._at.objects}/calls", written, accepts=(200, 201))

    def _properties(self, module: str) -> Flow[list[Property]]:
        return (yield from self._listed(Property, f"{self._at.properties}/{module}"))

    def _listed(self, kind: type[T], path: str, after: str = "", limit: int | str = "") -> Flow[list[T]]:
        """All that a list has, from a page on."""

        def page(at: str) -> Flow[tuple[list[T], str]]:
            got = (yield self._request(path, after=at, limit=limit)).read(Listed[kind])  # type: ignore[valid-type]
            return got.results, got.after

        return (yield from all_pages(page, after))

    def _found(self, module: str, groups: Any, names: list[str]) -> Flow[list[Object]]:
        """All that a search finds."""

        def page(at: str) -> Flow[tuple[list[Object], str]]:
            got = (yield self._search(module, groups, names, after=at)).read(Listed[Object])
            return got.results, got.after

        return (yield from all_pages(page))

    def _search(
        self, module: str, groups: Any, names: list[str], limit: int = LIMIT, after: str = "", sorts: Any = ()
    ) -> Request:
        asked: dict[str, Any] = {"filterGroups": [{"filters": group} for group in groups]}
        asked |= {"properties": names, "limit": limit} | ({"sorts": sorts} if sorts else {})
        asked |= {"after": after} if after else {}
        return self._request(f"{self._at.objects}/{module}/search", asked, apart=SEARCHES_APART)


def _one_of(name: str, values: tuple[str, ...]) -> dict[str, Any]:
    if len(values) == 1:
        return dict(_filter(name, "EQ", values[0]))
    return {"propertyName": name, "operator": "IN", "values": values}


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}
