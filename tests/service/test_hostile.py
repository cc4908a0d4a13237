"""Callers, numbers, headers and CRM fields that try to be more than text: they forge nothing and run nothing."""

from __future__ import annotations

import pytest

from fsrouter.engine.facts import Contact
from fsrouter.store import Entry

from .house import ADA, House, attempts

NASTY = [
    "Bob%0Avariable_fsr_vip: true",
    "Bob%0AUnique-ID: 6666%0A%0Aapi system id%0A%0A",
    "Bob\nUnique-ID: 6666\n\napi system id\n\n",
    "${system(touch /tmp/owned)}",
    "$${domain}${strftime(%Y)}",
    "a;fsr_served=yes;fsr_cause=USER_BUSY",
    "a',[leg_timeout=1]user/1002|user/1003,{x=y}",
    ":_:user/1002:_:^^,",
    "ARRAY::one|:two|:three",
    "ARRAY::ARRAY::x",
    "ARR:_:AY::x",
    "^^:a:b",
    "\u202e\u0000\u001b[2J\u0007Bob",
    "\\" * 7 + "'" * 7 + '"' * 7,
    "x" * 4000,
    "名前 ünïcode 🎉",
    "%" * 50,
    " ",
    "",
]


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("to", ["agent:nancy", '["play:ivr/a.wav", voicemail:box]'])
def test_a_callers_name(house: House, name: str, to: str) -> None:
    call, record = house.route(to, name=name)
    assert record.outcome in ("answered", "voicemail") and not call.fail_safe, call.told()
    assert record.uuid == call.uuid
    assert not [run for run in house.switch.commands_run if run.startswith(("system", "strftime", "bgapi"))]
    assert [ring.target for ring in call.rang] == (["user/1001"] if to == "agent:nancy" else [])
    assert "fsr_vip" not in call.variables
    assert "\n" not in record.caller_name and "\x1b" not in record.caller_name


@pytest.mark.parametrize("number", [*NASTY, "+1415555010199999999999", "0;rm -rf", "sip:x@evil"])
def test_a_callers_number(house: House, number: str) -> None:
    call, record = house.route("[number:busy, agent:nancy]", caller=number)
    assert record.outcome == "answered" and record.caller == "", call.told()
    assert not [run for run in house.switch.commands_run if run.startswith("system")]


@pytest.mark.parametrize("value", NASTY)
def test_a_header_of_the_invite(house: House, value: str) -> None:
    headers = {"sip_h_X-Note": value, "sip_h_X-fsr_cursor": value, "sip_h_X-fsr_goto": value}
    call, record = house.route("agent:nancy", variables=headers)
    assert record.outcome == "answered" and not call.fail_safe, call.told()
    assert not [run for run in house.switch.commands_run if run.startswith("system")]


@pytest.mark.parametrize(
    "variables",
    [
        {"fsr_served": "yes", "fsr_cause": "USER_BUSY"},
        {"fsr_cursor": "forged", "fsr_facts": "forged"},
        {"fsr_goto": "agent:johan"},
        {"fsr_queue": "support@acme"},
        {"fsr_failsafe": "yes"},
        {"originate_disposition": "SUCCESS", "cc_cause": "answered"},
        {"transfer_history": "1:x:uuid_br:y"},
        {"execute_on_answer": "system touch /tmp/owned"},
    ],
)
def test_variables_that_a_trunk_has_set_are_none_of_ours(house: House, variables: dict[str, str]) -> None:
    call, record = house.route("[number:busy, agent:nancy]", variables=variables)
    assert attempts(record) == [("number:busy", "busy"), ("agent:nancy", "answered")], call.told()
    assert not call.fail_safe


@pytest.mark.parametrize("value", [text for text in NASTY if text.strip()])
def test_a_field_of_the_crm(house: House, value: str) -> None:
    value = value.replace("\u0000", "")
    fields = {"tier": value, value[:40]: value}
    contact = Contact(id="c-1", name=value, title=value, account=value, territory=value, owner=value, fields=fields)
    house.store.contacts.replace("acme", "", [Entry(contact=contact, numbers=(ADA,))])
    routers = "routers: {r: {branches: [{when: {crm.tier: gold}, then: hangup}], otherwise: agent:owner}}"
    call, record = house.route("[router:r, agent:nancy]", routers, caller=ADA)
    assert record.outcome == "answered" and not call.fail_safe, call.told()
    assert [ring.target for ring in call.rang] == ["user/1001"]
    assert not [run for run in house.switch.commands_run if run.startswith("system")]


def test_a_recorded_call_with_a_hostile_name(house: House) -> None:
    call, record = house.route("agent:nancy", line=", record: true", name="${system(id)}/../../etc")
    (recording,) = call.recordings
    assert ".." not in recording.path and record.recording == recording.path
