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
    Found,
    Page,
    Place,
    User,
    Wanted,
    chosen,
    identity,
    kept,
    place,
    text,
)
from fsrouter.crm.connectors.zoho_records import (
    PEOPLE,
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
from fsrouter.crm.transport.messages import Credentials, Flow, Held, Request, Token, address, bearer, given
from fsrouter.engine.model import crms
from fsrouter.engine.numbers.e164 import national
from fsrouter.engine.walk.facts import Contact

API = "/crm/v8"
LIMIT = 200
MOST_FIELDS = 50
#: Records that one row of page tokens gives, and pages of deleted records that are looked at.
WINDOW = 100_000 - LIMIT
MOST_DELETED = 10
APART = 0.1
#: What is there where nothing is: no content, not modified.
NOTHING = (200, 204, 304)


class Zoho:
    """One Zoho CRM organisation. `wanted` are the fields that rules look at, folded."""

    modules = ("Contacts", "Leads", "Accounts")
    syncs = True
    incremental = True

    def __init__(self, name: str, connection: crms.Zoho, wanted: frozenset[str] = frozenset()) -> None:
        self.name = name
        self._url = connection.url.rstrip("/")
        self._accounts = (connection.accounts_url or accounts_server(connection.url)).rstrip("/")
        self._connection = connection
        self._wanted = wanted

    # Signing in

    def credentials(self, token: Held | None) -> Credentials:
        return bearer((token,), "Zoho-oauthtoken") if token else ()

    def sign_in(self) -> Flow[Token] | None:
        return self._sign_in()

    def _sign_in(self) -> Flow[Token]:
        form = (
            ("grant_type", ("refresh_token",)),
            ("client_id", given(self._connection.client_id)),
            ("client_secret", given(self._connection.client_secret)),
            ("refresh_token", given(self._connection.refresh_token)),
        )
        # A refresh token that is not good is answered with 200 and an error, or with 400.
        reply = yield Request(method="POST", url=f"{self._accounts}/oauth/v2/token", form=form, accepts=(200, 400))
        grant = reply.read(Grant)
        if not grant.access_token:
            raise CrmRefused(
                f"the accounts server gives no token ({text(grant.error) or 'no reason'}); look at client id, secret "
                "and refresh token, and whether they belong to the data centre of the url"
            )
        theirs, ours = urlsplit(grant.api_domain).hostname, urlsplit(self._url).hostname
        if theirs and ours and centre(theirs) != centre(ours):
            raise CrmRefused(f"this account is in another data centre: its url is {text(grant.api_domain)}")
        return Token(Held(grant.access_token), grant.expires_in)

    # Sync

    def page(self, since: float, cursor: str) -> Flow[Page]:
        here = place(cursor)
        if not here.stage:
            here = (yield from self._schema()).at_stage("Contacts")
        module, _, deleted = here.stage.partition(":")
        if deleted:
            return (yield from self._deleted(module, since, here))
        return (yield from self._records(module, since, here))

    def _schema(self) -> Flow[Place]:
        fields, phones = {}, {}
        for module in self.modules:
            got = yield self._get("/settings/fields", module=module, accepts=NOTHING)
            known = got.read(Fields).fields if got.status == 200 else []
            phones[module] = tuple(f.api_name for f in known if f.data_type == "phone" and f.api_name != "Fax")
            extra = chosen((f.api_name for f in known), self._wanted)
            fields[module] = tuple(dict.fromkeys((*USUAL[module], *phones[module], *extra)))[:MOST_FIELDS]
        return Place(fields=fields, phones=phones)

    def _records(self, module: str, since: float, here: Place) -> Flow[Page]:
        begins = here.since or (moment(since) if since else "")
        reply = yield self._get(
            f"/{module}",
            headers=(("If-Modified-Since", begins),) if begins else (),
            accepts=NOTHING,
            fields=",".join(here.fields[module]),
            per_page=LIMIT,
            sort_by="Modified_Time",
            sort_order="asc",
            page_token=here.at,
        )
        got = reply.read(Records) if reply.status == 200 else Records()
        found = tuple(self._found(module, record, here) for record in got.data)
        return Page(found=found, cursor=self._following(module, since, here, begins, got))

    def _following(self, module: str, since: float, here: Place, begins: str, got: Records) -> str:
        if got.info.more_records and got.info.next_page_token and here.count < WINDOW:
            count = here.count + len(got.data)
            return msgspec.structs.replace(here, at=got.info.next_page_token, count=count).written()
        if got.info.more_records and got.data:
            later = earlier(text(got.data[-1].get("Modified_Time")))
            if later == begins:
                raise CrmBadReply(f"has more than 100,000 {module} that were changed in one second, and gives no more")
            return msgspec.structs.replace(here, at="", since=later, count=0).written()
        if since and module in PEOPLE:
            return here.at_stage(f"{module}:deleted").written()
        return self._next_module(module, here)

    def _deleted(self, module: str, since: float, here: Place) -> Flow[Page]:
        page = int(here.at or "1")
        since_when = (("If-Modified-Since", moment(since)),)
        path = f"/{module}/deleted"
        reply = yield self._get(path, headers=since_when, accepts=NOTHING, type="all", page=page, per_page=LIMIT)
        got = reply.read(Records) if reply.status == 200 else Records()
        gone = tuple(filter(None, (identity(record.get("id")) for record in got.data)))
        if got.info.more_records and page < MOST_DELETED:
            return Page(gone=gone, cursor=msgspec.structs.replace(here, at=str(page + 1)).written())
        return Page(gone=gone, cursor=self._next_module(module, here))

    def _next_module(self, module: str, here: Place) -> str:
        after = self.modules[self.modules.index(module) + 1 :]
        return here.at_stage(after[0]).written() if after else ""

    def _found(self, module: str, record: dict[str, Any], here: Place) -> Found:
        extra = [f for f in here.fields[module] if f not in USUAL[module] and f not in here.phones[module]]
        phones = tuple(text(record.get(name)) for name in here.phones[module])
        return Found(contact_of(self.name, module, record, kept(record, extra), module in PEOPLE), phones)

    # Live

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        module = "Leads" if wanted.module.lower().startswith("lead") else "Contacts"
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
            record = yield from self._one(f"/{module}/{_segment(wanted.contact)}", module, field)
        for phone in (wanted.number, national(wanted.number)):
            record = record or (yield from self._one(f"/{module}/search", module, field, phone=phone))
        return record

    def _one(self, path: str, module: str, field: str, phone: str = "") -> Flow[dict[str, Any] | None]:
        names = ",".join(dict.fromkeys((*USUAL[module], *([field] if field else []))))
        reply = yield self._get(path, accepts=(*NOTHING, 404), fields=names, phone=phone)
        data = reply.read(Records).data if reply.status == 200 else []
        return min(data, key=lambda record: str(record["id"]), default=None)

    # Users, counting, writing

    def users(self) -> Flow[tuple[User, ...]]:
        found: list[User] = []
        for page in range(1, 101):
            got = yield self._get("/users", accepts=NOTHING, type="ActiveUsers", page=page, per_page=LIMIT)
            listed = got.read(Users) if got.status == 200 else Users()
            found += [User(id=u.id, email=text(u.email), name=text(u.full_name)) for u in listed.users]
            if not listed.info.more_records:
                break
        return tuple(found)

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        known = (yield self._get("/settings/fields", module="Contacts")).read(Fields).fields
        return tuple(f.api_name for f in known if f.data_type in ("ownerlookup", "userlookup"))

    def count(self, module: str) -> Flow[int]:
        return int((yield self._get(f"/{module}/actions/count")).read(dict[str, Any])["count"])

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        body = call.text + (f"\nRecording: {call.recording}" if call.recording else "")
        known = yield from self._one(f"/Contacts/{_segment(contact)}", "Contacts", "")
        parent = {"id": contact, "module": {"api_name": "Contacts" if known else "Leads"}}
        note = {"Note_Title": call.title, "Note_Content": body, "Parent_Id": parent}
        yield Request(
            method="POST", url=f"{self._url}{API}/Notes", json={"data": [note]}, accepts=(200, 201), apart=APART
        )

    def _get(
        self,
        path: str,
        headers: tuple[tuple[str, str], ...] = (),
        accepts: tuple[int, ...] = (200,),
        **query: str | int,
    ) -> Request:
        url = address(self._url, API + path, **query)
        return Request(url=url, headers=headers, accepts=accepts, apart=APART)


def _segment(id: str) -> str:
    """An id as a part of a path. Ids come from the cache, and so from the CRM."""
    if not (id.isascii() and id.isalnum()):
        raise ValueError("an id of Zoho's is a number")
    return id
