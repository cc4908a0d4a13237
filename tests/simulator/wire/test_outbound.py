"""A router's conversation with the switch: commands, prompts, a queue, faults."""

from __future__ import annotations

import pytest
from gevent import socket

from fsrouter.simulator import Agent, Caller, Dialplan, Fault, Phone, Queue, Switch
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
        ("api global_getvar nothing_set", "-ERR no reply\n"),
        ("api global_setvar x=1", "+OK"),
        ("api callcenter_config queue load s@default", "+OK\n"),
        ("api callcenter_config agent set status nobody Available", "-ERR Agent not found!\n"),
        ("api uuid_record UUID start /r.wav", "+OK Success\n"),
        ("sendmsg nobody\ncall-command: hangup", "-ERR invalid session id [nobody]"),
    ],
)
def test_command_replies(command: str, reply: str) -> None:
    (answer,), _ = converse(command)
    assert answer == reply


def test_global_variables_are_set_by_files_when_they_are_loaded_and_stand_in_no_dump() -> None:
    def file(value: str) -> Dialplan:
        line = f'<X-PRE-PROCESS cmd="set" data="shown = {value}"/>' if value else ""
        return Dialplan.from_xml(f'<include><!-- x -->{line}<X-PRE-PROCESS cmd="include" data="x/*.xml"/></include>')

    with Switch(dialplan=file("one")) as switch:
        assert switch.api("global_getvar shown") == "one"
        switch.dialplan = file("two")
        assert switch.api("global_getvar shown") == "one", "nothing was loaded"
        switch.api("reloadxml")
        assert switch.api("global_getvar shown") == "two"
        assert switch.api("global_getvar") == "shown=two\n"
        switch.dialplan = file("")
        switch.api("reloadxml")
        assert switch.api("global_getvar shown") == "two", "what is no longer set stays"
        switch.api("global_setvar shown=")
        assert switch.api("global_getvar shown") == ""


def test_global_variable_is_in_what_is_expanded_and_not_on_the_channel() -> None:
    said = ("api global_setvar shown=abc", "api eval uuid:UUID ${shown}/${fsr_call}", "api uuid_getvar UUID shown")
    answers, _ = converse(*said, "api uuid_dump UUID json")
    assert answers[:3] == ["+OK", "abc/1", "_undef_"]
    assert "abc" not in answers[3]


def test_commands_of_one_write_are_answered_in_their_order() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    with listener, Switch([listener.getsockname()], {}, speed=500) as switch:
        switch.globals["shown"] = "abc"
        call = switch.call(CALL)
        router, _ = listener.accept()
        with router, router.makefile("rb") as heard:
            router.sendall(b"connect\n\napi global_getvar shown\n\n")
            assert b"Control: full\n" in list(iter(heard.readline, b"\n"))
            assert [heard.readline() for _ in range(3)] == [
                b"Content-Type: api/response\n", b"Content-Length: 3\n", b"\n",
            ]  # fmt: skip
            assert heard.read(3) == b"abc"
        call.wait()


def test_setvar_refuses_values_with_variables_and_unsets_on_empty() -> None:
    replies, _ = converse(
        "api uuid_setvar_multi UUID a=${system(id)};b=2;c=3", "getvar a", "getvar b",
        "api uuid_setvar_multi UUID b=;c='x;y'", "getvar b", "getvar c",
    )  # fmt: skip
    assert replies == ["+OK\n", "-ERR command not found", "2", "+OK\n", "-ERR command not found", "x;y"]


def test_api_call_smuggled_into_an_argument_is_recorded() -> None:
    _, switch = converse(
        "sendmsg\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: a=${system(touch /tmp/x)}"
    )
    assert "system touch /tmp/x" in switch.commands_run


def test_pipelined_commands_are_answered_in_order() -> None:
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


def test_unknown_application_ends_the_call() -> None:
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
def test_play_and_get_digits_results(keys: str, argument: str, digits: str, result: str) -> None:
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
def test_playback_of_present_and_missing_files(path: str, response: str, heard: bool) -> None:
    replies, switch = converse(
        f"sendmsg\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: {path}",
        "getvar current_application_response",
    )
    assert replies[1] == response
    assert (path in switch.calls[0].heard) is heard


def test_queue_serves_the_higher_base_score_first() -> None:
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
        for call in (first, vip, plain):
            call.wait()
            assert call.talked_to == ["user/1001"], call.log()
        assert vip.rang[0].at < 30 < plain.rang[0].at


@pytest.mark.parametrize("fault", [Fault(chunk=1), Fault(chunk=7)])
def test_chunked_sending_changes_no_reply(fault: Fault) -> None:
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
def test_cut_ends_the_stream_at_that_byte(after: int, reset: bool) -> None:
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
        call = switch.call(CALL).wait()
    assert got == [after] or (reset and got[0] <= after)
    assert call.hangup_cause == "NETWORK_OUT_OF_ORDER"


def test_silent_fault_swallows_bytes_and_router_times_out() -> None:
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
def test_header_url_encoding(plain: str, wire: str) -> None:
    assert encoded(plain) == wire


def test_same_seed_gives_same_uuids() -> None:
    uuids = [[Switch(seed=seed).new_uuid() for _ in range(2)] for seed in (7, 7, 8)]
    assert uuids[0] == uuids[1] != uuids[2]
