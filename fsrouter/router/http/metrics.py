"""The condition of a router, in the words of Prometheus (text format 0.0.4). Pure: a value in, a text out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fsrouter.router.status import Condition

KIND = "text/plain; version=0.0.4; charset=utf-8"

Samples = list[tuple[dict[str, str], float]]


def _one(value: float) -> Samples:
    return [({}, value)]


def _by(label: str, values: Mapping[str, float]) -> Samples:
    return [({label: name}, value) for name, value in sorted(values.items())]


def _by_pool(values: Mapping[tuple[str, str], int]) -> Samples:
    return [({"company": company, "pool": pool}, value) for (company, pool), value in sorted(values.items())]


#: Each measure: its name behind `fsrouter_`, its type, what it is, and its samples.
MEASURES: tuple[tuple[str, str, str, Callable[[Condition], Samples]], ...] = (
    ("info", "gauge", "The router; always 1.", lambda s: [({"node": s.node, "version": s.version}, 1)]),
    ("taking_calls", "gauge", "1 while new calls are taken, 0 while it drains.", lambda s: _one(s.taking)),
    ("calls_live", "gauge", "Calls at this moment.", lambda s: _one(s.calls["live"])),
    ("calls_taken_total", "counter", "Calls taken.", lambda s: _one(s.calls["taken"])),
    ("calls_refused_total", "counter", "Calls over the limit.", lambda s: _one(s.calls["refused"])),
    ("calls_failed_total", "counter", "Calls in which fsrouter itself failed.", lambda s: _one(s.calls["failed"])),
    (
        "connections_rejected_total",
        "counter",
        "Connections from no allowed network.",
        lambda s: [({"reason": "peer"}, s.calls["rejected"])],
    ),
    ("observer_up", "gauge", "1 while the observing connection stands.", lambda s: _by("switch", s.switches)),
    ("store_trouble", "gauge", "1 while the database cannot be read.", lambda s: _one(bool(s.store))),
    ("journal_waiting", "gauge", "Records that wait to be written.", lambda s: _one(s.journal.waiting)),
    ("journal_written_total", "counter", "Records written.", lambda s: _one(s.journal.written)),
    ("journal_lost_total", "counter", "Calls whose end was not written.", lambda s: _one(s.journal.lost)),
    ("journal_skipped_total", "counter", "Updates of live calls left out.", lambda s: _one(s.journal.skipped)),
    ("journal_refused_total", "counter", "Records the database would not take.", lambda s: _one(s.journal.refused)),
    ("rulebook_revision", "gauge", "The revision in force.", lambda s: _by("company", s.revisions)),
    ("pool_numbers", "gauge", "Numbers of a visitor pool.", lambda s: _by_pool(s.numbers)),
    ("pool_numbers_held", "gauge", "Numbers of a pool that have a visitor.", lambda s: _by_pool(s.held)),
    ("visits_total", "counter", "Visitors that asked for a number.", lambda s: _by("outcome", s.visits)),
)


def text(condition: Condition) -> str:
    """All measures that have a sample."""
    lines: list[str] = []
    for name, kind, what, samples in MEASURES:
        found = [f"fsrouter_{name}{_labels(labels)} {value:.15g}" for labels, value in samples(condition)]
        if found:
            lines += [f"# HELP fsrouter_{name} {what}", f"# TYPE fsrouter_{name} {kind}", *found]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    quoted = (
        (name, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for name, value in labels.items()
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in quoted) + "}"
