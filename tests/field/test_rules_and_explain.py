"""What rules and `explain` say of calls, and what the phone does: by files, by the database, and again in a replay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.front import run
from router.conftest import empty  # noqa: F401 - a fixture
from router.site import PATIENCE, Site

from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import load
from fsrouter.simulator import BUSY, RINGS_OUT, Agent, Phone, Queue

MAIN, LOOP = "+18725550111", "+18725550112"
RULES = f"""\
company: acme
country: US
timezone: America/Chicago
failsafe: voicemail:main
agents: {{bo: {{endpoint: user/1001}}}}
queues: {{empty: {{agents: [], skip_without_agents: yes, unanswered: [tag:nobody, agent:bo]}}}}
menus: {{ask: {{greeting: ask.wav, timeout: 1s, attempts: 1, digits: {{"1": agent:bo}}, no_input: router:again}}}}
routers: {{again: {{branches: [], otherwise: menu:ask}}}}
voicemails: {{main: {{mailbox: "1000"}}}}
tracking_numbers:
  - {{number: "{MAIN}", to: queue:empty}}
  - {{number: "{LOOP}", to: menu:ask}}
"""


def explained(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("explain", *words, "--json").stdout)
    return found


def by_file(to: str) -> dict[str, Any]:
    return explained("--rules", "acme.yaml", "--to", to, "--from", "+12125550100")


def test_queue_without_agents_is_skipped_as_on_the_phone() -> None:
    """A queue that nobody serves stands before somebody who is there."""
    Path("acme.yaml").write_text(RULES)
    told = by_file(MAIN)
    assert (told["destination"], told["tags"]) == ("agent:bo", ["nobody"])
    assert [each["destination"] for each in told["attempts"]] == ["agent:bo"]
    assert told["skipped"] == [{"destination": "queue:empty", "why": "it has no agents"}]
    calls = f'[{{to: "{MAIN}", expect: {{destination: agent:bo, skipped: queue:empty, tags: nobody}}}}]'
    Path("calls.yaml").write_text(calls)
    assert "1 call passed" in run("rules", "test", "acme.yaml", "calls.yaml").stderr


def test_calls_file_expects_the_failsafe_of_a_call_that_loops() -> None:
    """Nobody presses a key, and the menu is entered again and again."""
    Path("acme.yaml").write_text(RULES)
    assert by_file(LOOP)["destination"] == "failsafe"
    Path("calls.yaml").write_text(f'[{{to: "{LOOP}", expect: failsafe}}, {{to: "{MAIN}", expect: failsafe}}]')
    result = run("rules", "test", "acme.yaml", "calls.yaml", code=1)
    assert "expected failsafe, got agent:bo" in result.stdout and "1 passed, 1 failed" in result.stderr


CHANCE = """\
company: acme
country: US
timezone: America/Chicago
trunk: carrier
failsafe: voicemail:box
agents:
  ada: {endpoint: user/1001}
  bob: {endpoint: user/1002}
  cyd: {endpoint: user/1003}
  dee: {endpoint: user/1004}
voicemails: {box: {mailbox: "1000"}}
queues: {support: {max_wait: 20s, agents: [ada]}}
distributions:
  turns: {groups: [{rule: round-robin, members: [agent:ada, agent:bob, agent:cyd], ring: 10s}]}
  hunt: {groups: [{rule: linear-round-robin, members: [agent:cyd, agent:bob, agent:ada], ring: 10s}]}
  drawn: {groups: [{rule: random, members: [agent:cyd, agent:bob, agent:dee], ring: 10s}]}
  shares:
    groups: [{rule: weighted, members: [{member: agent:cyd, weight: 2}, {member: agent:ada, weight: 3}], ring: 10s}]
  least: {groups: [{rule: least-connected, members: [agent:ada, agent:bob, agent:cyd, agent:dee], ring: 10s}]}
splits:
  trial:
    branches:
      - {weight: 40, then: [distribution:turns, distribution:drawn, queue:support]}
      - {weight: 30, then: [distribution:hunt, distribution:shares]}
      - {weight: 30, then: distribution:least}
tracking_numbers: [{number: "+1 872 555 0111", name: Main, to: [split:trial, voicemail:box]}]
"""
CALLS = 40


@pytest.fixture
def site(folder: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:  # noqa: F811
    """A router and a switch, on the command line's database."""
    site = Site(folder, empty)
    monkeypatch.setenv("FSROUTER_DATABASE", site.url)
    yield site
    site.close()


def test_unchanged_rules_with_chances_and_turns_send_no_past_call_elsewhere(site: Site, folder: Path) -> None:
    """What was drawn and whose turn it was is what was then: replayed with the rules that it was made by, every call
    goes where it went, whoever was busy, on a break or did not answer.
    """
    (folder / "acme.yaml").write_text(CHANCE)
    site.store.books.save(company_file.read(load(folder / "acme.yaml")).onto(None), "test", "")
    site.store.states.set_agent("acme", "dee", "break", "test")
    site.switch.phones = {
        "user/1001": lambda call: RINGS_OUT if len(call.rang) % 2 else Phone(answers_after=3, talk=60),
        "user/1002": BUSY,
        "user/1003": lambda call: BUSY if len(call.rang) < 3 else Phone(answers_after=1, talk=5),
    }
    queue = site.switch.queues["support@acme"] = Queue("support@acme", max_wait=20)
    queue.add(Agent("ada@acme", "user/1001"))
    site.serve()
    calls = [site.call(f"+1212555{i:04}") for i in range(100, 100 + CALLS)]
    records = [site.record(call.wait(PATIENCE)) for call in calls]
    assert len({record.destination for record in records}) > 2 and len({len(r.attempts) for r in records}) > 2
    told = run("replay", "--since", "1d", "--rules", "acme.yaml", "--json")
    assert json.loads(told.stdout) == []
    assert told.stderr == f"0 of {CALLS} calls would have gone elsewhere\n"


SHARED = """\
company: acme
country: US
timezone: America/Chicago
trunk: carrier
crms: {people: {type: csv, path: contacts.csv}}
agents:
  globex: {endpoint: user/1001}
  initech: {endpoint: user/1002}
  north: {endpoint: user/1003}
  nobody: {endpoint: user/1004}
priorities:
  accounts:
    rules: [{account: Initech, to: agent:initech}, {account: Globex, to: agent:globex}]
    no_match: agent:nobody
  territories:
    rules: [{territory: North, to: agent:north}, {territory: East, to: agent:initech}]
    no_match: agent:nobody
routers:
  facts:
    branches:
      - {when: {account: Globex, territory: West}, then: agent:globex}
      - {when: {account: Initech}, then: agent:initech}
      - {when: {territory: North}, then: agent:north}
    otherwise: agent:nobody
tracking_numbers:
  - {number: "+1 872 555 0111", name: Accounts, to: priority:accounts}
  - {number: "+1 872 555 0112", name: Territories, to: priority:territories}
  - {number: "+1 872 555 0113", name: Facts, to: router:facts}
"""
#: Two companies of one number, of which the second comes first by its id; a company whose territory stands in
#: another of its rows than its number, and one that has it before.
COMPANIES = """\
id,name,title,account_id,account,territory,phones
,,,a-2,Initech,East,+14155550199
,,,a-1,Globex,West,+14155550199
,,,a-3,Hooli,,+14155550198
,,,a-3,Hooli,North,+14155550188
,,,a-4,Umbrella,North,+14155550187
,,,a-4,Umbrella,,+14155550197
"""
CALLERS = ("+14155550199", "+14155550198", "+14155550197")
DIALLED = ("+18725550111", "+18725550112", "+18725550113")
#: For each dialled number where each caller goes: both companies of a number are looked at for a kind, the first by its
#: id before the other, whatever the order of the rules.
GOES = "globex nobody nobody initech north north globex north north"
EXPECTED = [f"agent:{name}" for name in GOES.split()]


@pytest.mark.parametrize("way", ["import", "sync"])
def test_companies_that_share_a_number_and_rows_that_complete_each_other(way: str, site: Site, folder: Path) -> None:
    """The file alone, the database by an import or by the connection's own sync, and the phone say the same of them."""
    (folder / "acme.yaml").write_text(SHARED)
    (folder / "contacts.csv").write_text(COMPANIES)
    assert takers("--rules", "acme.yaml", "--contacts", "contacts.csv") == EXPECTED
    run("rules", "import", "acme.yaml", "--yes")
    run(*(("contacts", "import", "contacts.csv") if way == "import" else ("contacts", "sync", "acme")))
    (folder / "contacts.csv").unlink()
    assert takers() == EXPECTED
    site.switch.phones = {}
    site.serve()
    placed = [site.call(caller, to=to) for _, to, _, caller in calls()]
    assert [site.record(call.wait(PATIENCE)).destination for call in placed] == EXPECTED


def calls() -> list[tuple[str, str, str, str]]:
    return [("--to", to, "--from", caller) for to in DIALLED for caller in CALLERS]


def takers(*words: str) -> list[str]:
    return [explained(*words, *call)["destination"] for call in calls()]
