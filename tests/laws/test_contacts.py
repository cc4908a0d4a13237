"""Which contacts some rows are, and who owns a number: every way in ends with the same owners in the same order."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

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
