"""`fsrouter contacts`: in from CSV, all or nothing, and found again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.front import CONTACTS, run
from fsrouter.engine.contacts import Contact, Entry
from fsrouter.store import Store

pytestmark = pytest.mark.usefixtures("acme")
ADA = "c-4711"


def found(text: str, *words: object) -> list[dict]:
    return json.loads(run("contacts", "find", text, "--json", *words).stdout)


def test_imported_contacts_are_counted_and_found() -> None:
    result = run("contacts", "import", CONTACTS)
    assert (result.stdout, result.stderr) == ("", "acme: 5 contacts, 1 company's own numbers, 0 removed\n")
    for text in ("+14155550102", "(415) 555-0102", "4155550102", ADA, "byron", "ADA"):
        (match,) = found(text)
        assert (match["contact"]["id"], match["numbers"]) == (ADA, ["+14155550101", "+14155550102"])
    assert re.sub(r"\d s", "0 s", run("contacts", "find", "byron").stdout) == (
        "COMPANY  ID      NAME       TITLE  ACCOUNT  TERRITORY  OWNER  CRM  AGE  NUMBERS\n"
        "acme     c-4711  Ada Byron  Buyer  Globex   West       501         0 s  +14155550101 +14155550102\n"
    )


def test_contact_is_found_by_an_id_that_could_be_a_number(home: Path) -> None:
    (home / "x.csv").write_text(
        "id,name,phones\n51234567890,Hub Spot,312-555-0177\n2,Pole,+48 512 345 678\n3,Peru,+51 234 567 890\n"
    )
    run("contacts", "import", "x.csv")
    assert [match["contact"]["name"] for match in found("51234567890")] == ["Hub Spot"]
    assert [match["contact"]["name"] for match in found("0048 512 345 678")] == ["Pole"]
    assert [match["contact"]["name"] for match in found("312-555-0177", "--limit", 1)] == ["Hub Spot"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("contacts", "find", "\udcff\udcfe"), 0),
        (("contacts", "find", "ada\x00"), 0),
        (("contacts", "find", "x", "--company", "\udcff"), 2),
        (("contacts", "sync", "\udcff"), 2),
        (("rules", "export", "\udcff"), 2),
        (("calls", "list", "--company", "\udcff"), 2),
        (("calls", "show", "\udcff"), 1),
        (("explain", "--to", "\udcff", "--from", "+13125550100"), 1),
    ],
)
def test_bytes_that_are_no_utf_8_do_no_harm(words: tuple[str, ...], code: int) -> None:
    result = run(*words, code=code)
    assert result.stdout == ""
    assert not any("\ud800" <= character <= "\udfff" for character in result.stderr)


def test_no_contact_found_is_no_error() -> None:
    result = run("contacts", "find", "+14155550199")
    assert (result.stdout, result.stderr) == ("", "no contact has +14155550199\n")


def test_import_adds_and_changes_and_removes_only_on_request(home: Path) -> None:
    run("contacts", "import", CONTACTS)
    (home / "more.csv").write_text(
        "id,name,account,account_id,phones,delete\n"
        "c-4711,Ada Lovelace,Globex,a-1,+14155550101,\n"
        "c-4712,,,,,yes\n"
        ",,Initech,a-2,+14155550199,yes\n"
        ",,Hooli,a-3,+14155550198,\n"
        ",,Hooli,a-3,+14155550197,\n"
    )
    result = run("contacts", "import", "more.csv")
    assert result.stderr == "acme: 1 contact, 1 company's own numbers, 2 removed\n"
    (ada,) = found(ADA)
    assert (ada["contact"]["name"], ada["numbers"]) == ("Ada Lovelace", ["+14155550101"])
    assert found("c-4712") == [] and found("+14155550199") == []
    assert [match["numbers"] for match in found("+14155550197")] == [["+14155550197", "+14155550198"]]
    assert len(found("c-4713")) == 1


def test_what_cannot_be_read_is_told_and_the_rest_imported_unless_strictly(home: Path, store: Store) -> None:
    rows = "".join(f"x-{i},Caller {i},+1415555{i:04}\n" for i in range(1200))
    (home / "bad.csv").write_text(f"id,name,phones\n{rows}x-2000,Somebody,12\nx-2001\n")
    result = run("contacts", "import", "bad.csv", "--strict", code=1)
    assert result.stderr.startswith("bad.csv:1202: phones: '12' ")
    assert store.contacts.count("acme") == 0
    result = run("contacts", "import", "bad.csv", "--json")
    assert result.stderr.splitlines() == [
        "bad.csv:1202: phones: '12' is no telephone number: it has too few digits; write it with its country code, as"
        " +1 312 555 0150",
        "bad.csv:1203: has 1 cells where the heading has 3",
        "bad.csv: 1 cell could not be read, 1 row left out",
        "acme: 1201 contacts, 0 companies' own numbers, 0 removed",
    ]
    told = json.loads(result.stdout)
    assert [each["line"] for each in told.pop("listed")] == [1202, 1203]
    counts = {"contacts": 1201, "companies": 0, "removed": 0, "unread": 1, "left_out": 1}
    assert told == {"company": "acme", "layout": "fsrouter", "crm": ""} | counts
    assert store.contacts.count("acme") == 1201


def test_a_file_of_any_layout_is_imported_by_its_columns(home: Path) -> None:
    (home / "kunden.csv").write_text("Kundennummer;Vorname;Nachname;Telefon;Mobil\n7;Zoë;Ott;;415 555 0107\n", "cp1252")
    said = run("contacts", "import", "kunden.csv", code=1).stderr
    offered = "--map id=Kundennummer --map name=Vorname,Nachname --map phones=Telefon,Mobil"
    assert said.startswith("kunden.csv:1: is no layout that is known") and offered in said
    run("contacts", "import", "kunden.csv", *offered.split())
    assert [(each["contact"]["id"], each["contact"]["name"]) for each in found("+14155550107")] == [("7", "Zoë Ott")]
    assert "did you mean 'phones'?" in run("contacts", "import", "kunden.csv", "--map", "phone=Tel", code=2).stderr
    assert "did you mean 'hubspot'?" in run("contacts", "import", "kunden.csv", "--format", "hubspt", code=2).stderr
    assert "names no column" in run("contacts", "import", "kunden.csv", "--map", "id=", code=2).stderr
    said = run("contacts", "import", "kunden.csv", "--map", "phones=Telefonnr", code=1).stderr
    assert said == "kunden.csv:1: has no column 'Telefonnr'; did you mean 'Telefon'?\n"


def test_contacts_of_an_unknown_crm_are_refused(home: Path) -> None:
    (home / "a.csv").write_text("id,crm,name,phones\n1,hub,Ann,+14155550101\n2,,Bob,+14155550102\n")
    run("contacts", "import", "a.csv", "--crm", "people")
    assert [match["contact"].get("crm") for text in ("1", "2") for match in found(text)] == ["hub", "people"]
    said = run("contacts", "import", "a.csv", "--crm", "poeple", code=2).stderr
    assert said == "Error: acme has no CRM 'poeple'; did you mean 'people'?\n"
    (home / "b.csv").write_text("id,crm,name,phones\n1,hub,Mary,+14155550101\n2,hup,Bob,+14155550102\n")
    said = run("contacts", "import", "b.csv", "--strict", code=1).stderr
    assert said == "b.csv:3: has the crm 'hup', which the company lacks; did you mean 'hub'?\n"
    assert found("1")[0]["contact"]["name"] == "Ann"
    assert "1 row left out" in run("contacts", "import", "b.csv").stderr
    assert found("1")[0]["contact"]["name"] == "Mary"


def test_control_characters_in_names_are_refused_and_escaped(home: Path, store: Store) -> None:
    (home / "evil.csv").write_text("id,name,phones\nevil,a\u009b2J,+14155550101\n", encoding="utf-8")
    refused = run("contacts", "import", "evil.csv")
    assert "evil.csv:2: has the" in refused.stderr and "\u009b" not in refused.output
    store.contacts.replace("acme", "", [Entry(contact=Contact(id="evil", name="a\u202eb"), numbers=("+14155550101",))])
    assert "a\\u202eb" in run("contacts", "find", "evil").stdout
    assert found("evil")[0]["contact"]["name"] == "a\u202eb"
    assert "\u202e" not in run("contacts", "find", "evil", "--json").stdout


def test_marks_that_nobody_sees_are_taken_off_cells(home: Path, store: Store) -> None:
    rows = "id,name,phones\nmum,\u200eMum\xad,\u202a+1 415 555 0101\u202c\n"
    (home / "phone.csv").write_text(rows, encoding="utf-8")
    run("contacts", "import", "phone.csv")
    assert [(each["contact"]["name"], each["numbers"]) for each in found("mum")] == [("Mum", ["+14155550101"])]


def test_a_file_without_contacts_is_believed_only_when_told_to(home: Path, store: Store) -> None:
    (home / "beta.yaml").write_text(
        "company: beta\ncountry: US\ntimezone: UTC\nfailsafe: extension:1000\n"
        "crms: {people: {type: csv, path: people.csv}}\n"
        'tracking_numbers: [{number: "+18725550199", to: "extension:1000"}]\n'
    )
    people = home / "people.csv"
    people.write_text("id,name,phones\n1,Ada,+14155550101\n")
    run("rules", "import", "beta.yaml", "--yes")
    run("contacts", "sync", "beta")
    people.write_text("id,name,phones\n")
    result = run("contacts", "sync", "beta", code=1)
    assert result.stderr == (
        "beta: people: says that it has no contacts, so the 1 that are known stay; if it has none, say: "
        "fsrouter contacts sync beta --crm people --accept-empty; the cache stays as it was\n"
    )
    assert [contact.id for contact in store.contacts.owners("beta", "+14155550101")] == ["1"]
    run("contacts", "sync", "beta", "--crm", "people", "--accept-empty")
    assert store.contacts.owners("beta", "+14155550101") == ()
    run("contacts", "sync", "beta")
