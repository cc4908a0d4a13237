"""Dial strings and what becomes of them: who rings for how long, who wins, what the variables say, who is hung up."""

from __future__ import annotations

import pytest

from fsrouter.simulator import BUSY, RINGS_OUT, UNREGISTERED, Caller, Phone, PlacedCall, Switch
from fsrouter.simulator.calls.dialstring import BadDialString, Endpoint, parse

PHONES = {
    "user/busy": BUSY,
    "user/never": RINGS_OUT,
    "user/away": UNREGISTERED,
    "user/soon": Phone(answers_after=2, talk=10),
    "user/late": Phone(answers_after=12, talk=10),
    "user/presses": Phone(answers_after=2, talk=20, presses=(("9", 1), ("1", 4))),
    "user/rude": Phone(reject="CALL_REJECTED", refuses_after=1),
    "user/forwards": Phone(redirects="sip:soon@127.0.0.1:5060"),
    "user/leads-out": Phone(redirects="sip:stranger@10.0.0.9"),
    "stranger": Phone(talk=1),
}


def bridged(dial: str, caller: Caller | None = None, **variables: str) -> PlacedCall:
    """A call whose dialplan is one bridge and then a file."""
    sets = [("set", f"{name}={value}") for name, value in variables.items()]
    extensions = {"100": [*sets, ("bridge", dial), ("playback", "/after.wav")]}
    with Switch(phones=PHONES, extensions=extensions, speed=500) as switch:
        return switch.call(caller or Caller(to="100")).wait()


@pytest.mark.parametrize(
    ("dial", "rang", "disposition"),
    [
        ("user/soon", [("user/soon", "SUCCESS")], "SUCCESS"),
        ("user/busy", [("user/busy", "USER_BUSY")], "USER_BUSY"),
        ("user/away", [("user/away", "USER_NOT_REGISTERED")], "USER_NOT_REGISTERED"),
        ("user/rude", [("user/rude", "CALL_REJECTED")], "CALL_REJECTED"),
        ("[leg_timeout=5]user/never", [("user/never", "ALLOTTED_TIMEOUT")], "ALLOTTED_TIMEOUT"),
        ("{originate_timeout=4}user/never", [("user/never", "NO_ANSWER")], "NO_ANSWER"),
        ("{originate_timeout=4}user/never|user/soon", [("user/never", "NO_ANSWER")], "NO_ANSWER"),
        ("user/busy|user/soon", [("user/busy", "USER_BUSY"), ("user/soon", "SUCCESS")], "SUCCESS"),
        ("user/late,user/soon", [("user/late", "LOSE_RACE"), ("user/soon", "SUCCESS")], "SUCCESS"),
        (
            "[leg_timeout=3]user/late,user/busy",
            [("user/late", "ALLOTTED_TIMEOUT"), ("user/busy", "USER_BUSY")],
            "ALLOTTED_TIMEOUT",
        ),
        (
            "{fail_on_single_reject=USER_BUSY}user/never,user/busy",
            [("user/never", "NO_ANSWER"), ("user/busy", "USER_BUSY")],
            "NO_ANSWER",
        ),
        ("{a=1", [], "ORIGINATOR_CANCEL"),
        ("carrier/x", [], "CHAN_NOT_IMPLEMENTED"),
        ("error/user_busy", [], "USER_BUSY"),
    ],
)
def test_bridge_outcomes_and_disposition(dial: str, rang: list[tuple[str, str]], disposition: str) -> None:
    call = bridged(dial, continue_on_fail="true")
    assert call.outcomes() == rang
    assert call.variables["originate_disposition"] == disposition
    assert call.heard == ["/after.wav"]


@pytest.mark.parametrize("phone", ["user/forwards", "user/leads-out"])
def test_redirect_that_is_fatal_is_a_refusal(phone: str) -> None:
    call = bridged(f"{{outbound_redirect_fatal=true}}{phone},user/late", continue_on_fail="true")
    assert call.outcomes() == [(phone, "REQUESTED_CHAN_UNAVAIL"), ("user/late", "SUCCESS")]
    assert call.heard == ["/after.wav"]
    alone = bridged(f"[outbound_redirect_fatal=true]{phone}", continue_on_fail="true")
    assert alone.variables["last_bridge_proto_specific_hangup_cause"] == "sip:302"
    assert alone.variables["originate_disposition"] == "REQUESTED_CHAN_UNAVAIL"


def test_redirect_to_this_switch_takes_the_caller_out() -> None:
    call = bridged("user/forwards,user/late", continue_on_fail="true")
    assert dict(call.outcomes())["user/forwards"] == "REDIRECTION_TO_NEW_DESTINATION"
    assert "bl_xfer:soon/public/XML" in call.variables["transfer_history"]
    assert not call.heard


def test_redirect_elsewhere_is_followed_by_the_leg() -> None:
    call = bridged("user/leads-out", continue_on_fail="true")
    assert [ring.target for ring in call.rang] == ["user/leads-out", "sip:stranger@10.0.0.9"]
    assert call.outcomes()[-1] == ("sip:stranger@10.0.0.9", "SUCCESS")


def test_ring_times_are_simulated_seconds() -> None:
    call = bridged("[leg_timeout=5]user/never|[leg_timeout=7]user/never", continue_on_fail="true")
    one, two = call.rang
    assert one.over_at is not None and two.over_at is not None
    assert 5 <= one.over_at - one.at < 9
    assert 7 <= two.over_at - two.at < 11


@pytest.mark.parametrize(
    ("dial", "variables", "cause", "goes_on"),
    [
        ("user/busy", {}, "USER_BUSY", False),
        ("user/busy", {"continue_on_fail": "false"}, "USER_BUSY", False),
        ("user/busy", {"continue_on_fail": "true"}, "NORMAL_CLEARING", True),
        ("user/busy", {"continue_on_fail": "USER_BUSY,NO_ANSWER"}, "NORMAL_CLEARING", True),
        ("user/busy", {"continue_on_fail": "17"}, "NORMAL_CLEARING", True),
        ("user/rude", {"continue_on_fail": "USER_BUSY"}, "CALL_REJECTED", False),
        ("{continue_on_fail=true}user/busy", {}, "USER_BUSY", False),
        ("{originate_timeout=2}user/never", {}, "NORMAL_CLEARING", True),
        ("[leg_timeout=2]user/never", {}, "ALLOTTED_TIMEOUT", False),
        ("user/soon", {}, "NORMAL_CLEARING", True),
        ("user/soon", {"hangup_after_bridge": "true"}, "NORMAL_CLEARING", False),
    ],
)
def test_dialplan_continues_after_bridge_only_when_allowed(
    dial: str, variables: dict[str, str], cause: str, goes_on: bool
) -> None:
    call = bridged(dial, **variables)
    assert call.hangup_cause == cause
    assert (call.heard == ["/after.wav"]) is goes_on


@pytest.mark.parametrize(
    ("dial", "outcome", "heard", "digits"),
    [
        ("[group_confirm_key=1,group_confirm_file=/w.wav]user/presses", "SUCCESS", "/w.wav", ""),
        (
            "[group_confirm_key=5,group_confirm_file=/w.wav,group_confirm_timeout=6]user/presses",
            "ALLOTTED_TIMEOUT",
            "/w.wav",
            "",
        ),
        ("[leg_timeout=4,group_confirm_key=1,group_confirm_file=/w.wav]user/presses", "ALLOTTED_TIMEOUT", "/w.wav", ""),
        (
            "[leg_timeout=4,group_confirm_key=1,group_confirm_file=/w.wav,group_confirm_timeout=0]user/presses",
            "SUCCESS",
            "/w.wav",
            "",
        ),
        ("[group_confirm_key=exec,group_confirm_file='playback /w.wav']user/presses", "SUCCESS", "/w.wav", ""),
        ("[execute_on_answer='send_dtmf W20w4#@100']user/presses", "SUCCESS", "", "204#"),
    ],
)
def test_confirmation_of_the_answering_leg(dial: str, outcome: str, heard: str, digits: str) -> None:
    call = bridged(dial, continue_on_fail="true")
    (ring,) = call.rang
    assert ring.outcome == outcome, call.log()
    assert set(ring.heard) == ({heard} if heard else set())
    assert ring.dtmf_sent == digits


def test_caller_is_answered_only_after_the_accept_key() -> None:
    call = bridged("[group_confirm_key=1,group_confirm_file=/w.wav]user/presses")
    assert call.answered_at is not None
    assert call.rang[0].answered_at is not None
    assert call.answered_at - call.rang[0].answered_at >= 4


@pytest.mark.parametrize(
    ("when", "outcome"),
    [("at:ringing+1", "ORIGINATOR_CANCEL"), ("at:talking+3", "SUCCESS"), (1.0, "ORIGINATOR_CANCEL")],
)
def test_caller_hangup_cancels_or_ends_the_leg(when: str | float, outcome: str) -> None:
    call = bridged("user/soon", Caller(to="100", hangs_up_after=when))
    assert call.outcomes() == [("user/soon", outcome)]
    assert call.hung_up_by_caller
    assert not call.heard


def test_record_session_on_answer_begins_at_the_answer() -> None:
    call = bridged("user/soon", execute_on_answer="record_session /rec/1.wav", RECORD_STEREO="true")
    (recording,) = call.recordings
    assert call.answered_at is not None and recording.stopped is not None
    assert recording.path == "/rec/1.wav"
    assert abs(recording.started - call.answered_at) < 1


def test_exported_variables_reach_the_dialled_leg() -> None:
    call = bridged("[leg_timeout=30,fsr_target=a]user/soon", fsr_call="1", export_vars="fsr_call")
    variables = call.rang[0].variables
    assert (variables["fsr_call"], variables["fsr_target"], variables["originator"]) == ("1", "a", call.uuid)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("user/1", [[Endpoint("user/1", {})]]),
        ("{a=1}[b=2]user/1,[a=3]user/2|user/3", [
            [Endpoint("user/1", {"a": "1", "b": "2"}), Endpoint("user/2", {"a": "3"})],
            [Endpoint("user/3", {"a": "1"})],
        ]),
        ("[a='x, y',b=z]user/1", [[Endpoint("user/1", {"a": "x, y", "b": "z"})]]),
        ("{^^:a=1:b=2}user/1", [[Endpoint("user/1", {"a": "1", "b": "2"})]]),
        ("[f='playback tone_stream://%(700,0,600)']user/1", [[Endpoint("user/1", {"f": "playback tone_stream://%(700,0,600)"})]]),
        ("[n=a\\nb]user/1", [[Endpoint("user/1", {"n": "a\nb"})]]),
        ("{n='x}user/2|{a=b'}user/1", [[Endpoint("user/2", {"n": "x"})], [Endpoint("{a=b'}user/1", {"n": "x"})]]),
        ("{a=1}user/1:_:user/2", [[Endpoint("user/1", {"a": "1"}), Endpoint("user/2", {})]]),
    ],
)  # fmt: skip
def test_dial_string_grammar(text: str, groups: list[list[Endpoint]]) -> None:
    assert parse(text) == groups


@pytest.mark.parametrize("text", ["", "{a=1", "[a=1]"])
def test_dial_string_that_freeswitch_rejects(text: str) -> None:
    with pytest.raises(BadDialString):
        parse(text)
