"""The web server of a router: gevent's, with bounds on what a stranger may send and on how long he may take.

One request a connection. Who is too slow is closed without a word; what is too long is refused before it is read. It
runs on the hub that carries the calls, so it never waits for more than its own greenlet.
"""

from __future__ import annotations

import logging
import time
from io import BytesIO
from typing import Any

import gevent
from gevent import pywsgi, socket
from gevent.pool import Pool
from msgspec.structs import replace

from fsrouter.errors import AddressTaken, UsageError
from fsrouter.router import status
from fsrouter.router.http.application import Application
from fsrouter.router.http.messages import Origins
from fsrouter.router.http.visits import Visits
from fsrouter.router.service import Service
from fsrouter.router.status import Condition

_log = logging.getLogger("fsrouter.web")

#: Connections at once; further ones wait in the kernel.
CONNECTIONS = 256
#: Seconds for a request and its answer together.
PATIENCE = 10.0
#: Bytes of all headers of a request.
LARGEST_HEAD = 16_384
#: Seconds that requests under way may take when the router stops.
LAST = 1.0

_EMPTY = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Web:
    """A door of a Service: visitor pools, health and metrics on `settings.web`.

    Raises UsageError when that is `none` or no address, or when `settings.web_origins` has what is no web site.
    """

    def __init__(self, service: Service) -> None:
        address = service.settings.web_address
        if address is None:
            raise UsageError("web is none, so there is no web server")
        self._address = address
        self._service = service
        self._visits = Visits(service.desk, time.time)
        self.application = Application(self._condition, self._visits, Origins(service.settings.web_origins))
        self._server: Any = None

    @property
    def port(self) -> int:
        """The port that we listen on; the real one after `start`."""
        return int(self._server.address[1]) if self._server else self._address[1]

    def start(self) -> None:
        """Listen. Raises AddressTaken."""
        host, port = self._address
        try:
            bound = _bound(self._address)
        except OSError as error:
            raise AddressTaken(
                f"cannot listen on {host}:{port} for visitor pools, health and metrics: {error.strerror or error}. "
                f"Choose another address with --web HOST:PORT, or do without by --web none"
            ) from error
        self._server = pywsgi.WSGIServer(
            bound,
            self.application,
            spawn=Pool(CONNECTIONS),
            log=None,
            error_log=None,
            handler_class=_Request,
            environ={"SERVER_NAME": host},  # gevent would ask DNS for it, and wait
        )
        self._server.start()
        _log.info("visitor pools, health and metrics are on %s:%s", host, self.port)

    def stop(self) -> None:
        """Close; requests under way have LAST seconds."""
        server, self._server = self._server, None
        if server is not None:
            server.stop(LAST)

    def _condition(self, whole: bool) -> Condition:
        now = status.condition(self._service)
        held = status.held(self._service, time.time()) if whole else {}
        return replace(now, held=held, visits=dict(self._visits.counts))


def _bound(address: tuple[str, int]) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(CONNECTIONS)
    except BaseException:
        sock.close()
        raise
    return sock


class _TooLong(ValueError):
    """The headers of a request are larger than LARGEST_HEAD."""


class _Unread:
    """What a request has left to be read: it goes with the connection, where gevent would wait for it to come."""

    def _discard(self) -> None: ...


class _Request(pywsgi.WSGIHandler):  # type: ignore[misc]
    """gevent's handler of a connection, for one request only, within bounds, and without a word in the log."""

    def handle_one_request(self) -> Any:
        with gevent.Timeout(PATIENCE, False):
            return super().handle_one_request()
        return None

    def MessageClass(self, source: Any, *_: Any) -> Any:
        head = bytearray()
        while True:
            line = source.readline(LARGEST_HEAD - len(head) + 1)
            head += line
            if len(head) > LARGEST_HEAD:
                raise _TooLong
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
        status = b"431 Request Header Fields Too Large" if isinstance(error, _TooLong) else b"400 Bad Request"
        return status[:3].decode(), _EMPTY % status
