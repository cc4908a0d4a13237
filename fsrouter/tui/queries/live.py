"""The live calls of every router, and how the last half hour went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from fsrouter.store import CallLine, CallRecord, Store
from fsrouter.store.calls.places import talks_to, waits_in
from fsrouter.tui.context import Context

#: Minutes that the strip shows, and seconds between two countings of it.
MINUTES = 30
COUNTED_EVERY = 10.0


def who(call: CallLine | CallRecord) -> str:
    """The caller of a call as people call them; "" when nothing is known."""
    return call.contact_name or call.caller_name or call.caller


class LiveCall(Struct, frozen=True):
    """A call that goes on. `since` (epoch) is when its present step began, or, when not `sure`, when it was first
    seen there; `silent` says that its router has not been heard of for a while.
    """

    line: CallLine
    since: float
    sure: bool
    silent: bool

    @property
    def who(self) -> str:
        """The caller as people call them."""
        return who(self.line) or "withheld"

    @property
    def text(self) -> str:
        """All that a filter looks at."""
        line = self.line
        texts = (self.who, line.caller_name, line.caller, line.company, line.number, line.source, line.where)
        return " ".join((*texts, line.router, line.agent, line.uuid, *line.tags))

    @property
    def talks(self) -> bool:
        """Whether somebody has taken it."""
        return bool(talks_to(self.line))

    @property
    def waits(self) -> bool:
        """Whether it waits in a queue."""
        return bool(waits_in(self.line))


class Strip(Struct, frozen=True):
    """How the last half hour went: calls that began in each minute, the present one last; how many of all were
    answered and abandoned.
    """

    minutes: tuple[int, ...] = ()
    answered: int = 0
    abandoned: int = 0


class Picture(Struct, frozen=True):
    """The live calls at a moment, the latest first."""

    at: float
    calls: Sequence[LiveCall]
    strip: Strip


class Watch:
    """Looks at the live calls again and again, and remembers since when each is where it is.

    The journal has only the present step, so when a step began is known of calls that were seen before it.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._steps: dict[str, tuple[str, float, bool]] = {}
        self._before = 0.0
        self._strip = Strip()
        self._counted = ("", 0.0)

    def look(self) -> Picture:
        """The calls of the company that is looked at, or of all."""
        store, company, now = self._context.store, self._context.company, self._context.clock()
        self._context.rulebooks.read()
        lines = store.journal.live(company or None)
        silent = {node.name for node in store.nodes.list() if not node.is_alive(now)}
        if self._counted[0] != company or now - self._counted[1] >= COUNTED_EVERY:
            self._strip = count(store, company, now)
            self._counted = (company, now)
        steps: dict[str, tuple[str, float, bool]] = {}
        calls = []
        for line in lines:
            step = steps[line.uuid] = self._step(line, now)
            calls.append(LiveCall(line, step[1], step[2], line.router in silent))
        self._steps, self._before = steps, now
        return Picture(now, calls, self._strip)

    def _step(self, line: CallLine, now: float) -> tuple[str, float, bool]:
        if line.answered is not None and talks_to(line):
            return line.where, line.answered, True
        seen = self._steps.get(line.uuid)
        if seen and seen[0] == line.where:
            return seen
        # A call that began after the last look has had no step before; else it came here since that look.
        if seen or line.began >= self._before > 0:
            return line.where, now if seen else line.began, True
        return line.where, now, False


def count(store: Store, company: str, now: float) -> Strip:
    """How the half hour before a moment (epoch) went."""
    since = (now // 60 - MINUTES + 1) * 60
    minutes = Counter(int((began - since) // 60) for began in store.figures.began(company or None, since))
    figures = store.figures.all(company or None, since)
    return Strip(tuple(minutes[i] for i in range(MINUTES)), figures.answered, figures.abandoned)
