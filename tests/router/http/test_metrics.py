"""Health for a load balancer, metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan

import pytest
from msgspec.structs import replace
from prometheus_client import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from fsrouter import __version__
from fsrouter.esl.call.caps import Usage
from fsrouter.router.http.application import Application
from fsrouter.router.http.metrics import MEASURES, Metrics
from fsrouter.router.service import Service
from fsrouter.router.status import Condition
from fsrouter.store.write_behind import Backlog
from router.http.samples import samples
from router.http.shop import VISIT, data, request

CONDITION = Condition(
    node='r"1\\\n',
    taking=True,
    calls={"live": 3, "taken": 10, "refused": 2, "failed": 0},
    rejected={"peer": 1},
    switches={"10.0.0.1:8021": True, "10.0.0.2:8021": False},
    store="",
    journal=Backlog(waiting=4, written=123456789, lost=1),
    revisions={"acme": 7, "globex": 12},
    usages=(Usage("calls", "acme", 800, 1000), Usage("an_hour", "acme", 10, 100), Usage("trunk", "carrier", 3, 30)),
    dialled={"acme": 12},
    not_dialled={("acme", "closed"): 2},
    numbers={("acme", "website"): 3},
    held={("acme", "website"): 2},
    visits={"shown": 5, "refused": 1, "failed": 0},
    version="1.0",
)


@contextmanager
def taking(service: Service) -> Iterator[None]:
    service.listener.start()
    yield
    service.listener.stop_accepting()


def test_health_is_200_while_calls_are_taken_and_503_while_draining(application: Application, service: Service) -> None:
    with taking(service):
        answer = application.answer(request("/health"))
        assert (answer.status, answer.kind) == ("200 OK", "application/json")
        assert data(answer) == {
            "status": "up",
            "node": "r1",
            "version": __version__,
            "calls": 0,
            "switches": {},
            "store": "ok",
            "rates": "ok",
            "journal": {"waiting": 0, "lost": 0},
            "near_caps": [],
        }
    answer = application.answer(request("/health"))
    assert (answer.status, data(answer)["status"]) == ("503 Service Unavailable", "draining")


def test_health_shows_a_database_that_is_away_and_stays_200(application: Application, service: Service) -> None:
    service.rulebooks.trouble = "the disk is full"
    with taking(service):
        answer = application.answer(request("/health"))
    assert (answer.status, data(answer)["store"]) == ("200 OK", "the disk is full")


@pytest.mark.parametrize("path", ["/health", "/metrics"])
def test_health_and_metrics_allow_only_get_and_head(application: Application, path: str) -> None:
    answer = application.answer(request(path, method="POST"))
    assert answer.status.startswith("405") and ("Allow", "GET, HEAD") in answer.headers
    assert application.answer(request(path + "/")).status.startswith("404")


def test_metrics_show_the_router_as_it_is(application: Application, service: Service) -> None:
    application.answer(request(VISIT, "session=session-1"))
    application.answer(request(VISIT, "session=session-2"))
    answer = application.answer(request("/metrics"))
    assert (answer.status, answer.kind) == ("200 OK", "text/plain; version=0.0.4; charset=utf-8")
    found = samples(answer.body)
    assert found["fsrouter_rulebook_revision", ("acme",)] == 1
    assert found["fsrouter_pool_numbers", ("acme", "website")] == 3
    assert found["fsrouter_pool_numbers_held", ("acme", "website")] == 2
    assert found["fsrouter_pool_numbers_held", ("acme", "bare")] == 0
    assert found["fsrouter_visits_total", ("shown",)] == 2
    assert found["fsrouter_taking_calls", ()] == 0
    assert samples(application.answer(request("/metrics")).body) == found


def test_metrics_are_openmetrics_for_who_accepts_that(application: Application) -> None:
    accept = "application/openmetrics-text; version=1.0.0; q=0.9, text/plain; version=0.0.4; q=0.5"
    answer = application.answer(request("/metrics", HTTP_ACCEPT=accept))
    assert answer.kind.startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    found = {family.name: family for family in openmetrics(answer.body.decode())}
    assert found["fsrouter_calls_taken"].type == "counter" and found["fsrouter_own_time_seconds"].type == "histogram"


def test_every_measure_of_a_condition_is_shown() -> None:
    metrics = Metrics()
    metrics.update(CONDITION)
    found = samples(metrics.page("")[0])
    assert found["fsrouter_info", ('r"1\\\n', "1.0")] == 1
    assert found["fsrouter_observer_up", ("10.0.0.2:8021",)] == 0
    assert found["fsrouter_connections_rejected_total", ("peer",)] == 1
    assert found["fsrouter_journal_written_total", ()] == 123456789
    assert found["fsrouter_dialling_used", ("calls", "acme")] == 800
    assert found["fsrouter_dialling_cap", ("an_hour", "acme")] == 100
    assert (found["fsrouter_trunk_calls", ("carrier",)], found["fsrouter_trunk_calls_cap", ("carrier",)]) == (3, 30)
    assert found["fsrouter_dialling_refused_total", ("acme", "closed")] == 2
    assert (found["fsrouter_calls_live", ()], found["fsrouter_store_trouble", ()]) == (3, 0)
    named = {f"fsrouter_{name}{'_total' if kind == 'counter' else ''}" for name, kind, *_ in MEASURES}
    assert {name for name, _ in found if "_seconds_" not in name} == named


def test_metrics_follow_the_condition() -> None:
    metrics = Metrics()
    metrics.update(CONDITION)
    metrics.update(CONDITION)
    metrics.update(replace(CONDITION, calls={**CONDITION.calls, "taken": 12, "live": 1}, switches={}, held={}))
    found = samples(metrics.page("")[0])
    assert (found["fsrouter_calls_taken_total", ()], found["fsrouter_calls_live", ()]) == (12, 1)
    assert {"fsrouter_observer_up", "fsrouter_pool_numbers_held"} & {name for name, _ in found} == set()
    assert found["fsrouter_pool_numbers", ("acme", "website")] == 3


def test_label_that_is_gone_reads_nan_among_routers_that_share_also_when_nothing_was_told_between() -> None:
    metrics = Metrics("a directory at which only the page looks")
    for held in ({("acme", "website"): 2}, {}, {("acme", "shop"): 1}):
        metrics.update(replace(CONDITION, held=held))
    found = samples(generate_latest(metrics._registry))
    assert isnan(found["fsrouter_pool_numbers_held", ("acme", "website")])
    assert found["fsrouter_pool_numbers_held", ("acme", "shop")] == 1


def test_held_numbers_are_empty_when_the_database_fails(service: Service) -> None:
    assert service.status.held() == {("acme", "website"): 0, ("acme", "bare"): 0}
    with service.store._database.writing() as db:
        db.execute_sql("ALTER TABLE visit RENAME TO gone")  # type: ignore[no-untyped-call]
    assert service.status.held() == {}
