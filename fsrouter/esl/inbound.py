"""An inbound connection to one FreeSWITCH: greenswitch's InboundESL, with what is broken in it replaced.

Each override names the numbers of docs/wire.md 9 that it closes; `tests/esl/test_greenswitch_defects.py` shows
each in greenswitch's own class and gone here. Knows framing, replies and handlers; what is listened for stands in
`observer`.

One greenlet reads. Events are given to the handlers there, in order, so there is no queue that could grow. A handler
must not wait for a command of this connection: the reply could not be read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

import gevent
from gevent import socket
from gevent.event import AsyncResult
from gevent.lock import Semaphore
from greenswitch import InboundESL
from greenswitch.esl import NotConnectedError

from fsrouter.errors import SwitchUnreachable
from fsrouter.esl import commands, validation
from fsrouter.esl.events import Event, parse_event
from fsrouter.esl.frames import Decoder, Frame, WireError
from fsrouter.log.logger import get_logger
from fsrouter.runtime import Runtime

STALE: Final = 50.0
"""Seconds without an event or a reply after which a connection is given up: two heartbeats (every 20 s) have not come,
whatever else has.
"""
OUTSTANDING: Final = 256
"""Most commands that wait for a reply."""

_log = get_logger("fsrouter.esl")


class NotConnected(SwitchUnreachable, NotConnectedError):  # type: ignore[misc]
    """The connection is down, or does not answer. Also greenswitch's NotConnectedError."""


class Inbound(InboundESL):  # type: ignore[misc]
    """A connection to FreeSWITCH's event socket, once: `connect`, `api`, `register_handle`, `stop`; or a `with` block.

    Args:
        host, port, password: where, and the password of event_socket.conf.xml.
        timeout: seconds for connecting and for each reply of the handshake.
        stale: see STALE; needs HEARTBEAT among the events, so it counts only for connections that stay.

    Raises:
        Refused: a password that cannot be sent.

    Attributes:
        events, malformed, losses: since the start; `malformed` are events that could not be read and were skipped.
    """

    def __init__(
        self, host: str, port: int, password: str, runtime: Runtime, timeout: float = 5.0, stale: float = STALE
    ) -> None:
        commands.auth(password)  # one that could not be sent is refused now, not at each attempt
        super().__init__(host, port, password, timeout)
        self.events = self.malformed = self.losses = 0
        self.sock: Any = None
        self._runtime = runtime
        self._stale = stale
        self._replies: deque[AsyncResult] = deque()
        self._writing = Semaphore()
        self._rejection = ""
        self._heard = 0.0

    # -- connecting

    def connect(self) -> None:
        """Connect and give the password. Closes 3 (no wait is without end) and 10 (a refusal is no dead reader).

        Raises:
            NotConnected: nobody listens, access is denied, the password is wrong, or it took longer than `timeout`.
        """
        self._rejection = ""
        self._auth_request_event.clear()
        try:
            self.sock = socket.create_connection((self.host, self.port), self.timeout)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (OSError, OverflowError, UnicodeError) as error:
            raise NotConnected(f"cannot reach {self._name}: {error}; is mod_event_socket listening there?") from error
        self.connected = self._run = True
        self.start_event_handlers()
        try:
            if not self._auth_request_event.wait(self.timeout) or not self.connected:
                raise NotConnected(self._rejection or f"{self._name} does not speak the event socket protocol")
            self.authenticate()
        except NotConnected as error:
            self._lose(str(error))
            raise

    def authenticate(self) -> None:
        """Give the password, which no error and no log ever shows; raises NotConnected."""
        if not self._ask(commands.auth(self.password), self.timeout).ok:
            raise NotConnected(f"{self._name} refuses the password; see event_socket.conf.xml")

    def stop(self) -> None:
        """Close. Closes 5: nothing polls, so this takes no second and waits for no reply."""
        self._lose("stopped")

    # -- reading

    def start_event_handlers(self) -> None:
        """One reader. Closes 5 and 15: no dispatcher that polls, and none that ends before its queue is empty."""
        self._receive_events_greenlet = self._runtime.spawn(self.receive_events)

    def receive_events(self) -> None:
        """Socket to decoder to handlers, until the connection ends.

        Closes 1 (split, then decode), 2 (an end inside a body is an end), 3 (all who wait are told), 10 and 11 (what
        cannot be read ends the connection, never only the greenlet).
        """
        sock, decoder = self.sock, Decoder()
        why = "the connection ended"
        self._heard = self._runtime.monotonic()
        try:
            while sock is self.sock:
                left = self._heard + self._stale - self._runtime.monotonic()
                if left <= 0:
                    raise TimeoutError
                sock.settimeout(left)
                data = sock.recv(65_536)
                if not data:
                    break
                for frame in decoder.feed(data):
                    self.handle_event(frame)
                decoder.feed(b"")  # raises at once what was found behind the last good frame
                # While there is something to read, `recv` lets nobody else have a turn: no call, not the watchdog.
                self._runtime.sleep(0)
        except TimeoutError:
            why = f"no event and no reply was heard for {self._stale:g} s"
        except (OSError, WireError) as error:
            why = str(error)
        finally:
            if sock is self.sock:
                self._lose(why)

    def handle_event(self, event: Frame) -> None:
        """Route one frame. Closes 10 (a reply that nobody waits for is dropped) and 11 (notices and JSON are read)."""
        kind = event.content_type
        if kind in ("command/reply", "api/response"):
            if self._replies:
                self._heard = self._runtime.monotonic()
                self._replies.popleft().set(event)
        elif kind == "auth/request":
            self._auth_request_event.set()
        elif kind == "text/rude-rejection":
            self._rejection = f"{self._name} denies access: our address is not in its acl (event_socket.conf.xml)"
            raise WireError(self._rejection)
        elif kind == "text/disconnect-notice":
            raise WireError("FreeSWITCH says goodbye")
        elif kind.startswith("text/event-"):
            try:
                self._happened(parse_event(event))
            except WireError:
                self.malformed += 1

    def _happened(self, event: Event) -> None:
        """Tell every handler. Closes 9: a handler for one event takes nothing away from those for `*`."""
        self.events += 1
        self._heard = self._runtime.monotonic()
        for name in (event.subclass or event.name, "*"):
            for handler in tuple(self.event_handlers.get(name, ())):
                self._safe_exec_handler(handler, event)

    def _safe_exec_handler(self, handler: Callable[[Event], None], event: Event) -> None:
        """Closes 14: what went wrong is logged by its kind, under our own logger, without what the event says."""
        try:
            handler(event)
        except Exception as error:
            _log.error("a handler of an event failed", handles=event.name, uuid=event.uuid, error=type(error).__name__)

    # -- commands

    def send(self, data: str, deadline: float | None = None) -> Frame:
        """One command line as it stands, for users of greenswitch; ours go through `api`. Closes 12: no line ends.

        Raises:
            Refused: `data` has control characters or `$`.
            NotConnected: see `api`.
        """
        line = validation.plain(data, "command", commands.ARGUMENT_LIMIT)
        return self._ask(line.encode() + b"\n\n", self.timeout if deadline is None else deadline)

    def api(self, verb: str, args: str = "", deadline: float = 5.0) -> str:
        """An api command of `commands.API`: FreeSWITCH's answer as it is, errors too.

        Raises:
            Refused: a verb or argument that is not sent.
            NotConnected: the connection is down, breaks, or does not answer within `deadline` seconds.
        """
        frame = self._ask(commands.api(verb, *args.split()), deadline)
        return frame.text or frame.reply_text

    def _ask(self, request: bytes, deadline: float) -> Frame:
        """Closes 3 and 7: every wait ends, with an Exception; a reply that comes too late finds its own place."""
        if gevent.getcurrent() is self._receive_events_greenlet:
            raise RuntimeError("a handler cannot wait for a reply: the greenlet that runs it is the one that reads")
        until = self._runtime.monotonic() + deadline
        reply = self._write(request, deadline)
        if not reply.wait(max(until - self._runtime.monotonic(), 0.0)) and not reply.ready():
            raise NotConnected(f"{self._name} did not answer within {deadline:g} s")
        frame: Frame = reply.get(block=False)
        return frame

    def _write(self, request: bytes, deadline: float) -> AsyncResult:
        """Closes 13: all of the command is written, none between its parts. Replies come in the order of writing."""
        if not self._writing.acquire(timeout=deadline):
            raise NotConnected(f"{self._name} takes no command")
        try:
            sock, reply = self.sock, AsyncResult()
            if sock is None or not self.connected:
                raise NotConnected(f"{self._name} is not connected")
            if len(self._replies) >= OUTSTANDING:
                raise NotConnected(f"{self._name} has {OUTSTANDING} commands to answer already")
            self._replies.append(reply)
            sock.settimeout(deadline)
            sock.sendall(request)
        except OSError as error:
            # Part of a command may be out: what follows would be read as its rest.
            self._lose(str(error))
            raise NotConnected(f"{self._name} takes no command: {error}") from error
        finally:
            self._writing.release()
        return reply

    def _lose(self, why: str) -> None:
        """Close the connection and tell all who wait. Closes 3."""
        sock, self.sock = self.sock, None
        was, self.connected, self._run = self.connected, False, False
        if sock is not None:
            sock.close()
        self.losses += was
        waiting, self._replies = self._replies, deque()
        for reply in waiting:
            reply.set_exception(NotConnected(f"{self._name} is lost: {why}"))
        self._auth_request_event.set()

    @property
    def _name(self) -> str:
        return f"FreeSWITCH at {self.host}:{self.port}"
