"""Callers, numbers, headers and CRM fields that try to be more than text: they forge nothing and run nothing."""

from __future__ import annotations

import pytest

from fsrouter.engine.contacts import Contact, Entry
from router.site import ADA, Site, attempts

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


def ran_nothing(site: Site) -> bool:
    """Whether no command ran that only a caller's text could have asked for."""
    return not [run for run in site.switch.commands_run if run.startswith(("system", "strftime", "bgapi"))]


@pytest.mark.parametrize("to", ["agent:nancy", '["play:ivr/a.wav", voicemail:box]'])
def test_hostile_caller_name_is_routed_and_harmless(site: Site, to: str) -> None:
    site.rules(to)
    site.serve()
    for name in NASTY:
        call = site.call(name=name).wait()
        record = site.record(call)
        assert record.outcome in ("answered", "voicemail") and not call.fail_safe, (name, call.log())
        assert [ring.target for ring in call.rang] == (["user/1001"] if to == "agent:nancy" else []), name
        assert record.uuid == call.uuid and "fsr_vip" not in call.variables
        assert "\n" not in record.caller_name and "\x1b" not in record.caller_name
    assert ran_nothing(site)


def test_hostile_caller_number_is_routed_and_harmless(site: Site) -> None:
    site.rules("[number:busy, agent:nancy]")
    site.serve()
    for number in [*NASTY, "+1415555010199999999999", "0;rm -rf", "sip:x@evil"]:
        call = site.call(number).wait()
        record = site.record(call)
        assert (record.outcome, record.caller) == ("answered", ""), (number, call.log())
    assert ran_nothing(site)


def test_hostile_invite_headers_are_harmless(site: Site) -> None:
    site.rules("agent:nancy")
    site.serve()
    for value in NASTY:
        headers = dict.fromkeys(("sip_h_X-Note", "sip_h_X-fsr_cursor", "sip_h_X-fsr_goto"), value)
        call = site.call(variables=headers).wait()
        assert site.record(call).outcome == "answered" and not call.fail_safe, (value, call.log())
    assert ran_nothing(site)


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
def test_variables_set_by_a_trunk_are_ignored(site: Site, variables: dict[str, str]) -> None:
    call, record = site.route("[number:busy, agent:nancy]", variables=variables)
    assert attempts(record) == [("number:busy", "busy"), ("agent:nancy", "answered")], call.log()
    assert not call.fail_safe


def test_hostile_crm_fields_are_harmless(site: Site) -> None:
    routers = "routers: {r: {branches: [{when: {crm.tier: gold}, then: hangup}], otherwise: agent:owner}}"
    site.rules("[router:r, agent:nancy]", routers)
    site.serve()
    for value in [text.replace("\u0000", "") for text in NASTY if text.strip()]:
        fields = {"tier": value, value[:40]: value}
        contact = Contact(id="c-1", name=value, title=value, account=value, territory=value, owner=value, fields=fields)
        site.store.contacts.replace("acme", "", [Entry(contact=contact, numbers=(ADA,))])
        call = site.call(ADA).wait()
        assert site.record(call).outcome == "answered" and not call.fail_safe, (value, call.log())
        assert [ring.target for ring in call.rang] == ["user/1001"], value
    assert ran_nothing(site)


def test_recorded_call_with_a_hostile_name_is_harmless(site: Site) -> None:
    call, record = site.route("agent:nancy", line=", record: true", name="${system(id)}/../../etc")
    (recording,) = call.recordings
    assert ".." not in recording.path and record.recording == recording.path
