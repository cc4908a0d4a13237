"""Figures of calls: by one query from the journal, and the same from their lines."""

from __future__ import annotations

from itertools import product

from fsrouter.store import CallRecord, Store
from fsrouter.store.calls.figures import Figures, Waiting, figures, waiting

CALLS = [
    CallRecord(
        uuid=f"u{i}",
        company=("acme", "other")[i % 2],
        number=f"+1872555010{i % 3}",
        destination=f"queue:{'ab'[i % 2]}",
        router=f"r{i % 4}",
        began=1000.0 + i,
        answered=None if answered is None else 1000.0 + i + answered,
        ended=ended,
        outcome=outcome,
    )
    for i, (answered, ended, outcome) in enumerate(
        product((None, 20.0, 21.0), (None, 2000.0), ("", "answered", "abandoned", "taken"))
    )
]


def test_figures_of_a_span_are_those_of_its_calls(store: Store) -> None:
    store.journal.write(CALLS)
    for company, since in product((None, "acme", "other"), (0.0, 1005.0, 1023.0, 3000.0)):
        lines = [call for call in CALLS if company in (None, call.company) and call.began >= since]
        assert store.figures.all(company, since) == figures(lines)
        assert sorted(store.figures.began(company, since)) == [call.began for call in lines]
        by_number = store.figures.by_number(company, since)
        for number in {call.number for call in CALLS}:
            assert by_number[number] == figures([call for call in lines if call.number == number])
        by_destination = store.figures.by_destination(company, since)
        for name in ("queue:a", "queue:b", "queue:none"):
            over = [call for call in lines if call.destination == name and call.ended is not None]
            assert by_destination[name] == figures(over)
    by_router = store.figures.by_router(1005.0)
    assert by_router["r1"] == figures([call for call in CALLS if call.router == "r1" and call.began >= 1005.0])
    assert by_router["gone"] == Figures()


def test_figures_of_no_calls(store: Store) -> None:
    assert store.figures.all("acme", 0.0) == figures([]) == Figures()
    assert Figures().service_level is None and Figures(offered=4, in_time=1).service_level == 0.25


def test_longest_wait_is_the_earliest_call_in_the_queue() -> None:
    places = ("waits in queue:a", "waits in queue:ab", "waits in queue:a", "talks to agent:nancy", "")
    live = [CallRecord(uuid=str(i), where=where, began=100.0 - i) for i, where in enumerate(places)]
    found = waiting(live, "a")
    assert found == Waiting(2, 98.0) and found.longest(110.0) == 12.0
    assert waiting(live, "none") == Waiting() and Waiting().longest(110.0) == 0.0
