"""Connectors by themselves, without a network: what their flows ask, and what they make of odd replies."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.rig import CONNECTIONS, Stub, book
from fsrouter.crm.client import Client
from fsrouter.crm.connection import run_flow
from fsrouter.crm.connectors.base import LONGEST, Cursor, Page, Wanted, clean, identity, read_cursor, text
from fsrouter.crm.connectors.hubspot import HubSpot
from fsrouter.crm.connectors.salesforce import Salesforce
from fsrouter.crm.connectors.zoho import WINDOW, Zoho
from fsrouter.crm.connectors.zoho_records import accounts_server
from fsrouter.crm.errors import CrmBadReply, CrmError, CrmRefused
from fsrouter.crm.transport.messages import HeldSecret, Reply, Request
from fsrouter.engine.model import crms
from fsrouter.runtime.native import NATIVE

URL = "https://crm.example"
MODULES = ("contacts", "companies", "Contacts", "Leads", "Accounts", "Contact", "Lead", "Account")
#: Keys that connectors look for.
KEYS = [
    *("results", "data", "records", "fields", "users", "info", "paging", "next", "after", "id", "Id", "name", "Name"),
    *("properties", "associations", "companies", "more_records", "next_page_token", "access_token", "expires_in"),
    *("api_name", "data_type", "type", "searchRecords", "Account", "Account_Name", "Owner", "Territories", "company"),
    *("communicationItems", "customFields", "territory", "value", "count", "totalSize", "total", "customer"),
]


def said(body: Any, status: int = 200) -> Reply:
    return Reply(status=status, body=msgspec.json.encode(body))


def zoho(url: str = URL) -> Zoho:
    return Zoho("z", CONNECTIONS["zoho"](url))


def test_zoho_begins_a_new_window_behind_a_hundred_thousand_records() -> None:
    fields = {m: ("Modified_Time",) for m in Zoho.modules}
    here = Cursor(stage="Contacts", at="token", count=WINDOW, fields=fields, phones={m: () for m in Zoho.modules})
    record = {"id": "7", "Modified_Time": "2026-01-02T03:04:05+01:00"}
    flow = zoho().page(0.0, here.written())
    assert "page_token=token" in next(flow).url
    with pytest.raises(StopIteration) as end:
        flow.send(said({"data": [record], "info": {"more_records": True, "next_page_token": "more"}}))
    there = read_cursor(end.value.value.cursor)
    assert (there.at, there.count, there.since) == ("", 0, "2026-01-02T03:04:04+01:00")
    assert next(zoho().page(0.0, there.written())).headers == (("If-Modified-Since", there.since),)


def test_zoho_fails_when_no_window_is_small_enough() -> None:
    here = Cursor(
        stage="Leads", since="2026-01-02T03:04:04+01:00", count=WINDOW, fields={"Leads": ()}, phones={"Leads": ()}
    )
    record = {"id": "7", "Modified_Time": "2026-01-02T03:04:05+01:00"}
    flow = zoho().page(0.0, here.written())
    next(flow)
    with pytest.raises(CrmBadReply, match="99,801 Leads"):
        flow.send(said({"data": [record], "info": {"more_records": True, "next_page_token": "more"}}))


@pytest.mark.parametrize(
    ("url", "accounts"),
    [
        ("https://www.zohoapis.com", "https://accounts.zoho.com"),
        ("https://www.zohoapis.eu/", "https://accounts.zoho.eu"),
        ("https://www.zohoapis.com.au", "https://accounts.zoho.com.au"),
        ("https://www.zohoapis.in", "https://accounts.zoho.in"),
        ("https://www.zohoapis.jp", "https://accounts.zoho.jp"),
        ("https://www.zohoapis.ca", "https://accounts.zohocloud.ca"),
        ("https://sandbox.zohoapis.com", "https://accounts.zoho.com"),
    ],
)
def test_zohos_accounts_server_follows_from_the_data_centre(url: str, accounts: str) -> None:
    assert accounts_server(url) == accounts


def test_zoho_refuses_an_account_of_another_data_centre() -> None:
    flow = zoho("https://www.zohoapis.com").sign_in()
    assert flow
    grant = {"access_token": "t", "api_domain": "https://www.zohoapis.eu", "expires_in": 3600}
    with pytest.raises(CrmRefused, match=r"its url is https://www\.zohoapis\.eu"):
        run_flow(flow, lambda request: said(grant))


def test_zoho_puts_no_secret_into_an_address() -> None:
    flow = zoho().sign_in()
    assert flow
    request = next(flow)
    assert "?" not in request.url and request.method == "POST"
    assert [name for name, _ in request.form] == ["grant_type", "client_id", "client_secret", "refresh_token"]


def test_hubspot_goes_on_behind_the_last_id_and_never_behind_a_page() -> None:
    hub = HubSpot("h", crms.HubSpot(token="${HUB}", url=URL))
    here = Cursor(
        stage="contacts", since="150", fields={m: () for m in hub.modules}, phones={m: () for m in hub.modules}
    )
    flow = hub.page(1_700_000_000.0, here.written())
    asked = next(flow).json
    assert "after" not in asked
    assert asked["filterGroups"][0]["filters"] == [
        {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "1700000000000"},
        {"propertyName": "hs_object_id", "operator": "GT", "value": "150"},
    ]
    results = [{"id": str(n), "properties": {}} for n in range(200, 203)]
    with pytest.raises(StopIteration) as end:
        flow.send(said({"total": 99999, "results": results, "paging": {"next": {"after": "3"}}}))
    there = read_cursor(end.value.value.cursor)
    assert (there.at, there.since) == ("", "202")
    with pytest.raises(StopIteration) as end:
        flow = hub.page(1_700_000_000.0, there.written())
        next(flow)
        flow.send(said({"total": 99999, "results": [], "paging": {"next": {"after": "100"}}}))
    beyond = read_cursor(end.value.value.cursor)
    assert (beyond.at, beyond.since) == ("100", "202")
    assert next(hub.page(1_700_000_000.0, beyond.written())).json["after"] == "100"


@pytest.mark.parametrize("id", ["x' OR Id != '", "../users", "", "003" + "0" * 40, "00300000000000é"])
def test_ids_cannot_change_what_is_asked(id: str) -> None:
    wanted = Wanted(number="+13125550100", field="tier", contact=id)
    salesforce = Salesforce("s", CONNECTIONS["salesforce"](URL), frozenset(), "US")
    for connector in (salesforce, zoho(), HubSpot("h", crms.HubSpot(token="${HUB}", url=URL))):
        try:
            request = next(connector.look_up(wanted))
        except ValueError:
            continue
        assert id == "" or id == "003" + "0" * 40
        assert not isinstance(request, Request) or "'" not in request.url


@pytest.mark.parametrize("field", ["Id FROM User--", "a,b", "x'y", ""])
def test_fields_cannot_change_what_is_asked(field: str) -> None:
    salesforce = Salesforce("s", CONNECTIONS["salesforce"](URL), frozenset(), "US")
    wanted = Wanted(number="+13125550100", field=field, contact="003000000000001")
    if field:
        with pytest.raises(ValueError, match="field of Salesforce"):
            next(salesforce.look_up(wanted))
    else:
        assert "SELECT" in next(salesforce.look_up(wanted)).url


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("kind", list(CONNECTIONS))
@given(
    replies=st.lists(st.tuples(st.sampled_from([200, 200, 200, 201, 204, 304, 401, 404, 429, 500]), JSON), max_size=8)
)
def test_any_reply_is_an_answer_or_a_crm_error(kind: str, replies: list[tuple[int, Any]]) -> None:
    """Whatever a CRM answers, it is an answer or a CrmError, and contacts are made of bounded texts."""
    queue = list(replies)

    def send(request: Request, bounds: Any = None) -> Reply:
        status, body = queue.pop(0) if queue else (200, {})
        return said(body, status)

    connection = Client(Stub(send), NATIVE).connection(book({"crm": CONNECTIONS[kind](URL)}), "crm")
    assert connection
    connector = connection.connector
    wanted = Wanted(number="+13125550100", module="Contacts", field="tier", contact="7")
    cursor = Cursor(
        stage=connector.modules[0], fields={m: ("Id",) for m in MODULES}, phones={m: ("p",) for m in MODULES}
    )
    flows = (
        connector.page(0.0, ""),
        connector.page(1.0, cursor.written()),
        connector.look_up(wanted),
        connector.look_up(msgspec.structs.replace(wanted, module="Accounts", contact="")),
        connector.users(),
        connector.owner_fields(),
        connector.count(connector.modules[0]),
    )
    for flow in flows:
        queue[:] = replies
        try:
            told = connection.run(flow)
        except CrmError:
            continue
        for found in told.found if isinstance(told, Page) else ():
            assert isinstance(found.contact.id, str) and len(found.contact.name) <= 2 * LONGEST + 1
            assert all(isinstance(p, str) for p in found.phones)


def test_a_token_is_not_in_the_repr_of_credentials() -> None:
    credentials = zoho().credentials(HeldSecret("ztoken"))
    assert "ztoken" not in repr(credentials)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, ""),
        ("  a ", "a"),
        ("a\x00\r\n\x1b\u202eb\u200b", "a  b"),
        (True, "true"),
        (3, "3"),
        (-12.5, "-12.5"),
        ({"id": "7", "name": "West"}, "West"),
        ({"id": 7, "name": None}, "7"),
        ({}, ""),
        (["a", None, "b", ["deep"]], "a, b"),
        ("x" * 9999, "x" * LONGEST),
        (object(), ""),
    ],
)
def test_values_as_text(value: Any, told: str) -> None:
    assert text(value) == told
    assert clean(told) == told


def test_ids_are_short() -> None:
    assert (identity(7), identity("a" * 128), identity("a" * 129)) == ("7", "a" * 128, "")


def test_a_cursor_is_read_back() -> None:
    here = Cursor(stage="a", at="b", since="c", count=4, fields={"m": ("x",)}, phones={"m": ("y",)})
    assert read_cursor(here.written()) == here
    assert read_cursor("") == Cursor()


def test_crm_loads_neither_gevent_nor_the_wire() -> None:
    """The CRM side runs in native threads, and knows nothing of calls."""
    modules = ", ".join(f"fsrouter.crm.{name}" for name in ("lookup.lookup", "sync.sync", "check", "writeback.notes"))
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"gevent", "greenswitch", "fsrouter.esl", "fsrouter.router.conductor", "textual"} & set(loaded)


@pytest.mark.parametrize("name", ["hubspot", "zoho", "connectwise", "salesforce", "custom", "base"])
def test_connectors_are_pure(name: str) -> None:
    code = f"import sys, fsrouter.crm.connectors.{name}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"requests", "urllib3", "peewee", "gevent"} & set(loaded)
