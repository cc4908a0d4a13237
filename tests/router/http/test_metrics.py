"""Health for a load balancer, metrics for Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from fsrouter import __version__
from fsrouter.router.http import metrics
from fsrouter.router.http.application import Application
from fsrouter.router.service import Service
from fsrouter.router.status import Condition
from fsrouter.store.write_behind import Backlog
from router.http.shop import VISIT, data, request

SAMPLE = re.compile(r'fsrouter_[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\.)*"(,[a-z]+="(?:[^"\\\n]|\\.)*")*\})? -?[0-9.e+]+')

CONDITION = Condition(
    node='r"1\\\n',
    taking=True,
    calls={"live": 3, "taken": 10, "refused": 2, "rejected": 1, "failed": 0},
    switches={"10.0.0.1:8021": True, "10.0.0.2:8021": False},
    store="",
    journal=Backlog(waiting=4, written=123456789, lost=1),
    revisions={"acme": 7, "globex": 12},
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
            "journal": {"waiting": 0, "lost": 0},
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
    lines = answer.body.decode().splitlines()
    for line in (
        'fsrouter_rulebook_revision{company="acme"} 1',
        'fsrouter_pool_numbers{company="acme",pool="website"} 3',
        'fsrouter_pool_numbers_held{company="acme",pool="website"} 2',
        'fsrouter_pool_numbers_held{company="acme",pool="bare"} 0',
        'fsrouter_visits_total{outcome="shown"} 2',
        "fsrouter_taking_calls 0",
    ):
        assert line in lines


def test_every_measure_is_in_the_prometheus_format() -> None:
    lines = metrics.text(CONDITION).splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in samples)
    assert 'fsrouter_info{node="r\\"1\\\\\\n",version="1.0"} 1' in samples
    assert 'fsrouter_observer_up{switch="10.0.0.2:8021"} 0' in samples
    assert 'fsrouter_connections_rejected_total{reason="peer"} 1' in samples
    assert "fsrouter_journal_written_total 123456789" in samples
    assert "fsrouter_calls_live 3" in samples and "fsrouter_store_trouble 0" in samples
    named = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert named == {re.split("[{ ]", line)[0] for line in samples}
    assert len(named) == len(metrics.MEASURES)
    assert all(name.endswith("_total") == (kind == "counter") for name, kind, *_ in metrics.MEASURES)


def test_measure_without_samples_is_left_out() -> None:
    told = metrics.text(replace(CONDITION, switches={}, held={}))
    assert "observer_up" not in told and "pool_numbers_held" not in told and "fsrouter_pool_numbers{" in told


def test_held_numbers_are_empty_when_the_database_fails(service: Service) -> None:
    assert service.status.held() == {("acme", "website"): 0, ("acme", "bare"): 0}
    with service.store._database.writing() as db:
        db.execute_sql("ALTER TABLE visit RENAME TO gone")  # type: ignore[no-untyped-call]
    assert service.status.held() == {}
