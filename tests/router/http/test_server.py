"""The web server: beside the calls, for as long as they last; bounds on what comes over the wire."""

from __future__ import annotations

import json
import socket as native
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import pytest
from gevent import socket
from msgspec.structs import replace

from fsrouter.errors import AddressTaken, UsageError
from fsrouter.router.http.server import Web
from fsrouter.router.service import Service
from fsrouter.store import Store
from router.http.shop import VISIT, WEB1, serving


@pytest.fixture
def web(service: Service) -> Iterator[Web]:
    """The web server of a router, open."""
    web = service.add_web()
    web.start()
    yield web
    web.stop()


@contextmanager
def opened(service: Service, patience: float) -> Iterator[Web]:
    """The web server of a router with that patience, open."""
    web = serving(service, patience)
    web.start()
    yield web
    web.stop()


def spoken(port: int, said: bytes) -> bytes:
    """What comes back until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(said)
        heard = b""
        while more := sock.recv(65536):
            heard += more
        return heard


def get(port: int, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer."""
    heard = spoken(port, f"{method} {path} HTTP/1.1\r\nHost: calls.acme.example\r\n\r\n".encode())
    head, _, body = heard.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return int(first.split()[1]), headers, body


def test_visit_is_answered_over_http(web: Web) -> None:
    status, headers, body = get(web.port, f"{VISIT}?session=session-1&keyword=implants")
    assert (status, json.loads(body)["number"]) == (200, WEB1)
    assert headers["cache-control"] == "no-store" and headers["connection"] == "close"
    assert int(headers["content-length"]) == len(body)


def test_form_is_answered_over_http(web: Web) -> None:
    form = b"session=session-1&landing=%2Foffers"
    kind = b"Content-Type: application/x-www-form-urlencoded;charset=UTF-8"
    head = b"POST %s HTTP/1.1\r\nHost: x\r\n%s\r\nContent-Length: %d\r\n\r\n" % (VISIT.encode(), kind, len(form))
    assert b'"number":"%s"' % WEB1.encode() in spoken(web.port, head + form)


def test_head_and_preflight_have_no_body(web: Web) -> None:
    assert get(web.port, "/metrics", "HEAD")[::2] == (200, b"")
    assert get(web.port, VISIT, "OPTIONS")[::2] == (204, b"")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET /" + b"x" * 20_000, b"414"),
        (b"GET /health HTTP/1.1\r\n" + b"X: %s\r\n" % (b"x" * 20_000), b"431"),
        (b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 5_000, b"431"),
        (b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"400"),
        (b"GET /health HTTP/7\r\n\r\n", b"400"),
        (b"\xff\xfe\r\n\r\n", b"400"),
        (b"POST %s HTTP/1.1\r\nContent-Length: x\r\n\r\n" % VISIT.encode(), b"400"),
        (b"POST %s HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n" % VISIT.encode(), b"413"),
        (b"POST %s HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" % VISIT.encode(), b"411"),
    ],
    ids=["line", "header", "headers", "many", "version", "noise", "no-length", "length", "chunks"],
)
def test_oversized_or_malformed_request_is_refused(
    service: Service, capfd: pytest.CaptureFixture[str], said: bytes, status: bytes
) -> None:
    with opened(service, patience=1.0) as web:
        assert spoken(web.port, said).startswith(b"HTTP/1.1 " + status)
        assert capfd.readouterr().err == ""
        assert get(web.port, "/metrics")[0] == 200


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /hea",
        b"GET /health HTTP/1.1\r\nX: y",
        b"POST %s HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\nsession="
        % VISIT.encode(),
    ],
    ids=["nothing", "line", "headers", "form"],
)
def test_slow_client_is_closed_without_an_answer(
    service: Service, capfd: pytest.CaptureFixture[str], said: bytes
) -> None:
    with opened(service, patience=0.05) as web:
        assert spoken(web.port, said) == b""
        assert capfd.readouterr().err == ""


def started(service: Service, **settings: Any) -> tuple[Service, Web]:
    """A router with its web server, started."""
    another = Service(replace(service.settings, **settings), service.store)
    web = another.add_web()
    another.start()
    return another, web


def test_web_server_lasts_as_long_as_the_calls(service: Service) -> None:
    router, web = started(service, stop_after=20.0)
    assert get(web.port, "/health")[0] == 200
    with socket.create_connection(("127.0.0.1", router.listener.port), timeout=5) as call:
        assert call.recv(100).startswith(b"connect\n\n")
        router.stop()
        closing = gevent.spawn(router.close)
        gevent.sleep(0)
        status, _, body = get(web.port, "/health")
        assert (status, json.loads(body)["status"]) == (503, "draining")
        port = web.port
    closing.get(timeout=10)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_taken_web_port_leaves_nothing_behind(service: Service) -> None:
    with native.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        router = Service(replace(service.settings, web=address), service.store)
        router.add_web()
        with pytest.raises(AddressTaken, match=rf"{address} for visitor pools.*--web HOST:PORT.*--web none"):
            router.start()
    assert not router.listener.listening
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", router.listener.port), timeout=5)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"web": "nowhere"}, "'nowhere' is no address"),
        ({"web_origins": ("www.acme.example",)}, "write scheme and host, as https://"),
        ({"web_origins": ("https://www.acme.example/",)}, "is no web site"),
        ({"web_origins": ("https://a\r\nSet-Cookie: x",)}, "is no web site"),
    ],
)
def test_wrong_web_settings_are_refused(store: Store, service: Service, settings: dict[str, Any], said: str) -> None:
    router = Service(replace(service.settings, **settings), store)
    with pytest.raises(UsageError, match=said):
        router.add_web()
    router.write_behind.close(0.0)
