"""Peers that say more than they should, as threads of their own, and whether the hub turns meanwhile."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import gevent

from fsrouter.runtime import Thread
from fsrouter.runtime.native import NATIVE

#: Seconds by which a greenlet that wakes every few milliseconds may be late: more than a busy machine takes, and less
#: than the watchdog's limit.
LATE = 2.0
#: What nobody asked for, small and large.
LOG = b"Content-Type: log/data\nContent-Length: 1\nLog-Level: 7\n\nx"
LONG_LOG = b"Content-Type: log/data\nContent-Length: 1000000\nLog-Level: 7\n\n" + bytes(1_000_000)
EVENT = b"Content-Length: 2\nContent-Type: text/event-json\n\n{}"


class Turning:
    """`worst` is by how many seconds a greenlet that wakes every few milliseconds was late at most, `turns` how often
    it woke.
    """

    def __init__(self) -> None:
        self.worst = 0.0
        self.turns = 0
        self._asked = time.monotonic()

    def look(self) -> None:
        """Take in how long the hub has not turned by now."""
        self.worst = max(self.worst, time.monotonic() - self._asked)

    def run(self) -> None:
        """Ask the hub for the time, again and again."""
        while True:
            self._asked = time.monotonic()
            gevent.sleep(0.005)
            self.look()
            self.turns += 1


@contextmanager
def turning(late: float = LATE) -> Iterator[Turning]:
    """Whether the hub turns in this block: fails when it did not for more than `late` seconds."""
    watch = Turning()
    asking = gevent.spawn(watch.run)
    gevent.sleep(0)
    try:
        yield watch
    finally:
        watch.look()
        asking.kill()
    assert watch.worst < late, f"the hub stood still for {watch.worst:.2f} s"


def endless(sock: socket.socket, again: bytes, every: float = 0.0) -> Thread:
    """Say `again` without end, with `every` seconds in between, until the other side closes; in a thread of its own,
    which ends then.
    """
    sock.settimeout(30)

    def run() -> None:
        with suppress(OSError), sock:
            while True:
                sock.sendall(again)
                if every:
                    time.sleep(every)  # its pace

    return NATIVE.thread("flood", run)


def flood(address: tuple[str, int], first: bytes, again: bytes, every: float = 0.0) -> Thread:
    """Connect and say `first`, then `again` without end, as `endless`."""
    sock = socket.create_connection(address, 10)
    sock.sendall(first)
    return endless(sock, again, every)


def filled(sock: socket.socket, piece: bytes) -> None:
    """Put a piece into a connection, again and again, until it takes no more."""
    sock.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            sock.send(piece)


def pairs(number: int) -> Sequence[tuple[socket.socket, socket.socket]]:
    """Connections over the loopback, of two ends each, with room for much that is not read yet."""
    made = []
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        for _ in range(number):
            theirs = socket.create_connection(listener.getsockname())
            made.append((listener.accept()[0], theirs))
    return made
