"""Calls files, and what became of a call beside what was expected."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from paths import EXAMPLES

from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.scalars import Context
from fsrouter.rules import call_tests, yaml_reader
from fsrouter.rules.file_errors import InvalidFile

US = Context("US")


def read(text: str) -> call_tests.CallTests:
    return call_tests.read(yaml_reader.read(text, "calls.yaml", Path("/rules")), US)


def test_the_example_is_read() -> None:
    calls = call_tests.load(EXAMPLES / "acme.calls.yaml", US)
    assert len(calls.calls) == 30
    assert calls.contacts == EXAMPLES / "contacts.csv"
    call = calls.calls[15]
    assert (call.line, call.why) == (20, "nothing matched and nothing pressed")
    assert (call.to, call.from_, call.at) == ("+18725550111", "+12125550100", datetime(2026, 11, 23, 10))
    assert (call.set, call.press, call.unanswered) == ({"caller": "repeat"}, ("-", "-"), 0)
    assert (call.expect, call.record, call.tags, call.attempts) == (Destination("queue", "support"), None, None, None)
    assert calls.calls[12].record is True
    assert calls.calls[29].tags == ("shop", "business-hours")


def test_calls_file_may_be_a_list_and_keys_one_text() -> None:
    calls = read('- {to: (872) 555-0111, press: "1, -,#2", expect: hangup}\n')
    assert calls.contacts is None
    assert (calls.calls[0].to, calls.calls[0].press, calls.calls[0].from_) == ("(872) 555-0111", ("1", "-", "#2"), "")


def test_calls_file_faults_are_reported_by_line() -> None:
    text = """\
contact: contacts.csv
calls:
  - {to: nobody, expect: hangup}
  - {to: +18725550111}
  - {to: +18725550111, expect: agnt:nancy, at: tomorrow}
  - {to: +18725550111, expect: hangup, set: {colour: red}, press: [x]}
  - {to: +18725550111, expects: hangup, record: perhaps, unanswered: some}
"""
    with pytest.raises(InvalidFile) as refused:
        read(text)
    assert [":".join(str(error).split(":")[1:4]) for error in refused.value.errors] == [
        "1:1: contact",
        "3:6: calls.0.to",
        "4:5: calls.1",
        "5:24: calls.2.expect",
        "5:44: calls.2.at",
        "6:46: calls.3.set.colour",
        "6:68: calls.3.press.0",
        "7:24: calls.4.expects",
        "7:41: calls.4.record",
        "7:58: calls.4.unanswered",
    ]
    with pytest.raises(InvalidFile, match="'0001-01-01' is out of reach; write a year from 1970 to 2199"):
        read("- {to: +18725550111, expect: hangup, at: 0001-01-01}\n")
    with pytest.raises(InvalidFile, match=r"calls\.yaml:1:1: calls: must be a list of calls"):
        read("contacts: a.csv\n")


RESULT: dict[str, Any] = {
    "destination": "agent:nancy",
    "record": False,
    "tags": ["ads", "shop"],
    "attempts": [
        {"destination": "distribution:sales", "targets": ["agent:johan"], "ring": 20, "outcome": "no-answer"},
        {
            "destination": "distribution:sales",
            "targets": ["agent:nancy", "agent:vald"],
            "ring": 20,
            "outcome": "answered",
        },
    ],
}


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("expect: agent:nancy, record: false, tags: [shop, ads]", []),
        ("attempts: [agent:johan, distribution:sales]", []),
        ("expect: queue:support", ["expected queue:support, got agent:nancy"]),
        ("record: true", ["expected a recording, got none"]),
        ("tags: []", ["expected the tags none, got ads, shop"]),
        ("tags: ads", ["expected the tags ads, got ads, shop"]),
        (
            "attempts: [agent:johan]",
            [
                "expected the attempts agent:johan, got distribution:sales (agent:johan), "
                "distribution:sales (agent:nancy and agent:vald)"
            ],
        ),
        (
            "expect: hangup, record: yes, tags: x",
            [
                "expected hangup, got agent:nancy",
                "expected a recording, got none",
                "expected the tags x, got ads, shop",
            ],
        ),
    ],
)
def test_mismatches_name_what_was_expected_and_what_came(expected: str, said: list[str]) -> None:
    call = read(f"- {{to: +18725550111, {expected}}}\n").calls[0]
    assert call_tests.mismatches(call, RESULT) == said


@pytest.mark.parametrize(
    ("fact", "value", "why"),
    [
        ("draw", "7", "'7' is no draw; write a number from 0 to 1"),
        ("draw", "", "'' is no draw; write a number from 0 to 1"),
        ("draw", "abc", "'abc' is no draw; write a number from 0 to 1"),
        ("previous_score", "abc", "'abc' is no score; write a number, as 4"),
        ("caller", "new", "'new' is neither first-time nor repeat"),
        ("country", "USA", "'USA' is no country; write its two letters (ISO 3166), as US"),
        ("area_code", "312-555", "'312-555' is no area code; write its digits, as 312"),
        ("from", "Bob", "'Bob' is no caller's number; write it as +13125550150, or nothing for a withheld one"),
        ("to", "", ""),
        ("last_agent", "Nancy N", "'Nancy N' is no agent; write the name that stands under `agents`"),
        ("draw", "0.95", ""),
        ("draw", ".5", ""),
        ("draw", "1", ""),
        ("previous_score", "-1.5", ""),
        ("previous_score", "", ""),
        ("country", "us", ""),
        ("keyword", "anything at all", ""),
        ("crm.tier", "3", ""),
    ],
)
def test_given_fact_must_have_a_possible_value(fact: str, value: str, why: str) -> None:
    text = f'- {{to: +18725550111, expect: hangup, set: {{{fact}: "{value}"}}}}\n'
    if not why:
        assert read(text).calls[0].set == {fact: value}
        return
    with pytest.raises(InvalidFile) as refused:
        read(text)
    assert [str(error) for error in refused.value.errors] == [f"calls.yaml:1:44: 0.set.{fact}: {why}"]
