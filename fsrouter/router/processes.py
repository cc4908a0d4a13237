"""Several routers on one address: processes that share a port, and a parent that keeps them going.

The kernel deals the calls out among them (SO_REUSEPORT, socket(7)); in every other way each is a router of its own,
with a name of its own. The parent takes no calls and opens no database. When the parent dies, however it does, its
routers stop as they do when told to: each holds the end of a pipe that then closes. What they count they write to a
directory of the parent's (prometheus_client's multiprocess mode), so that the metrics page is that of all of them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.multiprocess import mark_process_dead

from fsrouter.log.logger import get_logger
from fsrouter.runtime import Runtime

_log = get_logger("fsrouter.router")

#: The exit codes with which a router says that starting it again is no use (errors.py), from the beginning.
HOPELESS: Final = (2, 3)
#: Seconds between two looks at the processes.
LOOK: Final = 0.1


class Backoff:
    """How long to wait before a process is started again: `least` seconds, doubled up to `most` for each one in a row
    that lived shorter than `most`.
    """

    def __init__(self, least: float = 0.5, most: float = 30.0) -> None:
        self._least = least
        self._most = most
        self._pause = least

    def after(self, lived: float) -> float:
        """Seconds to wait after a process that lived so many."""
        if lived >= self._most:
            self._pause = self._least
        pause, self._pause = self._pause, min(self._pause * 2, self._most)
        return pause


@dataclass
class _Place:
    """One router's place: the process that fills it, since when (monotonic), and when it is filled again."""

    number: int
    backoff: Backoff
    process: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    due: float = 0.0
    lived: bool = False


class Workers:
    """Runs `count` routers.

    `command(number)` is the command line of router `number`, from 1; `settled` the seconds after which one that runs
    counts as begun. `run` returns the exit code for the parent.
    """

    def __init__(
        self,
        count: int,
        command: Callable[[int], Sequence[str]],
        runtime: Runtime,
        settled: float = 5.0,
        backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        self._command = command
        self._runtime = runtime
        self._settled = settled
        self._places = [_Place(number, backoff()) for number in range(1, count + 1)]
        self._stopping = runtime.event()
        self._metrics = ""
        self._code = 0

    @property
    def pids(self) -> list[int]:
        """The processes that run, by number of their router."""
        return [place.process.pid for place in self._places if place.process is not None]

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Pass a signal on to all, and start none any more. Each call passes one on: the second one hurries them."""
        self._stopping.set()
        for place in self._places:
            if place.process is not None:
                place.process.send_signal(number)

    def run(self) -> int:
        """Keep them going until told to stop and until the last has ended."""
        with tempfile.TemporaryDirectory(prefix="fsrouter-metrics-") as self._metrics:
            while not self._stopping.is_set() or self.pids:
                for place in self._places:
                    self._look_at(place)
                self._runtime.sleep(LOOK)
        return self._code

    def _look_at(self, place: _Place) -> None:
        now = self._runtime.monotonic()
        if place.process is None:
            if not self._stopping.is_set() and now >= place.due:
                self._start(place, now)
            return
        code = place.process.poll()
        if code is None:
            place.lived = place.lived or now - place.since >= self._settled
        else:
            self._ended(place, code, now)

    def _start(self, place: _Place, now: float) -> None:
        # A session of its own: ^C at the terminal reaches the parent alone, which passes it on once.
        place.process = subprocess.Popen(
            self._command(place.number),
            stdin=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": self._metrics},
        )
        place.since = now

    def _ended(self, place: _Place, code: int, now: float) -> None:
        assert place.process is not None and place.process.stdin is not None
        place.process.stdin.close()
        mark_process_dead(place.process.pid, self._metrics)  # its gauges go; what it counted stays counted
        place.process = None
        if self._stopping.is_set():
            self._code = self._code or (code if code > 0 else 0)
        elif code in HOPELESS and not place.lived:
            _log.error("a router could not begin; the others are stopped", router=place.number)
            self._code = code
            self.stop()
        else:
            pause = place.backoff.after(now - place.since)
            place.due = now + pause
            _log.warning("a router ended and is started again", router=place.number, code=code, seconds=pause)


def stop_with_parent(runtime: Runtime) -> None:
    """Have this process told to stop (SIGTERM) when the parent that holds its standard input is gone."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    runtime.thread("fsrouter-parent", watch)


def command(number: int, config: str, listen: str, web: str) -> list[str]:
    """The command line of router `number`. Only the first has a web server: it tells of all."""
    words = [sys.executable, "-m", "fsrouter", *(("--config", config) if config else ()), "serve"]
    words += ["--listen", listen, "--web", web if number == 1 else "none", "--worker", str(number)]
    return words
