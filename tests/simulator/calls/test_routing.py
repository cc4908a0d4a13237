"""The scenarios of docs/wire.md 6: what becomes of a caller when routers refuse, die, fall silent, or let go."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import pytest

from fsrouter.simulator import ANSWERS, FAIL_SAFE, RINGS_OUT, Agent, Caller, Dialplan, Phone, PlacedCall, Queue, Switch
from simulator.router import Router, Talk

CALL = Caller(number="+13125550199", to="+18725550111")
EXTENSIONS = {"8790": [("answer", ""), ("playback", "/ivr/8790.wav")]}
PHONES = {
    "user/1001": Phone(answers_after=3, talk=30),
    "user/1002": RINGS_OUT,
    "failsafe": Phone(answers_after=1, talk=5),
}
REFUSES = ("127.0.0.1", 1)


def place(
    *routers: tuple[str, int], caller: Caller = CALL, queues: list[Queue] | None = None, speed: float = 200
) -> PlacedCall:
    with Switch(routers, PHONES, extensions=EXTENSIONS, queues=queues or [], speed=speed, patience=0.05) as switch:
        return switch.call(caller).wait()


def support(**how: float) -> list[Queue]:
    queue = Queue("support@default", **how)
    queue.add(Agent("nancy", "user/1001"))
    return [queue]


def test_fail_safe_when_no_router_listens() -> None:
    call = place(REFUSES, REFUSES)
    assert call.fail_safe
    assert call.outcomes() == [(FAIL_SAFE, "SUCCESS")]
    assert call.rang[0].at < 1


def test_fail_safe_of_the_dialled_number() -> None:
    fail_safes = {"+18725550111": "user/1001", "+18725550112": "user/1002"}
    with Switch([REFUSES], PHONES, fail_safes=fail_safes, speed=200) as switch:
        assert switch.call(CALL).wait().talked_to == ["user/1001"]
        assert switch.call(Caller(to="+18725550113")).wait().talked_to == [FAIL_SAFE]


def test_first_router_that_accepts_gets_the_call() -> None:
    with Router(lambda talk, turn: talk.took().serve("USER_BUSY")) as router:
        call = place(REFUSES, router.address)
        assert call.routers == [f"127.0.0.1:{router.address[1]}"]
    assert (call.hangup_cause, call.answered, call.fail_safe) == ("USER_BUSY", False, False)


def test_router_that_always_closes_is_tried_four_times() -> None:
    with Router(lambda talk, turn: talk.took().die()) as router:
        call = place(router.address)
        assert router.turns == 4
    assert call.fail_safe and call.talked_to == [FAIL_SAFE]


def test_router_that_closes_silently_is_tried_once() -> None:
    with Router(lambda talk, turn: talk.die()) as router:
        call = place(router.address)
        assert router.turns == 1
    assert call.fail_safe


def test_silent_router_is_given_up_after_25_s_without_trying_the_next() -> None:
    with Router(lambda talk, turn: talk.frame()) as silent, Router(lambda talk, turn: talk.took()) as other:
        call = place(silent.address, other.address)
        assert other.turns == 0
    assert call.fail_safe
    assert 24 < call.rang[0].at < 30


def dies_while(application: str, argument: str, step: str) -> Callable[[Talk, int], None]:
    """A router that starts an application and dies when the call has reached a step."""

    def steps(talk: Talk, turn: int) -> None:
        if turn == 1:
            talk.took()
            talk.send(f"sendmsg\ncall-command: execute\nexecute-app-name: {application}\nexecute-app-arg: {argument}")
            CURRENT[0].reach(step)
        else:
            SEEN.append(talk.took().get("originate_disposition"))
            talk.serve()

    return steps


CURRENT: list[PlacedCall] = []
SEEN: list[str] = []


def dies(application: str, argument: str, step: str, *, other: bool) -> PlacedCall:
    CURRENT.clear()
    SEEN.clear()
    with (
        Router(dies_while(application, argument, step)) as router,
        Switch([router.address], PHONES, speed=200, patience=0.05) as switch,
    ):
        CURRENT.append(switch.call(CALL))
        CURRENT[0].reach(step)
        if not other:
            router.stop()
        return CURRENT[0].wait()


@pytest.mark.parametrize("other", [False, True])
def test_router_death_while_talking_leaves_the_talk_alone(other: bool) -> None:
    call = dies("bridge", "user/1001", "talking", other=other)
    assert call.talked_to == ["user/1001"]
    assert call.line.clock.now > 30
    assert not call.fail_safe and not SEEN


def test_router_death_while_ringing_ends_in_the_fail_safe() -> None:
    call = dies("bridge", "[leg_timeout=8]user/1002", "ringing", other=False)
    assert call.outcomes() == [("user/1002", "ALLOTTED_TIMEOUT"), (FAIL_SAFE, "SUCCESS")]
    assert 8 <= call.rang[1].at < 12


def test_router_death_while_ringing_hands_the_outcome_to_the_next() -> None:
    call = dies("bridge", "[leg_timeout=8]user/1002", "ringing", other=True)
    assert SEEN == ["ALLOTTED_TIMEOUT"]
    assert not call.fail_safe


def test_router_death_in_a_prompt_plays_it_out_then_fail_safe() -> None:
    call = dies("playback", "tone_stream://%(9000,0,440)", "playback", other=False)
    assert call.fail_safe
    assert call.rang[0].at >= 9


def test_router_death_in_a_served_voicemail_keeps_the_message() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took(fsr_served="yes", fsr_cause="NORMAL_CLEARING")
        talk.send("sendmsg\ncall-command: execute\nexecute-app-name: voicemail\nexecute-app-arg: default acme 1000")
        switch.calls[0].reach("voicemail")

    with Router(steps) as router, Switch([router.address], speed=200) as switch:
        call = switch.call(CALL).wait()
        assert router.turns == 1
    assert [(message.mailbox, round(message.seconds)) for message in switch.messages] == [("1000", 5)]
    assert not call.fail_safe


def asks_for_queue(**more: str) -> Callable[[Talk, int], None]:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        if turn == 1:
            talk.set(fsr_queue="support@default", **more)
        else:
            SEEN.append(f"{talk.get('cc_cause')}/{talk.get('cc_cancel_reason')}")
            talk.set(fsr_again="")
            talk.serve()

    return steps


def test_answered_queue_call_ends_with_the_talk() -> None:
    SEEN.clear()
    with Router(asks_for_queue()) as router:
        call = place(router.address, queues=support())
        assert router.turns == 1
    assert call.talked_to == ["user/1001"]
    assert call.hangup_cause == "NORMAL_CLEARING"


def test_answered_queue_call_returns_when_asked_to() -> None:
    SEEN.clear()
    with Router(asks_for_queue(fsr_again="yes")) as router:
        place(router.address, queues=support())
    assert SEEN == ["answered/-ERR command not found"]


@pytest.mark.parametrize(
    ("caller", "how", "agents", "reason"),
    [
        (Caller(to=CALL.to, keys=(("0", 3.0),)), {}, False, "EXIT_WITH_KEY"),
        (CALL, {"max_wait": 20.0}, False, "TIMEOUT"),
        (CALL, {"max_wait_with_no_agent": 6.0}, False, "NO_AGENT_TIMEOUT"),
    ],
)
def test_left_queue_call_returns_with_the_reason(
    caller: Caller, how: dict[str, float], agents: bool, reason: str
) -> None:
    SEEN.clear()
    with Router(asks_for_queue(cc_exit_keys="0")) as router:
        call = place(router.address, caller=caller, queues=[Queue("support@default", **how)])
    assert [f"cancel/{reason}"] == SEEN, call.log()


def test_queue_through_the_socket_loses_the_caller_when_the_router_holds_on() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.execute("callcenter", "support@default")
        SEEN.append(talk.dump()["Channel-State-Number"])
        switch.calls[0].reach("leg over")

    SEEN.clear()
    with (
        Router(steps) as router,
        Switch([router.address], PHONES, queues=support(), speed=200, patience=0.02) as switch,
    ):
        call = switch.call(CALL).wait()
    assert SEEN == ["8"]
    assert call.hangup_cause == "DESTINATION_OUT_OF_ORDER"


@pytest.mark.parametrize("move", ["transfer", "refer_by_callee"])
def test_transfer_reaches_its_target_and_no_router_runs_again(move: str) -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.execute("bridge", "user/1001")
        SEEN.append(talk.dump()["Channel-State-Number"])

    SEEN.clear()
    with Router(steps) as router, Switch([router.address], PHONES, extensions=EXTENSIONS, speed=200) as switch:
        call = switch.call(CALL).reach("talking")
        getattr(call, move)("8790")
        call.wait()
        assert router.turns == 1
    assert SEEN == ["2"]
    assert call.heard == ["/ivr/8790.wav"]
    assert not call.fail_safe


def test_transfer_to_an_own_number_enters_a_router_anew() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        dialled = unquote(talk.headers["Caller-Destination-Number"])
        SEEN.append(f"{dialled} {talk.get('fsr_turn')} {talk.get('originate_disposition')}")
        if turn == 1:
            talk.execute("bridge", "user/1001")
        else:
            talk.serve()

    SEEN.clear()
    with Router(steps) as router, Switch([router.address], PHONES, speed=200) as switch:
        call = switch.call(CALL).reach("talking")
        call.transfer("+18725550112")
        call.wait()
    assert SEEN == ["+18725550111 1 -ERR command not found", "+18725550112 1 -ERR command not found"]


def test_dialplan_from_xml() -> None:
    entry = """<include><extension name="fsr_entry"><condition field="destination_number" expression="^89(\\d\\d)$">
      <action application="set" data="which=$1"/><action application="execute_extension" data="fsr XML fsr"/>
      </condition></extension></include>"""
    context = """<?xml version="1.0"?><include><context name="fsr"><extension name="fsr_failsafe">
      <condition field="destination_number" expression="^fsr$"/>
      <condition field="${which}" expression="^01$"><action application="hangup" data="USER_BUSY"/></condition>
      </extension></context></include>"""
    with Switch(dialplan=Dialplan.from_xml(entry, context), default=ANSWERS, speed=200) as switch:
        call = switch.call(Caller(to="8901")).wait()
        assert (call.hangup_cause, call.fail_safe) == ("USER_BUSY", True)
        assert switch.call(Caller(to="8902")).wait().hangup_cause == "NORMAL_CLEARING"
        assert switch.call(Caller(to="77")).wait().hangup_cause == "NO_ROUTE_DESTINATION"


@pytest.mark.parametrize(
    ("breaks", "number", "ran"),
    [
        ("on-false", "1", ["/one.wav", "/both.wav"]),
        ("on-false", "2", ["/other.wav"]),
        ("never", "2", ["/other.wav", "/both.wav"]),
        ("on-true", "1", ["/one.wav"]),
        ("always", "1", ["/one.wav"]),
    ],
)
def test_condition_break_ends_the_extension(breaks: str, number: str, ran: list[str]) -> None:
    xml = f"""<include><extension name="x"><condition field="destination_number" expression="^1$" break="{breaks}">
      <action application="playback" data="/one.wav"/>
      <anti-action application="playback" data="/other.wav"/></condition>
      <condition><action application="playback" data="/both.wav"/></condition></extension></include>"""
    with Switch(dialplan=Dialplan.from_xml(xml), speed=500) as switch:
        assert switch.call(Caller(to=number)).wait().heard == ran
