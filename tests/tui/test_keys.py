"""Every binding has an id of its own, and stands in docs/dashboard.md."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from paths import DOCS
from textual.binding import Binding
from textual.dom import DOMNode

import fsrouter.tui

PAGE = DOCS / "dashboard.md"
MARK = "<!-- keys: written by the tests, with --snapshot-update -->\n"


def bindings() -> Iterator[tuple[str, Binding]]:
    """Every binding of the dashboard's own, with the name of the class that has it."""
    for module in pkgutil.walk_packages(fsrouter.tui.__path__, "fsrouter.tui."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, DOMNode) and value.__module__ == module.name:
                for binding in value.__dict__.get("BINDINGS", []):
                    assert isinstance(binding, Binding)
                    yield value.__name__, binding


def test_bindings_have_an_id_of_their_own_and_a_description() -> None:
    found: dict[str, str] = {}
    for owner, binding in bindings():
        assert binding.id and binding.description, (owner, binding)
        assert found.setdefault(binding.id, owner) == owner, binding.id
    assert len(found) > 60


def test_docs_have_every_key(pytestconfig: pytest.Config) -> None:
    rows = sorted({(b.id or "", b.key.replace(",", ", "), b.description) for _, b in bindings()})
    table = ["", "| id | keys | what it does |", "| --- | --- | --- |"]
    table += [f"| `{id}` | {key.replace('|', chr(92) + '|')} | {does} |" for id, key, does in rows]
    before, _, after = PAGE.read_text(encoding="utf-8").partition(MARK)
    wanted = "\n".join(table) + "\n"
    if pytestconfig.getoption("update_snapshots"):
        PAGE.write_text(before + MARK + wanted, encoding="utf-8")
        after = wanted
    assert after == wanted


def test_docs_show_only_pictures_of_the_tests() -> None:
    from tui.screens.test_snapshots import PICTURES

    shown = {line.split("(images/")[1].split(".svg")[0] for line in PAGE.read_text().splitlines() if "(images/" in line}
    assert shown <= set(PICTURES)
