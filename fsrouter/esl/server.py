"""Where FreeSWITCH's calls arrive: accepts, counts, and gives each to a greenlet of its own. Knows no command.

Over the limit, or from a peer that is not allowed, a connection is closed at once: in synchronous mode the dialplan
then goes on to its fail-safe within milliseconds (docs/wire.md 0.1), where a connection that waits would leave a caller
in silence.
"""

from __future__ import annotations

import errno
import ipaddress
import socket as native
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final

import gevent
from gevent import socket
from gevent.event import Event
from gevent.server import StreamServer

from fsrouter.errors import AddressTaken, UsageError
from fsrouter.esl.lifecycle import CallSession, Ended, Unproved
from fsrouter.esl.session import Session
from fsrouter.log.logger import get_logger
from fsrouter.log.rate_limit import RateLimit
from fsrouter.runtime import Runtime

BACKLOG: Final = 1024
"""Connections that the kernel holds while we are busy; the kernel's own cap is net.core.somaxconn."""

REASONS: Final = ("peer", "secret")
"""Why a connection is rejected: it comes from no allowed network, or does not show the secret."""

_log = get_logger("fsrouter.esl")
_OTHER = "Choose another address with --listen HOST:PORT"
_REMEDIES = {
    errno.EADDRINUSE: "Another fsrouter may be running there; stop it, or choose another address with"
    " --listen HOST:PORT",
    errno.EADDRNOTAVAIL: "This machine has no such address; `ip address` shows those that it has",
    errno.EACCES: "Ports below 1024 are the system's; choose another with --listen HOST:PORT",
}
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listener:
    """Where calls come in, however they do: counts them, and runs `on_call(session)` for each, at most `limit` at a
    time. When it returns or raises, the session is closed.

    Attributes:
        live: calls at this moment. `taken`, `refused`, `failed`: since the start; `rejected`: connections of no call of
            ours, by the reason, a word of REASONS.
    """

    def __init__(self, on_call: Callable[[CallSession], None], limit: int, runtime: Runtime) -> None:
        self.live = self.taken = self.refused = self.failed = 0
        self.rejected = dict.fromkeys(REASONS, 0)
        self._on_call = on_call
        self._limit = limit
        self._runtime = runtime
        self._idle = Event()
        self._idle.set()

    @property
    def port(self) -> int:
        """The port that it listens on; 0 for none."""
        return 0

    @property
    def listening(self) -> bool:
        """Whether new calls are taken."""
        return True

    def start(self) -> None:
        """Take calls. Raises AddressTaken."""

    def stop_accepting(self) -> None:
        """Take no more calls."""

    def drain(self, deadline: float) -> bool:
        """Wait up to `deadline` seconds for the live calls to end; True when none is left."""
        return bool(self._idle.wait(deadline)) if self.live else True

    def admit(self) -> bool:
        """Count one more call, for which `serve` is called then; False when it is over the limit."""
        if self.live >= self._limit:
            self.refused += 1
            return False
        self.live += 1
        self.taken += 1
        self._idle.clear()
        return True

    def serve(self, session: CallSession) -> None:
        """Have a call that was admitted carried through. Raises nothing."""
        try:
            self._on_call(session)
        except Ended as ended:
            # The call's own affair; an end that nobody looked at is no failure of the program.
            _log.info("the call ended", how=type(ended).__name__)
        except Exception as error:
            self.failed += 1
            kind = type(error).__name__
            _log.error("the call failed; it goes on in the dialplan", error=kind, stack=_where(error))
        finally:
            session.close()
            self.live -= 1
            if not self.live:
                self._idle.set()


class Server(Listener):
    """Listens on `address` for FreeSWITCH's connections.

    Args:
        address: (host, port); port 0 takes a free one, see `port`.
        on_call, limit, runtime: as for Listener; over the limit connections are closed at accept and counted in
            `refused`.
        backlog: see BACKLOG.
        secret_problem: what is wrong with the secret that a peer shows, as for Session; counted in
            `rejected["secret"]`.
        networks: whose connections are taken besides the loopback's, as CIDR: "10.0.0.0/8". All others are counted in
            `rejected["peer"]`.
        shared: other processes of ours may listen on the same address; the kernel deals the calls out.

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
    ) -> None:
        super().__init__(on_call, limit, runtime)
        self._address = address
        loopback = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
        self._networks = [*loopback, *map(_network, networks)]
        self._backlog = backlog
        self._shared = shared
        self._secret_problem = secret_problem
        self._limit_log = RateLimit(runtime.monotonic)
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
        if not self._allowed(peer[0]):
            self.rejected["peer"] += 1
            _log.warning("a connection was closed: not from the allowed networks", peer=peer[0])
            close(sock, peer)
            return
        if self.admit():
            self._runtime.spawn(run, handle, close, (sock, peer))
        else:
            close(sock, peer)

    def _connected(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        with suppress(OSError):  # of a connection that is gone already, as the session finds out
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(sock, self._runtime, self._secret_problem, f"{peer[0]}:{peer[1]}")
        self.serve(session)
        if isinstance(session.ended, Unproved):
            self.rejected["secret"] += 1
            if (more := self._limit_log.due("secret")) is not None:
                what = "a connection was closed: it does not prove that it is a FreeSWITCH of ours"
                _log.error(what, peer=peer[0], error=str(session.ended), more=more)

    def _allowed(self, host: str) -> bool:
        peer = ipaddress.ip_address(host.partition("%")[0])
        if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped is not None:
            peer = peer.ipv4_mapped
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


def _where(error: BaseException) -> str:
    """The traceback without the error's own text, which may quote what a caller said: file, line and function only."""
    lines = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"  {code.co_filename}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return "\n".join(lines)
