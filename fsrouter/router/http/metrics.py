"""The metrics page: the condition of a router and what its calls were like, in the words of Prometheus.

Routers that share a port share a directory too (prometheus_client's multiprocess mode, `processes`); the page is that
of all of them then: counters and histograms are summed, of a gauge the table says what. A router that ended on the way
is still counted, and its gauges are gone with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from math import nan
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from fsrouter.router.call_metrics import CallMetrics
from fsrouter.router.status import Condition

#: What a measure is at a moment: one value, or values by label.
Values = float | Mapping[str, float] | Mapping[tuple[str, str], float]
#: What a measure is: a counter, or a gauge, of several routers their sum, the least or the greatest.
Kind = Literal["counter", "livesum", "livemin", "livemax"]

#: Each measure of a condition: its name behind `fsrouter_`, its kind, what it is, the names of its labels, its values.
MEASURES: Final[tuple[tuple[str, Kind, str, tuple[str, ...], Callable[[Condition], Values]], ...]] = (
    ("info", "livemax", "The router; always 1.", ("node", "version"), lambda c: {(c.node, c.version): 1}),
    ("taking_calls", "livemin", "1 while new calls are taken, 0 while it drains.", (), lambda c: c.taking),
    ("calls_live", "livesum", "Calls at this moment.", (), lambda c: c.calls["live"]),
    ("calls_taken", "counter", "Calls taken.", (), lambda c: c.calls["taken"]),
    ("calls_refused", "counter", "Calls over the limit.", (), lambda c: c.calls["refused"]),
    ("calls_failed", "counter", "Calls in which fsrouter itself failed.", (), lambda c: c.calls["failed"]),
    (
        "connections_rejected",
        "counter",
        "Connections that hand over no call of ours.",
        ("reason",),
        lambda c: c.rejected,
    ),
    ("observer_up", "livemin", "1 while the observing connection stands.", ("switch",), lambda c: c.switches),
    ("store_trouble", "livemax", "1 while the database cannot be read.", (), lambda c: bool(c.store)),
    ("rates_trouble", "livemax", "1 while the rate sheet cannot be used.", (), lambda c: bool(c.rates)),
    ("journal_waiting", "livesum", "Records that wait to be written.", (), lambda c: c.journal.waiting),
    ("journal_written", "counter", "Records written.", (), lambda c: c.journal.written),
    ("journal_lost", "counter", "Calls whose end was not written.", (), lambda c: c.journal.lost),
    ("journal_skipped", "counter", "Updates of live calls left out.", (), lambda c: c.journal.skipped),
    ("journal_refused", "counter", "Records the database would not take.", (), lambda c: c.journal.refused),
    ("rulebook_revision", "livemin", "The revision in force.", ("company",), lambda c: c.revisions),
    ("numbers_dialled", "counter", "Numbers dialled.", ("company",), lambda c: c.dialled),
    (
        "dialling_refused",
        "counter",
        "Far ends that were not dialled.",
        ("company", "reason"),
        lambda c: c.not_dialled,
    ),
    (
        "dialling_used",
        "livemax",
        "Numbers of a company at once, and in an hour, on all routers.",
        ("company", "cap"),
        lambda c: {(each.whose, each.what): each.used for each in c.usages if each.what != "trunk"},
    ),
    (
        "dialling_cap",
        "livemax",
        "How many of them the settings allow.",
        ("company", "cap"),
        lambda c: {(each.whose, each.what): each.cap for each in c.usages if each.what != "trunk"},
    ),
    (
        "trunk_calls",
        "livemax",
        "Calls of a trunk at once, on all routers.",
        ("trunk",),
        lambda c: {each.whose: each.used for each in c.usages if each.what == "trunk"},
    ),
    (
        "trunk_calls_cap",
        "livemax",
        "How many of them the settings allow.",
        ("trunk",),
        lambda c: {each.whose: each.cap for each in c.usages if each.what == "trunk"},
    ),
    ("pool_numbers", "livemax", "Numbers of a visitor pool.", ("company", "pool"), lambda c: c.numbers),
    ("pool_numbers_held", "livemax", "Numbers of a pool that have a visitor.", ("company", "pool"), lambda c: c.held),
    ("visits", "counter", "Visitors that asked for a number.", ("outcome",), lambda c: c.visits),
)


class Metrics:
    """The metrics of one router. `calls` are told what happens to calls.

    `shared` is the directory that routers of one port share, "" for a router that has its port alone.
    """

    def __init__(self, shared: str = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")) -> None:
        self._registry = CollectorRegistry()
        self.shared = shared
        self._metrics = [
            (
                Counter(f"fsrouter_{name}", what, labels, registry=self._registry)
                if kind == "counter"
                else Gauge(f"fsrouter_{name}", what, labels, registry=self._registry, multiprocess_mode=kind),
                read,
            )
            for name, kind, what, labels, read in MEASURES
        ]
        self.calls = CallMetrics(self._registry)
        self._counted: dict[object, float] = {}
        self._shown: dict[Gauge, set[tuple[str, ...]]] = {}

    def update(self, condition: Condition) -> None:
        """Take over what the condition of this router is now."""
        for metric, read in self._metrics:
            values = _by_labels(read(condition))
            if isinstance(metric, Gauge):
                self._set(metric, values)
                continue
            for labels, value in values.items():
                child = metric.labels(*labels) if labels else metric
                child.inc(value - self._counted.get(child, 0))
                self._counted[child] = value

    def _set(self, gauge: Gauge, values: Mapping[tuple[str, ...], float]) -> None:
        """Have a gauge show `values` and no others. What routers share cannot be taken away; it becomes `NaN`."""
        before = self._shown.get(gauge, set())
        if not self.shared:
            for labels in before - values.keys():
                gauge.remove(*labels)
        elif not values:
            return  # not told just now
        else:
            values = {**dict.fromkeys(before, nan), **values}
        for labels, value in values.items():
            (gauge.labels(*labels) if labels else gauge).set(value)
        self._shown[gauge] = set(values)

    def page(self, accept: str) -> tuple[bytes, str]:
        """The page in the format that a client accepts (its header `Accept`), and its content type."""
        encode, kind = choose_encoder(accept)
        registry = self._registry
        if self.shared:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, self.shared)
        return encode(registry), kind


def _by_labels(values: Values) -> Mapping[tuple[str, ...], float]:
    if not isinstance(values, Mapping):
        return {(): values}
    return {(labels,) if isinstance(labels, str) else labels: value for labels, value in values.items()}
