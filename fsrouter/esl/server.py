"""Where FreeSWITCH's calls arrive: accepts, and gives each to a greenlet of its own. Knows no command.

From a peer that is not allowed a connection is closed at once; until its peer has proved whose it is it is a newcomer,
of which there is room for a few; then it is a call, and closed at once over the limit. In synchronous mode the dialplan
goes on to its fail-safe within milliseconds (docs/wire.md 0.1), where a connection that waits would leave a caller in
silence.
"""

from __future__ import annotations

import errno
import ipaddress
import socket as native
from collections.abc import Callable, Iterable
from typing import Any, Final

import gevent
from gevent import socket
from gevent.server import StreamServer

from fsrouter.errors import AddressTaken, UsageError
from fsrouter.esl.lifecycle import CallSession, Declined, Ended, Malformed, Overdue, Rejected, Unproved
from fsrouter.esl.listener import Listener
from fsrouter.esl.newcomers import Newcomers, address_of
from fsrouter.esl.session import Session
from fsrouter.log.logger import get_logger
from fsrouter.runtime import Runtime

BACKLOG: Final = 1024
"""Connections that the kernel holds while we are busy; the kernel's own cap is net.core.somaxconn."""

# What accepted connections take over from the listening one (tcp(7)): commands are sent at once; a FreeSWITCH whose
# machine is gone without a word is missed after a minute, not when the longest talk would have ended.
_CONNECTIONS: Final = (
    (native.IPPROTO_TCP, native.TCP_NODELAY, 1),
    (native.SOL_SOCKET, native.SO_KEEPALIVE, 1),
    (native.IPPROTO_TCP, native.TCP_KEEPIDLE, 30),
    (native.IPPROTO_TCP, native.TCP_KEEPINTVL, 10),
    (native.IPPROTO_TCP, native.TCP_KEEPCNT, 3),
)
_REASON_OF: Final = {Overdue: "silent", Malformed: "malformed", Declined: "declined", Unproved: "secret"}
_log = get_logger("fsrouter.esl")
_OTHER = "Choose another address with --listen HOST:PORT"
_REMEDIES = {
    errno.EADDRINUSE: "Another fsrouter may be running there; stop it, or choose another address with"
    " --listen HOST:PORT",
    errno.EADDRNOTAVAIL: "This machine has no such address; `ip address` shows those that it has",
    errno.EACCES: "Ports below 1024 are the system's; choose another with --listen HOST:PORT",
}
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Server(Listener):
    """Listens on `address` for FreeSWITCH's connections.

    Args:
        address: (host, port); port 0 takes a free one, see `port`.
        on_call, limit, runtime: as for Listener. A connection whose peer has not proved itself is no call yet.
        backlog: see BACKLOG.
        secret_problem: what is wrong with the secret that a peer shows, as for Session; counted in
            `rejected["secret"]`.
        networks: whose connections are taken besides the loopback's, as CIDR: "10.0.0.0/8". All others are counted in
            `rejected["peer"]`.
        shared: other processes of ours may listen on the same address; the kernel deals the calls out.
        newcomers: the room for peers that have not proved themselves.

    Raises:
        UsageError: a network that is none.
    """

    def __init__(
        self,
        address: tuple[str, int],
        on_call: Callable[[CallSession], None],
        limit: int,
        runtime: Runtime,
        secret_problem: Callable[[str], str],
        backlog: int = BACKLOG,
        networks: Iterable[str] = (),
        shared: bool = False,
        newcomers: Newcomers | None = None,
    ) -> None:
        super().__init__(on_call, limit, runtime)
        self._newcomers = Newcomers() if newcomers is None else newcomers
        self._address = address
        loopback = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
        self._networks = [*loopback, *map(_network, networks)]
        self._backlog = backlog
        self._shared = shared
        self._secret_problem = secret_problem
        self._listener: _StreamServer | None = None

    @property
    def port(self) -> int:
        """The port that we listen on; the real one after `start`."""
        return int((self._listener.address if self._listener else self._address)[1])

    @property
    def listening(self) -> bool:
        """True between `start` and `stop_accepting`."""
        return self._listener is not None and bool(self._listener.started)

    def start(self) -> None:
        """Listen. Raises AddressTaken with what to do about it."""
        host, port = self._address
        try:
            bound = listening_socket(self._address, self._backlog, self._shared)
            for level, option, value in _CONNECTIONS:
                bound.setsockopt(level, option, value)
        except OSError as error:
            raise AddressTaken(
                f"cannot listen on {host}:{port}: {error.strerror or error}. {_REMEDIES.get(error.errno or 0, _OTHER)}"
            ) from error
        self._listener = _StreamServer(bound, self._connected, spawn=self._accepted)
        self._listener.start()

    def stop_accepting(self) -> None:
        """Close the listening socket: new calls are refused by the kernel, FreeSWITCH tries its next host at once."""
        if self._listener is not None:
            self._listener.close()

    def _accepted(self, run: Callable[..., None], *args: Any) -> None:
        """What StreamServer calls for each accepted connection, on the hub: take it, or close it at once."""
        handle, close, (sock, peer) = args
        if self._allowed(peer[0]):
            self.begin()
            self._runtime.spawn(run, handle, close, (sock, peer))
        else:
            self.reject("peer", "it comes from no allowed network", peer[0])
            close(sock, peer)

    def _connected(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        session = Session(sock, self._runtime, self._secret_problem, f"{peer[0]}:{peer[1]}")
        session.proved = self._proved
        self._newcomers.enter(session, address_of(peer[0]))
        self.serve(session)

    def _proved(self, session: CallSession) -> None:
        """The peer of a session has proved itself: it has a call. Raises Ended when there is no room any more."""
        self._newcomers.leave(session)
        if session.ended is None and not self.admit(session):
            session.drop(Rejected("limit", "this router has as many calls as it may have"))
        if session.ended is not None:
            raise session.ended

    def _ended(self, session: CallSession, ended: Ended) -> None:
        """Of a peer that had proved nothing it is no call that ended."""
        if session in self._newcomers:
            ended = Rejected(_REASON_OF.get(type(ended), "left"), str(ended))
        super()._ended(session, ended)

    def _over(self, session: CallSession) -> None:
        self._newcomers.leave(session)
        super()._over(session)

    def _allowed(self, host: str) -> bool:
        peer = address_of(host)
        return any(peer in network for network in self._networks)


class _StreamServer(StreamServer):  # type: ignore[misc]
    """gevent's StreamServer, which pauses and tries again when files run out; here it says so, once for each pause."""

    def do_read(self) -> Any:
        try:
            return super().do_read()
        except OSError as error:
            if error.errno in _OUT_OF_FILES:
                _log.error("cannot accept a call; raise the limit of open files (ulimit -n)", error=error.strerror)
            raise

    def _do_read(self) -> None:
        # The base class reports errors of accept to the hub, which prints them; they are logged above.
        hub = gevent.get_hub()
        quiet = hub.NOT_ERROR
        hub.NOT_ERROR = (*quiet, OSError)
        try:
            super()._do_read()
        finally:
            hub.NOT_ERROR = quiet


def listening_socket(address: tuple[str, int], backlog: int, shared: bool = False) -> native.socket:
    """A socket that listens on (host, port) already. `shared`: other processes may listen there too. Raises OSError."""
    family = native.AF_INET6 if ":" in address[0] else native.AF_INET
    sock = native.socket(family, native.SOCK_STREAM)
    try:
        sock.setsockopt(native.SOL_SOCKET, native.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(native.SOL_SOCKET, native.SO_REUSEPORT, 1)
        sock.bind(address)
        sock.listen(backlog)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise UsageError(f"{text!r} is no network; write it as 10.0.0.0/8 or 192.0.2.7") from error
