"""Which contacts some rows are, and who owns a number: every way in ends with the same owners in the same order."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli.front import run
from crm.office import Company, Office, Person
from crm.rig import Stub, no_reply, rig
from crm.server import Server, StandIn

from fsrouter.crm.client import Client
from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.crm.sync.sync import Sync
from fsrouter.crm.transport.http import Sender
from fsrouter.engine.contacts import Contact
from fsrouter.rules import company_file, contacts
from fsrouter.rules.yaml_reader import read
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store
from fsrouter.store.what_if import People, WhatIf, from_store

#: The numbers that contacts and companies share among each other.
NUMBERS = tuple(f"+1415555{i:04d}" for i in range(100, 160))
NAMES = ("Ada Byron", 'O\'Neil "Bo"', "Łukasz Ångström", "=1+1 Spread", "Semi; Colon", "[red]Mark Up", "Two | Pipes")
#: How people write a number.
STYLES = ("+1 {} {}-{}", "({}) {}-{}", "{}{}{}", "1{}{}{}", "{}.{}.{}", "+1{}{}{}")


def written(number: str, i: int) -> str:
    return STYLES[i % len(STYLES)].format(number[2:5], number[5:8], number[8:])


#: Companies by id, each with two numbers; the next one has the second of them too.
COMPANIES = {id: (f"Company {id}", ("West", "", "East")[n % 3], n) for n, id in enumerate((7, 70, 8, 101, 11, 9, 1000))}
COMPANY_NUMBERS = {id: (NUMBERS[n], NUMBERS[n + 1]) for id, (_, _, n) in COMPANIES.items()}
#: People by id, in no order at all: name, title, company, numbers.
PEOPLE = {
    (i * 37) % 997 + 1: (
        NAMES[i % len(NAMES)],
        ("Buyer", "", "Chief Executive")[i % 3],
        (7, 9, 70, 101, 8)[i % 5],
        tuple(dict.fromkeys(NUMBERS[(i * step) % len(NUMBERS)] for step in (7, 11, 13)[: i % 4])),
    )
    for i in range(128)
}


def rows() -> list[dict[str, str]]:
    """The rows of a file: people's in one, two or three below each other, companies' wherever they come."""
    found: list[dict[str, str]] = []
    companies = [
        {"account_id": str(id), "phones": written(number, id + n), "territory": territory if n == at % 2 else ""}
        | ({"account": name} if n != at % 2 or not n else {})
        for n in (0, 1)
        for id, (name, territory, at) in COMPANIES.items()
        for number in [COMPANY_NUMBERS[id][n]]
    ]
    for i, (id, (name, title, company, numbers)) in enumerate(PEOPLE.items()):
        account, territory, _ = COMPANIES.get(company, ("", "", 0))
        of_company = {"account_id": str(company or ""), "account": account, "territory": territory}
        said = {"id": str(id), "name": name, **of_company}
        parts = numbers if i % 2 else ("; ".join(written(number, i) for number in numbers),)
        lines = [{"id": str(id), "phones": written(part, i) if i % 2 else part} for part in parts or ("",)]
        lines[0] |= said
        lines[-1] |= {"title": title}
        found += lines
        if i % 9 == 4 and companies:
            found.append(companies.pop())
    return found + companies


ROWS = rows()


def known(contact: Contact) -> tuple[str, ...]:
    """What tells a contact from all others, and what rules look at; whatever its CRM is called."""
    return contact.id, contact.name, contact.title, contact.account_id, contact.account, contact.territory


def expected() -> dict[str, list[tuple[str, ...]]]:
    """The owners of each number: people by id as text, then companies."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for number in NUMBERS:
        people = sorted((str(id), *said) for id, (*said, numbers) in PEOPLE.items() if number in numbers)
        owners = [(id, name, title, *of_company(company)) for id, name, title, company in people]  # type: ignore[arg-type]
        ids = sorted(str(id) for id in COMPANIES if number in COMPANY_NUMBERS[id])
        found[number] = [*owners, *(("", "", "", *of_company(int(id))) for id in ids)]
    return found


def of_company(id: int) -> tuple[str, str, str]:
    name, territory, _ = COMPANIES.get(id, ("", "", 0))
    return str(id or ""), name, territory


EXPECTED = expected()
Owners = Mapping[str, list[tuple[str, ...]]]

BOOK = """
company: acme
country: US
timezone: UTC
failsafe: extension:1000
crms: {people: {type: csv, path: people.csv}}
tracking_numbers: [{number: "+18725550111", to: "extension:1000"}]
"""


class Place:
    """Where a test runs: a folder that is the command line's, its store, and what serves CRMs."""

    def __init__(self, folder: Path, store: Store, serve: Callable[[StandIn], Server], sender: Sender) -> None:
        self.folder, self.store, self.serve, self.sender = folder, store, serve, sender
        self.file = folder / "people.csv"
        self.book = company_file.read(read(BOOK, "acme.yaml")).onto(None)

    def owners(self) -> Owners:
        return {number: [known(c) for c in self.store.contacts.owners("acme", number)] for number in NUMBERS}


@pytest.fixture
def place(folder: Path, serve: Callable[[StandIn], Server], sender: Sender) -> Iterator[Place]:
    with Store.open(f"sqlite:///{folder / 'acme.db'}") as store:
        yield prepared(Place(folder, store, serve, sender))


def prepared(place: Place) -> Place:
    """A place with the file of people and the company in force."""
    columns = ("id", "name", "title", "account_id", "account", "territory", "phones")
    with place.file.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(ROWS)
    (place.folder / "acme.yaml").write_text(BOOK)
    place.store.books.save(place.book, "test", "")
    return place


def contacts_option(place: Place) -> Owners:
    found = contacts.by_number(place.file, place.book)
    return {number: [known(contact) for contact in found.get(number, ())] for number in NUMBERS}


def contacts_import(place: Place) -> Owners:
    run("contacts", "import", place.file)
    return place.owners()


def csv_connection(place: Place) -> Owners:
    file = Client(Stub(no_reply), NATIVE).source(place.book, "people")
    assert isinstance(file, CsvFile)
    Sync(file, place.book, place.store.contacts, "node", NATIVE).run()
    return place.owners()


def crm(kind: str) -> Callable[[Place], Owners]:
    """A sync of a CRM that has the same people and companies; it has one record of each."""

    def sync(place: Place) -> Owners:
        office = Office()
        for id in sorted(COMPANIES):
            name, territory, _ = COMPANIES[id]
            phones = " / ".join(written(number, i) for i, number in enumerate(COMPANY_NUMBERS[id]))
            office.companies[id] = Company(id, name, territory, phones)
        for id in sorted(PEOPLE):
            name, title, company, numbers = PEOPLE[id]
            phones = [written(number, id + i) for i, number in enumerate(numbers)] + [""] * 3
            first, _, last = name.partition(" ")
            office.people[id] = Person(id, first, last, title, company, 0, *phones[:3])
        rig(kind, office, place.serve, place.sender, place.store).sync()
        return place.owners()

    return sync


ENTRANCES: dict[str, Callable[[Place], Owners]] = {
    "--contacts": contacts_option,
    "contacts import": contacts_import,
    "the csv connection": csv_connection,
    "a sync of HubSpot": crm("hubspot"),
    "a sync of ConnectWise": crm("connectwise"),
}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_every_way_in_ends_with_the_same_owners_in_the_same_order(entrance: str, place: Place) -> None:
    assert len(ROWS) >= 200
    assert sum(len(owners) > 2 for owners in EXPECTED.values()) > 20
    assert ENTRANCES[entrance](place) == EXPECTED


def test_a_call_has_the_same_facts_by_a_file_and_by_the_cache(place: Place) -> None:
    run("contacts", "import", place.file)
    for number in NUMBERS[::3]:
        call = "explain", "--to", "+18725550111", "--from", number, "--json"
        by_file = json.loads(run(*call, "--rules", "acme.yaml", "--contacts", place.file).stdout)["facts"]
        by_cache = json.loads(run(*call).stdout)["facts"]
        assert by_file == by_cache
        assert by_file.get("contact", "") == (EXPECTED[number][0][0] if EXPECTED[number] else "")


#: Companies that people know by several names, with and without an id; people whose ids are written in several ways.
MIXED_BOOK = """
company: acme
country: US
timezone: UTC
failsafe: extension:1000
crms:
  hub: {type: hubspot, token: "${ACME_TOKEN}"}
  books: {type: zoho, client_id: x, client_secret: "${ACME_SECRET}", refresh_token: "${ACME_TOKEN}"}
  force: {type: salesforce, url: "https://acme.my.salesforce.com", client_id: x, client_secret: "${ACME_SECRET}"}
  people: {type: csv, path: people.csv}
agents:
  ada: {endpoint: user/1}
  buyers: {endpoint: user/2}
  globex: {endpoint: user/3}
  west: {endpoint: user/4}
  zoho: {endpoint: user/5}
  shared: {endpoint: user/6}
  strangers: {endpoint: user/7}
priorities:
  books: {crm: books, RULE}
  first: {RULE}
  account: {shared_line: account, RULE}
  none: {shared_line: none, RULE}
routers:
  shared: {branches: [{when: {contacts: ">= 2"}, then: agent:shared}]}
tracking_numbers:
  - {number: "+18725550111", to: priority:first}
  - {number: "+18725550112", to: priority:books}
  - {number: "+18725550113", to: priority:account}
  - {number: "+18725550114", to: priority:none}
  - {number: "+18725550115", to: [router:shared, agent:strangers]}
""".replace(
    "RULE",
    "rules: [{contact: Ada Byron, to: agent:ada}, {contact: zcrm_5, to: agent:zoho}, {contact: 001A0000006Vm9r, to:"
    " agent:zoho}, {title: buyer, to: agent:buyers}, {account: Globex, to: agent:globex}, {account: a-2, to:"
    " agent:globex}, {territory: west, to: agent:west}], no_match: agent:strangers",
)
LINES = tuple(f"+1872555011{i}" for i in range(1, 6))
COLUMNS = ("crm", "id", "name", "title", "account_id", "account", "territory", "owner", "tier", "phones", "delete")


def mixed(drawn: random.Random, crms: bool) -> list[dict[str, str]]:
    """The rows of a file in any order, many of which are one contact's or one company's."""
    found = []
    for _ in range(240):
        crm = drawn.choice(("hub", "books", "force", "")) if crms else ""
        ids = {
            "books": ("5", "zcrm_5", "zcrm_6", "6", "7"),
            "force": ("001A0000006Vm9r", "001A0000006Vm9rIAC", "001a0000006Vm9r", "5"),
        }.get(crm, ("5", "6", "zcrm_5", "001A0000006Vm9r", *map(str, range(10, 25))))
        row = {"crm": crm, "id": drawn.choice((*ids, "", ""))}
        row |= {"name": drawn.choice(("", "", "Ada Byron", "ADA  Byron", "Bob", "Cyd", "Dee", "Eve", "Fay"))}
        row |= {"title": drawn.choice(("", "", "Buyer", "BUYER ", "Boss")), "owner": drawn.choice(("", "501"))}
        row |= {"account_id": drawn.choice(("", "a-1", "a-2", "zcrm_9")), "tier": drawn.choice(("", "1", "2"))}
        row |= {"account": drawn.choice(("", "Globex", "globex ", "Initech")), "territory": drawn.choice(("", "West"))}
        numbers = [written(drawn.choice(NUMBERS[:25]), drawn.randrange(len(STYLES))) for _ in range(drawn.randrange(3))]
        row |= {"phones": "; ".join(numbers)}
        nobody = not row["id"] and not row["name"]
        if nobody and not (numbers and (row["account"] or row["account_id"])):
            continue
        found.append(row | {"delete": "yes" if drawn.random() < 0.06 and (not nobody or numbers) else ""})
    return found


@pytest.mark.parametrize("seed", range(6))
def test_file_and_cache_decide_alike_whatever_stands_where(seed: int, place: Place) -> None:
    drawn = random.Random(seed)
    book = company_file.read(read(MIXED_BOOK, "acme.yaml")).onto(None)
    place.store.books.save(book, "test", "")
    rows = mixed(drawn, crms=seed % 2 == 0)
    with place.file.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    snapshot = place.store.books.load()[0]
    people = contacts.by_number(place.file, snapshot.books["acme"])
    assert len(people) > 10 and sum(len(owners) > 1 for owners in people.values()) > 5
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)

    def decisions(known: People | None, lines: tuple[str, ...] = LINES) -> list[tuple[Any, ...]]:
        calls = [WhatIf(to=line, caller=number, at=at) for line in lines for number in NUMBERS[:25]]
        walks = [from_store(place.store, snapshot, call, known).walk for call in calls]
        # How old what is known of a contact is, nobody decides by.
        traces = [[entry for entry in walk.trace if entry.at != "contact"] for walk in walks]
        return [(w.destination, w.facts.as_dict(), trace) for w, trace in zip(walks, traces, strict=True)]

    expected = decisions(people)
    assert len({destination for destination, *_ in expected}) > 4
    for _ in range(2):
        run("contacts", "import", place.file)
        assert decisions(None) == expected
    if seed % 2:  # a csv connection's contacts are its own, and no other's
        place.store.contacts.replace("acme", "", ())
        file = Client(Stub(no_reply), NATIVE).source(book, "people")
        assert isinstance(file, CsvFile)
        Sync(file, book, place.store.contacts, "node", NATIVE).run()
        lines = tuple(line for line in LINES if line != LINES[1])
        assert decisions(None, lines) == decisions(people, lines)


def test_two_numbers_of_one_company_in_two_rows_are_both_known(place: Place) -> None:
    """Companies that share a number, and one whose territory stands in another of its rows."""
    place.file.write_text(
        "id,name,title,account_id,account,territory,owner,phones\n"
        ",,,a-7,Seven,South,,(415) 555-0107\n"
        ",,,a-9,Nine,,,415 555 0106\n"
        ",,,a-7,Seven,,,415 555 0106\n"
        "c1,Zed,,a-8,Eight,,,415 555 0101\n"
        ",,,a-9,,East,,415 555 0108\n"
    )
    seven, nine = ("", "", "", "a-7", "Seven", "South"), ("", "", "", "a-9", "Nine", "East")
    for entrance in ("--contacts", "contacts import", "the csv connection"):
        found = ENTRANCES[entrance](place)
        assert [found[f"+1415555010{n}"] for n in (6, 7, 8)] == [[seven, nine], [seven], [nine]], entrance
        place.store.contacts.replace("acme", "", ())
