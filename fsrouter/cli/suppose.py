"""The people of a call that is only thought of (`fsrouter.store.what_if`), from a file."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from fsrouter.engine.walk.facts import Contact
from fsrouter.rules import contacts as contacts_file


def people(path: Path, country: str) -> dict[str, tuple[Contact, ...]]:
    """The contacts of a CSV file by number; they stand for every CRM. Raises rules.findings.Refused."""
    found: dict[str, list[Contact]] = {}
    for row in contacts_file.rows(path, country):
        for number in row.numbers if row.kind != contacts_file.DELETE else ():
            found.setdefault(number, []).append(replace(row.contact, crm=""))
    return {number: tuple(sorted(each, key=lambda c: (not c.id, c.id))) for number, each in found.items()}
