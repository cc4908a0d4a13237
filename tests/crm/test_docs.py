"""The worked example of the documentation is the connector that runs, and the documentation names what there is."""

from __future__ import annotations

import re
import typing

import pytest
from paths import ROOT

from fsrouter.crm.client import CONNECTORS
from fsrouter.engine.model import crms

PIECES = re.findall(r"```python (\S+)\n(.*?)```", (ROOT / "docs/adding-a-crm.md").read_text(), re.DOTALL)


@pytest.mark.parametrize(("file", "piece"), PIECES)
def test_quoted_code_is_the_connectors(file: str, piece: str) -> None:
    assert piece in (ROOT / file).read_text()


def test_the_example_is_quoted() -> None:
    assert len(PIECES) >= 9


def test_every_type_of_connection_is_documented_and_has_a_connector() -> None:
    page = (ROOT / "docs/crm.md").read_text()
    for kind in typing.get_args(crms.Crm):
        assert f"type: {kind.__struct_config__.tag}" in page
        assert kind in CONNECTORS or kind is crms.Csv
