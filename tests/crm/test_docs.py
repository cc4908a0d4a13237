"""The worked example of the documentation is the connector that runs, and the documentation names what there is."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import pytest
from paths import ROOT

from fsrouter.crm.client import CONNECTORS
from fsrouter.engine.model import crm_apis, crms

PIECES = re.findall(r"```python (\S+)\n(.*?)```", (ROOT / "docs/adding-a-crm.md").read_text(), re.DOTALL)


@pytest.mark.parametrize(("file", "piece"), PIECES)
def test_quoted_code_is_the_connectors(file: str, piece: str) -> None:
    assert piece in (ROOT / file).read_text()


def test_the_example_is_quoted() -> None:
    assert len(PIECES) >= 9


@pytest.mark.parametrize("page", sorted((ROOT / "docs/crm").glob("*.md")), ids=lambda path: path.stem)
def test_the_page_of_a_connector_names_the_vendors_documents_and_what_was_not_tried(page: Path) -> None:
    text = page.read_text()
    assert page.stem in {kind.__struct_config__.tag for kind in typing.get_args(crms.Crm)}
    assert f"type: {page.stem}" in text and f"(crm/{page.name})" in (ROOT / "docs/crm.md").read_text()
    documents = re.findall(r"^\| (.*) \| (.*) \| (.*) \|$", text, re.MULTILINE)
    assert documents.pop(0) == ("The vendor's document", "of", "read")
    assert documents and all(
        "](https://" in document and re.search(r"\b20\d\d\b", read) for document, _, read in documents
    )
    assert "**Not tried against" in text


def test_every_type_of_connection_is_documented_and_has_a_connector() -> None:
    page = (ROOT / "docs/crm.md").read_text()
    for kind in typing.get_args(crms.Crm):
        assert f"type: {kind.__struct_config__.tag}" in page
        assert kind in CONNECTORS or kind is crms.Csv


def test_page_has_the_versions_of_hubspots_api() -> None:
    page = (ROOT / "docs/crm/hubspot.md").read_text()
    for version, paths in crm_apis.HUBSPOT_APIS.items():
        year, month = paths.until.split("-")
        until = f"{dict((('03', 'March'), ('09', 'September')))[month]} {year}"
        assert re.search(rf"^\| `{version}`.* \| {until} \|$", page, re.MULTILINE)
