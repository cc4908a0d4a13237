"""Ends a process whose hub has stopped turning, and tells systemd while it does turn.

A dead router harms nobody: its calls go on in the dialplan. A silent one keeps every caller for ever (docs/wire.md
0.2), so a thread that gevent knows nothing of watches a greenlet that does nothing but count. It judges by its own
ticks, not by the clock: a process that was stopped as a whole (SIGSTOP, a suspended machine) goes on when it is
continued (docs/wire.md 8).
"""

from __future__ import annotations

import faulthandler
import os
import socket
from collections.abc import Callable
from typing import Final

from fsrouter.runtime import Runtime, Task, Thread

LIMIT: Final = 4.0
"""Seconds that the hub may stand still (docs/wire.md 8 asks for less than five)."""
EXIT_CODE: Final = 70
"""What a process ends with that the watchdog has ended (EX_SOFTWARE)."""


def end_process(message: str) -> None:
    """Say why on stderr, and where each thread stands (files and lines, no values), past every buffer and lock; then
    be gone: no cleanup that could hang as well.
    """
    os.write(2, message.encode() + b"\n")
    faulthandler.dump_traceback(2)
    os._exit(EXIT_CODE)


def notify(state: str) -> bool:
    """Tell systemd (`READY=1`, `STOPPING=1`, `WATCHDOG=1`; sd_notify(3)). False when nobody asked or listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.setblocking(False)
            sock.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
    except OSError:
        return False
    return True


class Watchdog:
    """Watches the hub of the thread that calls `start`.

    Args:
        limit: seconds without a turn after which `end` is called, once.
        end: gets the reason; in production it does not return.
    """

    def __init__(self, runtime: Runtime, limit: float = LIMIT, end: Callable[[str], None] = end_process) -> None:
        self._runtime = runtime
        self._limit = limit
        self._tick = limit / 8
        self._end = end
        self._turns = 0
        self._stop = runtime.event()
        self._thread: Thread | None = None
        self._counter: Task[None] | None = None

    def start(self) -> None:
        """Begin to watch; the hub must be turning by now."""
        self._stop.clear()
        self._counter = self._runtime.spawn(self._count)
        self._thread = self._runtime.thread("fsrouter-watchdog", self._watch)

    def stop(self) -> None:
        """Stop watching, before the hub is given up for good."""
        self._stop.set()
        if self._counter is not None:
            self._counter.cancel()
        if self._thread is not None:
            self._thread.join()
        self._counter = self._thread = None

    def _count(self) -> None:
        while True:
            self._turns += 1
            self._runtime.sleep(self._tick)

    def _watch(self) -> None:
        seen, still, last = -1, 0.0, self._runtime.monotonic()
        while not self._stop.wait(self._tick):
            now = self._runtime.monotonic()
            # A tick that took long means that this thread did not run either; it counts as two at most.
            passed, last = min(now - last, 2 * self._tick), now
            if self._turns != seen:
                seen, still = self._turns, 0.0
                notify("WATCHDOG=1")
                continue
            still += passed
            if still >= self._limit:
                self._end(
                    f"fsrouter: the hub has not turned for {self._limit:g} s; ending so that no caller waits in silence"
                )
                return
