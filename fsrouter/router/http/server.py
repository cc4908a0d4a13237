"""The web server of a router: gevent's, with bounds on what a client may send and on how long it may take.

One request a connection. A client that is too slow is cut off without a word, and so is the one that has been there for
longest when there are too many; what is too long is refused before it is read. It runs on the hub that carries the
calls: it never waits for more than its own greenlet, and everybody else has their turn before each answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from io import BytesIO
from typing import Any

import gevent
from gevent import pywsgi
from gevent.pool import Pool
from msgspec.structs import replace

from fsrouter.errors import AddressTaken, Refused, UsageError
from fsrouter.esl.server import listening_socket
from fsrouter.log.logger import get_logger
from fsrouter.router.http.application import Application, StartResponse
from fsrouter.router.http.messages import Environ, Origins
from fsrouter.router.http.metrics import Metrics
from fsrouter.router.http.visits import Visits
from fsrouter.router.status import Condition, Status
from fsrouter.runtime.greenlets import Greenlets
from fsrouter.settings.model import Settings

_log = get_logger("fsrouter.router")

#: Connections at once; the one that has been there for longest makes way for one more.
CONNECTIONS = 256
#: Seconds for a request and its answer together.
PATIENCE = 10.0
#: Bytes of all headers of a request.
LARGEST_HEAD = 16_384
#: Seconds that requests under way may take when the router stops.
LAST = 1.0

_EMPTY = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Web:
    """Visitor pools, health and metrics on `settings.web`.

    `patience` is how many seconds a request and its answer may take together, to which `runtime` holds them. Raises
    UsageError when `settings.web` is `none` or no address, or when `settings.web_origins` has what is no web site.
    """

    def __init__(
        self,
        settings: Settings,
        status: Status,
        metrics: Metrics,
        visits: Visits,
        runtime: Greenlets,
        patience: float = PATIENCE,
    ) -> None:
        address = settings.web_address
        if address is None:
            raise UsageError("web is none, so there is no web server")
        self._address = address
        self._status = status
        self._visits = visits
        self._runtime = runtime
        self._within = partial(runtime.within, patience)
        self.application = Application(self._condition, metrics, visits, Origins(settings.web_origins))
        self._server: Any = None

    @property
    def port(self) -> int:
        """The port that we listen on; the real one after `start`."""
        return int(self._server.address[1]) if self._server else self._address[1]

    def start(self) -> None:
        """Listen. Raises AddressTaken."""
        host, port = self._address
        try:
            bound = listening_socket(self._address, CONNECTIONS)
        except OSError as error:
            raise AddressTaken(
                f"cannot listen on {host}:{port} for visitor pools, health and metrics: {error.strerror or error}. "
                f"Choose another address with --web HOST:PORT, or do without by --web none"
            ) from error
        self._server = pywsgi.WSGIServer(
            bound,
            self._answer,
            spawn=_Room(CONNECTIONS),
            log=None,
            error_log=None,
            handler_class=_Request,
            environ={"SERVER_NAME": host},  # gevent would ask DNS for it, and wait
        )
        self._server.within = self._within
        self._server.start()
        _log.info("visitor pools, health and metrics are on %s:%s", host, self.port)

    def stop(self) -> None:
        """Close; requests under way have LAST seconds."""
        server, self._server = self._server, None
        if server is not None:
            server.stop(LAST)

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        # Requests that are there all at once are answered one by one, with turns of the hub between them.
        self._runtime.sleep(0)
        return self.application(environ, start_response)

    def _condition(self, whole: bool) -> Condition:
        held = self._status.held() if whole else {}
        return replace(self._status.condition(), held=held, visits=dict(self._visits.counts))


class HeadTooLong(Refused):
    """The headers of a request are larger than LARGEST_HEAD."""


class _Room(Pool):  # type: ignore[misc]
    """Greenlets of connections, `most` at a time: the one that has been there for longest is ended for one more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._in_order: dict[gevent.Greenlet, None] = {}

    def full(self) -> bool:
        return False

    def add(self, greenlet: gevent.Greenlet) -> None:
        while len(self._in_order) >= self._most:
            oldest = next(iter(self._in_order))
            self.discard(oldest)
            oldest.kill(block=False)
        super().add(greenlet)
        self._in_order[greenlet] = None

    def _discard(self, greenlet: gevent.Greenlet) -> None:
        self._in_order.pop(greenlet, None)
        super()._discard(greenlet)


class _Unread:
    """What a request has left to be read: it goes with the connection, where gevent would wait for it to come."""

    def _discard(self) -> None: ...


class _Request(pywsgi.WSGIHandler):  # type: ignore[misc]
    """gevent's handler of a connection, for one request only, within bounds, and without a word in the log."""

    def handle_one_request(self) -> Any:
        with self.server.within():
            return super().handle_one_request()
        return None

    def MessageClass(self, source: Any, *_: Any) -> Any:
        head = bytearray()
        while True:
            line = source.readline(LARGEST_HEAD - len(head) + 1)
            head += line
            if len(head) > LARGEST_HEAD:
                raise HeadTooLong(f"its headers have more than {LARGEST_HEAD} bytes")
            if line in (b"\r\n", b"\n", b""):
                return super().MessageClass(BytesIO(head))

    def read_request(self, line: str) -> Any:
        read = super().read_request(line)
        self.close_connection = True
        return read

    def finalize_headers(self) -> None:
        super().finalize_headers()
        self.response_headers.append((b"Connection", b"close"))

    def get_environ(self) -> Any:
        environ = super().get_environ()
        self.wsgi_input = _Unread()
        return environ

    def handle_error(self, kind: Any, error: Any, where: Any) -> None:
        """A client that went away or was too slow; the application itself raises nothing."""
        self.close_connection = True

    def _handle_client_error(self, error: Exception) -> tuple[str, bytes]:
        status = b"431 Request Header Fields Too Large" if isinstance(error, HeadTooLong) else b"400 Bad Request"
        return status[:3].decode(), _EMPTY % status
