"""Contacts as people look for them: by whatever they have of one."""

# ruff: noqa: RUF001 (names in their own letters)

from __future__ import annotations

import pytest
from msgspec.structs import replace

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.engine.model.crms import Csv, Salesforce, Zoho
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.store import Store
from fsrouter.store.contact_search import found
from store.books import small

PEOPLE = [
    ("51234567890", "Hub Spot", "Acme", ("+13125550177",)),
    ("3", "Nancy 51234567890", "", ("+13125550178",)),
    ("4", "Łukasz  Żak", "Süßwaren GmbH", ("+48512345678",)),
    ("003D000000QwErTIAV", "Sal Force", "", ("+5491145678901",)),
    ("4150000001", "Zo Ho", "", ("+541145678902",)),
    ("+1 900", "Odd", "", ()),
]


@pytest.fixture
def book(store: Store) -> RuleBook:
    entries = [
        Entry(contact=Contact(id=id, name=name, account=account, account_id=f"a-{id}"), numbers=numbers)
        for id, name, account, numbers in PEOPLE
    ]
    store.contacts.upsert("acme", "hub", entries)
    crms = {
        "hub": Csv(path="x.csv"),
        "sales": Salesforce(url="https://acme.my.salesforce.com", client_id="${A}", client_secret="${B}"),
        "zoho": Zoho(client_id="${A}", client_secret="${B}", refresh_token="${C}"),
    }
    book = small("acme")
    return replace(book, header=replace(book.header, country="US"), crms=crms)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("51234567890", ["51234567890", "3"]),  # read as a number of Poland, and an id, and in a name
        ("+48 512 345 678", ["4"]),
        ("+48512", ["4"]),
        ("312-555-0177", ["51234567890"]),
        ("\u202a(312) 555-0178\u202c", ["3"]),  # as it is copied from an address book
        ("３１２ ５５５ ０１７８", ["3"]),
        ("łukasz żak", ["4"]),
        ("süß", ["4"]),
        ("a-4", ["4"]),
        ("003D000000QwErT", ["003D000000QwErTIAV"]),
        ("zcrm_4150000001", ["4150000001"]),
        ("+54 11 4567-8901", ["003D000000QwErTIAV"]),
        ("+54 9 11 4567 8902", ["4150000001"]),
        ("+1 900", ["+1 900"]),
        ("%", []),
        ("_", []),
        ("'; DROP TABLE contact; --", []),
        ("\x00", []),
        ("\udcff\udcfe", []),
        ("M\udcfcller", []),
        pytest.param("9" * 100_000, [], id="long"),
    ],
)
def test_contacts_are_found_by_whatever_people_have(store: Store, book: RuleBook, text: str, ids: list[str]) -> None:
    assert [entry.contact.id for entry in found(store, book, text, 10)] == ids


def test_nothing_finds_the_first_by_name_and_no_more_than_wanted(store: Store, book: RuleBook) -> None:
    assert [entry.contact.name for entry in found(store, book, "", 2)] == ["Hub Spot", "Nancy 51234567890"]
    assert len(found(store, book, "a", 3)) == 3
    assert found(store, replace(book, header=replace(book.header, company="globex")), "Hub", 10) == ()
