"""What a real FreeSWITCH was seen to do (docs/live.md, the last table), and that our routers do right with it."""

from __future__ import annotations

import pytest
from router.site import DESK, MAIN, OTHER, TRUNK, Site, attempts, heard, until
from router.test_operator_commands import order

from fsrouter.simulator import Caller, Phone, Switch
from fsrouter.simulator.dialplan import Condition, Extension
from simulator.router import Router, Talk

FAR = "+13125550153"
STAYS = Phone(answers_after=1, talk=None)


# Transfers by the caller's phone


def test_refer_by_caller_moves_callee_into_exported_context(site: Site) -> None:
    site.switch.phones["user/1001"] = STAYS
    site.rules("[agent:nancy, number:desk]")
    site.serve()
    call = site.call().reach("talking")
    call.take("refer_by_caller", "1002")
    call.wait()
    (far,) = call.onward
    far.wait()
    assert heard(far) == ("/ivr/1002.wav",) and not far.fail_safe and not far.routers, far.log()
    record = site.record(call)
    assert (record.outcome, record.agent) == ("answered", "nancy")
    assert not call.fail_safe and [ring.target for ring in call.rang] == ["user/1001"]


def moved_without_context(talk: Talk, turn: int) -> None:
    talk.took()
    if turn == 1:
        talk.execute("bridge", "user/1001")
        talk.serve()


def test_refer_by_caller_without_exported_context_lands_in_fsr() -> None:
    """Where nothing is for them: the dialplan of docs/wire.md 6 has one extension there, `fsr`."""
    with Router(moved_without_context) as router, Switch([router.address], {"user/1001": STAYS}, speed=400) as switch:
        call = switch.call(Caller(to="+18725550111")).reach("talking")
        call.take("refer_by_caller", "8790")
        (far,) = call.wait().onward
        assert far.wait().hangup_cause == "NO_ROUTE_DESTINATION", far.log()
    assert far.timeline[0][1] == "user/1001 goes on to 8790 XML fsr"


def test_refer_by_caller_reaches_nobody_of_an_unknown_company(site: Site) -> None:
    with Router(moved_without_context) as router:
        site.rules("agent:nancy")
        site.routers = [router.address]
        site.install()
        site.switch.phones["user/1001"] = STAYS
        call = site.call().reach("talking")
        call.take("refer_by_caller", "1002")
        (far,) = call.wait().onward
        far.wait()
    # The leg has not got the dialled number, which tells whose call it is.
    assert far.hangup_cause == "OUTGOING_CALL_BARRED" and not far.fail_safe and not far.routers, far.log()


def test_uuid_transfer_of_a_leg_moves_the_callee_only(site: Site) -> None:
    site.switch.phones["user/1001"] = STAYS
    site.rules("agent:nancy")
    site.serve()
    call = site.call().reach("talking")
    site.switch.api(f"uuid_transfer {call.rang[0].uuid} 8790 XML default")
    (far,) = call.wait().onward
    assert heard(far.wait()) == ("/ivr/8790.wav",)
    assert site.record(call).outcome == "answered"


def test_detached_leg_hangs_up_after_its_talk_time() -> None:
    with Switch(extensions={"1": [("bridge", "user/1001")]}, phones={"user/1001": Phone(0.4, talk=60)}) as switch:
        switch.speed = 400
        call = switch.call(Caller(to="1")).reach("talking")
        call.take("attended_by_caller")
        (far,) = call.wait().onward
        assert far.uuid in switch.channels
        assert far.wait().line.clock.now == pytest.approx(60, abs=5)
        assert far.hangup_cause == "NORMAL_CLEARING" and far.uuid not in switch.channels


def test_registered_user_is_reached_through_context_public() -> None:
    with Switch(phones={"user/1002": Phone(talk=1)}, speed=400) as switch:
        assert switch.call(Caller(to="1002")).wait().talked_to == ["user/1002"]


# Where a call comes from (tests/live/test_numbers.py)


def test_parameters_of_numbers_are_kept_where_a_real_one_keeps_them(site: Site) -> None:
    site.rules("hangup")
    site.serve(watch=False)
    dialled = f"{MAIN};phone-context=live.example;fsr_served=yes;execute_on_answer=hangup"
    call = site.call("+13125550142;isup-oli=0", dialled, profile="external", gateway="carrier").wait()
    assert call.line.profile.destination_number == dialled and "execute_on_answer" not in call.line.variables
    record = site.record(call)
    assert (record.number, record.facts.from_) == (MAIN, "+13125550142")


def test_password_that_was_right_stays_through_a_transfer(site: Site) -> None:
    site.rules("hangup")
    site.serve(watch=False)
    site.switch.dialplan.contexts["office"] = [  # type: ignore[index]
        Extension("dial", (Condition("destination_number", "^(9)$", (("transfer", f"{MAIN} XML public"),)),))
    ]
    record = site.record(site.call("1001", "9", user="1001", context="office").wait())
    assert (record.number, record.facts.internal) == (MAIN, "1001")


# Digits, whispers


@pytest.mark.parametrize(
    ("number", "moments"),
    [
        (
            'extension: "204#", extension_delay: 1s',
            [(1.02, "key 2"), (1.16, "key 0"), (1.3, "key 4"), (1.44, "key #"), (1.66, "talks")],
        ),
        (
            'extension: "204#", extension_delay: 1s, whisper: ivr/sale.wav',
            [(1.44, "key #"), (1.66, "hears ivr/sale.wav"), (4.16, "talks")],
        ),
        ("whisper: ivr/sale.wav", [(0.0, "hears ivr/sale.wav"), (2.5, "talks")]),
        (
            'extension: "20", accept: "1", whisper: ivr/sale.wav',
            [(0.16, "key 0"), (0.38, "hears ivr/sale.wav"), (6.02, "talks")],
        ),
    ],
)
def test_extension_digits_are_sent_before_the_whisper_and_the_talk(
    site: Site, number: str, moments: list[tuple[float, str]]
) -> None:
    """Digits do not block: 140 ms a key while all else goes on, so our routers wait in the confirmation."""
    site.switch.phones[FAR] = Phone(answers_after=1, talk=12, presses=(("1", 6.0),))
    call, record = site.route("number:behind", numbers=f'behind: {{number: "{FAR}", {number}}}')
    (ring,) = call.rang
    seen = {what: at for at, what in reversed(ring.moments)}
    for at, what in moments:
        assert seen[what] == pytest.approx(at, abs=0.03), ring.moments
    keys = [at for at, what in ring.moments if what.startswith("key")]
    talks = next(at for at, what in ring.moments if what == "talks")
    assert max(keys, default=0.0) < talks
    assert record.outcome == "answered"


def test_send_dtmf_alone_does_not_delay_the_talk() -> None:
    dial = "[execute_on_answer='send_dtmf W204@120']user/1001"
    with Switch(extensions={"1": [("bridge", dial)]}, default=Phone(0.4, talk=3), speed=400) as switch:
        call = switch.call(Caller(to="1")).wait()
    assert call.rang[0].moments == [(0.02, "talks"), (1.02, "key 2"), (1.16, "key 0"), (1.3, "key 4")]


# How an attempt ended


def test_caller_hangup_right_after_answer_counts_as_answered(site: Site) -> None:
    """60 ms after the answer: bridged for 40 of them."""
    call, record = site.route("agent:nancy", hangs_up_after="at:talking+0.04")
    assert (record.outcome, record.agent) == ("answered", "nancy")
    assert [what for _, what in call.rang[0].moments] == ["talks"]
    assert call.rang[0].moments[0][0] == 0.02


# The caller's end


def test_prompt_length_follows_the_callers_rtp_pace(site: Site) -> None:
    menu = 'menus: {m: {greeting: ivr/m.wav, digits: {"1": agent:nancy}, no_input: number:desk}}'
    to = '["play:ivr/welcome.wav", "say:Good morning to all of you", menu:m]'
    call, record = site.route(to, menu, pace=0.25, keys=(("1", 6.0),))
    assert call.talked_to == ["user/1001"] and record.outcome == "answered"
    began = {what: at for at, what in call.timeline}
    assert began["hears ivr/m.wav"] - began["hears ivr/welcome.wav"] == pytest.approx((2.5 + 27 / 15) * 4, abs=0.5)


def test_key_pressed_at_a_sound_is_kept_for_the_next_menu(site: Site) -> None:
    """`playback` and `speak` would drop it: our routers end the sound with it and give it back."""
    menu = 'menus: {m: {greeting: ivr/m.wav, digits: {"1": agent:nancy, "2": number:desk}}}'
    site.rules('["say:A long text that nobody wants to hear to its end, for it is long", menu:m]', menu)
    site.serve()
    call = site.call().reach("speak")
    call.press("2")
    assert call.wait().talked_to == [TRUNK + DESK]
    assert site.record(call).outcome == "answered" and call.pressed == "2"


@pytest.mark.parametrize("application", ["playback", "speak"])
def test_key_pressed_at_plain_playback_is_dropped(application: str) -> None:
    actions = [("answer", ""), (application, "a|b|ivr/some-longish-sound.wav"), ("read", "0 1 silence d 1000 #")]
    with Switch(extensions={"1": actions}, speed=400) as switch:
        call = switch.call(Caller(to="1")).reach(application)
        call.press("5")
        assert "d" not in call.wait().variables


def test_call_with_both_phones_killed_lasts_until_an_operator_hangs_up(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=20)
    site.rules("agent:nancy", others=f'{{number: "{OTHER}", to: agent:johan}}')
    service = site.serve()
    call = site.call(hangs_up_after="at:talking+30").reach("talking")
    call.callee_vanishes()
    call.vanish()
    until(lambda: service.cdr.live[call.uuid].talking, "the talk to be heard of")
    site.written(call.uuid)
    assert not call.over
    assert order(site, call, "hangup") == "done"
    assert call.wait().answered
    assert site.record(call).outcome == "answered"


def test_rtp_timeout_hangs_up_a_call_with_both_phones_killed(site: Site) -> None:
    site.switch.phones["user/1001"] = STAYS
    site.switch.rtp_timeout = 60
    site.rules("[agent:nancy, number:desk]")
    site.serve()
    call = site.call().reach("talking")
    call.callee_vanishes()
    call.vanish()
    assert call.wait().hangup_cause == "MEDIA_TIMEOUT"
    assert attempts(site.record(call)) == [("agent:nancy", "answered")]


# Legs that are never rung


@pytest.mark.parametrize("to", ["[number:dear, agent:johan]", "distribution:d"])
def test_refused_leg_is_skipped_and_in_the_trace_with_its_reason(site: Site, to: str) -> None:
    both = "distributions: {d: {groups: [{rule: simultaneous, members: [number:dear, agent:johan]}]}}"
    call, record = site.route(to, both, numbers='dear: {number: "+1 900 555 0153"}')
    assert call.talked_to == ["user/1002"]
    (skipped,) = [entry for entry in record.trace if entry.at == "number:dear"]
    assert skipped.outcome == "skipped" and "premium" in skipped.why
    assert [attempt.targets for attempt in record.attempts] == [("agent:johan",)]
