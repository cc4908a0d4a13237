"""The rest of the conversation: commands, prompts, queues, faults, time, and load."""

from __future__ import annotations

import math
import socket

import pytest
from gevent.event import Event

from fsrouter.simulator import ANSWERS, RINGS_OUT, Agent, Caller, Fault, Phone, Queue, Switch, run_load
from fsrouter.simulator.clock import Clock
from fsrouter.simulator.headers import encoded
from simulator.router import Router, Talk

CALL = Caller(number="+13125550199", to="+18725550111")


def converse(*commands: str, caller: Caller = CALL, phones: dict[str, Phone] | None = None) -> tuple[list[str], Switch]:
    """What a router gets for its commands; `UUID` stands for the call's."""
    replies: list[str] = []

    def steps(talk: Talk, turn: int) -> None:
        talk.took(fsr_served="yes")
        replies.extend(talk.ask(command.replace("UUID", talk.uuid)) for command in commands)

    with Router(steps) as router, Switch([router.address], phones or {}, speed=500, sounds={"/a.wav"}) as switch:
        switch.call(caller).wait()
    return replies, switch


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("getvar fsr_call", "1"),
        ("getvar nothing_set", "-ERR command not found"),
        ("getvar caller_id_number", "+13125550199"),
        ("getvar destination_number", "+18725550111"),
        ("nonsense", "-ERR command not found"),
        ("linger 5", "+OK will linger 5 seconds"),
        ("myevents json", "+OK Events Enabled"),
        ("exit", "+OK bye"),
        ("api nonsense x", "-ERR nonsense Command not found!\n"),
        ("api uuid_exists UUID", "true"),
        ("api uuid_exists nobody", "false"),
        ("api uuid_getvar UUID fsr_call", "1"),
        ("api uuid_getvar UUID nothing", "_undef_"),
        ("api uuid_setvar nobody a 1", "-ERR No such channel!\n"),
        ("api uuid_setvar_multi UUID =1", "-ERR No variable specified\n"),
        ("api uuid_dump nobody json", "-ERR No such channel!\n"),
        ("api eval uuid:UUID ${Channel-State-Number}/${fsr_call}", "4/1"),
        ("api sofia_contact 1001", "sofia/internal/sip:1001@127.0.0.1:5070"),
        ("api module_exists mod_callcenter", "true"),
        ("api module_exists mod_nothing", "false"),
        ("api reloadxml", "+OK [Success]\n"),
        ("api callcenter_config queue load s@default", "+OK\n"),
        ("api callcenter_config agent set status nobody Available", "-ERR Agent not found!\n"),
        ("api uuid_record UUID start /r.wav", "+OK Success\n"),
        ("sendmsg nobody\ncall-command: hangup", "-ERR invalid session id [nobody]"),
    ],
)
def test_commands(command: str, reply: str) -> None:
    (answer,), _ = converse(command)
    assert answer == reply


def test_a_value_with_a_variable_in_it_is_refused_and_an_empty_one_unsets() -> None:
    replies, _ = converse(
        "api uuid_setvar_multi UUID a=${system(id)};b=2;c=3", "getvar a", "getvar b",
        "api uuid_setvar_multi UUID b=;c='x;y'", "getvar b", "getvar c",
    )  # fmt: skip
    assert replies == ["+OK\n", "-ERR command not found", "2", "+OK\n", "-ERR command not found", "x;y"]


def test_what_hostile_text_runs_is_seen() -> None:
    _, switch = converse(
        "sendmsg\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: a=${system(touch /tmp/x)}"
    )
    assert "system touch /tmp/x" in switch.commands_run


def test_commands_sent_at_once_are_answered_in_order() -> None:
    replies: list[str] = []

    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.send(
            "sendmsg\ncall-command: execute\nexecute-app-name: sleep\nexecute-app-arg: 300\n\n"
            "getvar fsr_call\n\ngetvar nothing"
        )
        replies.extend(talk.frame()[0]["Reply-Text"] for _ in range(3))
        talk.serve()

    with Router(steps) as router, Switch([router.address], speed=100) as switch:
        switch.call(CALL).wait()
    assert replies == ["+OK", "1", "-ERR command not found"]


def test_an_application_that_does_not_exist_ends_the_call() -> None:
    replies, switch = converse("sendmsg\ncall-command: execute\nexecute-app-name: nonsense", "getvar fsr_call")
    assert replies == ["+OK", "gone"]
    assert switch.calls[0].hangup_cause == "DESTINATION_OUT_OF_ORDER"


ASK = "sendmsg\ncall-command: execute\nexecute-app-name: play_and_get_digits\nexecute-app-arg: "


@pytest.mark.parametrize(
    ("keys", "argument", "digits", "result"),
    [
        ("7", "1 1 1 3000 # /a.wav /a.wav d [0-9] 2000", "7", "success"),
        ("", "1 1 1 3000 # /a.wav /a.wav d [0-9] 2000", "", "failure"),
        ("12", "1 4 1 3000 # /a.wav /a.wav d \\d+ 1000", "12", "timeout"),
        ("12#", "1 4 1 3000 # /a.wav /a.wav d \\d+ 1000", "12", "success"),
        ("1", "2 4 1 3000 # /a.wav /a.wav d \\d+ 1000", "1", "failure"),
        ("1234", "2 4 1 3000 # silence '' d \\d+ 1000", "1234", "success"),
    ],
)
def test_digits(keys: str, argument: str, digits: str, result: str) -> None:
    replies, _ = converse(ASK + argument, "getvar d", "getvar read_result", caller=Caller(to=CALL.to, keys=(keys,)))
    assert replies[1:] == [digits or "-ERR command not found", result]


@pytest.mark.parametrize(
    ("path", "response", "heard"),
    [
        ("/a.wav", "FILE PLAYED", True),
        ("/b.wav", "FILE NOT FOUND", False),
        ("silence_stream://500", "FILE PLAYED", True),
    ],
)
def test_files(path: str, response: str, heard: bool) -> None:
    replies, switch = converse(
        f"sendmsg\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: {path}",
        "getvar current_application_response",
    )
    assert replies[1] == response
    assert (path in switch.calls[0].heard) is heard


def test_callers_wait_for_the_one_agent_and_the_higher_score_goes_first() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.set(fsr_queue="s@default", cc_base_score=talk.headers["variable_score"])

    queue = Queue("s@default")
    queue.add(Agent("nancy", "user/1001", wrap_up=0))
    with (
        Router(steps) as router,
        Switch(
            [router.address], {"user/1001": Phone(answers_after=1, talk=20)}, queues=[queue], speed=100, patience=0.02
        ) as switch,
    ):
        first = switch.call(Caller(to="1", variables={"score": "0"})).reach("talking")
        plain = switch.call(Caller(to="1", variables={"score": "0"})).reach("queue")
        vip = switch.call(Caller(to="1", variables={"score": "500"})).reach("queue")
        for placed in (first, vip, plain):
            placed.wait()
            assert placed.talked_to == ["user/1001"], placed.told()
        assert vip.rang[0].at < 30 < plain.rang[0].at


@pytest.mark.parametrize("fault", [Fault(chunk=1), Fault(chunk=7)])
def test_slow_bytes_are_the_same_bytes(fault: Fault) -> None:
    replies: list[str] = []

    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        replies.append(talk.get("fsr_call"))
        talk.serve()

    with Router(steps) as router, Switch([router.address], speed=100) as switch:
        switch.fault(fault)
        assert switch.call(CALL).wait().hangup_cause == "NORMAL_CLEARING"
    assert replies == ["1"]


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("after", [0, 1, 900, 6000])
def test_a_cut_ends_the_stream_there(after: int, reset: bool) -> None:
    got: list[int] = []

    def steps(talk: Talk, turn: int) -> None:
        talk.send("connect")
        total = 0
        try:
            while data := talk.sock.recv(65536):
                total += len(data)
                if total > 5000:
                    talk.send(f"api uuid_dump {switch.calls[0].uuid} json")
        except ConnectionResetError:
            assert reset
        got.append(total)

    with Router(steps) as router, Switch([router.address], speed=100) as switch:
        switch.cut(after, reset=reset)
        placed = switch.call(CALL).wait()
    assert got == [after] or (reset and got[0] <= after)
    assert placed.hangup_cause == "NETWORK_OUT_OF_ORDER"


def test_silence_swallows_everything_from_there_on() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.sock.settimeout(0.2)
        talk.connect()
        with pytest.raises(TimeoutError):
            talk.get("uuid")

    with Router(steps) as router, Switch([router.address], speed=100) as switch:
        switch.fault(Fault(silent_after=4000))
        assert switch.call(CALL).wait().fail_safe


@pytest.mark.parametrize(
    ("plain", "wire"),
    [
        ("a b", "a%20b"),
        ("100%", "100%25"),
        ("%0A", "%0A"),
        ("%0a", "%250a"),
        ("${x}", "$%7Bx%7D"),
        ("é", "%C3%A9"),
        ("a\nb", "a%0Ab"),
        ("+1 (312)/x,'y'", "%2B1%20(312)/x,'y'"),
        ('<"|&=;:@?#^`[\\]>', "%3C%22%7C%26%3D%3B%3A%40%3F%23%5E%60%5B%5C%5D%3E"),
    ],
)
def test_url_encoding(plain: str, wire: str) -> None:
    assert encoded(plain) == wire


def test_time_stands_still_while_a_router_thinks() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            talk.sock.recv(1)  # 0.1 s of thinking, which would be 100 simulated seconds
        seen.append(switch.calls[0].line.clock.now)
        talk.serve()

    seen: list[float] = []
    with Router(steps) as router, Switch([router.address], speed=1000, patience=5) as switch:
        placed = switch.call(Caller(to="1", hangs_up_after=60)).wait()
    assert seen[0] < 20
    assert not placed.hung_up_by_caller


def test_with_infinite_speed_things_happen_in_their_order() -> None:
    extensions = {"9": [("bridge", "[leg_timeout=3600]user/1|user/2")]}
    with Switch(phones={"user/1": RINGS_OUT, "user/2": ANSWERS}, extensions=extensions, speed=math.inf) as switch:
        placed = switch.call(Caller(to="9", variables={"call_timeout": "9000"})).wait(1)
    assert placed.outcomes() == [("user/1", "ALLOTTED_TIMEOUT"), ("user/2", "SUCCESS")]
    assert [at for at, _ in placed.story] == sorted(at for at, _ in placed.story)
    assert placed.rang[1].at == 3600


def test_a_cancelled_timer_never_happens() -> None:
    happened: list[str] = []
    clock = Clock(speed=math.inf)
    clock.thaw()
    clock.after(2, lambda: happened.append("later"))
    clock.after(1, lambda: happened.append("sooner"))
    clock.after(0.5, lambda: happened.append("never")).cancel()
    clock.after(math.inf, lambda: happened.append("at no time"))
    done = Event()
    clock.after(3, done.set)
    assert done.wait(2)
    assert happened == ["sooner", "later"]
    assert clock.now == 3


def test_the_same_seed_gives_the_same_uuids() -> None:
    uuids = [[Switch(seed=seed).new_uuid() for _ in range(2)] for seed in (7, 7, 8)]
    assert uuids[0] == uuids[1] != uuids[2]


def test_a_load_run_counts_and_measures() -> None:
    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        talk.execute("bridge", "user/1001")
        talk.serve()

    with Router(steps) as router, Switch([router.address], speed=math.inf) as switch:
        load = run_load(switch, calls=60, concurrency=20, make_caller=lambda n: Caller(number=f"1555{n:04}", to="1"))
    assert (load.calls, load.failed, load.fail_safe, load.causes) == (60, 0, 0, {"NORMAL_CLEARING": 60})
    assert load.by_command["execute bridge"].count == 60
    assert load.own.count == sum(found.count for found in load.by_command.values())
    assert 0 < load.own.p50 <= load.own.p95 <= load.own.p99 <= load.own.worst
    assert not switch.calls and not switch.channels


def test_a_load_run_tells_what_failed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()[:2]
    with Switch([address], default=Phone(answers_after=0, talk=0), speed=math.inf) as switch:
        load = run_load(switch, calls=5)
    assert (load.fail_safe, load.failed) == (5, 0)
