"""https servers on loopback with certificates of a private authority, and stores that end with the test."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from crm.office import Office, office
from crm.rig import ENVIRONMENT, Rig, rig
from crm.server import Server, StandIn
from fsrouter.crm.transport.http import Sender
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store

#: Loopback is private; these tests allow it, as settings can.
LOOPBACK = ("127.0.0.0/8", "::1")


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The authority's certificate, as a file."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """A server's side, for the name localhost and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def serve(tls: ssl.SSLContext) -> Iterator[Callable[[StandIn], Server]]:
    """A factory of servers."""
    servers: list[Server] = []

    def start(stand_in: StandIn) -> Server:
        servers.append(Server(stand_in, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def sender(ca: str) -> Iterator[Sender]:
    sender = Sender(NATIVE, LOOPBACK, ca, ENVIRONMENT)
    yield sender
    sender.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'test.db'}") as store:
        yield store


@pytest.fixture
def crm(serve: Callable[[StandIn], Server], sender: Sender, store: Store) -> Callable[..., Rig]:
    """A factory: a CRM of a kind with so many people in it."""

    def make(kind: str, people: int | Office = 5, **more: Any) -> Rig:
        return rig(kind, people if isinstance(people, Office) else office(people), serve, sender, store, **more)

    return make
