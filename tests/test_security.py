"""SECURITY.md speaks of the code and the tests that there are."""

from __future__ import annotations

import re

import pytest
from paths import ROOT

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
TESTS = sorted(set(re.findall(r"`(tests/[a-z_/]+\.py)`", PAGE)))
MODULES = sorted(set(re.findall(r"`([a-z_]+/[a-z_/]+(?:\.py|/))`", PAGE)) - set(TESTS))
PAGES = sorted(set(re.findall(r"\]\((docs/[a-z]+\.md)\)", PAGE)))


@pytest.mark.parametrize("name", TESTS)
def test_test_that_is_named_exists_and_tests(name: str) -> None:
    assert re.search(r"^def test_", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", MODULES)
def test_module_that_is_named_exists(name: str) -> None:
    assert (ROOT / "fsrouter" / name).exists()


@pytest.mark.parametrize("name", PAGES)
def test_page_that_is_linked_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_every_stranger_is_there() -> None:
    strangers = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    wanted = ("caller", "far end", "port", "visitor", "CRM", "rule book", "tenant", "machine", "operator")
    assert all(any(word in stranger for stranger in strangers) for word in wanted) and len(TESTS) > 20
