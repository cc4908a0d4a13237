"""A CSV file as a CRM: watched, taken as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crm.rig import Stub, book, no_reply
from fsrouter.crm.client import Client
from fsrouter.crm.connectors.csvfile import CsvFile, changed
from fsrouter.crm.errors import CrmBadReply, CrmEmpty, CrmUnavailable
from fsrouter.crm.sync.report import Report
from fsrouter.crm.sync.sync import Sync
from fsrouter.engine.model import crms
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store

ROWS = """id,name,title,account_id,account,territory,owner,phones,tier
c-1,Ada,Buyer,a-1,Globex,West,501,+1 415 555 0101;(415) 555-0102,2
,,,a-2,Initech,West,,+1 415 555 0199,
"""


class People:
    def __init__(self, folder: Path, store: Store) -> None:
        self.path = folder / "people.csv"
        self.path.write_text(ROWS)
        self.store = store
        self.book = book({"people": crms.Csv(path=str(self.path))})
        self.client = Client(Stub(no_reply), NATIVE)

    def sync(self) -> Report:
        file = self.client.source(self.book, "people")
        assert isinstance(file, CsvFile)
        return Sync(file, self.book, self.store.contacts, "node", NATIVE).run()


@pytest.fixture
def people(tmp_path: Path, store: Store) -> People:
    return People(tmp_path, store)


def test_a_file_becomes_the_cache(people: People) -> None:
    assert (people.sync().kind, people.store.contacts.count("acme")) == ("full", 2)
    (ada,) = people.store.contacts.owners("acme", "+14155550102")
    assert (ada.id, ada.crm, ada.owner, ada.fields) == ("c-1", "people", "501", {"tier": "2"})
    assert ada.synced > 0
    assert people.store.contacts.owners("acme", "+14155550199")[0].account == "Initech"


def test_a_file_that_has_not_changed_is_not_read(people: People) -> None:
    people.sync()
    assert people.sync().kind == "unchanged"
    os.utime(people.path, (1, 1))
    assert people.sync().kind == "unchanged"
    people.path.write_text(ROWS.replace("Ada", "Eve"))
    assert people.sync().kind == "full"
    assert people.store.contacts.owners("acme", "+14155550102")[0].name == "Eve"


def test_a_row_that_is_gone_is_gone(people: People) -> None:
    people.sync()
    people.path.write_text("\n".join(ROWS.splitlines()[:2]) + "\n")
    people.sync()
    assert people.store.contacts.count("acme") == 1


def test_a_file_without_contacts_leaves_those_that_are_known(people: People) -> None:
    people.sync()
    people.path.write_text(ROWS.splitlines()[0] + "\n")
    with pytest.raises(CrmEmpty, match=r"people: says that it has no contacts, so the 1 that are known stay; .*acme"):
        people.sync()
    assert people.store.contacts.count("acme") == 2


def test_rows_of_one_contact_and_of_one_company_are_joined_and_removed_wherever_they_stand(people: People) -> None:
    rows = ",,,a-2,,East,,+1 415 555 0198,", "c-1,,Boss,,,,,,3", "c-2,Bob,,,,,,,"
    gone = "c-2,,,,,,,,,yes", ",,,a-2,,,,+1 415 555 0199,,yes"
    head, *first = ROWS.splitlines()
    people.path.write_text("\n".join((f"{head},delete", *(f"{row}," for row in (*first, *rows)), *gone)) + "\n")
    assert people.sync().contacts == 2
    (ada,) = people.store.contacts.owners("acme", "+14155550102")
    assert (ada.name, ada.title, ada.fields) == ("Ada", "Boss", {"tier": "3"})
    (initech,) = people.store.contacts.owners("acme", "+14155550198")
    assert (initech.account, initech.territory) == ("Initech", "East")
    assert people.store.contacts.owners("acme", "+14155550199") == ()


def test_what_cannot_be_read_is_reported_and_the_rest_taken(people: People) -> None:
    people.path.write_text(ROWS.replace("Ada", "Eve") + "c-9,Bad,,,,,,no number,\nc-10,Worse\n")
    report = people.sync()
    assert (report.kind, report.contacts, report.unread, report.left_out) == ("full", 3, 1, 1)
    assert list(map(str, report.listed)) == [
        "line 4: phones: 'no number' is no telephone number; write it with its country code, as +1 312 555 0150",
        "line 5: has 2 cells where the heading has 9",
    ]
    assert report.in_words().startswith("3 read, 1 numbers cannot be read, 1 rows left out, in ")
    assert people.store.contacts.owners("acme", "+14155550102")[0].name == "Eve"


def test_a_file_without_a_layout_changes_nothing(people: People) -> None:
    people.sync()
    people.path.write_text("who,whence\n1,2\n")
    with pytest.raises(CrmBadReply, match=r"people: .*people\.csv:1: is no layout that is known"):
        people.sync()
    assert people.store.contacts.owners("acme", "+14155550102")[0].name == "Ada"


def test_a_file_is_read_anew_when_the_rule_book_says_otherwise_what_its_columns_are(people: People) -> None:
    people.path.write_text("Nr,Tel\n1,+14155550101\n")
    people.book = book({"people": crms.Csv(path=str(people.path), map={"id": ("Nr",), "phones": ("Tel",)})})
    assert (people.sync().contacts, people.sync().kind) == (1, "unchanged")
    people.book = book({"people": crms.Csv(path=str(people.path), map={"name": ("Nr",), "phones": ("Tel",)})})
    assert people.sync().kind == "full"
    assert [c.id for c in people.store.contacts.owners("acme", "+14155550101")] == ["name:1|"]


def test_a_vcard_file_is_a_connection_too(people: People) -> None:
    people.path = people.path.with_suffix(".vcf")
    people.path.write_text("BEGIN:VCARD\nVERSION:4.0\nUID:7\nFN:Ada\nTEL;VALUE=uri:tel:+1-415-555-0101\nEND:VCARD\n")
    people.book = book({"people": crms.Csv(path=str(people.path), format="vcard")})
    assert people.sync().contacts == 1
    assert [c.id for c in people.store.contacts.owners("acme", "+14155550101")] == ["7"]


def test_a_file_that_is_away_changes_nothing(people: People) -> None:
    people.sync()
    people.path.unlink()
    with pytest.raises(CrmUnavailable, match="No such file"):
        people.sync()
    assert people.store.contacts.count("acme") == 2


def test_a_mark_changes_with_the_contents_of_a_file(tmp_path: Path) -> None:
    file = CsvFile("x", tmp_path / "x.csv", book({}))
    file.path.write_text("a")
    first = file.mark("")
    assert file.mark(first) == first and changed(first, "")
    os.utime(file.path, (1, 1))
    second = file.mark(first)
    assert second != first and not changed(second, first)


def test_a_file_has_no_connection(people: People) -> None:
    assert people.client.connection(people.book, "people") is None
    assert people.client.source(people.book, "nobody") is None
