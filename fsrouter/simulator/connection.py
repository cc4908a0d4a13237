"""The switch's end of an event socket: reads commands, writes frames, and can misbehave on purpose.

What lives here: bytes, non-blocking sockets, faults. What it must not know: what a command means. It shares nothing
with fsrouter's own decoder and encoder, so that one mistake cannot hide in both.
"""

from __future__ import annotations

import errno
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent

from fsrouter.simulator.clock import perf_counter, sleep

NOTICE = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
READ, WRITE = 1, 2
MOST_COMMAND = 10 * 1024 * 1024
_BLANK_LINE = re.compile(rb"\n\n|\r\n\r\n")


class PeerGone(ConnectionError):
    """The other side closed or broke the connection."""


class FaultCut(ConnectionError):
    """A fault that a test asked for cut the connection from our side."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How a connection is to misbehave.

    `cut_after`: break it after so many bytes from the switch, with RST instead of FIN when `reset`; the call ends too,
    as if FreeSWITCH had died. `silent_after`: swallow everything from that byte on, the connection stays open. `chunk`:
    send so many bytes at a time.
    """

    cut_after: int | None = None
    reset: bool = False
    silent_after: int | None = None
    chunk: int | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its first line, the headers below it by lower-case name, its body."""

    line: str
    headers: dict[str, str]
    body: str = ""


class Connection:
    """One connection. `pause()` waits until something happens, `wake()` ends that; both are the reader's."""

    def __init__(
        self, sock: socket.socket, pause: Callable[[], None], wake: Callable[[], object], fault: Fault | None = None
    ) -> None:
        self._sock = sock
        self._pause, self._wake = pause, wake
        self._fault = fault
        self._sent = 0
        self._buffer = b""
        self._watchers: dict[int, Any] = {}
        self.spoke_at = perf_counter()
        """When the last byte was sent: what comes after it is the other side's time."""

    def command(self, interrupted: Callable[[], bool]) -> Command | None:
        """The next command; None as soon as `interrupted()` says so. Raises PeerGone at the end of the stream."""
        while True:
            found = self._parse()
            if found is not None:
                return found
            if interrupted():
                return None
            try:
                more = self._sock.recv(65536)
            except BlockingIOError:
                self._wait(READ)
                continue
            except OSError as error:
                raise PeerGone(str(error)) from error
            if not more:
                raise PeerGone("closed")
            self._buffer += more
            if len(self._buffer) > MOST_COMMAND:
                raise PeerGone("a command without an end")

    def send(self, data: bytes) -> None:
        """Send bytes as they are. Raises PeerGone when the other side is not there, FaultCut when a fault strikes."""
        if self._fault is not None:
            self._misbehave(self._fault, data)
        else:
            self._put(data)
        self.spoke_at = perf_counter()

    def reply(self, text: str) -> None:
        """A command's reply: `Reply-Text`, cut at 511 bytes as FreeSWITCH's buffer is, never encoded
        (mod_event_socket.c:2641).
        """
        self.send(b"Content-Type: command/reply\nReply-Text: %b\n\n" % text.encode("utf-8", "surrogateescape")[:511])

    def api_reply(self, body: bytes) -> None:
        """The reply to `api`."""
        body = body or b"-ERR no reply\n"
        self.send(b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(body), body))

    def notice(self, uuid: str = "") -> None:
        """The disconnect notice, with the uuid of the call on a call's own socket."""
        whose = b"Controlled-Session-UUID: %b\nContent-Disposition: disconnect\n" % uuid.encode() if uuid else b""
        self.send(b"Content-Type: text/disconnect-notice\n%bContent-Length: %d\n\n%b" % (whose, len(NOTICE), NOTICE))

    def close(self, *, reset: bool = False) -> None:
        """Close with FIN, or with RST."""
        for watcher in self._watchers.values():
            watcher.close()
        self._watchers.clear()
        if reset:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    # -- bytes

    def _parse(self) -> Command | None:
        self._buffer = self._buffer.lstrip(b"\r\n")
        blank = _BLANK_LINE.search(self._buffer)
        if blank is None:
            return None
        first, *more = self._buffer[: blank.start()].decode("utf-8", "surrogateescape").replace("\r", "").split("\n")
        pairs = (text.partition(":") for text in more)
        headers = {name.strip().lower(): value.lstrip(" ") for name, colon, value in pairs if colon}
        end = blank.end() + int(headers.get("content-length", 0) or 0)
        if len(self._buffer) < end:
            return None
        body = self._buffer[blank.end() : end].decode("utf-8", "surrogateescape")
        self._buffer = self._buffer[end:]
        return Command(first, headers, body)

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                sent = self._sock.send(view)
            except BlockingIOError:
                self._wait(WRITE)
                continue
            except OSError as error:
                raise PeerGone(str(error)) from error
            view = view[sent:]
            self._sent += sent

    def _misbehave(self, fault: Fault, data: bytes) -> None:
        cut = None if fault.cut_after is None else max(0, fault.cut_after - self._sent)
        if fault.silent_after is not None and self._sent + len(data) > fault.silent_after:
            data = data[: max(0, fault.silent_after - self._sent)]
            self._put(data)
            self._sent = fault.silent_after
            return
        whole, data = data, data if cut is None else data[:cut]
        step = fault.chunk or len(data) or 1
        for at in range(0, len(data), step):
            self._put(data[at : at + step])
            if fault.chunk:
                sleep(0)
        if len(data) < len(whole):
            self.close(reset=fault.reset)
            raise FaultCut(f"cut after {fault.cut_after} bytes")

    def _wait(self, events: int) -> None:
        watcher = self._watchers.get(events)
        if watcher is None:
            watcher = self._watchers[events] = gevent.get_hub().loop.io(self._sock.fileno(), events)
        watcher.start(self._wake)
        try:
            self._pause()
        finally:
            watcher.stop()


def dial_out(host: str, port: int, pause: Callable[[], None], wake: Callable[[], object]) -> socket.socket | None:
    """Connect without a timeout, as FreeSWITCH does (mod_event_socket.c:477); None when the connection is refused."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    watcher = gevent.get_hub().loop.io(sock.fileno(), WRITE)
    watcher.start(wake)
    try:
        while (error := sock.connect_ex((host, port))) in (errno.EINPROGRESS, errno.EALREADY):
            pause()
    finally:
        watcher.close()
    if error in (0, errno.EISCONN):
        return sock
    sock.close()
    return None
