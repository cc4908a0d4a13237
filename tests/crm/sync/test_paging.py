"""Lists go on until the vendor says that they are over: short, single, uneven and empty pages, and circles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from crm.office import Member, Office, Person, office
from crm.rig import CONNECTIONS, SYNCED, Rig, Stub, book, id_of
from fsrouter.crm.client import Client
from fsrouter.crm.connection import run_flow
from fsrouter.crm.connectors.base import Wanted
from fsrouter.crm.connectors.rest import MOST_PAGES, all_pages
from fsrouter.crm.errors import CrmBadReply
from fsrouter.crm.sync.sync import MOST_EMPTY, Sync
from fsrouter.crm.transport.messages import Flow, Reply, Request
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store

Make = Callable[..., Rig]
#: The connectors whose lists are read here.
OURS = ("hubspot", "connectwise")


def apart(people: int) -> Office:
    """People with gaps between their ids, as a CRM has that deletes."""
    told = office(0)
    for n in range(1, people + 1):
        told.people[100 * n] = Person(100 * n, f"First{n}", "Last", phone=f"(312) 555-{n:04d}", company=n % 3 + 1)
    return told


@pytest.mark.parametrize("kind", OURS)
@pytest.mark.parametrize("people", [1, 2, 3, 41, 230, 1100])
def test_uneven_short_and_empty_pages_lose_nobody(crm: Make, kind: str, people: int) -> None:
    rig = crm(kind, apart(people))
    rig.sync()
    assert {id for id, _ in rig.cached()} >= {id_of(kind, 100 * n) for n in range(1, people + 1)}
    assert rig.store.contacts.count("acme", "crm") == people + 3
    assert bool(rig.stand_in.empty) == (people > 20 or kind == "hubspot")


@pytest.mark.parametrize("kind", OURS)
def test_changes_on_uneven_pages_are_all_read(crm: Make, kind: str) -> None:
    rig = crm(kind, apart(3))
    rig.sync()
    rig.now += 3600
    for id, person in apart(300).people.items():
        person.changed = rig.now - 60
        rig.office.people[id] = person
    before = rig.stand_in.empty
    report = rig.sync()
    assert (report.kind, report.contacts) == ("incremental", 300)
    assert rig.stand_in.empty > before
    assert rig.store.contacts.count("acme", "crm") == 303


def test_more_changes_than_a_search_may_have(crm: Make) -> None:
    """No search of HubSpot's gives its 10,000th record; each goes on behind the last id."""
    rig = crm("hubspot", apart(3))
    rig.sync()
    rig.now += 3600
    rig.stand_in.most_found = 100
    for id, person in apart(1000).people.items():
        person.changed = rig.now - 60
        rig.office.people[id] = person
    assert rig.sync().contacts == 1000


@pytest.mark.parametrize("kind", OURS)
def test_users_on_several_pages_are_all_read(crm: Make, kind: str) -> None:
    told = office(1)
    told.members = {n: Member(n, f"m{n}@acme.example", f"M{n}", "X") for n in range(1, 1300)}
    rig = crm(kind, told)
    assert {u.id for u in rig.connection.run(rig.connection.connector.users())} == set(map(str, told.members))


@pytest.mark.parametrize("kind", OURS)
def test_first_contact_of_a_switchboard_is_found_behind_the_first_page(crm: Make, kind: str) -> None:
    told = office(0)
    for n in range(2000, 2300):
        told.people[n] = Person(n, "At", "Desk", phone="(312) 555-0142")
    told.people[10001] = Person(10001, "First", "By text", phone="(312) 555-0142")
    rig = crm(kind, told)
    found = rig.connection.run(rig.connection.connector.look_up(Wanted(number="+13125550142", field="tier")))
    assert found and found.id == "10001"


def test_archived_contacts_are_read_to_the_last(crm: Make) -> None:
    rig = crm("hubspot", apart(700))
    rig.sync()
    rig.now += 3600
    for n in range(1, 651):
        rig.office.delete(100 * n, rig.now - 60)
    report = rig.sync()
    assert (report.kind, report.gone) == ("incremental", 650)
    assert rig.store.contacts.count("acme", "crm") == 53


def test_companies_behind_an_empty_page_of_associations_are_a_contacts(crm: Make) -> None:
    rig = crm("hubspot", 3)
    rig.office.people[1002].company = 0
    rig.stand_in.associated[1002] = [3]
    rig.sync()
    (found,) = rig.store.contacts.owners("acme", "+12005550002")
    assert (found.account, found.account_id) == ("Company 3", "3")


def test_searched_number_is_really_in_the_record(crm: Make) -> None:
    """207 946 0104 is a number in Maine, and with 44 before it one in London."""
    told = office(0)
    told.people[7] = Person(7, "Ada", "Maine", phone="(207) 946-0104")
    rig = crm("hubspot", told)
    for number, id in (("+12079460104", "7"), ("+442079460104", None)):
        found = rig.connection.run(rig.connection.connector.look_up(Wanted(number=number, field="tier")))
        assert (found and found.id) == id


@pytest.mark.parametrize("kind", OURS)
@pytest.mark.parametrize("written", ["+54 11 2345-6789", "+54 9 11 2345 6789", "+5491123456789"])
@pytest.mark.parametrize("caller", ["+541123456789", "+5491123456789"])
def test_number_of_argentina_is_found_with_and_without_its_9(crm: Make, kind: str, written: str, caller: str) -> None:
    told = office(0)
    # ConnectWise keeps digits only, and finds what it is asked for among them.
    phone = written if kind == "hubspot" else "".join(c for c in written if c.isdigit())
    told.people[7] = Person(7, "Ana", "Paz", phone=phone)
    rig = crm(kind, told)
    found = rig.connection.run(rig.connection.connector.look_up(Wanted(number=caller, field="tier")))
    assert found and found.id == "7"


@pytest.mark.parametrize("kind", SYNCED)
def test_nothing_is_sent_to_another_host_than_the_connections(crm: Make, kind: str) -> None:
    """The stand-ins' links to the next page all lead elsewhere."""
    rig = crm(kind, apart(120))
    hosts: list[str] = []
    send = rig.client.send
    rig.client.send = lambda request, bounds: (  # type: ignore[method-assign]
        hosts.append(urlsplit(request.url).netloc),
        send(request, bounds),
    )[1]
    rig.sync()
    assert set(hosts) == {urlsplit(rig.server.url).netloc}


def circle(kind: str, size: int) -> Callable[..., Reply]:
    """A CRM whose pages lead round in a circle of so many, without a record on any."""
    asked: list[str] = []

    def send(request: Request, bounds: Any = None) -> Reply:
        if "/contacts" not in request.url or "propert" in urlsplit(request.url).path:
            return Reply(status=200, body=b'{"results": []}' if kind == "hubspot" else b"[]")
        asked.append(request.url)
        at = len(asked) % size + 1
        if kind == "hubspot":
            return Reply(status=200, body=msgspec.json.encode({"results": [], "paging": {"next": {"after": str(at)}}}))
        headers = {"link": f'<https://x.example/?pageId={at}>; rel="next"'}
        return Reply(status=200, headers=headers, body=msgspec.json.encode([{"id": at}]))

    return send


@pytest.mark.parametrize("kind", OURS)
@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_sync_that_goes_in_a_circle_ends_and_says_so(store: Store, kind: str, size: int) -> None:
    sent = 0
    inner = circle(kind, size)

    def send(request: Request, bounds: Any = None) -> Reply:
        nonlocal sent
        sent += 1
        return inner(request)

    told = book({"crm": CONNECTIONS[kind]("https://crm.example")})
    connection = Client(Stub(send), NATIVE).connection(told, "crm")
    assert connection
    with pytest.raises(CrmBadReply, match=r"crm: .*goes round in a circle"):
        Sync(connection, told, store.contacts, "node", NATIVE, pause=lambda seconds: None).run(full=True)
    assert sent < 8 * size + 10


def silent_companies(kind: str, many: int) -> Callable[..., Reply]:
    """A CRM with one person, and so many companies that have no number, one a page."""

    def send(request: Request, bounds: Any = None) -> Reply:
        parts = urlsplit(request.url)
        query = dict(parse_qsl(parts.query))
        at = int(query.get("after") or query.get("pageId") or 0) + 1
        if "propert" in parts.path or "/companies/" in parts.path:
            return Reply(status=200, body=b'{"results": []}' if kind == "hubspot" else b"[]")
        last = at >= (many if parts.path.endswith("/companies") else 1)
        if kind == "hubspot":
            paging = {} if last else {"paging": {"next": {"after": str(at)}}}
            record = {"id": str(at), "properties": {"phone": "" if "/companies" in parts.path else "312 555 0100"}}
            return Reply(status=200, body=msgspec.json.encode({"results": [record], **paging}))
        return Reply(status=200, body=msgspec.json.encode([{"id": at}] if at <= many else []))

    return send


@pytest.mark.parametrize("kind", OURS)
def test_companies_without_numbers_on_many_pages_are_no_circle(store: Store, kind: str) -> None:
    told = book({"crm": CONNECTIONS[kind]("https://crm.example")})
    many = MOST_EMPTY + 50
    connection = Client(Stub(silent_companies(kind, many)), NATIVE).connection(told, "crm")
    assert connection
    report = Sync(connection, told, store.contacts, "node", NATIVE, pause=lambda seconds: None).run(full=True)
    assert report.contacts == (1 if kind == "hubspot" else many)


def pages(cursors: dict[str, tuple[list[int], str]]) -> Callable[[str], Flow[tuple[list[int], str]]]:
    def page(at: str) -> Flow[tuple[list[int], str]]:
        yield from ()
        return cursors[at]

    return page


def run(flow: Flow[list[int]]) -> list[int]:
    return run_flow(flow, lambda request: pytest.fail("nothing is asked"))


def test_list_goes_on_over_empty_pages_until_there_is_no_next() -> None:
    cursors = {"": ([1], "a"), "a": ([], "b"), "b": ([], "c"), "c": ([2, 3], "")}
    assert run(all_pages(pages(cursors))) == [1, 2, 3]
    assert run(all_pages(pages(cursors), "c")) == [2, 3]
    assert run(all_pages(pages(cursors), most=1)) == [1]
    assert run(all_pages(pages(cursors), most=0)) == []


def test_list_that_goes_in_a_circle_or_never_ends_is_a_bad_reply() -> None:
    for cursors in ({"": ([1], "a"), "a": ([], "b"), "b": ([2], "a")}, {"": ([], "a"), "a": ([], "a")}):
        with pytest.raises(CrmBadReply, match="circle"):
            run(all_pages(pages(cursors)))
    endless = {str(n) if n else "": ([n], str(n + 1)) for n in range(MOST_PAGES + 2)}
    with pytest.raises(CrmBadReply, match="do not end"):
        run(all_pages(pages(endless)))


@pytest.mark.parametrize(
    ("header", "query"),
    [
        ('<https://h/x?pageId=7&pageSize=3>; rel="next"', {"pageId": "7", "pageSize": "3"}),
        ('<https://h/x?page=1>; rel="prev", <https://h/x?page=3>; rel="next"', {"page": "3"}),
        ("<https://h/x?page=3>; rel=next; title=a", {"page": "3"}),
        ('<https://h/x?q=a%3Bb,c>; title="x"; rel="last next"', {"q": "a;b,c"}),
        ("<https://h/x>;rel=NEXT", {}),
        ('<https://h/x?page=1>; rel="nextish"', None),
        ('<https://h/x?page=1>; rel="prev"', None),
        ("garbage", None),
        ("", None),
    ],
)
def test_link_header_is_read(header: str, query: dict[str, str] | None) -> None:
    assert Reply(status=200, headers={"link": header}).link("next") == query


def test_connectwise_that_pages_by_number_is_not_read_in_part(store: Store) -> None:
    """A server older than forward-only paging would give its first page for ever."""
    reply = Reply(status=200, headers={"link": '<https://x/?page=2>; rel="next"'}, body=b'[{"id": 1}]')
    told = book({"crm": CONNECTIONS["connectwise"]("https://crm.example")})
    connection = Client(Stub(lambda request, bounds=None: reply), NATIVE).connection(told, "crm")
    assert connection
    with pytest.raises(CrmBadReply, match=r"2018\.5"):
        Sync(connection, told, store.contacts, "node", NATIVE, pause=lambda seconds: None).run(full=True)
