"""A furnished store whose clock is set by hand, on a machine whose wall clock hangs in New York."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsrouter.store import Store
from fsrouter.tui.context import Context
from tui import world
from tui.world import Clock


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
def clock() -> Clock:
    """The store's clock: it stands at the world's present until it is set."""
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A store with the world in it."""
    with Store.open(f"sqlite:///{tmp_path / 'fsrouter.db'}", clock=clock) as opened:
        world.furnish(opened, clock)
        yield opened


@pytest.fixture
def context(store: Store) -> Context:
    """What screens know of the store."""
    return Context(store, "ada")
