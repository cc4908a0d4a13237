"""What sending guarantees, against a real server: where it connects, what it tells to whom, how long and how much."""

from __future__ import annotations

import inspect
import logging
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
import trustme

from crm import server as faults
from crm.rig import ENVIRONMENT
from crm.server import Answer, Asked, Server, StandIn
from fsrouter.crm.errors import CrmBadReply, CrmError, CrmTimeout, CrmUnavailable, CrmUnsafe
from fsrouter.crm.transport.http import LOOK_UP, Bounds, Sender, request_errors
from fsrouter.crm.transport.messages import EnvironmentSecret, Reply, Request, address, bearer, retry_after
from fsrouter.errors import UsageError
from fsrouter.runtime.native import NATIVE

QUICK = Bounds(connect=2.0, read=2.0, total=0.3, most=1 << 20)
SECRET = bearer((EnvironmentSecret("HUB"),))


class Echo(StandIn):
    """Says what it was asked."""

    def answer(self, asked: Asked) -> Answer:
        return Answer(200, {"path": asked.path, "query": asked.query, "pad": "x" * int(asked.query.get("pad", 0))})


@pytest.fixture
def echo(serve: Callable[[StandIn], Server]) -> Server:
    return serve(Echo())


def get(server: Server, path: str = "/a", **more: Any) -> Request:
    return Request(url=server.url + path, credentials=SECRET, **more)


def test_a_reply_comes_back_as_it_was(sender: Sender, echo: Server) -> None:
    reply = sender.send(get(echo, "/a%20b?q=1&pad=5000"))
    assert reply.status == 200 and reply.headers["content-encoding"] == "gzip"
    assert reply.read(dict[str, Any])["path"] == "/a b"
    seen = echo.stand_in.seen[0]
    assert seen.headers["Authorization"] == f"Bearer {ENVIRONMENT['HUB']}"
    assert seen.headers["Host"] == f"localhost:{echo.port}"


def test_connections_are_used_again(sender: Sender, echo: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: asked.append(a) or real(*a, **k))
    for _ in range(3):
        sender.send(get(echo))
    assert len(asked) == 1


def test_the_checked_address_is_the_one_connected_to(ca: str, echo: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers differently the second time is never asked a second time."""
    place = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", echo.port))
    answers = [[place]]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: answers.pop())
    sender = Sender(NATIVE, ["127.0.0.1"], ca, ENVIRONMENT)
    assert sender.send(get(echo)).status == 200
    sender.close()


def test_private_addresses_are_refused_unless_allowed(ca: str, echo: Server) -> None:
    sender = Sender(NATIVE, (), ca, ENVIRONMENT)
    with pytest.raises(CrmUnsafe, match="no address of the public internet"):
        sender.send(get(echo))
    assert not echo.stand_in.seen


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "ftp://localhost/",
        "https://",
        "https://u:p@localhost/",
        "file:///etc/passwd",
        "https://[x/",
    ],
)
def test_nothing_but_https_is_sent(sender: Sender, url: str) -> None:
    with pytest.raises(CrmUnsafe):
        sender.send(Request(url=url))


def test_a_certificate_of_another_host_is_refused(sender: Sender, echo: Server) -> None:
    with pytest.raises(CrmUnsafe, match="certificate"):
        sender.send(Request(url=f"https://127.0.0.1:{echo.port}/", credentials=SECRET))
    assert not echo.stand_in.seen


def test_a_certificate_of_an_unknown_authority_is_refused(echo: Server) -> None:
    with pytest.raises(CrmUnsafe, match="certificate"):
        Sender(NATIVE, ["127.0.0.0/8", "::1"], "", ENVIRONMENT).send(get(echo))
    assert not echo.stand_in.seen


def test_redirects_on_one_host_keep_the_credentials(sender: Sender, echo: Server) -> None:
    echo.stand_in.misbehave(faults.redirect("/b"), faults.redirect(echo.url + "/c", 307), faults.redirect("d", 301))
    assert sender.send(get(echo)).read(dict[str, Any])["path"] == "/d"
    assert all(s.headers["Authorization"] for s in echo.stand_in.seen)


def test_redirects_to_another_host_get_no_credentials(sender: Sender, echo: Server, authority: trustme.CA) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    other = Server(Echo(), tls)
    try:
        echo.stand_in.misbehave(faults.redirect(f"https://127.0.0.1:{other.port}/b"))
        assert sender.send(get(echo, headers=(("X-Ours", "1"),))).status == 200
        seen = other.stand_in.seen[0].headers
        assert "Authorization" not in seen and "X-Ours" not in seen
    finally:
        other.stop()


def test_redirects_to_another_port_get_no_credentials(
    sender: Sender, echo: Server, serve: Callable[[StandIn], Server]
) -> None:
    """Another port is another server's, however the host is called; back at the first, it stays without them."""
    other = serve(Echo())
    echo.stand_in.misbehave(faults.redirect(other.url + "/b"))
    other.stand_in.misbehave(faults.redirect(echo.url + "/c"))
    assert sender.send(get(echo, headers=(("X-Ours", "1"),))).read(dict[str, Any])["path"] == "/c"
    first, *later = *echo.stand_in.seen, *other.stand_in.seen
    assert "Authorization" in first.headers and "X-Ours" in first.headers and len(later) == 2
    assert not any("Authorization" in seen.headers or "X-Ours" in seen.headers for seen in later)


def test_too_many_redirects_end(sender: Sender, echo: Server) -> None:
    echo.stand_in.always = faults.redirect("/again")
    with pytest.raises(CrmBadReply, match="more than 3 times"):
        sender.send(get(echo))
    assert len(echo.stand_in.seen) == 4


@pytest.mark.parametrize("url", ["http://localhost/", "https://10.0.0.1/", "https://[fe80::1]/", "file:///etc/passwd"])
def test_redirects_are_checked_again(sender: Sender, echo: Server, url: str) -> None:
    echo.stand_in.misbehave(faults.redirect(url))
    with pytest.raises(CrmUnsafe):
        sender.send(get(echo))


def test_a_redirected_post_is_not_followed(sender: Sender, echo: Server) -> None:
    echo.stand_in.misbehave(faults.redirect("/b", 307))
    with pytest.raises(CrmBadReply, match="redirects a POST"):
        sender.send(get(echo, method="POST", json={}))


@pytest.mark.parametrize("fault", [faults.silent, faults.trickle, faults.trickled_headers])
def test_the_deadline_is_for_everything_together(sender: Sender, echo: Server, fault: Any) -> None:
    echo.stand_in.misbehave(fault)
    began = time.monotonic()
    with pytest.raises(CrmTimeout):
        sender.send(get(echo), QUICK)
    assert time.monotonic() - began < 5
    echo.stand_in.released.set()
    assert sender.send(get(echo)).status == 200


def test_a_server_that_takes_no_connections_and_a_handshake_that_does_not_come(ca: str) -> None:
    sender = Sender(NATIVE, ["127.0.0.1"], ca, ENVIRONMENT)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        with pytest.raises(CrmTimeout):
            sender.send(Request(url=f"https://127.0.0.1:{mute.getsockname()[1]}/"), QUICK)
        port = mute.getsockname()[1]
    with pytest.raises(CrmUnavailable, match="Connection refused"):
        sender.send(Request(url=f"https://127.0.0.1:{port}/"), QUICK)


def test_a_name_that_is_not_resolved_in_time(monkeypatch: pytest.MonkeyPatch, sender: Sender, echo: Server) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: echo.stand_in.released.wait(20) and [])
    with pytest.raises(CrmTimeout, match="not resolved in time"):
        sender.send(get(echo), QUICK)
    echo.stand_in.released.set()


def test_a_name_that_is_not_known(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(CrmUnavailable, match=r"crm\.example is not known"):
        sender.send(Request(url="https://crm.example/"))


@pytest.mark.parametrize("fault", [faults.bomb, faults.large])
def test_replies_are_bounded_as_they_are_unpacked(sender: Sender, echo: Server, fault: Any) -> None:
    echo.stand_in.misbehave(fault)
    with pytest.raises(CrmBadReply, match="more than 1024 KiB"):
        sender.send(get(echo), LOOK_UP)
    assert sender.send(get(echo)).status == 200


def test_a_packing_that_was_not_asked_for_is_refused(sender: Sender, echo: Server) -> None:
    echo.stand_in.misbehave(lambda talk: talk.say(Answer(200, b"x", {"Content-Encoding": "br"})))
    with pytest.raises(CrmBadReply, match="packing"):
        sender.send(get(echo))


@pytest.mark.parametrize("fault", [faults.half, faults.hang_up])
def test_a_reply_that_breaks_off_is_unavailable(sender: Sender, echo: Server, fault: Any) -> None:
    echo.stand_in.misbehave(fault)
    with pytest.raises(CrmUnavailable, match="localhost"):
        sender.send(get(echo))


def test_every_exception_of_requests_is_mapped() -> None:
    kinds = [
        kind
        for _, kind in inspect.getmembers(requests.exceptions, inspect.isclass)
        if issubclass(kind, requests.RequestException)
    ]
    assert len(kinds) > 20
    for kind in kinds:
        error = (
            kind("x", "doc", 0) if issubclass(kind, requests.exceptions.JSONDecodeError) else kind("https://h/?secret")
        )
        with pytest.raises(CrmError) as raised, request_errors("h"):
            raise error
        assert "secret" not in str(raised.value)
        assert raised.value.__cause__ is None and raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.ConnectTimeout(), CrmTimeout),
        (requests.ReadTimeout(), CrmTimeout),
        (requests.ConnectionError(), CrmUnavailable),
        (requests.exceptions.ChunkedEncodingError(), CrmUnavailable),
        (requests.exceptions.SSLError(), CrmUnavailable),
        (requests.exceptions.InvalidURL(), CrmUnsafe),
        (requests.exceptions.ContentDecodingError(), CrmBadReply),
        (OSError("x"), CrmUnavailable),
        (TimeoutError(), CrmTimeout),
    ],
)
def test_exceptions_are_mapped_to_their_error(error: Exception, kind: type[CrmError]) -> None:
    with pytest.raises(kind) as raised, request_errors("h"):
        raise error
    assert type(raised.value) is kind


def test_credentials_are_shown_nowhere(sender: Sender, echo: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = [repr(get(echo)), repr(EnvironmentSecret("HUB"))]
    for fault in (faults.half, faults.redirect("http://x/"), faults.status(401), faults.silent):
        echo.stand_in.misbehave(fault)
        try:
            told.append(repr(sender.send(get(echo), QUICK)))
        except CrmError as error:
            told.append(f"{error!r} {error} {error.__cause__}")
    assert not [
        text
        for text in [*told, caplog.text, repr([vars(record) for record in caplog.records])]
        if ENVIRONMENT["HUB"] in text
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("999999999999", 3600.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 60.0),
        ("Wed, 21 Oct 2015 07:20:00 GMT", 0.0),
        ("-1", None),
        ("", None),
        ("soon", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    now = 1445412420.0  # 07:27:00 on that day
    assert retry_after(text, now) == seconds


def test_addresses_encode_the_values_of_their_query() -> None:
    assert address("https://x/", "/a", q="a&b=c d+é", n=3, none="") == "https://x/a?q=a%26b%3Dc%20d%2B%C3%A9&n=3"


@pytest.mark.parametrize("body", [b"", b"{", b"[1,", b"\xff", b"nul", b"[" * 100_000])
def test_a_body_that_is_no_json_is_a_bad_reply(body: bytes) -> None:
    for kind in (object, dict[str, Any], list[dict[str, Any]]):
        with pytest.raises(CrmBadReply):
            Reply(status=200, body=body).read(kind)


@pytest.mark.parametrize(
    ("settings", "why"),
    [({"private": ("10.1.0.0/99",)}, "10.1.0.0/99"), ({"ca": "/no/such/file"}, "crm_ca"), ({"ca": __file__}, "crm_ca")],
)
def test_wrong_crm_settings_are_usage_errors(settings: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        Sender(NATIVE, **settings)
