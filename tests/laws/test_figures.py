"""Which figures there are of calls: whoever counts the same 200 calls counts the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.store import CallLine, CallRecord, Node, Store
from fsrouter.store.calls.figures import figures, is_answered
from fsrouter.store.calls.records import OUTCOMES
from fsrouter.tui.context import Context
from fsrouter.tui.queries import history, live, numbers, queues, routers

#: A Wednesday, noon in Chicago.
NOW = 1_795_629_600.0
#: When somebody talked with the caller, in seconds after the beginning; what became of it, "" while it goes on.
ANSWERED = (None, 0.0, 5.0, 19.999, 20.0, 20.001, 45.0, None, None)
ENDED = (*OUTCOMES, "", "answered", "abandoned")
SOURCES = ("ads", "[red]x\x1b[2J", "漢字", "a,b; --", "=1+1")


def record(i: int) -> CallRecord:
    """One of the calls, of which every one has a number, a queue, a source and a router of its own."""
    began, answered, outcome = NOW - 59 + i * 0.25, ANSWERED[i % len(ANSWERED)], ENDED[i % len(ENDED)]
    return CallRecord(
        uuid=f"u{i:03}",
        company="acme",
        number=f"+1872555{i:04}",
        destination=f"queue:q{i:03}",
        source=f"{i:03} {SOURCES[i % 5]}",
        router=f"r{i:03}",
        began=began,
        answered=None if answered is None else began + answered,
        ended=began + 50 if outcome else None,
        outcome=outcome,
    )


CALLS = tuple(map(record, range(200)))


def expected(call: CallLine) -> dict[str, float | None]:
    """What each call counts as."""
    in_time = call.answered is not None and call.answered - call.began <= 20
    return {
        "offered": 1,
        "answered": int(call.answered is not None or call.outcome == "answered"),
        "abandoned": int(call.outcome == "abandoned"),
        "service_level": float(in_time),
        "live": int(call.ended is None),
    }


Counted = Iterator[dict[str, float | None]]


def book() -> RuleBook:
    """A company with their numbers and queues."""
    lines = ["company: acme", "country: US", "timezone: America/Chicago", "queues:"]
    lines += [f"  q{i:03}: {{}}" for i in range(len(CALLS))] + ["tracking_numbers:"]
    lines += [f'  - {{number: "{call.number}", to: {call.destination}}}' for call in CALLS]
    return company_file.read(read("\n".join(lines), "acme.yaml")).onto(None)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """The dashboard of a store with these calls."""
    with Store.open(f"sqlite:///{tmp_path / 'fsrouter.db'}", clock=lambda: NOW) as store:
        store.books.save(book(), "test", "a queue for each call")
        store.journal.write(CALLS)
        yield Context(store, "ada")


def strip(context: Context) -> Counted:
    """The last half hour above the live calls, of companies that have one call each."""
    others = [msgspec.structs.replace(call, uuid=f"{call.uuid}-x", company=f"c{call.uuid}") for call in CALLS]
    context.store.journal.write(others)
    for call in others:
        found = live.count(context.store, call.company, NOW)
        yield {"offered": sum(found.minutes), "answered": found.answered, "abandoned": found.abandoned}


def by_source(context: Context) -> Counted:
    """The plot of the history."""
    groups = sorted(history.load(context, history.Filter()).sources, key=lambda group: group.name)
    return ({"offered": group.figures.offered, "answered": group.figures.answered} for group in groups)


def by_hour(context: Context) -> Counted:
    """The same, of one call at a time."""
    for call in CALLS:
        (group,) = [hour for hour in history.by_hour([call]) if hour.figures.offered]
        yield {"offered": group.figures.offered, "answered": group.figures.answered}


def by_number(context: Context) -> Counted:
    """The dashboard's numbers."""
    lines = {line.number: line for line in numbers.load(context).lines}
    return ({"offered": lines[call.number].today, "live": lines[call.number].live} for call in CALLS)


def by_queue(context: Context) -> Counted:
    """The dashboard's queues, which count the calls that are over."""
    lines = {line.name: line for line in queues.load(context).queues}
    for i, call in enumerate(CALLS):
        line = lines[f"q{i:03}"]
        if call.ended is None:
            assert (line.answered, line.abandoned, line.level) == (0, 0, None)
            yield {}
            continue
        yield {"answered": line.answered, "abandoned": line.abandoned, "service_level": line.level}


def by_router(context: Context) -> Counted:
    """The dashboard's routers, which count the last minute."""
    with context.store.together():
        for call in CALLS:
            context.store.nodes.beat(Node(name=call.router, beat=NOW))
    return ({"offered": round(router.rate * 60)} for router in routers.load(context).routers)


def of_lines(context: Context) -> Counted:
    """Calls that somebody has chosen."""
    for call in CALLS:
        found = figures([call])
        assert is_answered(call) == bool(found.answered)
        yield {name: getattr(found, name) for name in expected(call)}


ENTRANCES: dict[str, Callable[[Context], Counted]] = {
    "dashboard-strip": strip,
    "dashboard-history-sources": by_source,
    "dashboard-history-hours": by_hour,
    "dashboard-numbers": by_number,
    "dashboard-queues": by_queue,
    "dashboard-routers": by_router,
    "lines": of_lines,
}


def test_inputs_are_200_of_every_sort() -> None:
    sorts = {tuple(expected(call).values()) for call in CALLS}
    assert len(CALLS) == 200 and len(sorts) >= 8
    assert {call.outcome for call in CALLS} == {*OUTCOMES, ""}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_call_counts_as(entrance: str, context: Context) -> None:
    found = list(ENTRANCES[entrance](context))
    assert len(found) == len(CALLS)
    wrong = [
        (call.uuid, says)
        for call, says in zip(CALLS, found, strict=True)
        if any(expected(call)[name] != value for name, value in says.items())
    ]
    assert wrong == []
