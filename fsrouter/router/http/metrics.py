"""The condition of a router, in the words of Prometheus (text format 0.0.4). Pure: a value in, a text out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fsrouter.router.status import Condition

KIND = "text/plain; version=0.0.4; charset=utf-8"

#: What a measure is at a moment: one value, or values by label.
Values = float | Mapping[str, float] | Mapping[tuple[str, str], float]

#: Each measure: its name behind `fsrouter_`, its type, what it is, the names of its labels, and its values.
MEASURES: tuple[tuple[str, str, str, tuple[str, ...], Callable[[Condition], Values]], ...] = (
    ("info", "gauge", "The router; always 1.", ("node", "version"), lambda c: {(c.node, c.version): 1}),
    ("taking_calls", "gauge", "1 while new calls are taken, 0 while it drains.", (), lambda c: c.taking),
    ("calls_live", "gauge", "Calls at this moment.", (), lambda c: c.calls["live"]),
    ("calls_taken_total", "counter", "Calls taken.", (), lambda c: c.calls["taken"]),
    ("calls_refused_total", "counter", "Calls over the limit.", (), lambda c: c.calls["refused"]),
    ("calls_failed_total", "counter", "Calls in which fsrouter itself failed.", (), lambda c: c.calls["failed"]),
    (
        "connections_rejected_total",
        "counter",
        "Connections from no allowed network.",
        ("reason",),
        lambda c: {"peer": c.calls["rejected"]},
    ),
    ("observer_up", "gauge", "1 while the observing connection stands.", ("switch",), lambda c: c.switches),
    ("store_trouble", "gauge", "1 while the database cannot be read.", (), lambda c: bool(c.store)),
    ("journal_waiting", "gauge", "Records that wait to be written.", (), lambda c: c.journal.waiting),
    ("journal_written_total", "counter", "Records written.", (), lambda c: c.journal.written),
    ("journal_lost_total", "counter", "Calls whose end was not written.", (), lambda c: c.journal.lost),
    ("journal_skipped_total", "counter", "Updates of live calls left out.", (), lambda c: c.journal.skipped),
    ("journal_refused_total", "counter", "Records the database would not take.", (), lambda c: c.journal.refused),
    ("rulebook_revision", "gauge", "The revision in force.", ("company",), lambda c: c.revisions),
    ("pool_numbers", "gauge", "Numbers of a visitor pool.", ("company", "pool"), lambda c: c.numbers),
    ("pool_numbers_held", "gauge", "Numbers of a pool that have a visitor.", ("company", "pool"), lambda c: c.held),
    ("visits_total", "counter", "Visitors that asked for a number.", ("outcome",), lambda c: c.visits),
)


def text(condition: Condition) -> str:
    """All measures that have a sample."""
    lines: list[str] = []
    for name, kind, what, labels, read in MEASURES:
        values = read(condition)
        samples: Any = sorted(values.items()) if isinstance(values, Mapping) else [("", values)]
        found = [f"fsrouter_{name}{_labels(labels, key)} {value:.15g}" for key, value in samples]
        if found:
            lines += [f"# HELP fsrouter_{name} {what}", f"# TYPE fsrouter_{name} {kind}", *found]
    return "\n".join(lines) + "\n"


def _labels(names: tuple[str, ...], key: str | tuple[str, ...]) -> str:
    if not names:
        return ""
    values = (key,) if isinstance(key, str) else key
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for value in values)
    return "{" + ",".join(f'{name}="{value}"' for name, value in zip(names, quoted, strict=True)) + "}"
