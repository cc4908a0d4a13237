"""Which number a text is: by each role, every entrance reads the same number in the same text."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from crm.office import Office, Person
from crm.rig import Stub, no_reply, rig
from crm.server import Server, StandIn
from msgspec.structs import replace
from router.site import PATIENCE, Site

from fsrouter.cli import cli
from fsrouter.crm.client import Client
from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.crm.sync.sync import Sync
from fsrouter.crm.transport.http import Sender
from fsrouter.engine.model.lists import Change
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers.renumbered import compared
from fsrouter.rules import company_file, contacts, csv_import, fusionpbx
from fsrouter.rules.file_errors import InvalidFile
from fsrouter.rules.lists_csv import ListFile
from fsrouter.rules.yaml_reader import read
from fsrouter.runtime.native import NATIVE, Native
from fsrouter.simulator.dialplan import standard
from fsrouter.store import CallRecord, Store
from fsrouter.tui.context import Context
from fsrouter.tui.editing.draft import Draft
from fsrouter.tui.queries.what_if import Typed, route

#: Companies' countries, each with a tracking number.
COUNTRIES = {"US": "+18725550111", "DE": "+4930901820", "GB": "+442079460018", "MX": "+525512345678"}
Numbers = tuple[str, ...] | None


class Place:
    """Where a test runs: a folder that is the command line's, and a database with a company in each country."""

    def __init__(self, folder: Path, serve: Callable[[StandIn], Server], sender: Sender) -> None:
        self.folder, self.serve, self.sender = folder, serve, sender
        self.books = {country: book(country) for country in COUNTRIES}

    def store(self) -> Store:
        return Store.open(f"sqlite:///{self.folder / 'acme.db'}")


def book(country: str, more: str = "") -> RuleBook:
    return company_file.read(read(text_of(country) + more, "x.yaml")).onto(None)


def text_of(country: str) -> str:
    line = f'tracking_numbers: [{{number: "{COUNTRIES[country]}", to: "extension:1000"}}]\n'
    crm = "crms: {people: {type: csv, path: people.csv}}\n"
    header = f"company: {country.lower()}\ncountry: {country}\ntimezone: UTC\nfailsafe: extension:1000\n"
    return f"{header}lists: {{blocked: {{}}}}\n{crm}{line}"


@pytest.fixture
def place(folder: Path, serve: Callable[[StandIn], Server], sender: Sender) -> Place:
    place = Place(folder, serve, sender)
    with place.store() as store:
        for country in COUNTRIES:
            store.books.save(place.books[country], "test", "")
            (folder / f"{country}.yaml").write_text(text_of(country))
    return place


Entrance = Callable[[Place, str, tuple[str, ...]], list[Any]]

# Callers: "" for who withholds their number, and for what is none


def wire(place: Place, country: str, texts: tuple[str, ...]) -> list[str]:
    site = Site(place.folder, place.folder / "empty.db")
    try:
        site.store.books.save(place.books[country], "test", "")
        site.serve(watch=False)
        site.switch.dialplan = standard(site.routers)
        calls = [site.call(text, to=COUNTRIES[country]).wait(PATIENCE) for text in texts]
        return [site.record(call).caller for call in calls]
    finally:
        site.close()


def explained(country: str, *words: str) -> dict[str, Any] | None:
    call = ["explain", f"--to={COUNTRIES[country]}", "--json", "--rules", f"{country}.yaml", *words]
    result = CliRunner().invoke(cli, call, prog_name="fsrouter")
    assert result.exit_code in (0, 2), result.output
    found: dict[str, Any] | None = json.loads(result.stdout) if result.exit_code == 0 else None
    return found


def explain_from(place: Place, country: str, texts: tuple[str, ...]) -> list[str]:
    return [found["from"] for text in texts if (found := explained(country, f"--from={text}"))]


def what_if_form(place: Place, country: str, texts: tuple[str, ...]) -> list[str]:
    with place.store() as store:
        context = Context(store, "olga")
        return [route(context, Typed(to=COUNTRIES[country], caller=text)).call.from_ for text in texts]


CALLERS: dict[str, Entrance] = {
    "calls over the wire": wire,
    "explain --from": explain_from,
    "the what-if form": what_if_form,
}

# Contacts: the numbers of a cell


def in_file(place: Place, texts: tuple[str, ...]) -> Path:
    path = place.folder / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "phones"))
        rows.writerows(enumerate(texts))
    return path


def cached(store: Store, company: str, texts: tuple[str, ...]) -> list[Numbers]:
    found = {entry.contact.id: entry.numbers for entry in store.contacts.find(company, "", limit=10_000)}
    return [tuple(sorted(found.get(str(i), ()))) for i in range(len(texts))]


def contacts_import(place: Place, country: str, texts: tuple[str, ...]) -> list[Numbers]:
    command = ["contacts", "import", str(in_file(place, texts)), "--company", country.lower()]
    assert CliRunner().invoke(cli, command, prog_name="fsrouter").exit_code == 0
    with place.store() as store:
        return cached(store, country.lower(), texts)


def csv_connection(place: Place, country: str, texts: tuple[str, ...]) -> list[Numbers]:
    with place.store() as store:
        source = Client(Stub(no_reply), NATIVE).source(place.books[country], "people")
        assert isinstance(source, CsvFile)
        source.path = in_file(place, texts)
        Sync(source, place.books[country], store.contacts, "node", NATIVE).run(full=True)
        return cached(store, country.lower(), texts)


def contacts_option(place: Place, country: str, texts: tuple[str, ...]) -> list[Numbers]:
    found: dict[str, tuple[str, ...]] = {}
    for number, owners in contacts.by_number(in_file(place, texts), place.books[country]).items():
        for owner in owners:
            found[owner.id] = (*found.get(owner.id, ()), number)
    return [tuple(sorted(found.get(str(i), ()))) for i in range(len(texts))]


def crm(kind: str) -> Entrance:
    def sync(place: Place, country: str, texts: tuple[str, ...]) -> list[Numbers]:
        office = Office({i + 1: Person(i + 1, "P", str(i), phone=text) for i, text in enumerate(texts)})
        with place.store() as store:
            crm = rig(kind, office, place.serve, place.sender, store)
            crm.book = replace(crm.book, header=replace(crm.book.header, country=country))
            crm.sync()
            found = {e.contact.id: e.numbers for e in store.contacts.find("acme", "", limit=10_000)}
        return [tuple(sorted(found[str(i)])) for i in range(1, len(texts) + 1)]

    return sync


CONTACTS: dict[str, Entrance] = {
    "--contacts": contacts_option,
    "contacts import": contacts_import,
    "the csv connection": csv_connection,
    "a sync of HubSpot": crm("hubspot"),
    "a sync of ConnectWise": crm("connectwise"),
}

# Targets: whatever we own or dial; None for what is none


def in_yaml(place: Place, country: str, entries: list[str], section: str) -> tuple[RuleBook, set[int]]:
    """A rules file with an entry on each line of a section, without those that are refused."""
    before = text_of(country) + f"{section}:\n"
    first = before.count("\n") + 1
    try:
        found = company_file.read(read(before + "".join(entries), "x.yaml")).onto(None)
        return found, set()
    except InvalidFile as error:
        bad = {each.line - first for each in error.errors}
    kept = [entry for i, entry in enumerate(entries) if i not in bad]
    return company_file.read(read(before + "".join(kept), "x.yaml")).onto(None), bad


def receiving_numbers(place: Place, country: str, texts: tuple[str, ...]) -> list[str | None]:
    entries = [f"  n{i}: {{number: {json.dumps(text)}}}\n" for i, text in enumerate(texts)]
    found, _ = in_yaml(place, country, entries, "numbers")
    return [found.numbers[f"n{i}"].number if f"n{i}" in found.numbers else None for i in range(len(texts))]


def phones(place: Place, country: str, texts: tuple[str, ...]) -> list[str | None]:
    entries = [f"  n{i}: {{route: {json.dumps('phone:' + text)}}}\n" for i, text in enumerate(texts)]
    found, _ = in_yaml(place, country, entries, "flows")
    return [found.flows[f"n{i}"].route[0].name if f"n{i}" in found.flows else None for i in range(len(texts))]


def tracking_csv(place: Place, country: str, texts: tuple[str, ...]) -> list[str | None]:
    def read_one(text: str) -> str | None:
        path = place.folder / "numbers.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("number", "to"), (text, "extension:1000")])
        try:
            book = csv_import.tracking_numbers(path, replace(place.books[country], tracking_numbers={}))
        except InvalidFile:
            return None
        return next(iter(book.tracking_numbers))

    return [read_one(text) for text in texts]


def fusionpbx_csv(place: Place, country: str, texts: tuple[str, ...]) -> list[str | None]:
    """A destination of FusionPBX's, whose number is written without its country code apart."""
    path = place.folder / "destinations.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("destination_number", "destination_app", "destination_data"))
        rows.writerows((text, "transfer", "1000 XML default") for text in texts)
    read = {row.line: row.cells["number"] for row in fusionpbx.read(path, place.books[country]).rows}
    return [read.get(line) for line in range(2, len(texts) + 2)]


def edited(place: Place, country: str, texts: tuple[str, ...]) -> list[str | None]:
    """A definition typed in the dashboard's editor."""

    def typed(text: str) -> str | None:
        compiled = Draft.of(place.books[country]).put("numbers", "n", {"number": text}).compiled()
        return compiled.book.numbers["n"].number if compiled.book else None

    return [typed(text) for text in texts]


def assumed(place: Place, country: str, texts: tuple[str, ...]) -> list[str | None]:
    found = (explained(country, "--from=anonymous", "--set", f"from={text}") for text in texts)
    return [each["facts"]["from"] if each else None for each in found]


class Impatient(Native):
    """What waits for an event does so no longer."""

    @staticmethod
    def event() -> threading.Event:  # type: ignore[override]
        event = threading.Event()
        event.set()
        return event


def transferred(place: Place, country: str, texts: tuple[str, ...]) -> list[str | None]:
    """What an operator's transfer of a live call asks the router for."""
    found: list[str | None] = []
    with place.store() as store:
        call = CallRecord(uuid=f"call-{country}", company=country.lower(), number=COUNTRIES[country], began=1.8e9)
        store.journal.write([call])
        last = store.commands.add(call.uuid, "hangup", "", "olga")
        for text in texts:
            command = ["calls", "transfer", call.uuid, f"phone:{text}"]
            result = CliRunner().invoke(cli, command, prog_name="fsrouter", obj=Impatient())
            assert result.exit_code in (2, 3), result.output  # no number, or no router to do it
            last += result.exit_code == 3
            asked = store.commands.get(last)
            assert asked
            found.append(asked.argument.removeprefix("phone:") if result.exit_code == 3 else None)
    return found


def criteria(place: Place, country: str, texts: tuple[str, ...]) -> list[str | None]:
    """What a branch compares the caller's number with."""
    branch = "branches: [{when: {from: %s}, then: hangup}]"
    entries = [f"  n{i}: {{{branch % json.dumps(text)}}}\n" for i, text in enumerate(texts)]
    found, _ = in_yaml(place, country, entries, "routers")
    routers = (found.routers.get(f"n{i}") for i in range(len(texts)))
    return [router.branches[0].when["from"][0].value if router else None for router in routers]


def put_on_a_list(place: Place, country: str, texts: tuple[str, ...]) -> list[str | None]:
    """What stands on a list after somebody has put a number there."""
    found: list[str | None] = []
    with place.store() as store:
        for text in texts:
            command = ["lists", "add", "--company", country.lower(), "--", "blocked", text]
            CliRunner().invoke(cli, command, prog_name="fsrouter")
            entries = store.lists.entries(country.lower(), "blocked")
            store.lists.change(country.lower(), [Change(listed=each, gone=True) for each in entries])
            found.append(entries[0].member.value if entries else None)
    return found


def list_csv(place: Place, country: str, texts: tuple[str, ...]) -> list[str | None]:
    def read_one(text: str) -> str | None:
        path = place.folder / "blocked.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("number", "why"), (text, "test")])
        with ListFile(path, place.books[country], "blocked", "olga", 1.8e9) as rows:
            try:
                rows.read()
            except InvalidFile:
                return None
            return next(rows.changes()).listed.member.value

    return [read_one(text) for text in texts]


TARGETS: dict[str, Entrance] = {
    "numbers in a rules file": receiving_numbers,
    "routes in a rules file": phones,
    "a CSV of tracking numbers": tracking_csv,
    "FusionPBX's destinations": fusionpbx_csv,
    "the dashboard's editor": edited,
    "explain --set": assumed,
    "an operator's transfer": transferred,
    "criteria": criteria,
}
#: The same, kept in the form in which numbers are compared.
LISTS: dict[str, Entrance] = {"lists add": put_on_a_list, "a CSV of a list": list_csv}


def table(role: str) -> dict[str, dict[str, str]]:
    """What each text is by a role, by country: numbers in E.164, or nothing (numbers.csv, beside this file)."""
    with (Path(__file__).parent / "numbers.csv").open(newline="", encoding="utf-8") as file:
        return {row["text"]: row for row in csv.DictReader(file) if row["role"] == role}


def differences(
    entrance: Entrance, place: Place, role: str, kept: Callable[[str], str] = str
) -> list[tuple[str, str, str, str]]:
    """Texts in which an entrance reads something else: country, text, what it is, what was read."""
    known, found = table(role), []
    assert len(known) * len(COUNTRIES) >= 200
    for country in COUNTRIES:
        for text, given in zip(known, entrance(place, country, tuple(known)), strict=True):
            told = " ".join(given) if isinstance(given, tuple) else given or ""
            wanted = kept(known[text][country])
            if told != wanted:
                found.append((country, text, wanted, told))
    return found


@pytest.mark.parametrize("entrance", CALLERS)
def test_every_entrance_reads_the_same_caller(entrance: str, place: Place) -> None:
    assert differences(CALLERS[entrance], place, "caller") == []


@pytest.mark.parametrize("entrance", CONTACTS)
def test_every_entrance_reads_the_same_numbers_of_a_contact(entrance: str, place: Place) -> None:
    assert differences(CONTACTS[entrance], place, "contact") == []


@pytest.mark.parametrize("entrance", TARGETS)
def test_every_entrance_reads_the_same_target(entrance: str, place: Place) -> None:
    assert differences(TARGETS[entrance], place, "target") == []


@pytest.mark.parametrize("entrance", LISTS)
def test_every_entrance_puts_the_same_number_on_a_list(entrance: str, place: Place) -> None:
    assert differences(LISTS[entrance], place, "target", compared) == []
