"""Calls files, and what became of a call beside what was expected."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from paths import EXAMPLES

from fsrouter.engine.model.scalars import Context
from fsrouter.engine.walk.explained import Explained, ExplainedAttempt, ExplainedLeg
from fsrouter.engine.walk.trace import Skip
from fsrouter.rules import call_tests, yaml_reader
from fsrouter.rules.expectations import Expected
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
    assert (call.expect, call.record, call.tags, call.attempts) == (
        Expected(destination="queue:support"),
        None,
        None,
        None,
    )
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
        "5:24: calls.2.expect.destination",
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


def attempt(*targets: str, outcome: str = "answered", **more: Any) -> ExplainedAttempt:
    return ExplainedAttempt(destination="distribution:sales", targets=targets, ring=20, outcome=outcome, **more)


GOT = Explained(
    company="acme",
    to="+18725550111",
    from_="+12125550100",
    at="2026-11-23T10:00:00-06:00",
    facts={"title": "Buyer", "crm.Shoe": "42", "tags": ["ads", "shop"], "previous_score": "4", "from": "+12125550100"},
    trace=(),
    attempts=(attempt("agent:johan", outcome="no-answer"), attempt("agent:nancy", "agent:vald")),
    destination="agent:nancy",
    tags=("ads", "shop"),
    record=False,
    skipped=(Skip("agent:bo", "on break"),),
)
LEG = ExplainedLeg(
    destination="number:desk", number="+13125550150", whisper="a.wav", accept="1", extension="204", extension_delay=2
)
RUNG = replace(
    GOT,
    attempts=(
        attempt("number:desk", caller_id="caller", trunk="carrier", gateways=("a", "b"), record=True, legs=(LEG,)),
        attempt("agent:vald", outcome="no-answer", caller_id="+18725550111"),
    ),
    record=True,
    notice="say:Recorded",
)


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
    assert call_tests.mismatches(call, GOT) == said


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("destination: agent:nancy, attempts: [agent:johan, distribution:sales], tags: [shop, ads], record: no", []),
        ("skipped: agent:bo", []),
        ("skipped: []", ["expected the skipped none, got agent:bo (on break)"]),
        ("notice: ''", []),
        ("notice: a.wav", ["expected the notice a.wav, got none"]),
        ("destination: failsafe", ["expected failsafe, got agent:nancy"]),
        ("facts: {Title: buy*, CRM.SHOE: '42', tags: shop}", []),
        ("facts: {previous_score: '>= 4', crm.x: unknown, from: (212) 555-0100}", []),
        (
            "facts: {title: Clerk, tags: vip, crm.x: '*'}",
            [
                "expected title Clerk, it is Buyer",
                "expected tags vip, it is ads, shop",
                "expected crm.x anything, it is not known",
            ],
        ),
        ("trunk: ''", []),
        ("trunk: carrier", ["expected the trunk carrier, got none"]),
    ],
)
def test_expect_as_a_mapping(expected: str, said: list[str]) -> None:
    call = read(f"- {{to: +18725550111, expect: {{{expected}}}}}\n").calls[0]
    assert call_tests.mismatches(call, GOT) == said


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("trunk: carrier, gateways: [a, b], caller_id: caller, whisper: a.wav, accept: '1', extension: '204'", []),
        ("notice: 'say:Recorded', record: yes", []),
        ("gateways: b", ["expected the gateways b, got a, b"]),
        ("caller_id: 872 555 0111", ["expected the caller ID +18725550111, got caller"]),
        ("whisper: ''", ["expected the whisper none, got a.wav"]),
        ("accept: '2', extension: ''", ["expected the accept 2, got 1", "expected the extension none, got 204"]),
    ],
)
def test_expected_of_the_attempt_that_took_the_call(expected: str, said: list[str]) -> None:
    call = read(f"- {{to: +18725550111, expect: {{{expected}}}}}\n").calls[0]
    assert call_tests.mismatches(call, RUNG) == said


def test_expected_of_each_leg_and_of_no_attempt() -> None:
    call = read("- {to: +18725550111, expect: {whisper: a.wav}}\n").calls[0]
    others = replace(RUNG.attempts[0], legs=(LEG, replace(LEG, whisper="b.wav")))
    several = replace(RUNG, attempts=(others,))
    assert call_tests.mismatches(call, several) == ["expected the whisper a.wav, got b.wav"]
    assert call_tests.mismatches(call, replace(RUNG, attempts=())) == ["expected an attempt with whisper, got none"]
    unanswered = replace(RUNG, attempts=(*RUNG.attempts[1:], attempt("agent:bo", outcome="no-answer")))
    assert call_tests.mismatches(call, unanswered) == ["expected the whisper a.wav, got none"]


@pytest.mark.parametrize(
    ("expected", "fault"),
    [
        ("{trunks: a}", "0.expect.trunks: unknown key 'trunks'; did you mean 'trunk'?"),
        ("{accept: 12}", "0.expect.accept: '12' is not one key of a telephone; keys are 0-9, * and #"),
        ("{}", "0.expect: expects nothing"),
        ("{caller_id: me}", "0.expect.caller_id: 'me' is no"),
        ("{facts: {colour: red}}", "0.expect.facts.colour: 'colour' is no fact"),
        ("{tags: a}, tags: b", "0: expects tags twice; once is enough"),
        ("failsave", "0.expect.destination: 'failsave' is no destination"),
    ],
)
def test_expectation_fault_is_reported_with_its_place(expected: str, fault: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        read(f"- {{to: +18725550111, expect: {expected}}}\n")
    (error,) = refused.value.errors
    assert error.line == 1 and error.message.startswith(fault)


@pytest.mark.parametrize(
    ("fact", "value", "why"),
    [
        ("draw", "7", "'7' is no draw; write a number from 0 to 1"),
        ("draw", "", "'' is no draw; write a number from 0 to 1"),
        ("draw", "abc", "'abc' is no draw; write a number from 0 to 1"),
        ("previous_score", "abc", "'abc' is no score; write a number, as 4"),
        ("caller", "new", "'new' is neither first-time nor repeat"),
        ("country", "USA", "'USA' is no country; write US"),
        ("area_code", "312-555", "'312-555' is no area code; write 312555"),
        ("from", "Bob", "'Bob' is no caller's number; write it as +13125550150, or nothing for a withheld one"),
        ("to", "", ""),
        ("last_agent", "Nancy N", "'Nancy N' is no agent; write nancy-n"),
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
