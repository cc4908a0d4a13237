"""No secret's value is anywhere but on the wire: not in a log, journal, export, error, screen or database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.front import run
from crm import server as faults
from crm.office import office
from crm.rig import ENVIRONMENT
from crm.server import Server, StandIn
from crm.zoho_stand_in import Zoho

from fsrouter.router.service import Service
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
    write_back: true
  shut: {{type: hubspot, token: "${{WRONG}}", url: "{url}/hub"}}
crm_rules:
  tier: {{crm: books, module: Contacts, field: tier, rules: [{{operator: "=", value: "1", destination: crm:shut}}]}}
  shut: {{crm: shut, module: Contacts, field: tier, rules: [], otherwise: agent:nancy}}
"""
WRONG = "pat-na1-wrong-but-secret"


def test_secrets_are_on_the_wire_and_nowhere_else(
    site: Site,
    serve: Callable[[StandIn], Server],
    ca: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = {"ZOHO_SECRET": "zsecret", "ZOHO_REFRESH": "zrefresh", "WRONG": WRONG}
    assert all(ENVIRONMENT.get(name, value) == value for name, value in secrets.items())
    monkeypatch.setenv("WRONG", WRONG)
    stand_in = Zoho(office(3))
    server = serve(stand_in)
    site.rules("crm:tier", RULES.format(url=server.url))
    service = site.serve(crm_networks=LOOPBACK, crm_ca=ca)
    until(lambda: site.store.contacts.count("acme", "books"), "the first sync")
    until(lambda: service.contact_sync.status().get("acme/shut"), "the sync that fails")
    record = site.record(site.call(FIRST).wait())
    assert record.destination == "agent:nancy", record.trace
    until(lambda: stand_in.notes, "the note")
    stand_in.always = faults.status(401)
    site.record(site.call("+12005550002").wait())
    site.store.nodes.beat(service.status.node(False))
    told = shown(service, site, tmp_path, ca, monkeypatch)

    sent = " ".join(f"{dict(asked.headers)} {asked.body!r}" for asked in stand_in.seen)
    held = {token: token for token in stand_in.tokens}
    assert held and all(value in sent for value in (*secrets.values(), *held))
    everywhere = {
        "logs": "\n".join(f"{r.getMessage()} {vars(r)!r}" for r in caplog.records),
        "database": "".join(path.read_bytes().decode("latin-1") for path in tmp_path.glob("acme.db*")),
        **told,
    }
    assert "401" in everywhere["logs"] and "${ZOHO_SECRET}" in everywhere["export"]
    for place, text in everywhere.items():
        for name, value in (*secrets.items(), *held.items()):
            assert value not in text, f"{name} is in the {place}"


def shown(service: Service, site: Site, folder: Path, ca: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the commands print, and what is told of the parts."""
    (folder / "fsrouter.toml").write_text(f'crm_ca = "{ca}"\ncrm_networks = ["127.0.0.0/8", "::1"]\n')
    monkeypatch.setenv("FSROUTER_CONFIG", str(folder / "fsrouter.toml"))
    monkeypatch.setenv("FSROUTER_DATABASE", site.url)
    parts = service.settings, service.rulebooks.snapshot, service.status.node(False), service.crm_client
    told = {"repr": repr(parts)}
    for name, words, code in (
        ("export", ("rules", "export"), 0),
        ("check", ("crm", "check"), 1),
        ("check as JSON", ("crm", "check", "--json"), 1),
        ("sync", ("contacts", "sync", "--full"), 1),
        ("calls", ("calls", "list", "--json"), 0),
    ):
        result = run(*words, code=code)
        told[name] = result.stdout + result.stderr
    for line in site.store.journal.list():
        told[f"call {line.uuid}"] = run("calls", "show", line.uuid).output
    return told
