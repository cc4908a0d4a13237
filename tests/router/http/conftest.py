"""A router of the shop's, on a real database. It takes no calls unless a test starts it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsrouter.router.http.application import Application
from fsrouter.router.service import Service
from fsrouter.settings.model import Settings
from fsrouter.store import Store
from router.http.shop import book

SITES = ("https://www.acme.example",)


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the shop's rule book in force, to be copied."""
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    with Store.open(f"sqlite:///{path}") as opened:
        opened.books.save(book(), "test", "the shop")
    return path


@pytest.fixture
def store(tmp_path: Path, stocked: Path) -> Iterator[Store]:
    """The shop's database, for one test."""
    shutil.copy(stocked, tmp_path / "shop.db")
    with Store.open(f"sqlite:///{tmp_path}/shop.db", busy=0.05) as opened:
        yield opened


@pytest.fixture
def service(store: Store) -> Iterator[Service]:
    """A router with its rule books loaded."""
    settings = Settings(
        listen="127.0.0.1:0",
        web="127.0.0.1:0",
        web_origins=SITES,
        node="r1",
        freeswitch=(),
        key="shop",
        stop_after=0.0,
    )
    service = Service(settings, store)
    service.rulebooks.load()
    yield service
    service.stop()
    service.close()


@pytest.fixture
def application(service: Service) -> Application:
    """The WSGI application of the router."""
    return service.add_web().application
