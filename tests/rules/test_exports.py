"""Files as products export them (`exports/` beside this file): each is recognised, and read to the last cell.

All have the same people: two numbers in a cell, extensions, remarks, umlauts, other scripts, empty cells, a company
without a person; and cells that are none: `n/a`, seven digits, the end of a number, one that a spreadsheet shortened.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from fsrouter.engine.contacts import Entry, together
from fsrouter.engine.layouts import FORMATS
from fsrouter.engine.model import crms
from fsrouter.engine.model.company import Header
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.rules.contacts import ContactsFile

EXPORTS = Path(__file__).parent / "exports"
BOOK = RuleBook(header=Header(company="acme", country="US"), crms={"hub": crms.HubSpot(token="${TOKEN}")})


class Read(NamedTuple):
    """What there is in a file: its layout; contacts, companies with numbers and the numbers of all; cells and rows that
    cannot be read.
    """

    title: str
    contacts: int = 11
    companies: int = 1
    numbers: int = 14
    unread: int = 4
    left_out: int = 0


#: In a CRM a company is no contact; old encodings have no Cyrillic, the Western no Polish and the Central no Spanish.
CRM, WESTERN = {"companies": 0, "numbers": 13}, {"contacts": 9, "numbers": 12, "unread": 3}
TABLE = {
    "connectwise.csv": Read("ConnectWise PSA contacts", **CRM),
    "connectwise-list.csv": Read("ConnectWise PSA contacts"),
    "google.csv": Read("Google Contacts"),
    "google-before-2024.csv": Read("Google Contacts"),
    "google-de.csv": Read("Google Contacts (German)"),
    "hubspot.csv": Read("HubSpot contacts", **CRM),
    "hubspot-companies.csv": Read("HubSpot companies", 0, 2, 2, 1),
    "outlook.csv": Read("Outlook"),
    "outlook-de.csv": Read("Outlook (German)", **WESTERN),
    "outlook-es.csv": Read("Outlook (Spanish)"),
    "outlook-fr.csv": Read("Outlook (French)", **WESTERN),
    "outlook-it.csv": Read("Outlook (Italian)"),
    "outlook-nl.csv": Read("Outlook (Dutch)"),
    "outlook-pl.csv": Read("Outlook (Polish)", 7, 1, 9, 3),
    "outlook-pt.csv": Read("Outlook (Portuguese)"),
    # A report ends with four lines that are none of its rows.
    "salesforce-report.csv": Read("Salesforce contacts and leads", **CRM, left_out=4),
    "salesforce-data-export.csv": Read("Salesforce contacts and leads", **CRM),
    "vcard-2.1.vcf": Read("vCard"),
    "vcard-3.0.vcf": Read("vCard"),
    "vcard-4.0.vcf": Read("vCard"),
    "zoho.csv": Read("Zoho CRM contacts and leads", **CRM),
    "zoho-list.csv": Read("Zoho CRM contacts and leads", **CRM),
}


def opened(name: str, **options: object) -> tuple[ContactsFile, list[Entry]]:
    file = ContactsFile(EXPORTS / name, BOOK, by_layout=True, **options)  # type: ignore[arg-type]
    return file, list(together(file))


def test_every_format_has_a_file_and_every_file_its_counts() -> None:
    assert {path.name for path in EXPORTS.iterdir()} == set(TABLE)
    assert {name.partition("-")[0].partition(".")[0] for name in TABLE} == set(FORMATS) - {"fsrouter"}


@pytest.mark.parametrize("name", TABLE)
def test_an_export_is_recognised_and_read(name: str) -> None:
    file, found = opened(name)
    people = [entry for entry in found if entry.contact.id]
    counts = len(people), len(found) - len(people), sum(len(entry.numbers) for entry in found)
    assert Read(file.layout.title, *counts, file.unread.cells, file.unread.rows) == TABLE[name]
    assert len(file.unread.listed) == file.unread.cells + file.unread.rows
    assert opened(name, format=file.layout.name)[1] == found


@pytest.mark.parametrize("name", [name for name in TABLE if name != "hubspot-companies.csv"])
def test_the_people_of_an_export_are_who_they_are(name: str) -> None:
    _, found = opened(name)
    by_name = {entry.contact.name.replace(" Brewster", ""): entry for entry in found}
    ada, joerg = by_name["Ada Example"], by_name["Jörg Müller"]
    assert ada.numbers == ("+13125550142", "+13125550143")
    assert ada.contact.title == ("" if name == "zoho-list.csv" else "Manager")
    assert joerg.numbers == ("+4930901820", "+491716783154")
    if name != "salesforce-data-export.csv":  # the names of accounts stand in another file of it
        accounts = [each.contact.account for each in (ada, joerg, by_name["Dee Doe"])]
        assert accounts == ["Acme Dental", "Müller & Söhne GmbH", "Doe, Dee & Co."]
    assert (by_name["Zoë O'Neil"].numbers, by_name["Grace Hopper"].numbers) == ((), ())
    assert by_name["Mary-Jane Watson"].numbers == ("+13125550150", "+13125550151")
    if "Иван Петров" in by_name:
        assert by_name["Иван Петров"].numbers == ("+74951234567",)


def known(name: str) -> tuple[str, str, str, str]:
    """By what the first person of a file is known: their id, their company's, their owner; and of which CRM."""
    file, found = opened(name)
    contact = next(entry.contact for entry in found if entry.contact.name == "Ada Example")
    return contact.id, contact.account_id, contact.owner, file.crm


def test_ids_are_those_of_the_vendors_api() -> None:
    assert known("hubspot.csv") == ("51000000001", "900", "Nancy Example", "hub")
    assert known("zoho.csv") == ("3652397000000000001", "3652397000000000900", "3652397000000000077", "")
    salesforce = "0035g00000b0001AAA", "0015g00000Zy900AAB"
    assert known("salesforce-report.csv") == (*salesforce, "Nancy Example", "")
    assert known("salesforce-data-export.csv") == (*salesforce, "0055g000009AbCdAAK", "")
    assert known("connectwise.csv") == ("2001", "900", "", "")
    assert known("vcard-3.0.vcf")[0] == "4f6c1e3a-0000-4000-8000-000000000001"


def test_without_ids_a_contact_is_known_by_name_and_company() -> None:
    for name in ("google.csv", "outlook.csv", "connectwise-list.csv", "vcard-2.1.vcf"):
        assert known(name) == ("name:ada example|acme dental", "", "", "")


def test_lists_of_companies_are_their_first_and_further_columns_are_fields() -> None:
    (ada, *_) = opened("hubspot.csv")[1]
    assert (ada.contact.account, ada.contact.account_id) == ("Acme Dental", "900")
    assert ada.contact.fields == {
        "Lead Status": "NEW",
        "Create Date": "2024-03-12 09:14",
        "Email": "ada@example.com",
        "Associated Company IDs": "900;977",
        "Associated Company": "Acme Dental;Beta Labs",
    }


def test_a_companys_own_numbers_are_its_own() -> None:
    for name in ("google.csv", "outlook.csv", "vcard-4.0.vcf"):
        (initech,) = (entry for entry in opened(name)[1] if not entry.contact.id)
        assert (initech.contact.account, initech.numbers) == ("Initech", ("+13125550199",))
