"""Lists go on until the vendor says that they are over, however full their pages are; and they do end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from crm import server as faults
from crm.office import Member, Person, office
from crm.rig import CONNECTIONS, Rig, Stub, book, id_of
from crm.server import Answer, Talk
from fsrouter.crm.client import Client
from fsrouter.crm.connection import run_flow
from fsrouter.crm.connectors.base import Page, Wanted
from fsrouter.crm.connectors.salesforce import RATIONED, Salesforce
from fsrouter.crm.errors import CrmBadReply, CrmLimited, CrmRefused, CrmUnsafe
from fsrouter.crm.sync.sync import FULL_EVERY, MOST_EMPTY, Sync
from fsrouter.crm.transport.messages import Reply, Request
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store

Make = Callable[..., Rig]
KINDS = ("zoho", "salesforce")
EVERYBODY = {"zoho": 1234, "salesforce": 7777}


def with_leads(people: int, leads: int) -> Any:
    told = office(people)
    for n in range(1, leads + 1):
        told.leads[20000 + n] = Person(20000 + n, "Lead", f"Number{n}", phone=f"(415) 555-{n:04d}")
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_a_sync_goes_on_behind_short_and_empty_pages(crm: Make, kind: str) -> None:
    people = EVERYBODY[kind]
    rig = crm(kind, with_leads(people, 333))
    rig.sync()
    before = rig.cached()
    assert len(before) == people + 3 + 333
    rig.now += FULL_EVERY
    report = rig.sync()
    assert (report.kind, report.contacts, report.gone) == ("full", people + 3 + 333, 0)
    assert rig.cached() == before


@pytest.mark.parametrize("kind", KINDS)
def test_an_incremental_sync_goes_on_behind_short_and_empty_pages(crm: Make, kind: str) -> None:
    rig = crm(kind, with_leads(700, 90))
    rig.sync()
    rig.now += 3600
    for person in list(rig.office.people.values())[:300]:
        person.last, person.changed = "Married", rig.now - 60
    for id in list(rig.office.people)[300:]:
        rig.office.delete(id, rig.now - 30)
    rig.office.converted.update(rig.office.leads)
    for lead in rig.office.leads.values():
        lead.changed = rig.now - 30
    report = rig.sync()
    assert (report.kind, report.contacts, report.gone) == ("incremental", 300, 490)
    assert len(rig.cached()) == 303
    assert sum(name.endswith("Married") for _, name in rig.cached()) == 300


@pytest.mark.parametrize("kind", KINDS)
def test_users_and_fields_are_read_to_the_end(crm: Make, kind: str) -> None:
    rig = crm(kind, 3)
    rig.office.members.update({n: Member(n, f"u{n}@acme.example", "U", str(n)) for n in range(1000, 1500)})
    assert len(rig.connection.run(rig.connection.connector.users())) == 502
    assert rig.connection.run(rig.connection.connector.owner_fields()) == ("Owner" if kind == "zoho" else "OwnerId",)


def test_zohos_search_is_read_to_the_end(crm: Make) -> None:
    """The first by id stands on the last page."""
    rig = crm("zoho", 0)
    for n in range(500, 0, -1):
        rig.office.people[n] = Person(n, "Some", f"Body{n}", phone="(312) 555-0100")
    found = rig.connection.run(rig.connection.connector.look_up(Wanted(number="+13125550100", module="Contacts")))
    assert found and found.id == "1"


def test_zohos_search_finds_only_whose_number_it_is(crm: Make) -> None:
    rig = crm("zoho", 0)
    rig.office.people[7] = Person(7, "Longer", "Number", phone="+1 312 555 01004 x9")
    wanted = Wanted(number="+13125550100", module="Contacts")
    assert rig.connection.run(rig.connection.connector.look_up(wanted)) is None


def test_zohos_deleted_records_beyond_the_numbered_pages_make_the_sync_full(crm: Make) -> None:
    rig = crm("zoho", 2500)
    rig.sync()
    rig.now += 3600
    for id in list(rig.office.people)[:2400]:
        rig.office.delete(id, rig.now - 30)
    report = rig.sync()
    assert (report.kind, report.contacts) == ("full", 103)
    assert len(rig.cached()) == 103


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_that_expired_is_made_up_for(crm: Make, kind: str) -> None:
    """In the middle of a sync: nobody is missing afterwards, and until then the old cache is whole."""
    rig = crm(kind, office(5))
    rig.sync()
    before = rig.cached()
    rig.office.people.update(office(EVERYBODY[kind]).people)
    seen: list[int] = []

    def expire(read: int, of: int | None) -> None:
        seen.append(read)
        assert rig.cached() == before
        if len(seen) == 4:
            rig.stand_in.lists.forget()

    rig.sync(full=True, progress=expire)
    assert len(seen) > 4
    assert len(rig.cached()) == EVERYBODY[kind] + 3


def test_a_place_that_always_expires_ends_the_sync(crm: Make) -> None:
    rig = crm("zoho", 5)
    rig.sync()
    before = rig.cached()
    rig.office.people.update(office(1000).people)
    with pytest.raises(CrmBadReply, match="EXPIRED_VALUE"):
        rig.sync(full=True, progress=lambda read, of: rig.stand_in.lists.forget())
    assert rig.cached() == before


def test_a_broken_sync_whose_place_expired_begins_anew(crm: Make) -> None:
    rig = crm("zoho", 1000)

    def killed(read: int, of: int | None) -> None:
        if read >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rig.sync(progress=killed)
    rig.stand_in.lists.forget()
    assert rig.sync().contacts == 1003
    assert len(rig.cached()) == 1003


# Salesforce's own words for it


def salesforce(url: str = "https://acme.my.salesforce.com") -> Salesforce:
    return Salesforce("s", CONNECTIONS["salesforce"](url), frozenset(), "US")


def said(body: Any, status: int = 200) -> Reply:
    return Reply(status=status, body=msgspec.json.encode(body))


def records(*numbers: int) -> list[dict[str, str]]:
    return [{"Id": id_of("salesforce", n), "Name": str(n)} for n in numbers]


def pages_of(answers: Callable[[Request], Reply], cursor: str = "") -> tuple[list[str], list[str]]:
    """The ids of a full sync's people, and the addresses that it asked."""
    asked: list[str] = []
    ids: list[str] = []

    def ask(request: Request) -> Reply:
        asked.append(request.url)
        return answers(request) if "describe" not in request.url else said({"fields": []})

    while True:
        page: Page = run_flow(salesforce().page(0.0, cursor), ask)
        ids += [found.contact.id for found in page.found if found.contact.id]
        cursor = page.cursor
        if not cursor:
            return ids, asked


def test_three_records_that_are_not_done_are_followed() -> None:
    def answers(request: Request) -> Reply:
        if request.url.endswith("/services/data/v62.0/query/01gABC-3"):
            return said({"totalSize": 5, "done": True, "records": records(4, 5)})
        if "FROM%20Contact" in request.url:
            link = "/services/data/v62.0/query/01gABC-3"
            return said({"totalSize": 5, "done": False, "nextRecordsUrl": link, "records": records(1, 2, 3)})
        return said({"totalSize": 0, "done": True, "records": []})

    assert pages_of(answers)[0] == [id_of("salesforce", n) for n in range(1, 6)]


def test_a_list_that_goes_on_nowhere_is_a_bad_reply() -> None:
    with pytest.raises(CrmBadReply, match="not where"):
        pages_of(lambda request: said({"done": False, "records": records(1)}))


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/services/data/v62.0/query/01g",
        "//evil.example/services/data/v62.0/query/01g",
        "https://acme.my.salesforce.com:8443/services/data/v62.0/query/01g",
        "http://acme.my.salesforce.com/services/data/v62.0/query/01g",
        "https://acme.my.salesforce.com@evil.example/services/data/v62.0/query/01g",
        "/services/oauth2/revoke?token=x",
        "/services/data/v62.0/../../oauth2/revoke",
        "/services/data/v62.0/%2e%2e/%2e%2e/oauth2/revoke",
    ],
)
def test_a_link_that_leads_elsewhere_is_refused(link: str) -> None:
    with pytest.raises(CrmUnsafe, match="another server"):
        pages_of(lambda request: said({"done": False, "nextRecordsUrl": link, "records": records(1)}))


def test_a_link_that_leads_to_another_host_gets_no_request(crm: Make) -> None:
    rig, other = crm("salesforce", 3), crm("salesforce", 3)
    link = f"{other.server.url}/services/data/v62.0/query/01g-1"

    def elsewhere(talk: Talk) -> None:
        talk.say(Answer(200, {"done": False, "nextRecordsUrl": link, "records": [], "fields": []}))

    rig.stand_in.always = elsewhere
    with pytest.raises(CrmUnsafe, match="another server"):
        rig.sync()
    assert not other.stand_in.seen


@pytest.mark.parametrize("kind", KINDS)
def test_users_without_end_are_bounded(crm: Make, kind: str) -> None:
    rig = crm(kind, 3)
    link = "/services/data/v62.0/query/01g-1"
    page = {"users": [], "info": {"more_records": True}, "done": False, "nextRecordsUrl": link, "records": []}
    rig.stand_in.always = faults.body(msgspec.json.encode(page))
    with pytest.raises(CrmBadReply, match="end"):
        rig.connection.run(rig.connection.connector.users())


def test_empty_pages_without_end_are_bounded(store: Store) -> None:
    """Each has a place of its own behind it, so it is no circle."""
    asked: list[str] = []

    def send(request: Request, bounds: Any) -> Reply:
        asked.append(request.url)
        if "/settings/" in request.url or "/oauth/" in request.url:
            return said({"access_token": "t", "fields": []})
        return said({"data": [], "info": {"more_records": True, "next_page_token": f"pt{len(asked)}"}})

    told = book({"crm": CONNECTIONS["zoho"]("https://crm.example")})
    connection = Client(Stub(send), NATIVE).connection(told, "crm")
    assert connection
    with pytest.raises(CrmBadReply, match="do not end"):
        Sync(connection, told, store.contacts, "router-1", NATIVE, pause=lambda seconds: None).run()
    assert MOST_EMPTY <= len(asked) < MOST_EMPTY + 10


def test_requests_that_are_used_up_are_a_rate_limit_and_no_wrong_credential(crm: Make) -> None:
    rig = crm("salesforce", 3)
    rig.sync()
    before = rig.cached()
    used_up = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    rig.stand_in.always = lambda talk: talk.say(Answer(403, used_up))
    with pytest.raises(CrmLimited, match="too many") as raised:
        rig.sync(full=True)
    assert raised.value.retry_after == RATIONED
    assert rig.cached() == before
    rig.stand_in.always = lambda talk: talk.say(Answer(403, [{"errorCode": "API_DISABLED_FOR_ORG"}]))
    with pytest.raises(CrmRefused, match="403"):
        rig.sync(full=True)


# Leads that were converted


@pytest.mark.parametrize("kind", KINDS)
def test_converted_leads_are_left_out(crm: Make, kind: str) -> None:
    rig = crm(kind, with_leads(2, 2))
    rig.office.converted.add(20001)
    rig.sync()
    assert rig.store.contacts.owners("acme", "+14155550001") == ()
    assert [c.name for c in rig.store.contacts.owners("acme", "+14155550002")] == ["Lead Number2"]
    rig.now += 3600
    rig.office.converted.add(20002)
    rig.office.leads[20002].changed = rig.now - 60
    rig.office.people[3000] = Person(3000, "Lead", "Number2", phone="(415) 555-0002", changed=rig.now - 60)
    report = rig.sync()
    assert (report.kind, report.gone) == ("incremental", 1)
    assert rig.owner_ids("+14155550002") == [id_of(kind, 3000)]


def test_a_lead_that_was_converted_since_is_not_looked_up_any_more(crm: Make) -> None:
    rig = crm("salesforce", with_leads(2, 1))
    rig.sync()
    (lead,) = rig.store.contacts.owners("acme", "+14155550001")
    wanted = Wanted(number="+14155550001", module="Lead", contact=lead.id)
    look_up = rig.connection.connector.look_up
    assert rig.connection.run(look_up(wanted))
    rig.office.converted.add(20001)
    assert rig.connection.run(look_up(wanted)) is None
