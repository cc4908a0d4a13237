"""A site for each test: its database is a copy of an empty one, so that none waits for migrations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fsrouter.store import Store
from router.site import Site


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with nothing in it."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def site(tmp_path: Path, empty: Path) -> Iterator[Site]:
    """Acme's site, with nobody in it yet."""
    site = Site(tmp_path, empty)
    yield site
    site.close()
