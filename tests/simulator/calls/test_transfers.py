"""The table of docs/wire.md 2: somebody else moves the call, and what the router then sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fsrouter.simulator import Caller, Phone, PlacedCall, Switch
from simulator.router import Router, Talk

ABSENT = ""
PARKED = 6
EXTENSIONS = {"8790": [("answer", ""), ("playback", "/ivr/8790.wav"), ("hangup", "")]}
PHONES = {"user/1001": Phone(answers_after=1, talk=None), "user/1002": Phone(answers_after=None)}
Move = Callable[[Switch, PlacedCall], object]


def b(call: PlacedCall) -> str:
    return call.rang[0].uuid


WHILE_TALKING: dict[str, tuple[Move, str, str, str]] = {
    "callee hangs up": (lambda s, c: c.callee_hangs_up(), "4", "NORMAL_CLEARING", ""),
    "uuid_kill B": (lambda s, c: s.api(f"uuid_kill {b(c)} USER_BUSY"), "4", "USER_BUSY", ""),
    "uuid_transfer A": (
        lambda s, c: s.api(f"uuid_transfer {c.uuid} 8790"),
        "2",
        "NORMAL_CLEARING",
        "bl_xfer:8790/public/XML",
    ),
    "uuid_transfer A inline": (
        lambda s, c: s.api(f"uuid_transfer {c.uuid} 'playback:/ivr/8790.wav,hangup' inline"),
        "2",
        "NORMAL_CLEARING",
        "inline",
    ),
    "uuid_transfer A -bleg": (lambda s, c: s.api(f"uuid_transfer {c.uuid} -bleg 8790"), "4", ABSENT, ""),
    "uuid_transfer A -both": (lambda s, c: s.api(f"uuid_transfer {c.uuid} -both 8790"), "2", ABSENT, "bl_xfer"),
    "uuid_bridge A C": (lambda s, c: c.take("uuid_bridge"), "9", "NORMAL_CLEARING", "uuid_br:"),
    "uuid_bridge B C": (lambda s, c: s.api(f"uuid_bridge {b(c)} {c.uuid}"), "4", ABSENT, ""),
    "uuid_park A": (lambda s, c: s.api(f"uuid_park {c.uuid}"), "6", "NORMAL_CLEARING", ""),
    "REFER from B": (lambda s, c: c.refer_by_callee("8790"), "2", "NORMAL_CLEARING", "bl_xfer"),
    "REFER from A": (lambda s, c: c.take("refer_by_caller", "8790"), "4", ABSENT, ""),
    "REFER+Replaces from B": (lambda s, c: c.take("attended_by_callee"), "9", "NORMAL_CLEARING", "uuid_br:"),
    "REFER+Replaces from A": (lambda s, c: c.take("attended_by_caller"), "4", ABSENT, ""),
}


def play(application: str, argument: str, step: str, move: Move) -> tuple[PlacedCall, list[dict[str, str]]]:
    """Run one application, let somebody move the call in the middle of it, and look at the channel at once."""
    seen: list[dict[str, str]] = []

    def steps(talk: Talk, turn: int) -> None:
        talk.took(bridge_hangup_cause="", originate_disposition="", cc_cause="")
        talk.execute(application, argument)
        seen.append(talk.dump())
        if seen[-1].get("Channel-State-Number") == "4":
            talk.serve()

    with (
        Router(steps) as router,
        Switch([router.address], PHONES, extensions=EXTENSIONS, speed=200, patience=0.05) as switch,
    ):
        call = switch.call(Caller(to="+18725550111")).reach(step)
        move(switch, call)
        if call.line.state == PARKED:
            call.reach("let go")
            call.hang_up()
        call.wait()
    return call, seen


@pytest.mark.parametrize("name", WHILE_TALKING)
def test_channel_after_a_move_during_a_bridge(name: str) -> None:
    move, number, cause, history = WHILE_TALKING[name]
    call, (dump,) = play("bridge", "user/1001", "talking", move)
    assert dump["Channel-State-Number"] == number, call.log()
    assert dump["variable_originate_disposition"] == "SUCCESS"
    assert dump.get("variable_bridge_hangup_cause", "") == cause
    assert history in str(dump.get("variable_transfer_history", ""))
    assert (history != "") == ("variable_transfer_history" in dump)
    assert dump["Channel-State"] == "CS_EXECUTE"


def test_move_takes_effect_when_the_router_lets_go() -> None:
    call, _ = play("bridge", "user/1001", "talking", WHILE_TALKING["uuid_bridge A C"][0])
    assert call.talked_to == ["user/1001", "sofia/internal/consulted"]
    call, _ = play("bridge", "user/1001", "talking", WHILE_TALKING["uuid_transfer A inline"][0])
    assert call.heard == ["/ivr/8790.wav"]


WHILE_RUNNING = {
    "ringing": ("bridge", "user/1002", "ringing", "variable_originate_disposition", "ORIGINATOR_CANCEL"),
    "playback": (
        "playback",
        "tone_stream://%(9000,0,440)",
        "playback",
        "variable_current_application_response",
        "PLAYBACK ERROR",
    ),
    "menu": (
        "play_and_get_digits",
        "1 1 1 9000 # /m.wav /e.wav d [0-9] 2000",
        "play_and_get_digits",
        "variable_d",
        None,
    ),
    "sleep": ("sleep", "9000", "sleep", "variable_current_application", "sleep"),
    "park": ("park", "", "park", "variable_current_application", "park"),
}


@pytest.mark.parametrize("name", WHILE_RUNNING)
def test_transfer_interrupts_any_application(name: str) -> None:
    application, argument, step, variable, value = WHILE_RUNNING[name]
    call, (dump,) = play(application, argument, step, lambda s, c: c.transfer("8790"))
    assert dump["Channel-State-Number"] == "2"
    assert dump.get(variable) == value
    assert "/ivr/8790.wav" in call.heard


def test_late_commands_after_a_transfer_change_nothing() -> None:
    seen: list[str] = []

    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.execute("bridge", "user/1001")
        for application, argument in (("playback", "/late.wav"), ("bridge", "user/1001"), ("sleep", "5000")):
            seen.append(talk.execute(application, argument))
        seen.append(talk.get("originate_disposition"))

    with Router(steps) as router, Switch([router.address], PHONES, extensions=EXTENSIONS, speed=200) as switch:
        call = switch.call(Caller(to="1")).reach("talking")
        call.transfer("8790")
        call.wait()
    assert seen == ["+OK", "+OK", "+OK", "ORIGINATOR_CANCEL"]
    assert call.heard == ["/ivr/8790.wav"]
    assert len(call.rang) == 1


def test_uuid_break_ends_playback_as_played() -> None:
    call, (dump,) = play(
        "playback", "tone_stream://%(9000,0,440)", "playback", lambda s, c: s.api(f"uuid_break {c.uuid}")
    )
    assert dump["variable_current_application_response"] == "FILE PLAYED"
    assert call.line.clock.now < 8


def test_bridged_away_call_is_lost_when_the_router_holds_on() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.execute("bridge", "user/1001")
        switch.calls[0].reach("leg over", times=2)

    with Router(steps) as router, Switch([router.address], PHONES, speed=200, patience=0.02) as switch:
        call = switch.call(Caller(to="1")).reach("talking")
        call.take("uuid_bridge")
        call.wait()
    assert call.hangup_cause == "DESTINATION_OUT_OF_ORDER"


def test_uuid_bridge_of_two_callers() -> None:
    with Switch(extensions={"8790": [("answer", ""), ("park", "")]}, speed=200) as switch:
        one, two = (switch.call(Caller(number=number, to="8790")).reach("park") for number in ("11", "22"))
        assert switch.api(f"uuid_bridge {one.uuid} {two.uuid}") == f"+OK {two.uuid}\n"
        one.reach("talking")
        two.hang_up()
        assert one.wait().hangup_cause == "NORMAL_CLEARING"
        assert (one.timeline[-2][1], one.timeline[-1][1]) == ("talks with 22", "hung up: NORMAL_CLEARING")
