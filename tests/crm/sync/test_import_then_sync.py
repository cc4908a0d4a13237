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
