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


def test_nobody_listens() -> None:
    placed = place(REFUSES, REFUSES)
    assert placed.fail_safe
    assert placed.outcomes() == [(FAIL_SAFE, "SUCCESS")]
    assert placed.rang[0].at < 1


def test_the_fail_safe_of_the_dialled_number() -> None:
    fail_safes = {"+18725550111": "user/1001", "+18725550112": "user/1002"}
    with Switch([REFUSES], PHONES, fail_safes=fail_safes, speed=200) as switch:
        assert switch.call(CALL).wait().talked_to == ["user/1001"]
        assert switch.call(Caller(to="+18725550113")).wait().talked_to == [FAIL_SAFE]


def test_the_first_that_accepts_gets_the_call() -> None:
    with Router(lambda talk, turn: talk.took().serve("USER_BUSY")) as router:
        placed = place(REFUSES, router.address)
        assert placed.routers == [f"127.0.0.1:{router.address[1]}"]
    assert (placed.hangup_cause, placed.answered, placed.fail_safe) == ("USER_BUSY", False, False)


def test_a_router_that_closes_each_time_is_asked_four_times_then_the_fail_safe() -> None:
    with Router(lambda talk, turn: talk.took().die()) as router:
        placed = place(router.address)
        assert router.turns == 4
    assert placed.fail_safe and placed.talked_to == [FAIL_SAFE]


def test_a_router_that_accepts_and_closes_without_a_word_is_asked_once() -> None:
    with Router(lambda talk, turn: talk.die()) as router:
        placed = place(router.address)
        assert router.turns == 1
    assert placed.fail_safe


def test_a_router_that_never_says_connect_is_given_up_after_25_s_and_the_second_host_is_not_tried() -> None:
    with Router(lambda talk, turn: talk.frame()) as silent, Router(lambda talk, turn: talk.took()) as other:
        placed = place(silent.address, other.address)
        assert other.turns == 0
    assert placed.fail_safe
    assert 24 < placed.rang[0].at < 30


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
def test_dies_while_talking_the_talk_goes_on_and_nothing_comes_after_it(other: bool) -> None:
    placed = dies("bridge", "user/1001", "talking", other=other)
    assert placed.talked_to == ["user/1001"]
    assert placed.line.clock.now > 30
    assert not placed.fail_safe and not SEEN


def test_dies_while_ringing_it_rings_to_its_timeout_then_the_fail_safe() -> None:
    placed = dies("bridge", "[leg_timeout=8]user/1002", "ringing", other=False)
    assert placed.outcomes() == [("user/1002", "ALLOTTED_TIMEOUT"), (FAIL_SAFE, "SUCCESS")]
    assert 8 <= placed.rang[1].at < 12


def test_dies_while_ringing_another_router_gets_the_call_with_the_outcome() -> None:
    placed = dies("bridge", "[leg_timeout=8]user/1002", "ringing", other=True)
    assert SEEN == ["ALLOTTED_TIMEOUT"]
    assert not placed.fail_safe


def test_dies_in_a_prompt_it_plays_out_then_the_fail_safe() -> None:
    placed = dies("playback", "tone_stream://%(9000,0,440)", "playback", other=False)
    assert placed.fail_safe
    assert placed.rang[0].at >= 9


def test_dies_in_a_voicemail_that_was_marked_served() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took(fsr_served="yes", fsr_cause="NORMAL_CLEARING")
        talk.send("sendmsg\ncall-command: execute\nexecute-app-name: voicemail\nexecute-app-arg: default acme 1000")
        switch.calls[0].reach("voicemail")

    with Router(steps) as router, Switch([router.address], speed=200) as switch:
        placed = switch.call(CALL).wait()
        assert router.turns == 1
    assert [(message.mailbox, round(message.seconds)) for message in switch.messages] == [("1000", 5)]
    assert not placed.fail_safe


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


def test_a_queue_that_answers_is_a_talk_then_a_hangup() -> None:
    SEEN.clear()
    with Router(asks_for_queue()) as router:
        placed = place(router.address, queues=support())
        assert router.turns == 1
    assert placed.talked_to == ["user/1001"]
    assert placed.hangup_cause == "NORMAL_CLEARING"


def test_a_queue_that_answers_comes_back_when_the_router_said_again() -> None:
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
def test_a_queue_that_is_left_comes_back_with_the_reason(
    caller: Caller, how: dict[str, float], agents: bool, reason: str
) -> None:
    SEEN.clear()
    with Router(asks_for_queue(cc_exit_keys="0")) as router:
        placed = place(router.address, caller=caller, queues=[Queue("support@default", **how)])
    assert [f"cancel/{reason}"] == SEEN, placed.told()


def test_a_queue_held_through_the_socket_loses_the_caller_when_the_router_holds_on() -> None:
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
        placed = switch.call(CALL).wait()
    assert SEEN == ["8"]
    assert placed.hangup_cause == "DESTINATION_OUT_OF_ORDER"


@pytest.mark.parametrize("move", ["transfer", "refer_by_callee"])
def test_a_transfer_reaches_its_target_and_nothing_of_ours_runs_again(move: str) -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.execute("bridge", "user/1001")
        SEEN.append(talk.dump()["Channel-State-Number"])

    SEEN.clear()
    with Router(steps) as router, Switch([router.address], PHONES, extensions=EXTENSIONS, speed=200) as switch:
        placed = switch.call(CALL).reach("talking")
        getattr(placed, move)("8790")
        placed.wait()
        assert router.turns == 1
    assert SEEN == ["2"]
    assert placed.heard == ["/ivr/8790.wav"]
    assert not placed.fail_safe


def test_a_transfer_to_another_number_of_ours_begins_anew() -> None:
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
        placed = switch.call(CALL).reach("talking")
        placed.transfer("+18725550112")
        placed.wait()
    assert SEEN == ["+18725550111 1 -ERR command not found", "+18725550112 1 -ERR command not found"]


def test_the_dialplan_can_be_read_from_xml() -> None:
    entry = """<include><extension name="fsr_entry"><condition field="destination_number" expression="^89(\\d\\d)$">
      <action application="set" data="which=$1"/><action application="execute_extension" data="fsr XML fsr"/>
      </condition></extension></include>"""
    context = """<?xml version="1.0"?><include><context name="fsr"><extension name="fsr_failsafe">
      <condition field="destination_number" expression="^fsr$"/>
      <condition field="${which}" expression="^01$"><action application="hangup" data="USER_BUSY"/></condition>
      </extension></context></include>"""
    with Switch(dialplan=Dialplan.from_xml(entry, context), default=ANSWERS, speed=200) as switch:
        placed = switch.call(Caller(to="8901")).wait()
        assert (placed.hangup_cause, placed.fail_safe) == ("USER_BUSY", True)
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
def test_where_a_condition_ends_the_extension(breaks: str, number: str, ran: list[str]) -> None:
    xml = f"""<include><extension name="x"><condition field="destination_number" expression="^1$" break="{breaks}">
      <action application="playback" data="/one.wav"/>
      <anti-action application="playback" data="/other.wav"/></condition>
      <condition><action application="playback" data="/both.wav"/></condition></extension></include>"""
    with Switch(dialplan=Dialplan.from_xml(xml), speed=500) as switch:
        assert switch.call(Caller(to=number)).wait().heard == ran
