"""`contacts sync`, `crm check`, and what `rules check` and `contacts find` know of CRMs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.front import run
from crm import server as faults
from crm.custom_stand_in import Custom
from crm.hubspot_stand_in import HubSpot
from crm.office import office
from crm.server import Server, StandIn

from fsrouter.store import Node, Store
from router.crm.hub import FIRST, LOOPBACK

BOOK = """
company: acme
country: US
timezone: America/Chicago
trunk: carrier
crms:
  hub: {{type: hubspot, token: "${{HUB}}", url: "{url}"}}
  people: {{type: csv, path: people.csv}}
  erp: {{type: custom, url: "{erp}/caller?phone={{number}}", token: "${{ERP}}"}}
agents:
  nancy: {{endpoint: user/1, crm_user: {{hub: "501"}}}}
  johan: {{endpoint: user/2}}
tracking_numbers:
  - {{number: "+18725550111", name: Main, to: agent:owner}}
"""
PEOPLE = "id,name,owner,phones\nc-1,Ada,Zoe,+14155550101\n"


@pytest.fixture
def stand_in() -> HubSpot:
    return HubSpot(office(5))


@pytest.fixture
def acme(
    tmp_path: Path,
    stand_in: HubSpot,
    serve: Callable[[StandIn], Server],
    ca: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    """A folder with a rules file and its contacts, whose rules are in force; nobody works in it."""
    for name in list(os.environ):
        if name.startswith("FSROUTER_"):
            monkeypatch.delenv(name)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "acme.yaml").write_text(
        BOOK.format(url=serve(stand_in).url, erp=serve(Custom(office(5))).url)
    )
    (tmp_path / "rules" / "people.csv").write_text(PEOPLE)
    settings = tmp_path / "fsrouter.toml"
    settings.write_text(f'crm_ca = "{ca}"\ncrm_networks = {json.dumps(LOOPBACK)}\n')
    monkeypatch.setenv("FSROUTER_CONFIG", str(settings))
    monkeypatch.setenv("FSROUTER_DATABASE", f"sqlite:///{tmp_path / 'acme.db'}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path


@pytest.fixture
def in_force(acme: Path) -> Path:
    run("rules", "import", "rules/acme.yaml", "--yes")
    return acme


def test_contacts_sync_reads_the_crm(in_force: Path) -> None:
    told = run("contacts", "sync").stdout
    assert re.sub(r"\d\.\d", "0.1", told).splitlines() == [
        "COMPANY  CRM     CONTACTS  GONE  UNREAD  LEFT OUT  WITHOUT NUMBER  SECONDS  WHAT",
        "acme     hub     8         0     0       0         0               0.1      everything was read",
        "acme     people  1         0     0       0         0               0.1      everything was read",
        "acme     erp     0         0     0       0         0               0.1      is only looked up, never synced",
    ]
    (hub,) = json.loads(run("contacts", "sync", "acme", "--crm", "hub", "--json").stdout)
    assert (hub["company"], hub["report"]["kind"], hub["trouble"]) == ("acme", "incremental", "")
    (hub,) = json.loads(run("contacts", "sync", "--crm", "hub", "--full", "--json").stdout)
    assert hub["report"]["kind"] == "full"
    (people,) = json.loads(run("contacts", "sync", "--crm", "people", "--json").stdout)
    assert people["report"]["kind"] == "unchanged"
    _, row = run("contacts", "sync", "--crm", "people").stdout.splitlines()
    assert row.split()[:2] + row.split()[3:] == ["acme", "people", "the", "file", "has", "not", "changed"]


def test_csv_beside_the_rules_file_is_found_from_any_directory(in_force: Path) -> None:
    exported = run("rules", "export").stdout
    assert str(in_force / "rules" / "people.csv") in exported
    (in_force / "again.yaml").write_text(exported)
    assert "nothing" in run("rules", "plan", "again.yaml").stdout
    assert "nothing" in run("rules", "plan", "rules/acme.yaml").stdout


def test_contacts_sync_reports_a_failed_sync(in_force: Path, stand_in: HubSpot) -> None:
    run("contacts", "sync")
    stand_in.always = faults.status(403)
    result = run("contacts", "sync", "--full", code=1)
    assert "hub: does not let the credential do this (403)" in result.stderr
    assert "the cache stays as it was" in result.stderr and "failed" in result.stdout
    assert len(json.loads(run("contacts", "find", FIRST, "--json").stdout)) == 1


def test_contacts_sync_says_that_a_router_is_syncing(in_force: Path) -> None:
    with Store.open(os.environ["FSROUTER_DATABASE"]) as store:
        store.contacts.sources.lease("acme", "hub", "r1", 60.0)
        assert "a router is at it" in run("contacts", "sync", "--crm", "hub").stdout


def test_contacts_sync_lists_numbers_that_cannot_be_read(in_force: Path, stand_in: HubSpot) -> None:
    stand_in.office.people[1002].phone = "ask\x1b[2J her"
    told = run("contacts", "sync", "--crm", "hub").stderr
    assert "acme hub: contact 1002: 'ask[2J her' is no telephone number" in told


@pytest.mark.parametrize("words", [("contacts", "sync", "--crm", "hup"), ("crm", "check", "hup")])
def test_unknown_crm_name_is_refused(in_force: Path, words: tuple[str, ...]) -> None:
    assert run(*words, code=2).stderr == "Error: there is no CRM 'hup'; did you mean 'hub'?\n"


def test_crm_check_shows_every_crm(in_force: Path, stand_in: HubSpot) -> None:
    assert "cache: 0 contacts, never synced" in run("crm", "check", "hub").stdout
    run("contacts", "sync")
    told = run("crm", "check").stdout
    assert re.sub(r"\d+ s ago", "0 s ago", told).splitlines() == [
        "acme hub (hubspot): is reachable, lets us in",
        "  contacts: 5 records",
        "  companies: 3 records",
        "  cache: 8 contacts, brought up to date 0 s ago",
        "  no agent is Johan Berg (502, johan@acme.example)",
        "acme people (csv): is reachable, lets us in",
        "  cache: 1 contacts, brought up to date 0 s ago",
        "acme erp (custom): is reachable, lets us in",
        "  records: readable",
        "  cache: 0 contacts, never synced",
    ]
    (seen,) = json.loads(run("crm", "check", "hub", "--json").stdout)
    assert seen["checked"]["let_in"] is True and seen["checked"]["cached"] == 8


def test_crm_check_shows_a_crm_that_refuses_the_credential(in_force: Path, stand_in: HubSpot) -> None:
    stand_in.always = faults.status(401)
    with Store.open(os.environ["FSROUTER_DATABASE"]) as store:
        store.nodes.beat(Node(name="r1", beat=store.clock(), detail={"crms": {"acme/hub": {"trouble": "hub: no"}}}))
    told = run("crm", "check", "hub", code=1).stdout
    assert "acme hub (hubspot): is reachable, does not let us in" in told
    assert "amiss: contacts: hub: does not know the credential (401)" in told
    assert "router r1 could not sync: hub: no" in told


def test_crm_without_its_credential_is_not_asked(
    in_force: Path, stand_in: HubSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUB")
    told = run("crm", "check", "hub", code=1).stdout.splitlines()
    assert told[0] == "acme hub (hubspot): was not asked" and not stand_in.seen
    assert [line for line in told if "HUB is not set" in line] == [told[-1]]


def test_private_address_is_not_asked_without_crm_networks(in_force: Path, stand_in: HubSpot) -> None:
    (in_force / "fsrouter.toml").write_text("")
    told = run("crm", "check", "hub", code=1).stdout
    assert "is not reachable" in told and "settings can allow it (crm_networks)" in told
    assert not stand_in.seen


def test_rules_check_lists_unmapped_owners(in_force: Path) -> None:
    assert "unmapped-owner" not in run("rules", "check", "rules/acme.yaml").stdout
    run("contacts", "sync")
    told = [line for line in run("rules", "check", "rules/acme.yaml").stdout.splitlines() if "unmapped-owner" in line]
    assert told == [
        "rules/acme.yaml:7:3: warning: crms.hub: no agent's crm_user or title is the owner of these contacts: "
        "502 (2 contacts) [unmapped-owner]",
        "rules/acme.yaml:8:3: warning: crms.people: no agent's crm_user or title is the owner of these contacts: "
        "Zoe (1 contact) [unmapped-owner]",
    ]


def test_rules_check_makes_no_database(acme: Path) -> None:
    before = sorted(acme.rglob("*"))
    run("rules", "check", "rules/acme.yaml")
    assert sorted(acme.rglob("*")) == before


def test_contacts_find_shows_the_age_of_a_contact(in_force: Path) -> None:
    run("contacts", "sync")
    (row,) = run("contacts", "find", FIRST).stdout.splitlines()[1:]
    assert re.search(r" hub +\d s +\+12005550001$", row)
