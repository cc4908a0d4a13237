"""Each thing that a call can be told to do, as FreeSWITCH sees it and as the journal has it."""

from __future__ import annotations

import pytest

from fsrouter.simulator import ANSWERS, BUSY, NOBODY, RINGS_OUT, Agent, Phone
from router.site import DESK, GUARD, MAIN, OTHER, PASSWORD, STRANGER, TRUNK, Site, attempts, commands, until

DESK_LINE, GUARD_LINE = TRUNK + DESK, TRUNK + GUARD

MORE = """
splits: {half: {branches: [{weight: 1, then: agent:nancy}]}}
routers: {r: {branches: [{when: {open: office}, then: agent:nancy}]}}
"""
NANCY = ["user/1001"]

#: route, what runs on the call, who was talked to, outcome, destination
ENDINGS = [
    ("agent:nancy", ["bridge"], NANCY, "answered", "agent:nancy"),
    ("number:desk", ["bridge"], [DESK_LINE], "answered", "number:desk"),
    (f'"phone:{DESK}"', ["bridge"], [DESK_LINE], "answered", f"phone:{DESK}"),
    ("agent:fay", ["bridge"], [TRUNK + "+13125550161"], "answered", "agent:fay"),
    ("agent:cas", ["bridge"], [TRUNK + "+13125550160"], "answered", "agent:cas"),
    ("[number:busy, number:silent, agent:nancy]", ["bridge"] * 3, NANCY, "answered", "agent:nancy"),
    ('["play:ivr/a.wav", agent:nancy]', ["answer", "playback", "bridge"], NANCY, "answered", "agent:nancy"),
    ('["say:Good day", agent:nancy]', ["answer", "speak", "bridge"], NANCY, "answered", "agent:nancy"),
    ('["say:★", agent:nancy]', ["bridge"], NANCY, "answered", "agent:nancy"),
    ('["play:/nowhere/x.wav", agent:nancy]', ["answer", "playback", "bridge"], NANCY, "answered", "agent:nancy"),
    ("voicemail:box", ["answer", "playback", "voicemail"], [], "voicemail", "voicemail:box"),
    ("[number:busy, number:silent]", ["bridge"] * 2, [], "unanswered", "hangup"),
    ("hangup:USER_BUSY", [], [], "ended", "hangup:USER_BUSY"),
    ("hangup", [], [], "ended", "hangup"),
    ("[tag:a, agent:nancy]", ["bridge"], NANCY, "answered", "agent:nancy"),
    ("extension:8790", ["transfer", "answer", "playback"], [], "transferred", "extension:8790"),
    ("split:half", ["bridge"], NANCY, "answered", "agent:nancy"),
    ("router:r", ["bridge"], NANCY, "answered", "agent:nancy"),
]


@pytest.mark.parametrize(("to", "ran", "talked", "outcome", "destination"), ENDINGS)
def test_route_reaches_its_destination(
    site: Site, to: str, ran: list[str], talked: list[str], outcome: str, destination: str
) -> None:
    call, record = site.route(to, MORE)
    assert commands(call) == ran, call.log()
    assert call.talked_to == talked
    assert not call.fail_safe
    assert (record.outcome, record.destination) == (outcome, destination)
    assert record.ended and record.where == "" and record.router == "router0"
    assert (record.number, record.caller, record.source) == (MAIN, STRANGER, "ads")


@pytest.mark.parametrize(
    ("to", "cause", "answered"),
    [
        ("hangup", "NORMAL_CLEARING", False),
        ("hangup:USER_BUSY", "USER_BUSY", False),
        ('["play:ivr/a.wav", "hangup:CALL_REJECTED"]', "CALL_REJECTED", True),
        ("number:busy", "NO_ANSWER", False),
        ("agent:nancy", "NORMAL_CLEARING", True),
    ],
)
def test_hangup_uses_its_cause(site: Site, to: str, cause: str, answered: bool) -> None:
    call, record = site.route(to)
    assert (call.hangup_cause, call.answered) == (cause, answered)
    assert record.cause == cause


def test_caller_is_not_answered_before_somebody_answers(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=7, talk=3)
    call, record = site.route("[number:silent, agent:nancy]")
    assert call.answered_at is not None and call.answered_at > 12, call.log()
    assert record.answered is not None


@pytest.mark.parametrize(
    ("phone", "outcome", "cause"),
    [
        (BUSY, "busy", "USER_BUSY"),
        (RINGS_OUT, "no-answer", "ALLOTTED_TIMEOUT"),
        (Phone(reject="CALL_REJECTED"), "busy", "CALL_REJECTED"),
        (NOBODY, "no-answer", "NORMAL_TEMPORARY_FAILURE"),
        (Phone(reject="UNALLOCATED_NUMBER"), "no-answer", "UNALLOCATED_NUMBER"),
        (Phone(answers_after=1, early_media=True, talk=2), "answered", "SUCCESS"),
    ],
)
def test_attempt_has_its_outcome(site: Site, phone: Phone, outcome: str, cause: str) -> None:
    site.switch.phones[DESK] = phone
    call, record = site.route("[number:desk, hangup]")
    assert call.outcomes() == [(DESK_LINE, cause)]
    assert attempts(record) == [("number:desk", outcome)]


def test_destination_rings_for_its_ring_time(site: Site) -> None:
    call, record = site.route("number:silent")
    assert call.rang[0].over_at == pytest.approx(5, abs=1.1)
    assert record.attempts[0].ring == 5


def test_unregistered_endpoint_is_not_rung(site: Site) -> None:
    call, record = site.route("agent:cas")
    assert [ring.target for ring in call.rang] == [TRUNK + "+13125550160"]
    assert attempts(record) == [("agent:cas", "answered")]


def test_registered_endpoint_comes_before_the_number(site: Site) -> None:
    site.switch.phones["user/1009"] = ANSWERS
    call, _ = site.route("agent:cas")
    assert call.talked_to == ["user/1009"]


def test_endpoint_lost_while_ringing_gives_way_to_the_number(site: Site) -> None:
    site.switch.phones["user/1009"] = Phone(reject="SUBSCRIBER_ABSENT")
    call, record = site.route("agent:cas")
    assert call.outcomes() == [("user/1009", "SUBSCRIBER_ABSENT"), (TRUNK + "+13125550160", "SUCCESS")]
    assert attempts(record) == [("agent:cas", "answered")]


@pytest.mark.parametrize(
    ("line", "name", "shown", "who"),
    [
        ("", "Pat Caller", "Pat Caller (Main line)", ""),
        ("", "", "Main line", ""),
        (", caller_id: tracking", "Pat", "Pat (Main line)", MAIN),
        (", caller_id: caller", "Pat", "Pat (Main line)", ""),
    ],
)
def test_answerer_sees_caller_name_and_number(site: Site, line: str, name: str, shown: str, who: str) -> None:
    call, _ = site.route("agent:nancy", line=line, name=name)
    assert call.variables.get("effective_caller_id_name") == shown
    assert call.variables.get("effective_caller_id_number", "") == who


@pytest.mark.parametrize(
    ("to", "from_the_leg"),
    [("agent:nancy", False), ('["play:ivr/a.wav", agent:nancy]', True), ("queue:support", False)],
)
def test_recorded_call_has_its_file(site: Site, to: str, from_the_leg: bool) -> None:
    site.queue(Agent("nancy@acme", "user/1001"))
    call, record = site.route(to, line=", record: true")
    (recording,) = call.recordings
    assert recording.uuid == call.uuid and recording.path.endswith(f"/{call.uuid}.wav")
    assert record.record and record.recording == recording.path
    began = call.rang[-1].answered_at if from_the_leg else call.answered_at
    assert recording.started == pytest.approx(began, abs=1)
    assert call.variables["RECORD_STEREO"] == "true"


def test_unanswered_call_has_no_recording(site: Site) -> None:
    _, record = site.route("number:silent", line=", record: true")
    assert record.record and record.recording == ""


def test_tags_go_to_the_channel_and_the_journal(site: Site) -> None:
    call, record = site.route("[tag:b, agent:nancy]", line=", tags: [a]")
    assert record.tags == ("a", "b") and record.known()["tags"] == ["a", "b"]
    assert call.variables["fsr_tags"] == "a,b"


def test_destination_costs_one_write(site: Site) -> None:
    """One setvar, one execute, the result in the same round trip."""
    said: list[str] = []
    site.switch.stopwatch = lambda command, seconds: said.append(" ".join(command.line.split()[:2]))
    site.route("[number:busy, agent:nancy]")
    step = ["api uuid_setvar_multi", "sendmsg", "api uuid_dump"]
    assert said == ["connect", "api global_getvar", *step, *step, "api uuid_setvar_multi"]


def test_loop_goes_to_the_fail_safe_and_is_in_the_journal(site: Site) -> None:
    call, record = site.route("flow:a", "flows: {a: {route: [number:busy, flow:a]}}")
    assert call.fail_safe and call.talked_to == [GUARD_LINE], call.log()
    assert (record.outcome, record.destination) == ("failsafe", "failsafe")
    assert record.trace[-1].outcome == "loop"


def test_number_of_no_rule_book_is_left_to_the_dialplan(site: Site) -> None:
    site.rules("agent:nancy", others=f'{{number: "{OTHER}", to: agent:johan}}')
    service = site.serve()
    site.rules("agent:nancy")
    until(lambda: OTHER not in service.rulebooks.snapshot.numbers, "the new rule book")
    call = site.call(to=OTHER).wait()
    assert call.routers and call.fail_safe and call.talked_to == [GUARD_LINE], call.log()
    assert site.store.journal.get(call.uuid) is None


@pytest.mark.parametrize("dialled", ["18725550111", "8725550111", "+18725550111"])
def test_number_is_known_in_every_form_of_a_carrier(site: Site, dialled: str) -> None:
    site.rules("agent:nancy")
    site.serve()
    call = site.call(to=dialled).wait()
    assert site.record(call).number == MAIN
    assert call.talked_to == ["user/1001"]


@pytest.mark.parametrize("number", ["anonymous", "restricted", "unavailable", "", "0"])
def test_call_with_a_withheld_number_is_routed(site: Site, number: str) -> None:
    _, record = site.route("agent:nancy", caller=number)
    assert record.caller == "" and "caller" not in record.known() and "from" not in record.known()


def test_busy_and_silent_lines_are_distinguished(site: Site) -> None:
    _, record = site.route("[number:busy, number:silent]")
    assert attempts(record) == [("number:busy", "busy"), ("number:silent", "no-answer")]
    assert [entry.outcome for entry in record.trace if entry.at.startswith("number:")] == ["busy", "no-answer"]


def test_no_part_of_a_router_shows_its_secrets(site: Site) -> None:
    site.rules("agent:nancy")
    service = site.serve(key="Sesame-7")
    for name, part in vars(service).items():
        assert "Sesame-7" not in repr(part) and PASSWORD not in repr(part), name
