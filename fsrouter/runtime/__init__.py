"""The seam of time, chance and threads: what time it is, what is drawn, what waits and what runs at the side.

Whatever needs one of them is handed a `Runtime`, or only the `Clock` of it that it asks; nothing else in fsrouter
imports `time` or `random`, sleeps, spawns or starts a thread. So a program can be run on time and chance that somebody
makes up, and does the same then.

    native.NATIVE        plain threads: the command line, the dashboard, what stands behind the store and CRMs
    greenlets.GREENLETS  a router: sleeps, timers and `spawn` are the hub's, `thread` and `pool` are native threads

Who composes a program chooses one of the two and hands it down. Locks that are held for a moment and gevent's own
sockets and events need no seam: they wait for each other, never for time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Clock = Callable[[], float]
"""Asked for the time, in seconds: since the epoch, or since any moment for one that only grows (`monotonic`)."""


class Task(Protocol[T_co]):
    """Work that goes on at the side, or will."""

    def cancel(self) -> None:
        """Never let it begin. A greenlet that goes on is ended where it waits, and at once when it cancels itself; a
        native thread goes on.
        """

    def join(self, timeout: float | None = None) -> object:
        """Wait until it is over or cancelled, at most so many seconds."""

    def get(self) -> T_co:
        """Wait until it is over; what it gave. Raises what it raised. Not to be asked of what was cancelled."""


class Thread(Protocol):
    """A native thread that runs."""

    def is_alive(self) -> bool:
        """Whether its work goes on."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until its work is over, at most so many seconds."""


class Event(Protocol):
    """Something that happens once, for native threads that wait for it."""

    def is_set(self) -> bool:
        """Whether it has happened."""

    def set(self) -> None:
        """It happens: whoever waits goes on."""

    def clear(self) -> None:
        """It has not happened yet."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it happens, at most so many seconds. Returns whether it has."""


class Condition(AbstractContextManager[Any], Protocol):
    """A lock, held in a `with` block, and native threads that wait in it for what others change under it."""

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        """Let go of the lock until `predicate` holds, at most so many seconds. Returns what it gave last."""

    def notify_all(self) -> None:
        """Have all who wait look at their predicates again."""


class Pool(Protocol):
    """Native threads of which each does one piece of work at a time."""

    def __len__(self) -> int:
        """How many pieces of work are under way or wait."""

    def run(self, work: Callable[..., T], *args: Any, deadline: float | None = None) -> T:
        """Have work done by one of the threads; what it gave. Raises what it raised, and TimeoutError when the thread
        and its work take longer than `deadline` seconds together; the work itself goes on then.
        """

    def close(self, patience: float) -> None:
        """End the threads; one that takes longer than `patience` seconds is left behind."""


class Runtime(Protocol):
    """Time, chance and threads of one process. Seconds everywhere."""

    @property
    def now(self) -> Clock:
        """Seconds since the epoch, by the clock of the machine, which may be set."""

    @property
    def monotonic(self) -> Clock:
        """Seconds that only grow, for how long something took or may take."""

    def sleep(self, seconds: float) -> None:
        """Let so much time go by; 0 gives others a turn. Not for a native thread of a router: it waits for an event."""

    def later(self, seconds: float, work: Callable[..., T], *args: Any) -> Task[T]:
        """Have work begun when so much time has gone by, unless it is cancelled first."""

    def spawn(self, work: Callable[..., T], *args: Any) -> Task[T]:
        """Have work done beside what goes on: in a greenlet where there is a hub."""

    def random(self) -> float:
        """A number that is drawn, from 0 up to 1 and never 1."""

    def below(self, number: int) -> int:
        """A whole number that is drawn, from 0 up to `number` and never it."""

    def thread(self, name: str, work: Callable[..., object], *args: Any) -> Thread:
        """Start a native thread; it does not keep the process from ending."""

    def event(self) -> Event:
        """An event for native threads."""

    def condition(self) -> Condition:
        """A condition for native threads."""

    def pool(self, name: str, size: int) -> Pool:
        """`size` native threads at most, for work that blocks."""
