"""Routers and commands of one database and one signing key sign in to a CRM once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.front import run
from crm.office import office
from crm.server import Server, StandIn
from crm.zoho_stand_in import Zoho

from router.crm.hub import FIRST, LOOPBACK
from router.site import Site, until

RULES = """
crms:
  books:
    type: zoho
    url: "{url}"
    accounts_url: "{url}"
    client_id: "${{ZOHO_ID}}"
    client_secret: "${{ZOHO_SECRET}}"
    refresh_token: "${{ZOHO_REFRESH}}"
crm_rules:
  tier: {{crm: books, module: Contacts, field: tier, rules: [{{operator: "=", value: "1", destination: agent:nancy}}]}}
"""
KEY = "shared by routers and commands"


@pytest.fixture
def zoho(site: Site, serve: Callable[[StandIn], Server]) -> Zoho:
    stand_in = Zoho(office(3))
    site.rules("crm:tier", RULES.format(url=serve(stand_in).url))
    return stand_in


@pytest.fixture
def configured(site: Site, tmp_path: Path, ca: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command line finds."""
    (tmp_path / "fsrouter.toml").write_text(f'crm_ca = "{ca}"\ncrm_networks = ["127.0.0.0/8", "::1"]\n')
    monkeypatch.setenv("FSROUTER_CONFIG", str(tmp_path / "fsrouter.toml"))
    monkeypatch.setenv("FSROUTER_DATABASE", site.url)
    monkeypatch.setenv("FSROUTER_KEY", KEY)


def test_a_router_and_two_commands_sign_in_once(site: Site, zoho: Zoho, ca: str, configured: None) -> None:
    site.serve(crm_networks=LOOPBACK, crm_ca=ca, key=KEY)
    until(lambda: site.store.contacts.count("acme", "books"), "the first sync")
    assert site.record(site.call(FIRST).wait()).destination == "agent:nancy"
    run("crm", "check")
    run("contacts", "sync", "--full")
    assert len(zoho.tokens) == 1


def test_a_command_with_another_key_signs_in_for_itself(
    site: Site, zoho: Zoho, ca: str, configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.serve(crm_networks=LOOPBACK, crm_ca=ca, key=KEY)
    until(lambda: site.store.contacts.count("acme", "books"), "the first sync")
    monkeypatch.setenv("FSROUTER_KEY", "another")
    run("crm", "check")
    assert len(zoho.tokens) == 2


def test_check_says_that_no_more_tokens_are_given(zoho: Zoho, configured: None) -> None:
    zoho.refusing = True
    (seen,) = json.loads(run("crm", "check", "--json", code=1).stdout)
    assert (seen["checked"]["reachable"], seen["checked"]["let_in"]) == (True, None)
    assert "ten in ten minutes" in seen["checked"]["problems"][0]
    assert "is reachable" in run("crm", "check", code=1).stdout
