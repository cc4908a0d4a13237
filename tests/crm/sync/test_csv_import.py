"""A CSV file into the contact cache, by hand: how far it is."""

from __future__ import annotations

from pathlib import Path

from crm.rig import book
from fsrouter.crm.sync.csv_import import ContactImport
from fsrouter.store import Store


def test_an_import_reports_how_many_rows_it_has_read(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,name,phones\n" + "".join(f"c-{n},N{n},+1415555{n:04d}\n" for n in range(250)))
    read: list[int] = []
    done = ContactImport(store, book({}), "").run(path, read.append)
    assert (done.company, done.contacts, done.companies, done.removed) == ("acme", 250, 0, 0)
    assert read == [100, 200]
