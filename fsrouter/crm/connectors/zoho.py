"""Zoho CRM, by OAuth with a refresh token.

After its documentation of the API v8 (records, search, deleted records, fields metadata, users, notes) and of the
accounts server. What it says and what follows here:

- Every data centre has its own pair of servers: `https://www.zohoapis.eu` and `https://accounts.zoho.eu`. A token's
  reply names the API server; when that is another one than the connection's, the url is wrong, and is said to be.
- An access token is good for an hour; ten may be had in ten minutes. The parameters go into the body, not into the
  address, where logs would have them.
- `fields` is mandatory and takes at most 50 names; a page has 200 records; beyond 2,000 a `page_token` is needed, which
  gives at most 100,000 and is good for a day. So records are read in the order of `Modified_Time`, and behind 100,000
  a new window begins at the last one's time (`If-Modified-Since`). Nothing changed is 304, nothing there is 204.
- That `If-Modified-Since` means "after", and goes together with `sort_by=Modified_Time`, is what the documentation
  suggests and does not say outright; a window begins a second early, so that neither reading loses a record.
- Deleted records are listed with `If-Modified-Since` as well; Zoho forgets them after 60 to 120 days.
- `search?phone=` finds numbers in all fields of the type phone. How far it looks through punctuation is in doubt, so
  E.164 and the national digits are tried, what comes back is read, and a contact that the cache knows is fetched by
  its id.

Modules: Contacts and Leads are people, Accounts are companies with numbers of their own. A territory is the first of
`Territories`, else the field `Territory`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

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
    segment,
    text,
    unique,
)
from fsrouter.crm.connectors.rest import RestConnector
from fsrouter.crm.connectors.zoho_records import (
    USUAL,
    Fields,
    Grant,
    Records,
    Users,
    accounts_server,
    centre,
    contact_of,
    earlier,
    moment,
    reference_id,
)
from fsrouter.crm.errors import CrmBadReply, CrmRefused
from fsrouter.crm.transport.messages import (
    Credentials,
    Flow,
    HeldSecret,
    Token,
    address,
    bearer,
)
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import crms
from fsrouter.engine.numbers.plan import national

LIMIT = 200
MOST_FIELDS = 50
#: Records that one row of page tokens gives, and pages of deleted records that are looked at.
WINDOW = 100_000 - LIMIT
MOST_DELETED = 10
#: What is there where nothing is: no content, not modified.
NOTHING = (200, 204, 304)


class Zoho(RestConnector):
    """One Zoho CRM organisation."""

    modules = crms.Zoho.CAN.modules
    stages = ("Contacts", "Contacts:deleted", "Leads", "Leads:deleted", "Accounts")
    api = "/crm/v8"
    apart = 0.1
    may_be_missing = NOTHING
    _connection: crms.Zoho

    # Signing in

    def credentials(self, token: HeldSecret | None) -> Credentials:
        return bearer((token,), "Zoho-oauthtoken") if token else ()

    def sign_in(self) -> Flow[Token]:
        connection = self._connection
        url = address(connection.accounts_url or accounts_server(connection.url), "/oauth/v2/token")
        grant = yield from self._grant(Grant, url, "refresh_token", "client_id", "client_secret", "refresh_token")
        if not grant.access_token:
            raise CrmRefused(
                f"the accounts server gives no token ({text(grant.error) or 'no reason'}); look at client id, secret "
                "and refresh token, and whether they belong to the data centre of the url"
            )
        theirs, ours = urlsplit(grant.api_domain).hostname, urlsplit(connection.url).hostname
        if theirs and ours and centre(theirs) != centre(ours):
            raise CrmRefused(f"this account is in another data centre: its url is {text(grant.api_domain)}")
        return Token(HeldSecret(grant.access_token), grant.expires_in)

    # Sync

    def _schema(self) -> Flow[Cursor]:
        fields, phones = {}, {}
        for module in self.modules:
            known = ((yield from self._find(Fields, "/settings/fields", module=module)) or Fields()).fields
            phones[module] = tuple(f.api_name for f in known if f.data_type == "phone" and f.api_name != "Fax")
            extra = chosen((f.api_name for f in known), self._wanted)
            fields[module] = unique(USUAL[module], phones[module], extra)[:MOST_FIELDS]
        return Cursor(fields=fields, phones=phones)

    def _page(self, since: float, here: Cursor) -> Flow[Page]:
        module, _, deleted = here.stage.partition(":")
        return (yield from self._deleted(module, since, here) if deleted else self._records(module, since, here))

    def _records(self, module: str, since: float, here: Cursor) -> Flow[Page]:
        begins = here.since or (moment(since) if since else "")
        got = yield from self._find(
            Records,
            f"/{module}",
            headers=_since(begins),
            fields=",".join(here.fields[module]),
            per_page=LIMIT,
            sort_by="Modified_Time",
            sort_order="asc",
            page_token=here.at,
        )
        if got is None:
            return Page(cursor=self._next_stage(since, here))
        found = tuple(self._found(module, record, here) for record in got.data)
        return Page(found=found, cursor=self._following(module, since, here, begins, got))

    def _following(self, module: str, since: float, here: Cursor, begins: str, got: Records) -> str:
        if got.info.more_records and got.info.next_page_token and here.count < WINDOW:
            return here.behind(got.info.next_page_token, len(got.data)).written()
        if got.info.more_records and got.data:
            later = earlier(text(got.data[-1].get("Modified_Time")))
            if later == begins:
                raise CrmBadReply(f"has more than 100,000 {module} that were changed in one second, and gives no more")
            return msgspec.structs.replace(here, at="", since=later, count=0).written()
        return self._next_stage(since, here)

    def _deleted(self, module: str, since: float, here: Cursor) -> Flow[Page]:
        page = int(here.at or "1")
        path, begins = f"/{module}/deleted", _since(moment(since))
        listed = yield from self._find(Records, path, headers=begins, type="all", page=page, per_page=LIMIT)
        got = listed or Records()
        gone = tuple(filter(None, (identity(record.get("id")) for record in got.data)))
        more = got.info.more_records and page < MOST_DELETED
        return Page(gone=gone, cursor=here.behind(str(page + 1)).written() if more else self._next_stage(since, here))

    def _found(self, module: str, record: dict[str, Any], here: Cursor) -> Found:
        extra = [f for f in here.fields[module] if f not in USUAL[module] and f not in here.phones[module]]
        phones = tuple(text(record.get(name)) for name in here.phones[module])
        return Found(contact_of(self.name, module, record, kept(record, extra), module in crms.Zoho.CAN.people), phones)

    # Live

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        module = crms.Zoho.CAN.person_module(wanted.module)
        record = yield from self._record_of(module, wanted, "" if wanted.of_accounts else wanted.field)
        if wanted.of_accounts:
            module, account = "Accounts", reference_id(record.get("Account_Name")) if record else ""
            record = yield from self._record_of(module, msgspec.structs.replace(wanted, contact=account), wanted.field)
        if record is None:
            return None
        return contact_of(self.name, module, record, kept(record, (*USUAL[module], wanted.field)), True)

    def _record_of(self, module: str, wanted: Wanted, field: str) -> Flow[dict[str, Any] | None]:
        record: dict[str, Any] | None = None
        if wanted.contact:
            record = yield from self._one(f"/{module}/{segment(wanted.contact)}", module, field)
        for phone in (wanted.number, national(wanted.number)):
            record = record or (yield from self._one(f"/{module}/search", module, field, phone=phone))
        return record

    def _one(self, path: str, module: str, field: str, phone: str = "") -> Flow[dict[str, Any] | None]:
        names = ",".join(unique(USUAL[module], [field] if field else []))
        found = yield from self._find(Records, path, (*NOTHING, 404), fields=names, phone=phone)
        return min(found.data if found else (), key=lambda record: str(record["id"]), default=None)

    # Users, counting, writing

    def users(self) -> Flow[tuple[User, ...]]:
        found: list[User] = []
        for page in range(1, 101):
            listed = yield from self._find(Users, "/users", type="ActiveUsers", page=page, per_page=LIMIT)
            people = listed.users if listed else []
            found += [User(id=u.id, email=text(u.email), name=text(u.full_name)) for u in people]
            if listed is None or not listed.info.more_records:
                break
        return tuple(found)

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        known = (yield self._request("/settings/fields", module="Contacts")).read(Fields).fields
        return tuple(f.api_name for f in known if f.data_type in ("ownerlookup", "userlookup"))

    def count(self, module: str) -> Flow[int]:
        return int((yield self._request(f"/{module}/actions/count")).read(dict[str, Any])["count"])

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        known = yield from self._one(f"/Contacts/{segment(contact)}", "Contacts", "")
        parent = {"id": contact, "module": {"api_name": "Contacts" if known else "Leads"}}
        note = {"Note_Title": call.title, "Note_Content": call.body, "Parent_Id": parent}
        yield self._request("/Notes", {"data": [note]}, accepts=(200, 201))


def _since(begins: str) -> tuple[tuple[str, str], ...]:
    return (("If-Modified-Since", begins),) if begins else ()
