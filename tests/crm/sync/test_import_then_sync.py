"""Contacts that were imported from a vendor's export and are synced afterwards: nobody is there twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crm.rig import Rig, id_of
from fsrouter.crm.sync.csv_import import ContactImport

Make = Callable[..., Rig]
#: An id of the vendor's API as the vendor's exports have it.
EXPORTED: dict[str, Callable[[str], str]] = {"zoho": lambda id: f"zcrm_{id}", "salesforce": lambda id: id[:15]}


def export(rig: Rig, path: Path, written: Callable[[str], str]) -> Path:
    """The office's people and companies as a file of that vendor's has them."""
    rows = ["id,name,title,account_id,account,phones"]
    for person in rig.office.people.values():
        account = f"{written(id_of(rig.kind, person.company))},Company {person.company}"
        name = f"{person.first} {person.last}"
        rows.append(f"{written(id_of(rig.kind, person.id))},{name},{person.title},{account},{person.phone}")
    for company in rig.office.companies.values():
        rows.append(f",,,{written(id_of(rig.kind, company.id))},{company.name},{company.phone}")
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize("of", ["crm", ""])
@pytest.mark.parametrize("kind", list(EXPORTED))
def test_nobody_is_doubled(crm: Make, tmp_path: Path, kind: str, of: str) -> None:
    """Contacts of the connection by the ids of an export, and contacts of no CRM by those of the API."""
    rig = crm(kind, 40)
    path = export(rig, tmp_path / "export.csv", EXPORTED[kind] if of else str)
    for _ in range(2):
        ContactImport(rig.store, rig.book, of).run(path)
    assert rig.sync(full=True).contacts == 43
    for person in rig.office.people.values():
        assert rig.owner_ids(f"+1{200:03d}555{person.id - 1000:04d}") == [id_of(kind, person.id)]
    owners = rig.store.contacts.owners("acme", "+12125550001")
    assert {(c.id, c.account_id) for c in owners} == {("", id_of(kind, 1))}
    if of:
        assert len(rig.cached()) == 43
        rig.now += 3600
        rig.office.people[1001].changed = rig.now - 60
        assert rig.sync().kind == "incremental"
        ContactImport(rig.store, rig.book, "crm").run(path)
        assert len(rig.cached()) == 43


#: The headings of a vendor's exports, of contacts and of companies.
LAYOUTS = {
    "hubspot": (
        "Record ID,First Name,Last Name,Job Title,Phone Number,Associated Company IDs,Associated Company",
        "Record ID,Company name,Company owner,Phone Number",
    ),
    "zoho": (
        "Record Id,First Name,Last Name,Title,Phone,Account Name.id,Account Name",
        "Record Id,Account Name,Account Owner,Phone",
    ),
    "salesforce": (
        "Contact ID,First Name,Last Name,Title,Phone,Account ID,Account Name",
        "Account ID,Account Name,Account Owner,Phone",
    ),
    "connectwise": (
        "Contact RecID,First Name,Last Name,Title,Direct Phone,Company RecID,Company Name",
        "Company RecID,Company Name,Territory,Phone",
    ),
}


def vendors_export(rig: Rig, folder: Path) -> list[Path]:
    """The office's people and companies as that vendor exports them, each in a file."""
    written = EXPORTED.get(rig.kind, str)
    people, companies = ([headings] for headings in LAYOUTS[rig.kind])
    for person in rig.office.people.values():
        company = f"{written(id_of(rig.kind, person.company))},Company {person.company}"
        who = f"{written(id_of(rig.kind, person.id))},{person.first},{person.last},{person.title}"
        people.append(f"{who},{person.phone},{company}")
    for each in rig.office.companies.values():
        companies.append(f"{written(id_of(rig.kind, each.id))},{each.name},,{each.phone}")
    paths = [folder / "people.csv", folder / "companies.csv"]
    for path, rows in zip(paths, (people, companies), strict=True):
        path.write_text("\n".join(rows) + "\n")
    return paths


@pytest.mark.parametrize("kind", list(LAYOUTS))
def test_nobody_is_doubled_by_a_vendors_own_export(crm: Make, tmp_path: Path, kind: str) -> None:
    rig = crm(kind, 40)
    for _ in range(2):
        for path in vendors_export(rig, tmp_path):
            done = ContactImport(rig.store, rig.book).run(path)
            assert (done.crm, done.unread, done.left_out) == ("crm", 0, 0)
    before = rig.cached()
    assert len(before) == 43
    assert rig.sync(full=True).contacts == 43
    assert rig.cached() == before
    for person in rig.office.people.values():
        assert rig.owner_ids(f"+1{200:03d}555{person.id - 1000:04d}") == [id_of(kind, person.id)]
    for path in vendors_export(rig, tmp_path):
        ContactImport(rig.store, rig.book).run(path)
    assert len(rig.cached()) == 43
