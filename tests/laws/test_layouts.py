"""Which heading of whose file means what: an export says the same by every way in, with a format and a map too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.front import run
from crm.rig import Stub, no_reply
from rules.test_exports import EXPORTS, TABLE

from fsrouter.crm.client import Client
from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.crm.sync.sync import Sync
from fsrouter.engine.layouts import FORMATS
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers.renumbered import compared
from fsrouter.rules import company_file, contacts
from fsrouter.rules.unread import Unread
from fsrouter.rules.yaml_reader import read
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store

KUNDEN = (
    "Nr;Vorname;Nachname;Firma;Telefon;Mobil\n"
    "7;Zoë;Ott;Müller & Söhne;030 901820;n/a\n"
    "8;Jörg;Ott;;+49 171 6783154;12 Uhr\n"
)
#: Files by name, each with the format and the map that it needs.
MAP = {"id": ["Nr"], "name": ["Vorname", "Nachname"], "account": ["Firma"], "phones": ["Telefon,Mobil"]}
FILES: dict[str, tuple[str, dict[str, list[str]]]] = {name: ("", {}) for name in TABLE}
FILES |= {"kunden.csv": ("", MAP), "zoho-list.csv": ("zoho", {"title": ["Email"]}), "google.csv": ("google", {})}

#: The owners of each number, by id and name, and how many cells and rows could not be read.
Found = tuple[dict[str, list[tuple[str, str]]], int, int]


@pytest.fixture
def book(folder: Path) -> Callable[[str], RuleBook]:
    """The company with a `csv` connection that has a file, in force."""
    for path in EXPORTS.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "kunden.csv").write_text(KUNDEN, "cp1252")

    def make(name: str) -> RuleBook:
        format, map = FILES[name]
        how = json.dumps(
            {"type": "csv", "path": str(folder / name)}
            | ({"format": format} if format else {})
            | ({"map": map} if map else {})
        )
        text = f"company: laws\ncountry: DE\ntimezone: UTC\nfailsafe: extension:1000\ncrms: {{people: {how}}}\n"
        return company_file.read(read(text, "laws.yaml")).onto(None)

    return make


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{folder / 'acme.db'}") as store:
        yield store


def of_store(store: Store, unread: int, left_out: int) -> Found:
    numbers = {number for entry in store.contacts.find("laws", "", limit=1000) for number in entry.numbers}
    owners = {compared(number): store.contacts.owners("laws", number) for number in numbers}
    return {number: [(c.id, c.name) for c in found] for number, found in owners.items()}, unread, left_out


def contacts_option(book: RuleBook, store: Store, name: str) -> Found:
    unread, (format, map) = Unread(), FILES[name]
    found = contacts.by_number(Path(name), book, unread, format, map)
    return {number: [(c.id, c.name) for c in owners] for number, owners in found.items()}, unread.cells, unread.rows


def contacts_import(book: RuleBook, store: Store, name: str) -> Found:
    store.books.save(book, "test", "")
    format, map = FILES[name]
    words = [f"--format={format}"] if format else []
    words += [f"--map={what}={','.join(columns)}" for what, columns in map.items()]
    told = json.loads(run("contacts", "import", name, "--company", "laws", "--crm", "people", "--json", *words).stdout)
    return of_store(store, told["unread"], told["left_out"])


def csv_connection(book: RuleBook, store: Store, name: str) -> Found:
    file = Client(Stub(no_reply), NATIVE).source(book, "people")
    assert isinstance(file, CsvFile)
    report = Sync(file, book, store.contacts, "node", NATIVE).run()
    return of_store(store, report.unread, report.left_out)


ENTRANCES = {"contacts import": contacts_import, "the csv connection": csv_connection}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("entrance", ENTRANCES)
def test_a_file_says_the_same_by_every_way_in(
    entrance: str, name: str, book: Callable[[str], RuleBook], store: Store
) -> None:
    made = book(name)
    expected = contacts_option(made, store, name)
    assert expected[0] and ENTRANCES[entrance](made, store, name) == expected


def test_the_schema_and_the_command_line_know_the_same_formats() -> None:
    schema = json.loads(run("rules", "schema").stdout)
    assert [*FORMATS] in [found.get("enum") for found in objects(schema)]
    help = re.sub(r"\s+", " ", run("contacts", "import", "x", "--format", "nobody", code=2).stderr)
    assert all(name in help for name in FORMATS)


def objects(tree: object) -> list[dict[str, object]]:
    """All objects of a tree of JSON."""
    if isinstance(tree, list):
        return [found for each in tree for found in objects(each)]
    if not isinstance(tree, dict):
        return []
    return [tree, *(found for each in tree.values() for found in objects(each))]
