"""`docs/pools.md` and `docs/monitoring.md` say what the web server does."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from urllib.parse import urlencode

from paths import DOCS
from prometheus_client import CollectorRegistry

from fsrouter.router.call_metrics import CallMetrics
from fsrouter.router.http.application import Application
from fsrouter.router.http.metrics import MEASURES, Metrics
from fsrouter.router.http.server import PATIENCE
from fsrouter.router.http.visits import MOST_WAITING
from fsrouter.router.service import Service
from fsrouter.store.visitors import FACTS, PAGE, REMEMBERED
from router.http.samples import samples
from router.http.shop import data, request
from router.http.test_metrics import CONDITION

TEXT = (DOCS / "pools.md").read_text(encoding="utf-8")
MONITORING = (DOCS / "monitoring.md").read_text(encoding="utf-8")


def row(name: str, kind: str, what: str, labels: Sequence[str]) -> str:
    total = "_total" if kind == "counter" else ""
    return f"| `{name}{total}` | {kind} | {' '.join(f'`{label}`' for label in labels)} | {what} |"


def test_docs_list_every_measure() -> None:
    rows = [line for line in MONITORING.splitlines() if line.startswith("| `fsrouter_")]
    of_several = {"livesum": "gauge, sum", "livemin": "gauge, least", "livemax": "gauge, greatest"}
    wanted = [row(f"fsrouter_{name}", of_several.get(kind, kind), *rest) for name, kind, *rest, _ in MEASURES]
    measured = CallMetrics(CollectorRegistry())
    for each in (measured.own_time, measured.first_ring, measured.queue_wait, measured.talk, measured.calls):
        wanted.append(row(each._name, each._type, each._documentation, each._labelnames))
    assert rows == wanted


def test_docs_queries_name_measures_and_buckets_that_there_are() -> None:
    metrics = Metrics()
    metrics.calls.queue_wait.labels("acme", "support").observe(1)
    metrics.update(CONDITION)
    found = samples(metrics.page("")[0])
    there = {name for name, _ in found} | {"fsrouter_calls_total", "fsrouter_talk_seconds"}
    named = set(re.findall(r"fsrouter_\w+", MONITORING))
    assert {name for name in named if name not in there and f"{name}_count" not in there} == set()
    assert ("fsrouter_queue_wait_seconds_bucket", ("acme", "20.0", "support")) in found


def test_docs_script_sends_the_fields_that_are_understood(application: Application, service: Service) -> None:
    script = TEXT.partition("<script>")[2].partition("</script>")[0]
    sent = re.findall(r'"(\w+)"', re.search(r"\[(\"session\".*?)\]", script).group(1))  # type: ignore[union-attr]
    sent += re.findall(r'body\.set\("(\w+)"', script)
    assert sorted(sent) == sorted(["session", *FACTS])
    form = urlencode({name: f"{name}-12345678" for name in sent}).encode()
    answer = application.answer(request(method="POST", body=form))
    assert set(re.findall(r"shown\.(\w+)", script)) == set(data(answer))
    number = data(answer)["number"]
    assert set(service.store.visitors.of("acme", number, 0.0, 1800.0)) == set(FACTS)


def test_docs_answers_have_the_keys_of_real_ones(application: Application) -> None:
    shown = json.loads(re.search(r'\{"number".*\}', TEXT).group())  # type: ignore[union-attr]
    assert list(shown) == list(data(application.answer(request(query="session=session-1"))))
    health = json.loads(re.search(r'\{"status".*?\}\n', MONITORING, re.DOTALL).group())  # type: ignore[union-attr]
    assert list(health) == list(data(application.answer(request("/health"))))


def test_docs_name_the_limits_in_force() -> None:
    assert f"until {REMEMBERED / 3600:g} hours after" in TEXT
    assert f"{PAGE} characters" in TEXT and f"no more than {MOST_WAITING} at once" in TEXT
    assert PATIENCE == 10 and "ten seconds" in TEXT
