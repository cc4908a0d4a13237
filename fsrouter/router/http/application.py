"""The WSGI application: what may be asked, and who answers it.

    GET /health                         how the router is; 503 while it takes no calls
    GET /metrics                        the same in numbers, for Prometheus
    GET|POST /pools/COMPANY/POOL/visit  the number to show to a visitor

Runs on the router's own hub, one greenlet a request. Never raises an Exception.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fsrouter.log.logger import get_logger
from fsrouter.router.http.messages import Answer, Environ, Origins, RequestRefused, as_json, fields
from fsrouter.router.http.metrics import Metrics
from fsrouter.router.http.visits import Visits
from fsrouter.router.status import Condition

_log = get_logger("fsrouter.router")

StartResponse = Callable[[str, list[tuple[str, str]]], Any]

#: Longer paths lead nowhere: two names of 64 characters fit twice.
LONGEST_PATH = 300

LOOKING = ("GET", "HEAD")
VISITING = ("GET", "POST", "OPTIONS")


@dataclass(eq=False)
class Application:
    """`condition(True)` also counts what only the database knows, `metrics` shows it, and `visits` answers pages, of
    the sites that `origins` allows.
    """

    condition: Callable[[bool], Condition]
    metrics: Metrics
    visits: Visits
    origins: Origins

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        answer = self.answer(environ)
        start_response(answer.status, answer.all_headers())
        return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else answer.body]

    def answer(self, environ: Environ) -> Answer:
        """The answer to a request; an error of our own is a 500 that says no more."""
        try:
            return self._answered(environ)
        except RequestRefused as refused:
            return refused.answer
        except Exception as error:
            # Not the error's own text, which may repeat what the request said.
            place = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("a request failed", error=type(error).__name__, place=f"{place.filename}:{place.lineno}")
            return RequestRefused("500 Internal Server Error", "fsrouter failed; its log says where").answer

    def _answered(self, environ: Environ) -> Answer:
        path = environ.get("PATH_INFO", "")
        match path.split("/") if len(path) <= LONGEST_PATH else ():
            case ["", "health"]:
                _only(environ, LOOKING)
                return self._health()
            case ["", "metrics"]:
                _only(environ, LOOKING)
                self.metrics.update(self.condition(True))
                return Answer("200 OK", *self.metrics.page(environ.get("HTTP_ACCEPT", "")))
            case ["", "pools", company, pool, "visit"]:
                _only(environ, VISITING)
                return self._visit(environ, company, pool)
        raise RequestRefused("404 Not Found", "there is nothing here")

    def _health(self) -> Answer:
        condition = self.condition(False)
        health = {
            "status": "up" if condition.taking else "draining",
            "node": condition.node,
            "version": condition.version,
            "calls": condition.calls["live"],
            "switches": condition.switches,
            "store": condition.store or "ok",
            "rates": condition.rates or "ok",
            "journal": {"waiting": condition.journal.waiting, "lost": condition.journal.lost},
            "near_caps": [str(each) for each in condition.usages if each.is_high],
        }
        return as_json(health, "200 OK" if condition.taking else "503 Service Unavailable")

    def _visit(self, environ: Environ, company: str, pool: str) -> Answer:
        allowed = self.origins.allowed(environ)
        try:
            if environ["REQUEST_METHOD"] == "OPTIONS":
                answer = self.origins.preflight(", ".join(VISITING))
            else:
                answer = self.visits.show(company, pool, fields(environ))
        except RequestRefused as refused:
            answer = refused.answer
        return answer.with_headers(*allowed)


def _only(environ: Environ, methods: tuple[str, ...]) -> None:
    if environ.get("REQUEST_METHOD") not in methods:
        allow = ", ".join(methods)
        raise RequestRefused("405 Method Not Allowed", f"this understands {allow}", ("Allow", allow))
