"""ConnectWise PSA (Manage), by the API keys of a member.

After its developer guide of the REST API 3.0 (April 2025). What it says and what follows here:

- The API of its cloud is at `api-SITE`; `login/companyinfo/COMPANY` tells by its `Codebase` whether a company is in the
  cloud. The part `v4_6_release` of an address leads to whichever version there is, in the cloud too, where a wrong
  credential may be answered by 404.
- Authorisation is basic, the user being `company+public key`; `clientId` is mandatory.
- With the header `pagination-type: forward-only` pages come by id: `pageId` means `id > pageId`, and a page has at
  most 1,000 records. `orderBy` may not be given. A Link header to the next page is there always, and has the last id:
  so a sync goes on behind the last id, may do so at any time, and is over where neither the link nor the records lead
  further. Without that header pages are numbered, and a Link `next` is there only if there is a next page.
- A condition on a time is `lastUpdated > [2016-08-20T18:04:26Z]`. The guide's example is of tickets; that contacts and
  companies take it under the same name is in doubt (their records tell it as `_info/lastUpdated`).
- Addresses should not be longer than 2,000 characters; long conditions go into the body of `/search`.
- Deleted contacts are listed nowhere: they are gone after the next full sync. Inactive ones are taken for gone, as are
  deleted companies.
- Telephone numbers are `communicationItems` of the type Phone, mostly digits only. `like "%...%"` looks for the
  national digits; what comes back is read, and counts when the number is really in it.
- 429 comes with Retry-After; more than 1,000 requests a minute likely meet it.

A contact has no owner and no territory; its company has `territory` and `territoryManager`, and these are taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit

from msgspec import Struct

from fsrouter.crm.connectors.base import (
    CallSummary,
    Cursor,
    Found,
    Page,
    User,
    Wanted,
    identity,
    joined,
    text,
    utc,
)
from fsrouter.crm.connectors.connectwise_records import Record, fields, id_of, name_of, phones
from fsrouter.crm.connectors.rest import RestConnector, all_pages
from fsrouter.crm.errors import CrmBadReply
from fsrouter.crm.transport.messages import (
    BasicAuth,
    Credentials,
    Flow,
    HeldSecret,
    Reply,
    Request,
    address,
    secret_or_text,
)
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import crm_apis, crms
from fsrouter.engine.model.fact_names import folded
from fsrouter.engine.numbers.plan import national
from fsrouter.engine.numbers.renumbered import alike

#: The part of an address that leads to whichever version a server has; on servers of one's own the only one.
CODEBASE = "v4_6_release"
LIMIT = 1000
#: Records a page of a search by number: it finds few, but for switchboards.
FEW = 100
FORWARD = (("pagination-type", "forward-only"),)
#: Seconds between two pages.
APART = 0.05
#: What is read of a company, for its contacts.
OF_COMPANIES = "id,identifier,name,phoneNumber,territory,territoryManager,deletedFlag,customFields"


class _CompanyInfo(Struct, frozen=True):
    """What a server says of a company that is at it: which version it has, and where it is."""

    Codebase: str = ""
    SiteUrl: str | None = None


class ConnectWise(RestConnector):
    """One ConnectWise Manage site. What rules look at are captions of custom fields, and any field of contact or
    company by its name. A contact's owner is its company's territory manager; no field of a contact is a member.
    """

    modules = crms.ConnectWise.CAN.modules
    stages = modules
    api = f"/{CODEBASE}/apis/3.0"
    _connection: crms.ConnectWise

    def credentials(self, token: HeldSecret | None) -> Credentials:
        connection = self._connection
        user = (*secret_or_text(connection.company_id), "+", *secret_or_text(connection.public_key))
        return (
            ("Authorization", (BasicAuth(user, secret_or_text(connection.private_key)),)),
            ("clientId", secret_or_text(connection.client_id)),
        )

    @property
    def _url(self) -> str:
        return self._connection.api

    def hint(self, status: int) -> str:
        if status != 404:
            return ""
        return "; ConnectWise's cloud says that of a wrong company_id, public_key or private_key too"

    def wrong_address(self) -> Flow[str]:
        company, server = self._connection.company_id, urlsplit(self._url).netloc
        if secret_or_text(company) != (company,):
            return ""  # a secret goes into no address
        url = address(self._url, f"/login/companyinfo/{quote(company, safe='')}")
        reply = yield Request(url=url, accepts=(200, 404))
        known = reply.status == 200 and reply.body.strip() not in (b"", b"null")
        info = reply.read(_CompanyInfo) if known else _CompanyInfo()
        if not info.Codebase:
            return f"{server} does not know the company {company!r}; look at company_id, and at site or url"
        place = text(info.SiteUrl).lower().removeprefix("https://").partition("/")[0].removeprefix("api-")
        if place and place != server.removeprefix("api-"):
            sites = {
                urlsplit(api).netloc.removeprefix("api-"): site for site, api in crm_apis.CONNECTWISE_SITES.items()
            }
            remedy = f"site: {sites[place]}" if place in sites else f"url: https://{place}"
            return f"{server} says that the company {company!r} is at {place}; write `{remedy}`"
        if info.Codebase.strip("/") != CODEBASE and not server.startswith("api-"):
            return f"{server} is of ConnectWise's cloud, whose API is elsewhere; write `url: https://api-{server}`"
        return ""

    # Sync

    def _page(self, since: float, here: Cursor) -> Flow[Page]:
        reply = yield self._request(
            f"/company/{here.stage}",
            headers=FORWARD,
            apart=APART,
            pageSize=LIMIT,
            pageId=here.at,
            conditions=f"lastUpdated > [{utc(since)}]" if since else "",
            fields=OF_COMPANIES if here.stage == "companies" else "",
        )
        records = reply.read(list[Record])
        behind = _behind(reply, records, int(here.at or 0))
        after = here.behind(behind).written() if behind else self._next_stage(since, here)
        if here.stage == "companies":
            listed = [c for c in records if c.get("phoneNumber") and not c.get("deletedFlag")]
            own = tuple(Found(self._account(c), (text(c["phoneNumber"]),)) for c in listed)
            return Page(found=own, passed=len(records) - len(own), cursor=after)
        companies = yield from self._companies_of(records)
        gone = tuple(identity(r["id"]) for r in records if r.get("inactiveFlag"))
        people = ((r, companies.get(id_of(r, "company"))) for r in records if not r.get("inactiveFlag"))
        found = tuple(Found(self._contact(r, company, self._wanted), phones(r)) for r, company in people)
        return Page(found=found, gone=gone, cursor=after)

    def _companies_of(self, contacts: Iterable[Record]) -> Flow[dict[str, Record]]:
        ids = sorted({int(contact["company"]["id"]) for contact in contacts if id_of(contact, "company")})
        if not ids:
            return {}
        asked = {"conditions": f"id in ({','.join(map(str, ids))})"}
        fields = "" if self._wanted else OF_COMPANIES
        listed = yield from self._listed("/company/companies/search", LIMIT, asked, most=len(ids), fields=fields)
        return {str(company["id"]): company for company in listed}

    def _listed(
        self, path: str, size: int, asked: Any = None, most: int | None = None, **query: Any
    ) -> Flow[list[Record]]:
        """All that a list has, page by page by number."""

        def page(at: str) -> Flow[tuple[list[Record], str]]:
            reply = yield self._request(path, asked, apart=APART, pageSize=size, page=at, **query)
            following = reply.link("next") or {}
            return reply.read(list[Record]), following.get("page", "")

        return (yield from all_pages(page, most=most))

    def _contact(self, contact: Record, company: Record | None, wanted: frozenset[str]) -> Contact:
        company = company or {}
        return Contact(
            id=identity(contact["id"]),
            crm=self.name,
            name=joined(contact.get("firstName"), contact.get("lastName")),
            title=text(contact.get("title")),
            account=text(company.get("name")) or name_of(contact, "company"),
            account_id=id_of(contact, "company"),
            territory=name_of(company, "territory"),
            owner=id_of(company, "territoryManager"),
            fields=fields(company, wanted) | fields(contact, wanted),
        )

    def _account(self, company: Record, id: str = "", wanted: frozenset[str] = frozenset()) -> Contact:
        return Contact(
            id=id,
            crm=self.name,
            account=text(company.get("name")),
            account_id=identity(company["id"]),
            territory=name_of(company, "territory"),
            owner=id_of(company, "territoryManager") if id else "",
            fields=fields(company, wanted),
        )

    # Live

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        field = frozenset({folded(wanted.field)}) if wanted.field else frozenset()
        person = yield from self._person_of(wanted)
        company: Record | None = None
        if person and (id := id_of(person, "company")):
            company = yield from self._find(Record, f"/company/companies/{int(id)}")
        if not wanted.of_accounts:
            return self._contact(person, company, field) if person else None
        if company is None:
            company = yield from self._company_by(wanted.number)
        return self._account(company, str(company["id"]), field) if company else None

    def _person_of(self, wanted: Wanted) -> Flow[Record | None]:
        if wanted.contact.isdigit():
            known = yield from self._find(Record, f"/company/contacts/{wanted.contact}")
            if known:
                return known
        condition = f'communicationItems/value like "%{_digits(wanted.number)}%"'
        found = yield from self._listed("/company/contacts", FEW, childConditions=condition)
        mine = (c for c in found if self._has(phones(c), wanted.number))
        return min(mine, key=lambda c: str(c["id"]), default=None)

    def _company_by(self, number: str) -> Flow[Record | None]:
        condition = f'phoneNumber like "%{_digits(number)}%"'
        found = yield from self._listed("/company/companies", FEW, conditions=condition)
        mine = (c for c in found if self._has((text(c.get("phoneNumber")),), number))
        return min(mine, key=lambda c: str(c["id"]), default=None)

    # Users, counting, writing

    def users(self) -> Flow[tuple[User, ...]]:
        listed = yield from self._listed("/system/members", LIMIT, conditions="inactiveFlag=False")
        return tuple(
            User(
                id=identity(member["id"]),
                email=text(member.get("primaryEmail") or member.get("officeEmail")),
                name=joined(member.get("firstName"), member.get("lastName")) or text(member.get("identifier")),
            )
            for member in listed
        )

    def count(self, module: str) -> Flow[int]:
        return int((yield self._request(f"/company/{module}/count")).read(dict[str, Any])["count"])

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        written = {"text": f"{call.title}\n{call.body}"}
        yield self._request(f"/company/contacts/{int(contact)}/notes", written, accepts=(200, 201))


def _behind(reply: Reply, records: list[Record], at: int) -> str:
    """Behind which id the next page begins; "" when nothing is left behind the id `at`, behind which this one began.

    There is a link to the next page behind every page, the last one too: over is what leads no further. Raises
    CrmBadReply for pages that cannot be gone on with.
    """
    following = reply.link("next")
    if following is not None and "pageId" not in following:
        raise CrmBadReply(
            "pages by number where pages by id were asked for; a ConnectWise of 2018.5 or newer has these"
        )
    ids = [int(record["id"]) for record in records]
    if ids and max(ids) <= at:
        raise CrmBadReply("goes round in a circle: it lists what it has listed before")
    behind = max([*ids, int((following or {}).get("pageId") or 0)])
    return str(behind) if behind > at else ""


def _digits(number: str) -> str:
    """The digits that a number has in every form in which it may be written."""
    return min(map(national, alike(number)), key=len)
