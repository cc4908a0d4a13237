"""What `explain` and calls files say of calls, beside what the phone does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cli.front import run

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


def explained(to: str) -> dict[str, Any]:
    words = ("--rules", "acme.yaml", "--to", to, "--from", "+12125550100", "--json")
    found: dict[str, Any] = json.loads(run("explain", *words).stdout)
    return found


def test_queue_without_agents_is_skipped_as_on_the_phone() -> None:
    """A queue that nobody serves stands before somebody who is there."""
    Path("acme.yaml").write_text(RULES)
    told = explained(MAIN)
    assert (told["destination"], told["tags"]) == ("agent:bo", ["nobody"])
    assert [each["destination"] for each in told["attempts"]] == ["agent:bo"]
    assert told["skipped"] == [{"destination": "queue:empty", "why": "it has no agents"}]
    calls = f'[{{to: "{MAIN}", expect: {{destination: agent:bo, skipped: queue:empty, tags: nobody}}}}]'
    Path("calls.yaml").write_text(calls)
    assert "1 call passed" in run("rules", "test", "acme.yaml", "calls.yaml").stderr


def test_calls_file_expects_the_failsafe_of_a_call_that_loops() -> None:
    """Nobody presses a key, and the menu is entered again and again."""
    Path("acme.yaml").write_text(RULES)
    assert explained(LOOP)["destination"] == "failsafe"
    Path("calls.yaml").write_text(f'[{{to: "{LOOP}", expect: failsafe}}, {{to: "{MAIN}", expect: failsafe}}]')
    result = run("rules", "test", "acme.yaml", "calls.yaml", code=1)
    assert "expected failsafe, got agent:bo" in result.stdout and "1 passed, 1 failed" in result.stderr
