"""Which contacts some rows are: ids as vendors' APIs give them, rows of one contact, and who owns a number."""

from __future__ import annotations

import pytest

from engine.books import book, contact, facts, walked
from fsrouter.engine.contacts import Contact, Entry, Ids, by_number, common, identified, identity, owners, together

ZOHO, SALESFORCE = Ids(prefix="zcrm_"), Ids(checksum=True)


@pytest.mark.parametrize(
    ("ids", "written", "id"),
    [
        (Ids(), "zcrm_1", "zcrm_1"),
        (Ids(), "001A0000006Vm9r", "001A0000006Vm9r"),
        (ZOHO, "zcrm_4876876000000432001", "4876876000000432001"),
        (ZOHO, "4876876000000432001", "4876876000000432001"),
        (SALESFORCE, "001A0000006Vm9r", "001A0000006Vm9rIAC"),
        (SALESFORCE, "001A0000006Vm9rIAC", "001A0000006Vm9rIAC"),
        (SALESFORCE, "005ZZZZZZZZZZZZ", "005ZZZZZZZZZZZZY55"),
        (SALESFORCE, "003000000000000", "003000000000000AAA"),
        (SALESFORCE, "00300000000000é", "00300000000000é"),
        (SALESFORCE, "customer-4711-a", "customer-4711-a"),
    ],
)
def test_an_id_is_that_of_the_vendors_api(ids: Ids, written: str, id: str) -> None:
    entry = Entry(contact=Contact(id=written, account_id=written))
    assert identified(entry, ids).contact == Contact(id=id, account_id=id)
    assert id in ids.forms(id) and (written in ids.forms(id))


@pytest.mark.parametrize(
    ("known", "kind", "id"),
    [
        ({"name": "Ada  Byron", "account": "GLOBEX Ltd"}, "person", "name:ada byron|globex ltd"),
        ({"name": "ada byron ", "account": "globex  ltd"}, "person", "name:ada byron|globex ltd"),
        ({"name": "Straße"}, "person", "name:strasse|"),
        ({"name": "Ada", "account_id": "a-1"}, "person", "name:ada|a-1"),
        ({"id": "7", "name": "Ada"}, "person", "7"),
        ({"account": "Globex"}, "account", "globex"),
        ({"account": "Globex", "account_id": "a-1"}, "account", "a-1"),
    ],
)
def test_who_has_no_id_is_known_by_name_and_company_else_is_the_companys(
    known: dict[str, str], kind: str, id: str
) -> None:
    assert identity(identified(Entry(contact=Contact(**known))).contact) == (kind, id)


def row(id: str = "", *numbers: str, gone: bool = False, **known: str) -> Entry:
    return Entry(contact=contact(id=id, **known), numbers=numbers, gone=gone)


def test_rows_are_joined_and_what_is_said_last_counts() -> None:
    rows = [
        row("1", "+1", "+2", title="Buyer", tier="1"),
        row("2", "+1"),
        row("1", "+3", "+1", title="Boss"),
        row("1", tier="2", seats="5"),
        row("1", crm="hub", title="Other"),
    ]
    joined = list(together(rows))
    assert [(entry.contact.crm, entry.contact.id, entry.numbers) for entry in joined] == [
        ("", "1", ("+1", "+2", "+3")),
        ("", "2", ("+1",)),
        ("hub", "1", ()),
    ]
    assert (joined[0].contact.title, joined[0].contact.fields) == ("Boss", {"tier": "2", "seats": "5"})


def test_owners_come_in_the_order_of_crms_then_of_ids_then_companies() -> None:
    known = [
        Contact(crm="books", account_id="a-2"),
        Contact(id="1"),
        Contact(crm="hub", account_id="a-9"),
        Contact(id="9", crm="hub"),
        Contact(id="2", crm="gone"),
        Contact(id="10", crm="books"),
        Contact(id="10", crm="hub"),
    ]
    named = [(c.crm, c.id or c.account_id) for c in owners(known, ("hub", "books"))]
    assert named == [
        ("hub", "10"),
        ("hub", "9"),
        ("books", "10"),
        ("gone", "2"),
        ("", "1"),
        ("hub", "a-9"),
        ("books", "a-2"),
    ]
    assert [(c.crm, c.id) for c in owners(known)][:3] == [("books", "10"), ("hub", "10"), ("gone", "2")]


IMPORTED = Contact(id="name:ada byron|", name="Ada  BYRON")


@pytest.mark.parametrize(
    ("known", "left"),
    [
        ([Contact(id="7"), Contact(id="7", crm="hub")], ["7/hub"]),
        ([Contact(id="7"), Contact(id="8", crm="hub")], ["8/hub", "7/"]),
        ([Contact(id="7", crm="hub"), Contact(id="7", crm="books")], ["7/hub", "7/books"]),
        ([IMPORTED, Contact(id="7", crm="hub", name="Ada Byron")], ["7/hub"]),
        ([IMPORTED, Contact(id="7", crm="hub", name="Ada")], ["7/hub", "name:ada byron|/"]),
        ([IMPORTED, Contact(account="Ada Byron", crm="hub")], ["name:ada byron|/", "/hub"]),
    ],
)
def test_nobody_owns_a_number_twice(known: list[Contact], left: list[str]) -> None:
    for order in (known, known[::-1]):
        assert [f"{c.id}/{c.crm}" for c in owners(order, ("hub", "books"))] == left


def test_a_name_is_told_that_others_have_too() -> None:
    rows = [
        row("1", "+1", name="Ada Byron"),
        row("2", "+2", name="ada  byron", crm="hub"),
        row("3", "+3", name="Bob"),
        row("", "+3", account="Bob"),
        row("4", "+4"),
        row("5", "+4"),
    ]
    found = by_number(rows)
    assert {n: [c.namesakes for c in owners] for n, owners in found.items()} == {
        "+1": [("hub",)],
        "+2": [("",)],
        "+3": [(), ()],
        "+4": [(), ()],
    }


def test_what_is_common_is_the_same_for_all() -> None:
    known = [
        Contact(account="Globex", account_id="a-1", territory="West"),
        Contact(account="Globex Inc", account_id="a-1"),
    ]
    assert common(known) == Contact(account="Globex", account_id="a-1")
    assert common([Contact(account="Globex", account_id="a-1"), Contact(account="GLOBEX")]) == Contact(account="Globex")
    assert common([Contact(account="Globex"), Contact(territory="West")]) == Contact()


@pytest.mark.parametrize(
    ("owner", "crm", "rung"),
    [
        ("501", "hub", "nancy"),
        ("Nancy Doe", "hub", "nancy"),
        (" nancy doe ", "books", "nancy"),
        ("Johan Berg", "hub", ""),  # two have that title
        ("zcrm_77", "books", "johan"),
        ("005A0000006Vm9r", "force", "eve"),
        ("005A0000006Vm9zIAC", "force", "gus"),
        ("99", "force", "gus"),  # whichever CRM it is
        ("501", "", "nancy"),
        ("", "hub", ""),
    ],
)
def test_an_owner_is_a_crm_user_else_the_only_agent_of_that_title(owner: str, crm: str, rung: str) -> None:
    told = book(
        """
        crms:
          hub: {type: csv, path: a.csv}
          books: {type: zoho, client_id: x, client_secret: "${S}", refresh_token: "${R}"}
          force: {type: salesforce, url: "https://a.example", client_id: x, client_secret: "${S}"}
        agents:
          nancy: {title: Nancy Doe, endpoint: user/2001, crm_user: {hub: "501"}}
          johan: {title: Johan Berg, endpoint: user/2002, crm_user: {books: "77"}}
          twin: {title: johan berg, endpoint: user/2003}
          eve: {endpoint: user/2004, crm_user: {force: 005A0000006Vm9rIAC}}
          gus: {endpoint: user/2005, crm_user: {force: 005A0000006Vm9z, "*": "99"}}
          late: {endpoint: user/2006, crm_user: {force: "99"}}
        """,
        to="[agent:owner, voicemail:main]",
    )
    walk = walked(told, facts(contacts=(Contact(id="1", crm=crm, owner=owner),)))
    assert walk.destination == (f"agent:{rung}" if rung else "voicemail:main")


def test_facts_of_a_number_of_two_companies_are_those_of_the_first() -> None:
    known = facts(contacts=(Contact(account="Seven"), Contact(account="Eight", territory="East")))
    assert (known.known("account"), known.known("territory"), known.known("contacts")) == ("Seven", None, None)
    assert facts(contacts=(Contact(id="1"), Contact(id="2"), Contact(account="Seven"))).known("contacts") == "2"
