"""Clients of the web server that send too much, too slowly or too often: calls and other clients have their turn."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest
from esl.floods import flood, turning
from gevent import socket

from fsrouter.router.http.server import CONNECTIONS, Web
from fsrouter.router.service import Service
from router.http.shop import serving
from router.http.test_server import get

PATIENCE = 3.0
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
FORM = b"POST /pools/acme/web/visit HTTP/1.1\r\nHost: x\r\nContent-Length: 16000\r\n\r\n"


@pytest.fixture
def web(service: Service) -> Iterator[Web]:
    """The web server of a router, with less patience than it has."""
    web = serving(service, PATIENCE)
    web.start()
    yield web
    web.stop()


def there(web: Web) -> int:
    """How many connections there are."""
    return len(web._server.pool)


@pytest.mark.parametrize(
    ("first", "again", "every"),
    [
        (b"", b"x" * 65_536, 0.0),
        (b"GET / HTTP/1.1\r\n", b"Name: x\r\n" * 1000, 0.0),
        (b"GET / HTTP/1.1\r\nName: ", b"x" * 65_536, 0.0),
        (b"GET / HTTP/1.1\r\n", b"a", 0.001),
        (FORM, b"x", 0.001),
        (HEALTH, HEALTH * 100, 0.0),
    ],
    ids=["line", "headers", "header", "byte at a time", "form a byte at a time", "requests"],
)
def test_flooding_client_is_closed_by_a_bound_or_in_time(web: Web, first: bytes, again: bytes, every: float) -> None:
    with turning():
        flooding = flood(("127.0.0.1", web.port), first, again, every)
        with gevent.Timeout(30):
            while flooding.is_alive() or there(web):
                gevent.sleep(0.01)
        assert get(web.port, "/metrics")[0] == 200


def test_slow_clients_keep_nobody_out(service: Service) -> None:
    web = serving(service, 60.0)
    web.start()
    try:
        slow = [socket.create_connection(("127.0.0.1", web.port), 20) for _ in range(CONNECTIONS + 20)]
        with gevent.Timeout(20), turning():
            while there(web) < CONNECTIONS:
                gevent.sleep(0.01)
            for _ in range(20):
                assert get(web.port, "/metrics")[0] == 200
            assert all(sock.recv(10) == b"" for sock in slow[:20])
            assert there(web) <= CONNECTIONS
        for sock in slow:
            sock.close()
    finally:
        web.stop()


def test_requests_that_come_all_at_once_are_answered_one_by_one(service: Service) -> None:
    """A page of metrics takes milliseconds; all of them in one turn would keep every call waiting."""
    web = serving(service, 60.0)
    web.start()
    try:
        socks = [socket.create_connection(("127.0.0.1", web.port), 20) for _ in range(200)]
        with gevent.Timeout(20):
            while there(web) < len(socks):
                gevent.sleep(0.01)
        for sock in socks:
            sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        with turning() as watch:
            for sock in socks:
                assert sock.recv(65_536).startswith(b"HTTP/1.1 200 OK")
        assert watch.turns > 20
        for sock in socks:
            sock.close()
    finally:
        web.stop()
