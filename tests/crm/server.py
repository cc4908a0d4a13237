"""An https server on loopback that stands in for a CRM: it answers as a vendor's documentation says, or misbehaves.

A fault takes the place of the next answers to anything but signing in. Waits are on events, so a slow answer lasts as
long as the test needs and no longer.
"""

from __future__ import annotations

import gzip
import json
import math
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class Asked:
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> bytes:
        return (
            self.body if isinstance(self.body, bytes) else b"" if self.body is None else json.dumps(self.body).encode()
        )


#: How full the pages of a list are, one after the other: vendors give fewer records than were asked for whenever they
#: like, and sometimes none in the middle. Every list begins with two that tell nothing of its end.
FULL = (0.02, 0.0, 1.0, 0.4, 0.75, 0.003, 1.0)


def uneven(limit: int, number: int) -> int:
    """How many records a vendor puts on the page of that number, from 0, when `limit` are asked for."""
    return math.ceil(limit * FULL[number % len(FULL)])


class StandIn:
    """A vendor: subclasses answer; `signing_in` are paths that faults leave alone.

    Its pages are `uneven`; a list is over when the vendor says so.
    """

    signing_in: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.seen: list[Asked] = []
        #: How many pages without a record were given of lists that went on.
        self.empty = 0
        self.faults: deque[Callable[[Talk], None]] = deque()
        self.always: Callable[[Talk], None] | None = None
        self.released = threading.Event()
        self.lock = threading.Lock()

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def misbehave(self, *faults: Callable[[Talk], None]) -> None:
        self.faults.extend(faults)

    def fault(self, asked: Asked) -> Callable[[Talk], None] | None:
        with self.lock:
            self.seen.append(asked)
            if asked.path in self.signing_in:
                return None
            return self.faults.popleft() if self.faults else self.always


class Talk(BaseHTTPRequestHandler):
    """One connection's conversation."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Server  # type: ignore[assignment]

    def setup(self) -> None:
        self.request.do_handshake()
        super().setup()

    def do(self) -> None:
        stand_in = self.server.stand_in
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        asked = Asked(self.command, unquote(parts.path), query, self.headers, body)
        fault = stand_in.fault(asked)
        if fault:
            fault(self)
        else:
            self.say(stand_in.answer(asked))

    do_GET = do_POST = do

    def say(self, answer: Answer) -> None:
        body = answer.bytes
        if len(body) > 1000 and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            answer.headers["Content-Encoding"] = "gzip"
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if answer.status not in (204, 304):
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Serves a stand-in by TLS on 127.0.0.1."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, stand_in: StandIn, tls: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.stand_in = stand_in
        self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is what many tests are about."""

    def stop(self) -> None:
        self.stand_in.released.set()
        self.shutdown()
        self.server_close()
        self._thread.join(5)


# Misbehaviour


def status(code: int, **headers: str) -> Callable[[Talk], None]:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda talk: talk.say(Answer(code, {"message": "no"}, dict(told)))


def body(text: bytes) -> Callable[[Talk], None]:
    return lambda talk: talk.say(Answer(200, text))


def silent(talk: Talk) -> None:
    """Takes the request and says nothing."""
    talk.server.stand_in.released.wait(20)
    talk.close_connection = True


def trickle(talk: Talk) -> None:
    """Sends a byte now and then, so that no wait between two bytes is ever long."""
    talk.send_response(200)
    talk.send_header("Content-Length", "100000")
    talk.end_headers()
    for _ in range(1000):
        talk.wfile.write(b" ")
        talk.wfile.flush()
        if talk.server.stand_in.released.wait(0.02):
            break
    talk.close_connection = True


def trickled_headers(talk: Talk) -> None:
    talk.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(1000):
        talk.wfile.write(b"X-A: b\r\n")
        talk.wfile.flush()
        if talk.server.stand_in.released.wait(0.02):
            break
    talk.close_connection = True


def half(talk: Talk) -> None:
    """Promises more than it sends."""
    talk.send_response(200)
    talk.send_header("Content-Length", "1000")
    talk.end_headers()
    talk.wfile.write(b'{"results": [')
    talk.wfile.flush()
    talk.close_connection = True


def hang_up(talk: Talk) -> None:
    talk.close_connection = True


def bomb(talk: Talk) -> None:
    """64 MiB of spaces in a few KiB."""
    packed = gzip.compress(b" " * (64 << 20), 9)
    talk.send_response(200)
    talk.send_header("Content-Encoding", "gzip")
    talk.send_header("Content-Length", str(len(packed)))
    talk.end_headers()
    talk.wfile.write(packed)
    talk.wfile.flush()


def redirect(url: str, code: int = 302) -> Callable[[Talk], None]:
    return lambda talk: talk.say(Answer(code, None, {"Location": url}))


deep = body(b'{"results":' + b"[" * 200_000 + b"]" * 200_000 + b"}")
large = body(b'{"results": ["' + b"x" * (33 << 20) + b'"]}')
