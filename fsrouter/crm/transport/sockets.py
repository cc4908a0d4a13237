"""Connections that a CRM cannot hold on to: checked addresses, and one deadline for everything that waits.

`requests` knows timeouts between two bytes, so a server that sends a byte a second keeps a thread for ever. Here the
TLS socket itself asks, before each wait, how much of the request's time is left; handshake, header and body all pass
through it. Knows no CRM and no message.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import certifi
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from fsrouter.crm.errors import CrmTimeout, CrmUnreached, CrmUnsafe
from fsrouter.crm.transport.address_check import Network, resolve
from fsrouter.runtime import Clock, Runtime

_running = threading.local()


@contextlib.contextmanager
def within(seconds: float, clock: Clock) -> Iterator[None]:
    """All waits of this thread's connections end when so many seconds have gone by on a clock that only grows. Not to
    be nested.
    """
    until = clock() + seconds
    _running.left = lambda: until - clock()
    try:
        yield
    finally:
        _running.left = None


def left() -> float:
    """Seconds that this thread's request still has. Raises TimeoutError when it has none."""
    ask: Callable[[], float] | None = getattr(_running, "left", None)
    seconds = ask() if ask else 30.0
    if seconds <= 0:
        raise TimeoutError("the request's deadline has passed")
    return seconds


class DeadlineSocket(ssl.SSLSocket):
    """A TLS socket whose waits end with the request's deadline, however few bytes come in between."""

    def do_handshake(self, block: bool = False) -> None:
        self._bound()
        super().do_handshake(block)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._bound()
        return super().recv_into(*args, **kwargs)

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        self._bound()
        return super().recv(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._bound()
        return super().send(*args, **kwargs)

    def _bound(self) -> None:
        seconds, own = left(), self.gettimeout()
        if own is None or own > seconds:
            self.settimeout(seconds)


class CheckedConnection(HTTPSConnection):
    """Connects to the addresses that were looked at; name and certificate stay those of the url's host."""

    allowed: Sequence[Network] = ()
    runtime: Runtime

    def _new_conn(self) -> socket.socket:
        timeout = self.timeout if isinstance(self.timeout, int | float) else 30.0
        places = resolve(self.host, self.port or 443, self.allowed, min(float(timeout), left()), self.runtime)
        failure: OSError = OSError(f"{self.host} has no address")
        for family, kind, protocol, _, place in places[:4]:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(min(float(timeout), left()))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.connect(place)
                return sock
            except OSError as error:
                sock.close()
                failure = error
        if isinstance(failure, TimeoutError):
            raise CrmTimeout(f"{self.host} does not take connections in time")
        raise CrmUnreached(f"{self.host} cannot be reached ({failure.strerror or failure})")


@functools.cache
def trusting(ca: str) -> ssl.SSLContext:
    """What is trusted: the public certificates and those in the file `ca`. Reading them takes long, so once."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = DeadlineSocket
    if ca:
        context.load_verify_locations(cafile=ca)
    return context


class CheckedAdapter(HTTPAdapter):
    """The transport of `requests` on checked connections; nothing but https has one.

    `ca` is a file of certificates that are trusted beside the public ones.
    """

    def __init__(self, runtime: Runtime, allowed: Sequence[Network], ca: str = "", connections: int = 16) -> None:
        self._runtime = runtime
        self._allowed = tuple(allowed)
        self._tls = trusting(ca)
        super().__init__(pool_connections=connections, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        chosen = {"allowed": self._allowed, "runtime": self._runtime}
        connection = type("Connection", (CheckedConnection,), chosen)
        pool = type("Pool", (HTTPSConnectionPool,), {"ConnectionCls": connection})
        self.poolmanager.pool_classes_by_scheme = {"https": pool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context holds what is trusted; nothing switches it off."""
        if not url.lower().startswith("https://"):
            raise CrmUnsafe("a CRM is talked to by https only")
        conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None
