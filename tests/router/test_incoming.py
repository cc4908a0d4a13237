"""Who calls, on the phone and in thought: rules see an extension or a number, and the record keeps what came."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.front import run

from fsrouter.engine.walk import replay
from fsrouter.engine.walk.explained import as_data
from fsrouter.settings.model import Numbers
from fsrouter.store.calls.views import explained
from fsrouter.store.what_if import past
from fsrouter.tui.context import Context
from fsrouter.tui.queries.what_if import Typed, route
from router.site import MAIN, PATIENCE, Site

EXTRA = """
routers:
  who:
    branches:
      - {when: {internal: "10*"}, then: ["tag:ours", hangup]}
      - {when: {from: unknown, internal: unknown}, then: ["tag:nobody", hangup]}
    otherwise: [tag:outside, hangup]
"""


@pytest.mark.parametrize(
    ("number", "how", "tag", "caller"),
    [
        ("1001", {"user": "1001"}, "ours", "1001"),
        ("1001", {}, "nobody", ""),
        ("1001", {"variables": {"sip_h_X-sip_auth_username": "1001"}}, "nobody", ""),
        ("1001", {"profile": "phones"}, "ours", "1001"),
        ("1001", {"gateway": "phones"}, "nobody", ""),
        ("2001", {"user": "2001"}, "outside", "2001"),
        ("+13125550150", {"user": "1001"}, "outside", "+13125550150"),
        ("anonymous", {}, "nobody", ""),
        ("12ab", {"profile": "external", "gateway": "carrier"}, "nobody", ""),
    ],
)
def test_rules_know_our_own_phones(site: Site, number: str, how: dict[str, str], tag: str, caller: str) -> None:
    site.rules("router:who", EXTRA)
    site.serve(numbers=Numbers(internal=("phones",)), watch=False)
    record = site.record(site.call(number, **how).wait(PATIENCE))
    assert (record.tags, record.caller) == ((tag,), caller)
    came = record.facts.came
    assert came is not None
    assert (came.text, came.gateway) == (number, how.get("gateway", ""))
    assert came.profile == how.get("profile", "internal")
    assert replay.replay(site.store.books.load()[0].books["acme"], past(record)).how == replay.SAME


def test_number_that_cannot_be_read_is_quoted_and_is_not_withheld(site: Site) -> None:
    site.rules("hangup")
    site.serve(watch=False)
    texts = ("12ab", "nobody\u202e", "1234567890123456789", "anonymous")
    records = [site.record(site.call(text).wait(PATIENCE)) for text in texts]
    told = [[entry.outcome for entry in record.trace if entry.at == "caller"] for record in records]
    assert told[0] == ['could not read "12ab"'] and told[3] == []
    assert told[1][0].startswith('could not read "nobody') and "\u202e" not in told[1][0]


def test_an_extension_is_told_the_same_in_thought_as_on_the_phone(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.rules("router:who", EXTRA)
    site.serve(watch=False)
    record = site.record(site.call("1001", user="1001").wait(PATIENCE))
    monkeypatch.setenv("FSROUTER_DATABASE", site.url)
    told = json.loads(run("explain", "--to", MAIN, "--from", "1001", "--json").stdout)
    typed = as_data(route(Context(site.store, "ada"), Typed(to=MAIN, caller="1001")).call)
    phone = as_data(explained(record, "UTC"))
    for each in (told, typed):
        assert {key: each[key] for key in ("from", "facts", "trace", "tags")} == {
            key: phone[key] for key in ("from", "facts", "trace", "tags")
        }
