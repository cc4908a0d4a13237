"""A router of the shop's, on a real database. It takes no calls unless a test starts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fsrouter.service import Service
from fsrouter.settings import Settings
from fsrouter.store import Store
from fsrouter.web.application import Application
from fsrouter.web.server import Web

from .shop import book

SITES = ("https://www.acme.example",)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database with the shop's rule book in force."""
    with Store.open(f"sqlite:///{tmp_path}/shop.db", busy=0.05) as opened:
        opened.books.save(book(), "test", "the shop")
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
    service.desk.open()
    yield service
    service.stop()
    service.close()


@pytest.fixture
def application(service: Service) -> Application:
    """The WSGI application of the router."""
    return Web(service).application
