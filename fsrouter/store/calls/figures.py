"""Which figures there are of calls, and what each means: whoever shows or counts calls asks here.

Figures of a span of time come from the journal, by one query each, whatever it holds; those of calls that somebody has
chosen already come from their lines. Both mean the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from peewee import Case, fn

from fsrouter.store.calls.places import waits_in
from fsrouter.store.calls.records import CallLine
from fsrouter.store.database import Database
from fsrouter.store.tables.calls import CallRow

#: A call is served in time when somebody talked with its caller within so many seconds after it began.
IN_TIME = 20.0


class Figures(Struct, frozen=True):
    """What became of some calls: how many there were (`offered`), in how many somebody talked with the caller
    (`answered`), and did so within IN_TIME; how many callers hung up before (`abandoned`), and how many calls go on.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    in_time: int = 0
    live: int = 0

    @property
    def service_level(self) -> float | None:
        """The share of the calls that were served in time, None without calls."""
        return self.in_time / self.offered if self.offered else None


def is_answered(call: CallLine) -> bool:
    """Whether somebody talked with the caller; when they began to is not known of every such call."""
    return call.answered is not None or call.outcome == "answered"


def figures(calls: Sequence[CallLine]) -> Figures:
    """The figures of some calls."""
    return Figures(
        offered=len(calls),
        answered=sum(map(is_answered, calls)),
        abandoned=sum(call.outcome == "abandoned" for call in calls),
        in_time=sum(call.answered is not None and call.answered - call.began <= IN_TIME for call in calls),
        live=sum(call.ended is None for call in calls),
    )


def grouped(calls: Iterable[CallLine], key: Callable[[CallLine], str]) -> dict[str, Figures]:
    """The figures of some calls by what each has as a key."""
    found: defaultdict[str, list[CallLine]] = defaultdict(list)
    for call in calls:
        found[key(call)].append(call)
    return {name: figures(group) for name, group in found.items()}


class Waiting(Struct, frozen=True):
    """The callers who wait in a queue: how many, and since when (epoch) the call of the first of them goes on."""

    callers: int = 0
    since: float | None = None

    def longest(self, now: float) -> float:
        """How many seconds the longest call of them has lasted at a moment (epoch); 0 when nobody waits."""
        return 0.0 if self.since is None else max(0.0, now - self.since)


def waiting(live: Iterable[CallLine], queue: str) -> Waiting:
    """Who waits in a queue, of a company's live calls."""
    began = [call.began for call in live if waits_in(call) == queue]
    return Waiting(len(began), min(began, default=None))


def _count(condition: Any) -> Any:
    return fn.COALESCE(fn.SUM(Case(None, [(condition, 1)], 0)), 0)


#: The fields of `Figures`, by the journal's columns.
_FIGURES = (
    fn.COUNT(CallRow.uuid),
    _count(CallRow.answered.is_null(False) | (CallRow.outcome == "answered")),
    _count(CallRow.outcome == "abandoned"),
    _count(CallRow.answered.is_null(False) & (CallRow.answered - CallRow.began <= IN_TIME)),
    _count(CallRow.ended.is_null()),
)


class CallFigures:
    """The figures of the calls in the journal, of one company or (None) of all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, company: str | None, since: float) -> Figures:
        """Of all calls that began at a moment (epoch) or later."""
        return Figures(*self._rows(_FIGURES, company, since)[0])

    def by_number(self, company: str | None, since: float) -> Mapping[str, Figures]:
        """The same by the number that was dialled; all of them 0 of one that nobody called."""
        return self._by(CallRow.number, company, since)

    def by_router(self, since: float) -> Mapping[str, Figures]:
        """The same by the router that last had the call, of all companies."""
        return self._by(CallRow.router, None, since)

    def by_destination(self, company: str | None, since: float) -> Mapping[str, Figures]:
        """The same by what took the call or has it now (`queue:support`), of those that are over."""
        return self._by(CallRow.destination, company, since, CallRow.ended.is_null(False))

    def began(self, company: str | None, since: float) -> list[float]:
        """When each of these calls began (epoch)."""
        return [began for (began,) in self._rows((CallRow.began,), company, since)]

    def _by(self, key: Any, company: str | None, since: float, *wanted: Any) -> Mapping[str, Figures]:
        rows = self._rows((key, *_FIGURES), company, since, *wanted, group=(key,))
        return defaultdict(Figures, {name: Figures(*figures) for name, *figures in rows})

    def _rows(
        self, columns: Sequence[Any], company: str | None, since: float, *wanted: Any, group: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        ours = [] if company is None else [CallRow.company == company]
        query: Any = CallRow.select(*columns).where(CallRow.began >= since, *ours, *wanted)
        return list(self._database.tuples(query.group_by(*group) if group else query))
