"""A furnished store, and a machine whose clock hangs in one place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsrouter.store import Store
from tui import world


@pytest.fixture(autouse=True)
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times on the screen are those of New York, and colours are not switched off."""
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with the world in it."""
    with Store.open(f"sqlite:///{tmp_path / 'fsrouter.db'}") as opened:
        world.furnish(opened)
        yield opened
