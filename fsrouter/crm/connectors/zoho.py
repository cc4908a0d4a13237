"""Zoho CRM, by OAuth with a refresh token.

After its documentation of the API v8 (records, search, deleted records, fields metadata, users, notes) and of the
accounts server. What it says and what follows here:

- Every data centre has its own pair of servers: `https://www.zohoapis.eu` and `https://accounts.zoho.eu`. A token's
  reply names the API server; when that is another one than the connection's, the url is wrong, and is said to be.
- An access token is good for an hour; ten may be had in ten minutes, and ten are good at once: an eleventh ends the
  oldest. Who asks for more is answered by 400 and "Access Denied" for the rest of the ten minutes. The parameters go
  into the body, not into the address, where logs would have them.
- `fields` is mandatory and takes at most 50 names; a page has at most 200 records, and `info.more_records` says whether
  that was the last. Beyond 2,000 records a `page_token` is needed, which gives at most 100,000 and is good for a day;
  an older one is answered by 400 and EXPIRED_VALUE. So records are read in the order of `Modified_Time`, and behind
  100,000 a new window begins at the last one's time (`If-Modified-Since`). Nothing changed is 304, nothing there 204.
- That `If-Modified-Since` means "after", and goes together with `sort_by=Modified_Time`, is what the documentation
  suggests and does not say outright; a window begins a second early, so that neither reading loses a record.
- Deleted records are listed with `If-Modified-Since` as well; Zoho forgets them after 60 to 120 days. Their pages are
  numbered; whether more than 2,000 can be had so is not said. Where Zoho refuses a page, everything is read anew.
- A lead that was converted goes on as a contact. Lists have no such leads unless `converted=true` asks for them.
- `search?phone=` finds numbers in all fields of the type phone. How far it looks through punctuation is in doubt, so
  E.164 and the national digits are tried, what comes back is read, and a contact that the cache knows is fetched by
  its id.

Modules: Contacts and Leads are people, Accounts are companies with numbers of their own. A territory is the first of
`Territories`, else the field `Territory`.
"""

from __future__ import annotations

from typing import Any, TypeVar
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
from fsrouter.crm.connectors.rest import RestConnector, all_pages
from fsrouter.crm.connectors.zoho_records import (
    USUAL,
    Field,
    Fields,
    Grant,
    Records,
    Trouble,
    Users,
    accounts_server,
    centre,
    contact_of,
    earlier,
    moment,
    place,
    place_behind,
    reference_id,
)
from fsrouter.crm.errors import CrmBadReply, CrmExpired, CrmLimited, CrmRefused
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

#: What is asked of a list, and a page of one.
Query = dict[str, str | int]
L = TypeVar("L", Records, Fields, Users)

LIMIT = 200
MOST_FIELDS = 50
#: Records after which one more page may be had of one row of page tokens, and of numbered pages.
WINDOW = 100_000 - LIMIT
NUMBERED = 2000 - LIMIT
#: Seconds for which no token is given to who asked for too many, at most.
BLOCKED = 600.0
#: What is there where nothing is: no content, not modified.
NOTHING = (200, 204, 304)
#: What Zoho says of a place in a list from which it does not go on.
LOST = ("EXPIRED_VALUE", "DISCRETE_PAGINATION_LIMIT_EXCEEDED", "PAGINATION_LIMIT_EXCEEDED")


class Zoho(RestConnector):
    """One Zoho CRM organisation."""

    modules = crms.Zoho.CAN.modules
    stages = ("Contacts", "Contacts:deleted", "Leads", "Leads:deleted", "Leads:converted", "Accounts")
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
        if grant.error.casefold() == "access denied" or "too many requests" in grant.error_description.casefold():
            raise CrmLimited("gives no more access tokens for now: it gives ten in ten minutes, whoever asks", BLOCKED)
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
            known = yield from self._fields(module)
            phones[module] = _phones(known)
            extra = chosen((f.api_name for f in known), self._wanted)
            fields[module] = unique(USUAL[module], phones[module], extra)[:MOST_FIELDS]
        return Cursor(fields=fields, phones=phones)

    def _page(self, since: float, here: Cursor) -> Flow[Page]:
        module, _, gone = here.stage.partition(":")
        if gone == "deleted":
            return (yield from self._deleted(module, since, here))
        return (yield from self._records(module, since, here, gone))

    def _records(self, module: str, since: float, here: Cursor, gone: str) -> Flow[Page]:
        begins = here.since or (moment(since) if since else "")
        asked: Query = {
            "fields": "Modified_Time" if gone else ",".join(here.fields[module]),
            "converted": "true" if gone else "",
            "per_page": LIMIT,
            "sort_by": "Modified_Time",
            "sort_order": "asc",
        }
        got = yield from self._listed(Records, f"/{module}", asked | place(here.at), _since(begins))
        after = self._following(module, since, here, begins, got)
        if gone:
            return Page(gone=_ids(got), cursor=after)
        return Page(found=tuple(self._found(module, record, here) for record in got.data), cursor=after)

    def _following(self, module: str, since: float, here: Cursor, begins: str, got: Records) -> str:
        following, read = place_behind(here.at, got.info), here.count + len(got.data)
        if not following:
            return self._next_stage(since, here)
        if not got.data or read <= (WINDOW if got.info.next_page_token else NUMBERED):
            return here.behind(following, len(got.data)).written()
        later = earlier(text(got.data[-1].get("Modified_Time")))
        if later == begins:
            raise CrmBadReply(f"has more than {read:,} {module} that were changed in one second, and gives no more")
        return msgspec.structs.replace(here, at="", since=later, count=0).written()

    def _deleted(self, module: str, since: float, here: Cursor) -> Flow[Page]:
        asked: Query = {"type": "all", "per_page": LIMIT}
        got = yield from self._listed(Records, f"/{module}/deleted", asked | place(here.at), _since(moment(since)))
        following = place_behind(here.at, got.info)
        after = here.behind(following).written() if following else self._next_stage(since, here)
        return Page(gone=_ids(got), cursor=after)

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
        names = unique(USUAL[module], [field] if field else [])
        if wanted.contact:
            path = f"/{module}/{segment(wanted.contact)}"
            found = yield from self._find(Records, path, (*NOTHING, 404), fields=",".join(names))
            if found and found.data and not found.data[0].get("$converted"):
                return found.data[0]
        phones = _phones((yield from self._fields(module)))
        asked: Query = {"fields": ",".join(unique(names, phones)[:MOST_FIELDS]), "per_page": LIMIT}
        for phone in (wanted.number, national(wanted.number)):
            pages = yield from self._every(Records, f"/{module}/search", asked | {"phone": phone})
            records = (record for page in pages for record in page.data)
            mine = (r for r in records if self._has((text(r.get(name)) for name in phones), wanted.number))
            record = min(mine, key=lambda record: str(record["id"]), default=None)
            if record:
                return record
        return None

    # Users, counting, writing

    def users(self) -> Flow[tuple[User, ...]]:
        pages = yield from self._every(Users, "/users", {"type": "ActiveUsers", "per_page": LIMIT})
        found = (user for page in pages for user in page.users)
        return tuple(User(id=u.id, email=text(u.email), name=text(u.full_name)) for u in found)

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        known = yield from self._fields("Contacts")
        return tuple(f.api_name for f in known if f.data_type in ("ownerlookup", "userlookup"))

    def count(self, module: str) -> Flow[int]:
        return int((yield self._request(f"/{module}/actions/count")).read(dict[str, Any])["count"])

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        path = f"/Contacts/{segment(contact)}"
        known = yield from self._find(Records, path, (*NOTHING, 404), fields=",".join(USUAL["Contacts"]))
        parent = {"id": contact, "module": {"api_name": "Contacts" if known else "Leads"}}
        note = {"Note_Title": call.title, "Note_Content": call.body, "Parent_Id": parent}
        yield self._request("/Notes", {"data": [note]}, accepts=(200, 201))

    # Lists

    def _fields(self, module: str) -> Flow[list[Field]]:
        """The fields that a module has."""
        pages = yield from self._every(Fields, "/settings/fields", {"module": module})
        return [field for page in pages for field in page.fields]

    def _every(self, kind: type[L], path: str, asked: Query) -> Flow[list[L]]:
        """All pages of a list that is short enough to be read at once."""

        def page(at: str) -> Flow[tuple[list[L], str]]:
            got = yield from self._listed(kind, path, asked | place(at))
            return [got], place_behind(at, got.info)

        return (yield from all_pages(page))

    def _listed(self, kind: type[L], path: str, asked: Query, headers: tuple[tuple[str, str], ...] = ()) -> Flow[L]:
        """A page of a list, as `kind`. Raises CrmExpired when Zoho no longer knows the place at which it begins."""
        reply = yield self._request(path, None, (*NOTHING, 400), headers, None, **asked)
        if reply.status == 400:
            trouble = reply.read(Trouble)
            lost = trouble.code in LOST or trouble.details.param_name == "page_token"
            raise (CrmExpired if lost else CrmBadReply)(f"answered with status 400 ({text(trouble.code)})")
        return reply.read(kind) if reply.status == 200 else kind()


def _phones(fields: list[Field]) -> tuple[str, ...]:
    """The names of the fields that hold telephone numbers."""
    return tuple(field.api_name for field in fields if field.data_type == "phone" and field.api_name != "Fax")


def _ids(got: Records) -> tuple[str, ...]:
    return tuple(filter(None, (identity(record.get("id")) for record in got.data)))


def _since(begins: str) -> tuple[tuple[str, str], ...]:
    return (("If-Modified-Since", begins),) if begins else ()
