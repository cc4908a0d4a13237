"""What a CRM can do: connectors, lint, the dashboard, pages and the JSON Schema go by the same table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cli.conftest import home  # noqa: F401 - a fixture
from cli.front import run
from crm.rig import CONNECTIONS
from paths import ROOT

from fsrouter.crm.client import CONNECTORS
from fsrouter.crm.connectors.base import Wanted
from fsrouter.crm.transport.messages import Reply
from fsrouter.engine.model import crms, schema
from fsrouter.engine.model.company import Header
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import SECRET
from fsrouter.errors import Error
from fsrouter.store import Store
from fsrouter.tui.context import Context
from fsrouter.tui.queries.contact_sources import contact_sources, request_sync

URL = "https://crm.example/{number}"
WITH_LEADS = ("zoho", "salesforce")
ONES = ("hubspot", "zoho", "connectwise", "salesforce")
#: What rules may call the modules: what is the account's, a lead, a person's, and what is none of them.
ACCOUNTS = ("Accounts", "accounts", "Account", "ACCOUNT", "Companies", "companies", "Company", "company", " Account ")
LEADS = ("Leads", "Lead", "leads", "lead", "LEADS", " lead")
PEOPLE = ("Contacts", "Contact", "contacts", "contact", "CONTACTS", "Contact ")
OTHERS = (
    *(
        "Deals",
        "Tickets",
        "Opportunity",
        "Cases",
        "Tasks",
        "Products",
        "Kontakte",
        "x",
        "*",
        "Contacts2",
        "my contacts",
    ),
    *(
        "[red]",
        "Account__c",
        "Accounts;Leads",
        "people",
        "person",
        "companys",
        "accountss",
        "C",
        "漢字",
        "Cont acts",
    ),
    *("Users", "Owners", "Calls", "Notes", "x" * 200, "Contact's", "company_id", "Vendors", "Campaigns"),
)
WORDS = (*ACCOUNTS, *LEADS, *PEOPLE, *OTHERS)
#: Each word for each type: what is looked at, "" for a word that the type has no module for.
WANTED = {
    (kind, word): "account" if word in ACCOUNTS else "lead" if kind in WITH_LEADS and word in LEADS else "person"
    for kind in ONES
    for word in WORDS
}
KNOWN = {(kind, word) for kind, word in WANTED if word in (*ACCOUNTS, *PEOPLE) or WANTED[kind, word] == "lead"}


#: How each type's requests show what they are for.
ACCOUNT = re.compile(r"/company/companies|objects/[^/]*/companies|/Accounts|sobjects/Account/|FROM Account")
LEAD = re.compile(r"/Leads|sobjects/Lead/|FROM Lead")


def looked_at(kind: str, word: str) -> str:
    """Which record a live look-up asks for in the end, by its requests."""
    connector = CONNECTORS[crms.TYPES[kind]]("c", CONNECTIONS[kind](URL), frozenset(), "US")
    asked = " ".join(requests_of(connector.look_up(Wanted(number="+13125550150", module=word, field="tier"))))
    return "account" if ACCOUNT.search(asked) else "lead" if LEAD.search(asked) else "person"


def requests_of(flow: Any) -> Iterator[str]:
    """What a flow asks when nothing is found."""
    nothing = {"records": [], "results": [], "data": [], "fields": [], "searchRecords": []}
    try:
        request = next(flow)
        while True:
            yield f"{request.url} {request.json}"
            body = [] if "/company/" in request.url else nothing
            request = flow.send(Reply(status=200, body=msgspec.json.encode(body)))
    except StopIteration:
        return


@pytest.mark.parametrize("kind", ONES)
def test_connector_looks_at_the_module_that_a_rule_means(kind: str) -> None:
    assert {word: looked_at(kind, word) for word in WORDS} == {word: WANTED[kind, word] for word in WORDS}


@pytest.mark.parametrize("kind", ONES)
def test_lint_names_modules_that_the_crm_does_not_have(kind: str, home: Path) -> None:  # noqa: F811
    entry = json.dumps({"type": kind, **schema.write(CONNECTIONS[kind]("https://crm.example"))})
    rules = [
        f"  r{i}: {json.dumps({'crm': 'c', 'module': word, 'field': 'x', 'rules': []})}" for i, word in enumerate(WORDS)
    ]
    (home / "acme.yaml").write_text("\n".join(["company: acme", f"crms: {{c: {entry}}}", "crm_rules:", *rules]))
    told = json.loads(run("rules", "check", "acme.yaml", "--json").stdout)
    warned = {each["line"] for each in told if each["code"] == "crm-cannot"}
    assert {word for i, word in enumerate(WORDS) if i + 4 not in warned} == {w for w in WORDS if (kind, w) in KNOWN}


def test_there_are_two_hundred_inputs() -> None:
    assert len(WANTED) >= 200 and len(set(WORDS)) == len(WORDS)


#: What else CRMs of each type can do: be synced, tell what has changed, take calls; and the fields that are secrets.
CAN = {
    "hubspot": (True, True, True, {"token"}),
    "zoho": (True, True, True, {"client_secret", "refresh_token"}),
    "connectwise": (True, True, True, {"public_key", "private_key"}),
    "salesforce": (True, True, True, {"client_secret"}),
    "custom": (False, False, False, {"password", "token", "client_secret", "refresh_token"}),
    "csv": (True, False, False, set()),
}


@pytest.mark.parametrize("kind", CAN)
def test_table_has_what_each_type_can_do(kind: str) -> None:
    can = crms.TYPES[kind].CAN
    secrets = {field.name for field in schema.fields(crms.TYPES[kind]) if schema.dissect(field.type)[0] is SECRET}
    assert (can.syncs, can.incremental, can.writes, secrets) == CAN[kind]
    assert CONNECTORS.get(crms.TYPES[kind], type("", (), {"modules": can.modules})).modules == can.modules


@pytest.mark.parametrize("kind", CAN)
def test_schema_takes_names_only_for_what_is_a_secret(kind: str) -> None:
    document = json.loads(run("rules", "schema").stdout)
    properties = document["$defs"][crms.TYPES[kind].__name__]["properties"]
    secret = {name for name, shape in properties.items() if re.fullmatch(shape.get("pattern", "x"), "${NAME}")}
    assert secret == CAN[kind][3]


@pytest.mark.parametrize("kind", CAN)
def test_page_about_crms_says_what_each_type_can_do(kind: str) -> None:
    page = (ROOT / "docs/crm.md").read_text()
    assert f"| `{kind}` | {crms.TYPES[kind].CAN.credential} |" in page
    assert ("is not synced" in page.split(f"| `{kind}` | ")[2].split("\n")[0]) == (not CAN[kind][0])


@pytest.mark.parametrize("kind", CAN)
def test_lint_says_which_types_take_no_calls(kind: str, home: Path) -> None:  # noqa: F811
    made = crms.Csv(path="x.csv") if kind == "csv" else CONNECTIONS[kind]("https://crm.example/{number}")
    entry = json.dumps({"type": kind, **schema.write(made), "write_back": "true"})
    (home / "acme.yaml").write_text(f"company: acme\ncrms: {{c: {entry}}}\n")
    told = json.loads(run("rules", "check", "acme.yaml", "--json").stdout)
    assert ("crm-cannot" in {each["code"] for each in told}) == (not CAN[kind][2])


@pytest.mark.parametrize("kind", CAN)
def test_dashboard_says_which_types_are_synced(kind: str, home: Path) -> None:  # noqa: F811
    made = crms.Csv(path="x.csv") if kind == "csv" else CONNECTIONS[kind]("https://crm.example/{number}")
    book = RuleBook(header=Header(company="acme"), crms={"c": made})
    with Store.open(f"sqlite:///{home / 'fsrouter.db'}") as store:
        (source,) = contact_sources(Context(store, "ada"), [book])
        assert ("never synced" in source.status) == (not CAN[kind][0])
        with pytest.raises(Error, match="no router lives" if CAN[kind][0] else "is not synced"):
            request_sync(Context(store, "ada"), source)
