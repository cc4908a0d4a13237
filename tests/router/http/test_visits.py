"""Pages ask for numbers: who gets which, what is refused, and that a caller's visit decides where the call goes."""

from __future__ import annotations

import sqlite3
import time
from typing import Any
from urllib.parse import urlencode

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fsrouter.engine.walk.facts import Facts
from fsrouter.router.http.application import Application
from fsrouter.router.http.messages import LARGEST_BODY, LONGEST_QUERY, MOST_FIELDS
from fsrouter.router.service import Service
from fsrouter.store import Store
from fsrouter.store.visitors import FACTS
from router.http.shop import CALLER, PLAIN, VISIT, WEB1, WEB2, WEB3, book, data, request, serving

SITE = "https://www.acme.example"


def query(session: str = "session-1", **facts: str) -> str:
    return urlencode({"session": session, **facts})


def test_number_belongs_to_the_pool_that_lists_it_or_that_it_names() -> None:
    shop = book()
    assert shop.pool_numbers("website") == (WEB1, WEB2, WEB3) and shop.pool_numbers("none") == ()
    assert [shop.pool_of(n) for n in (WEB1, WEB2, WEB3)] == [shop.pools["website"]] * 3
    assert shop.pool_of(PLAIN) == shop.pools["bare"]
    assert shop.pool_of("+18725550112") is shop.pool_of("+18725550199") is None


def test_visitor_gets_a_number_and_its_expiry(application: Application) -> None:
    before = time.time()
    answer = application.answer(request(query=query()))
    assert answer.status == "200 OK"
    told = data(answer)
    assert (told["number"], told["national"]) == (WEB1, "(872) 555-0120")
    assert int(before) + 1800 <= told["expires"] <= time.time() + 1800
    assert data(application.answer(request(query=query("session-2"))))["number"] == WEB2
    assert data(application.answer(request(query=query())))["number"] == WEB1


def test_page_that_asks_by_the_name_that_a_company_had_is_answered(
    application: Application, service: Service, store: Store
) -> None:
    assert data(application.answer(request(query=query())))["number"] == WEB1
    store.companies.rename("acme", "apex", "test", 1)
    service.rulebooks.load()
    assert data(application.answer(request(query=query())))["number"] == WEB1
    assert data(application.answer(request(query=query("session-2"))))["number"] == WEB2
    assert store.visitors.held("apex", (WEB1, WEB2), 0.0) == 2
    store.books.remove("apex", "test")
    service.rulebooks.load()
    assert application.answer(request(query=query())).status.startswith("404")


def test_form_and_query_have_the_same_effect(application: Application, service: Service) -> None:
    body = urlencode({"session": "session-1", "keyword": "zähne", "unknown": "x"}).encode()
    assert application.answer(request(method="POST", body=body)).status == "200 OK"
    both = request(query="landing=/a&keyword=first", method="POST", body=b"session=session-2&keyword=second")
    assert application.answer(both).status == "200 OK"
    found = [service.store.visitors.of("acme", number, time.time(), 1800) for number in (WEB1, WEB2)]
    assert found == [{"keyword": "zähne"}, {"landing": "/a", "keyword": "first"}]


@pytest.mark.parametrize("caller", [CALLER, ""])
@pytest.mark.parametrize(
    ("to", "keyword", "source"),
    [(WEB1, "dental implants", "google"), (WEB3, None, "website"), (PLAIN, None, "radio")],
)
def test_visit_is_among_the_facts_of_a_call(
    application: Application, service: Service, caller: str, to: str, keyword: str | None, source: str
) -> None:
    told = {name: f"{name}!" for name in FACTS} | {"keyword": "dental implants", "source": "google"}
    application.answer(request(query=query(**told)))
    facts, trouble = service.call_data.facts(
        service.rulebooks.snapshot.books["acme"], Facts(to=to, from_=caller, began=time.time())
    )
    assert trouble == ""
    assert facts.visitor == (told if keyword else {})
    tracking = service.rulebooks.snapshot.books["acme"].tracking_numbers[to]
    assert (facts.known("keyword"), facts.known("source", tracking.source)) == (keyword, source)
    assert facts.caller == ("first-time" if caller else "")


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no such company", {"path": "/pools/globex/website/visit"}, "404"),
    ("no such pool", {"path": "/pools/acme/web/visit"}, "404"),
    ("no such page", {"path": "/pools/acme/website"}, "404"),
    ("a path too long", {"path": f"/pools/acme/{'x' * 5000}/visit"}, "404"),
    ("a hostile path", {"path": "/pools/../\0'; DROP TABLE visit/visit"}, "404"),
    ("no path", {"path": None}, "404"),
    ("no session", {"query": "keyword=x"}, "400"),
    ("a session too short", {"query": "session=short"}, "400"),
    ("a session too long", {"query": "session=" + "x" * 65}, "400"),
    ("a session of other letters", {"query": "session=%3Cscript%3E1"}, "400"),
    ("a session with a line after it", {"query": "session=12345678%0A"}, "400"),
    ("too many fields", {"query": "&".join(f"f{i}=1" for i in range(MOST_FIELDS + 1))}, "400"),
    ("a query too long", {"query": query(landing="x" * LONGEST_QUERY)}, "414"),
    ("another method", {"method": "PUT"}, "405"),
    ("no method", {"method": None}, "405"),
    ("HEAD", {"method": "HEAD"}, "405"),
    ("a form too large", {"method": "POST", "body": b"x" * (LARGEST_BODY + 1)}, "413"),
    ("a form that says it is huge", {"method": "POST", "CONTENT_LENGTH": "9" * 5000}, "413"),
    ("a length that is none", {"method": "POST", "CONTENT_LENGTH": "-1"}, "400"),
    ("a form that ends too early", {"method": "POST", "body": b"session=session-1", "CONTENT_LENGTH": "40"}, "400"),
    ("a form in pieces", {"method": "POST", "HTTP_TRANSFER_ENCODING": "chunked"}, "411"),
    ("JSON", {"method": "POST", "body": b"{}", "CONTENT_TYPE": "application/json"}, "415"),
    ("a page of another site", {"query": query(), "HTTP_ORIGIN": "https://evil.example"}, "403"),
    ("a page of no site", {"query": query(), "HTTP_ORIGIN": "null"}, "403"),
]


@pytest.mark.parametrize(("asked", "status"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_request_changes_nothing(
    application: Application, service: Service, asked: dict[str, Any], status: str
) -> None:
    answer = application.answer(request(**asked))
    assert answer.status.startswith(status), answer
    assert set(data(answer)) == {"error"}
    assert service.store.visitors.held("acme", (WEB1, WEB2, WEB3, PLAIN), 0.0) == 0
    if status == "405":
        assert ("Allow", "GET, POST, OPTIONS") in answer.headers


text = st.text(max_size=30)
hostile = st.fixed_dictionaries(
    {
        "REQUEST_METHOD": st.sampled_from(["GET", "POST", "OPTIONS", "HEAD", "BREW\n"]),
        "PATH_INFO": st.one_of(text, st.just(VISIT), text.map("/pools/acme/website/visit/{}".format)),
        "QUERY_STRING": st.one_of(text, text.map("session=session-1&keyword={}".format)),
        "CONTENT_LENGTH": st.one_of(text, st.integers(-5, 10**12).map(str)),
        "CONTENT_TYPE": st.one_of(text, st.just("application/x-www-form-urlencoded")),
        "HTTP_ORIGIN": text,
        "HTTP_HOST": text,
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(hostile, st.binary(max_size=60))
def test_no_request_fails_or_is_repeated_in_the_answer(
    application: Application, environ: dict[str, str], body: bytes
) -> None:
    mark = "zq9"
    marked = {
        name: value + mark if name in ("QUERY_STRING", "HTTP_ORIGIN") else value for name, value in environ.items()
    }
    answer = application.answer({**request(body=body), **marked})
    assert not answer.status.startswith("500")
    assert mark.encode() not in answer.body and mark not in repr(answer.headers)


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ({}, None),
        ({"HTTP_ORIGIN": SITE}, SITE),
        ({"HTTP_ORIGIN": SITE.upper()}, SITE),
        ({"HTTP_ORIGIN": "https://calls.acme.example"}, None),  # our own origin needs no leave
        ({"HTTP_ORIGIN": SITE, "query": "session=bad"}, SITE),  # the page may read why it was refused
    ],
)
def test_page_of_a_listed_site_may_see_the_answer(
    application: Application, asked: dict[str, str], allowed: str | None
) -> None:
    headers = dict(application.answer(request(**{"query": query(), **asked})).headers)
    assert headers.get("Access-Control-Allow-Origin") == allowed and headers["Vary"] == "Origin"


def test_preflight_names_what_is_allowed(application: Application, service: Service) -> None:
    answer = application.answer(request(method="OPTIONS", HTTP_ORIGIN=SITE))
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == ("204 No Content", b"")
    assert headers["Access-Control-Allow-Origin"] == SITE
    assert headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert application.answer(request(method="OPTIONS", HTTP_ORIGIN="https://evil.example")).status.startswith("403")


def test_too_many_visitors_at_once_get_429(service: Service) -> None:
    application = serving(service, most_waiting=2).application
    with locked(service.store, "IMMEDIATE"):
        waiting = [gevent.spawn(application.answer, request(query=query(f"session-{i}"))) for i in range(2)]
        gevent.sleep(0)
        turned_away = application.answer(request(query=query("session-9")))
        assert turned_away.status.startswith("429") and ("Retry-After", "2") in turned_away.headers
        gevent.joinall(waiting, timeout=5, raise_error=True)
    assert {each.value.status for each in waiting} == {"503 Service Unavailable"}
    assert application.answer(request(query=query("session-9"))).status == "200 OK"


def test_old_visits_are_swept(service: Service) -> None:
    application = serving(service, sweep=0.0).application
    service.store.visitors.assign("acme", (WEB2,), "session-old", {}, 1800.0, 1.0)
    assert data(application.answer(request(query=query())))["number"] == WEB1
    assert service.store.visitors.held("acme", (WEB1, WEB2), 0.0) == 1


class locked:
    """The database as it is while another process writes and does not come to an end."""

    def __init__(self, store: Store, how: str) -> None:
        self._connection = sqlite3.connect(store.name, isolation_level=None)
        self._how = how

    def __enter__(self) -> None:
        self._connection.execute(f"BEGIN {self._how}")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()
