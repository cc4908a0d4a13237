"""What a visitor looked for decides where the call goes: on the simulator, and in `explain`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fsrouter.store import Store
from fsrouter.store.what_if import WhatIf, from_store
from router.http.shop import CALLER, WEB1, request
from router.site import MAIN, Site

POOL = f"""
pools:
  website: {{numbers: ["{MAIN}"]}}
routers:
  pages:
    branches: [{{when: {{keyword: "*implants*"}}, then: agent:johan}}]
    otherwise: agent:nancy
"""


@pytest.mark.parametrize(
    ("keyword", "agent"), [("dental implants near me", "johan"), ("braces", "nancy"), ("", "nancy")]
)
def test_visitors_keyword_decides_the_agent(tmp_path: Path, keyword: str, agent: str) -> None:
    empty = tmp_path / "empty.db"
    Store.open(f"sqlite:///{empty}").close()
    (tmp_path / "site").mkdir()
    site = Site(tmp_path / "site", empty)
    try:
        site.rules("router:pages", POOL)
        router = site.serve(web="127.0.0.1:0")
        visit = request(query=f"session=session-1&keyword={keyword}&source=google")
        assert router.add_web().application.answer(visit).status == "200 OK"
        record = site.record(site.call("anonymous").wait(10))
        assert (record.agent, record.known().get("keyword", ""), record.source) == (agent, keyword, "google")
    finally:
        site.close()


@pytest.mark.parametrize(("keyword", "destination"), [("implants", "agent:johan"), ("braces", "agent:nancy")])
def test_explain_uses_the_visit_in_the_database(store: Store, keyword: str, destination: str) -> None:
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    store.visitors.assign("acme", (WEB1,), "session-1", {"keyword": keyword}, 1800.0, at.timestamp())
    walk = from_store(store, store.books.load()[0], WhatIf(to=WEB1, caller=CALLER, at=at)).walk
    assert walk.destination == destination
    assert walk.facts.visitor == {"keyword": keyword}
