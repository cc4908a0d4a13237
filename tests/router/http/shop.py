"""A shop with a web site, and how a browser asks: requests as WSGI has them."""

from __future__ import annotations

import json
import time
from io import BytesIO
from typing import Any

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.router.http.messages import Answer
from fsrouter.router.http.server import PATIENCE, Web
from fsrouter.router.http.visits import Visits
from fsrouter.router.service import Service
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.runtime.greenlets import GREENLETS

WEB1, WEB2, WEB3, PLAIN = "+18725550120", "+18725550121", "+18725550122", "+18725550111"
CALLER = "+12125550100"

SHOP = """
company: acme
country: US
timezone: America/Chicago
agents: {nancy: {endpoint: user/1001}, johan: {endpoint: user/1002}}
pools:
  website: {numbers: ["+1 872 555 0120", "+1 872 555 0121"], hold: 30m}
  bare: {numbers: ["+1 872 555 0111"], hold: 1m}
routers:
  pages:
    branches: [{when: {keyword: "*implants*"}, then: agent:johan}]
    otherwise: agent:nancy
tracking_numbers:
  - {number: "+1 872 555 0120", source: website, pool: website, to: router:pages}
  - {number: "+1 872 555 0121", source: website, to: router:pages}
  - {number: "+1 872 555 0122", source: website, pool: website, to: router:pages}
  - {number: "+1 872 555 0111", source: radio, to: router:pages}
  - {number: "+1 872 555 0112", source: radio, to: router:pages}
"""

VISIT = "/pools/acme/website/visit"


def book() -> RuleBook:
    """The shop's rule book."""
    return company_file.read(read(SHOP, "shop.yaml")).onto(None)


def request(path: str = VISIT, query: str = "", method: str = "GET", body: bytes = b"", **more: Any) -> dict[str, Any]:
    """A request's environ (PEP 3333). `more` are further entries; one that is None takes its entry away."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "calls.acme.example",
        "wsgi.input": BytesIO(body),
        **more,
    }
    if method == "POST":
        environ = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/x-www-form-urlencoded", **environ}
    return {name: value for name, value in environ.items() if value is not None}


def serving(service: Service, patience: float = PATIENCE, **bounds: Any) -> Web:
    """A web server of a router, not started, with other bounds."""
    visits = Visits(service.threads, service.rulebooks, time.time, **bounds)
    return Web(service.settings, service.status, service.metrics, visits, GREENLETS, patience)


def data(answer: Answer) -> Any:
    """An answer's JSON."""
    return json.loads(answer.body)
