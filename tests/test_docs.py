"""The generated pages of docs/ say what the program says."""

from __future__ import annotations

import pytest
from paths import DOCS

from fsrouter.rules.docs_page import PAGES


@pytest.mark.timeout(180)  # a page reads the numbers of every country by the companies of every country
@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_fresh(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"
