"""One call's session: captures replayed and cut, every reply to every command, a fault at every step."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import gevent
import pytest
from gevent import socket
from greenswitch.esl import NotConnectedError, OutboundSessionHasGoneAway

from esl import captures
from esl.ends import (
    API_OK,
    NOTICE,
    OK,
    SECRET,
    SHOWN,
    UUID,
    SwitchEnd,
    Tape,
    api,
    block,
    dumped,
    opened,
    reply,
    secret_problem,
)  # fmt: skip
from fsrouter.esl import commands
from fsrouter.esl.events import Channel
from fsrouter.esl.lifecycle import CallerGone, CallTaken, Declined, Ended, Malformed, Overdue, SwitchGone, Unproved
from fsrouter.esl.session import Session
from fsrouter.runtime.greenlets import GREENLETS

Call = tuple[Session, SwitchEnd]
SOON = 20.0
STREAMS = [(name, c) for name in captures.OUTBOUND for c in captures.connections(captures.load(name))]


# -- captures


def raw(session: Session, command: bytes) -> str:
    """The reply to a command as it was captured."""
    return session._reply("command/reply", session._send(command, SOON)).reply_text


def walked(session: Session, turns: list[captures.Turn]) -> list[str]:
    """Say what the captured router said; what came back, and at the end the name of the outcome."""
    told: list[str] = []
    try:
        for turn in turns:
            if turn.from_switch:
                continue
            if turn.closed:
                session.close()
                return [*told, "closed by us"]
            command = turn.data.decode()
            if command == "connect\n\n":
                told.append(session.connect(SOON).caller_id_number)
            elif command.startswith("api uuid_dump"):
                told.append(session.look(SOON).uuid)
            elif command.startswith("api uuid_setvar_multi"):
                pairs = command.strip().split(" ", 3)[3].split(";")
                session.set(dict(pair.split("=", 1) for pair in pairs), SOON)
                told.append("set")
            else:
                told.append(raw(session, turn.data))
        session.look(SOON)
    except Ended as ended:
        return [*told, type(ended).__name__]
    return [*told, "goes on"]


def own(name: str, connection: int) -> tuple[list[captures.Turn], bytes]:
    """A captured connection, in which FreeSWITCH shows the secret with its answer to `connect`."""
    turns = [turn for turn in captures.load(name) if turn.connection == connection]
    first = next(i for i, turn in enumerate(turns) if turn.from_switch)
    data = turns[first].data
    end = data.index(b"\n\n") + 2
    turns[first] = replace(turns[first], data=data[:end] + SHOWN + data[end:])
    return turns, captures.sent_by_switch(turns, connection)


@pytest.mark.parametrize(("name", "connection"), STREAMS)
def test_session_walks_each_capture_to_its_end(name: str, connection: int) -> None:
    turns, said = own(name, connection)
    whole = walked(Session(Tape(said), GREENLETS, secret_problem), turns)
    if name == "router-dies-while-talking" and connection == 1:
        # We fell silent while the talk was going on: the reply never came.
        assert whole == ["155501001", "set", "set", "SwitchGone"]
        return
    assert whole[-1] == (
        "closed by us" if any(turn.closed and not turn.from_switch for turn in turns) else "CallerGone"
    )
    assert len(whole) > 2
    assert walked(Session(Tape(said, 1), GREENLETS, secret_problem), turns) == whole


@pytest.mark.parametrize(("name", "connection"), STREAMS)
def test_session_on_a_capture_cut_at_any_byte_ends_at_once(name: str, connection: int) -> None:
    turns, said = own(name, connection)
    whole = walked(Session(Tape(said), GREENLETS, secret_problem), turns)
    first = said.index(b"\n\n") + 2  # the connect block: every 7th byte; all that follows: every byte
    for cut in [*range(0, first, 7), *range(first, len(said))]:
        tape = Tape(said[:cut])
        session = Session(tape, GREENLETS, secret_problem)
        story = walked(session, turns)
        assert story[:-1] == whole[: len(story) - 1]
        assert story[-1] in ("SwitchGone", whole[-1])
        assert tape.closed


@pytest.mark.parametrize("size", [1, 50, 100_000])
@pytest.mark.parametrize("name", ["bridge-answered", "caller-leaves-while-ringing", "hostile-caller"])
def test_session_walks_a_capture_over_a_real_connection(ends: Callable[[], Call], name: str, size: int) -> None:
    turns, said = own(name, 1)
    session, switch = ends()

    def play() -> None:
        for turn in turns:
            if not turn.from_switch:
                assert switch.hear() == turn.data.decode().rstrip("\n")
                if turn.data == b"connect\n\n":
                    assert switch.hear() == "api global_getvar fsr_secret"
            for at in range(0, len(turn.data), size) if turn.from_switch else ():
                switch.say(turn.data[at : at + size])
        switch.close()

    playing = gevent.spawn(play)
    # The captured router wrote an empty argument and ours writes none, so raw commands go as they were captured.
    assert walked(session, turns) == walked(Session(Tape(said), GREENLETS, secret_problem), turns)
    playing.get(timeout=SOON)


# -- what is said


def test_step_gets_three_replies(ends: Callable[[], Call]) -> None:
    session, switch = ends()
    told = gevent.spawn(switch.answer, block(), SHOWN, API_OK, OK, dumped(originate_disposition="USER_BUSY"))
    assert session.connect(SOON).destination_number == "9601"
    after = session.step({"fsr_took": "yes", "cc_cause": ""}, "bridge", "user/1001", SOON)
    assert told.get(timeout=SOON) == [
        "connect",
        "api global_getvar fsr_secret",
        f"api uuid_setvar_multi {UUID} fsr_took=yes;cc_cause=",
        "sendmsg\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: user/1001",
        f"api uuid_dump {UUID} json",
    ]
    assert after.variable("originate_disposition") == "USER_BUSY"
    assert session.channel is after
    assert session.ended is None


def test_step_is_one_write() -> None:
    writes: list[bytes] = []

    class Listening(Tape):
        def sendall(self, data: bytes) -> None:
            writes.append(data)

    session = Session(Listening(opened() + API_OK + OK + dumped()), GREENLETS, secret_problem)
    session.connect(SOON)
    session.step({"fsr_took": "yes"}, "answer", "", SOON)
    assert len(writes) == 2
    assert writes[1].count(b"\n\n") == 3


def test_refused_value_sends_nothing_and_session_goes_on() -> None:
    session = Session(Tape(opened() + OK + dumped()), GREENLETS, secret_problem)
    session.connect(SOON)
    with pytest.raises(commands.Refused):
        session.step({"fsr_took": "a$b"}, "answer", "", SOON)
    with pytest.raises(commands.Refused):
        session.step({}, "playback", "${system(id)}", SOON)
    with pytest.raises(commands.Refused):
        session.step({}, "hangup", "", SOON)
    assert session.step({}, "answer", "", SOON).uuid == UUID


def test_api_and_look_return_what_freeswitch_answers(ends: Callable[[], Call]) -> None:
    session, switch = ends()
    gone = "-ERR No such channel!\n"
    gevent.spawn(
        switch.answer,
        block(),
        SHOWN,
        api("true"),
        api(gone),
        dumped(),
        API_OK,
    )
    session.connect(SOON)
    assert session.api("module_exists", "mod_flite", SOON) == "true"
    assert session.api("uuid_kill", "somebody-else", SOON) == gone
    assert session.look(SOON).state_number == 4
    session.set({"fsr_tags": "ads"}, SOON)
    assert not session.closed


def test_command_before_connect_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="connect"):
        Session(Tape(b""), GREENLETS, secret_problem).look(SOON)


# -- every reply to every command

GONE = api("-ERR No such channel!\n-USAGE: <uuid> <var>=<value>\n")
COULD_BE_ANYTHING = [
    (NOTICE, CallerGone),
    (GONE, CallerGone),
    (reply("-ERR No such channel"), CallerGone),
    (api("-USAGE: what\n"), Declined),
    (reply("-ERR command not found"), Declined),
    (b"garbage\n\n", Malformed),
    (b"Content-Type: text/rude-rejection\nContent-Length: 4\n\nAway", Malformed),
    (b"Content-Type: api/response\n\n", Malformed),
]
AT_SETVAR = [*COULD_BE_ANYTHING, (OK, Malformed)]
AT_EXECUTE = [each for each in COULD_BE_ANYTHING if not each[0].startswith(b"Content-Type: api")]
AT_EXECUTE += [(API_OK, Malformed), (GONE, Malformed)]
AT_DUMP = [
    *COULD_BE_ANYTHING,
    (OK, Malformed),
    (api("+OK\n"), Malformed),
    (api("{}"), Malformed),
    (dumped(uuid="another"), Malformed),
    (dumped("x"), Malformed),
    *[(dumped(number), CallTaken) for number in (2, 6, 8, 9)],
    *[(dumped(number), CallerGone) for number in (10, 11, 12)],
]
TABLE = [((), each, how) for each, how in AT_SETVAR]
TABLE += [((API_OK,), each, how) for each, how in AT_EXECUTE]
TABLE += [((API_OK, OK), each, how) for each, how in AT_DUMP]


@pytest.mark.parametrize(("before", "said", "how"), TABLE, ids=lambda value: repr(value)[:60])
@pytest.mark.parametrize("size", [1, 65_536])
def test_each_reply_to_a_step_ends_the_session_as_documented(
    before: tuple[bytes, ...], said: bytes, how: type[Ended], size: int
) -> None:
    tape = Tape(opened() + b"".join(before) + said, size)
    session = Session(tape, GREENLETS, secret_problem)
    session.connect(SOON)
    with pytest.raises(how) as caught:
        session.step({"fsr_took": "yes"}, "playback", "hello.wav", SOON)
    assert type(caught.value) is how
    assert tape.closed
    assert session.ended is caught.value
    # Ended is ended: whatever is tried next says the same and sends nothing.
    with pytest.raises(how):
        session.look(SOON)
    assert session.let_go({"fsr_served": "yes"}, SOON) is False


@pytest.mark.parametrize("number", [2, 6, 8, 9])
def test_call_taken_has_the_state_number(number: int) -> None:
    session = Session(Tape(opened() + dumped(number)), GREENLETS, secret_problem)
    session.connect(SOON)
    with pytest.raises(CallTaken) as caught:
        session.look(SOON)
    assert caught.value.state_number == number
    assert session.channel is not None
    assert session.channel.state_number == number


#: What is no secret, and what would end the session otherwise if it were looked at.
NOT_SHOWN = [
    *map(api, ("-ERR no reply\n", "", "wrong", SECRET[:-1], SECRET + "\n", SECRET * 9, "-USAGE", "\0", "+OK")),
    b"Content-Type: api/response\nContent-Length: 2\n\n\xff\xfe",
]
ODD: list[dict[str, str]] = [
    {}, {"Socket_Mode": "async"}, {"Control": "x"}, {"Channel_State_Number": "10"}, {"Unique_ID": ""},
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "how"),
    [
        (opened(Socket_Mode="async"), Declined),
        (opened(Control="single-channel"), Declined),
        (opened(Channel_State_Number="2"), CallTaken),
        (opened(Channel_State_Number="10"), CallerGone),
        (opened(Unique_ID=""), Malformed),
        (opened(Unique_ID="a b;c"), Malformed),
        (reply("-ERR"), Declined),
        (API_OK, Malformed),
        (NOTICE, CallerGone),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\n\n", Malformed),
        (b"", SwitchGone),
        (block()[:-1], SwitchGone),
        (opened()[:-1], SwitchGone),
        (block() + NOTICE, CallerGone),
        (block() + OK, Malformed),
        (block() + reply("-ERR command not found"), Declined),
        *[(block(**odd) + shown, Unproved) for shown in NOT_SHOWN for odd in ODD],
    ],
    ids=lambda value: repr(value)[:50],
)
def test_bad_answer_to_connect_ends_the_session(said: bytes, how: type[Ended]) -> None:
    tape = Tape(said)
    with pytest.raises(how) as caught:
        Session(tape, GREENLETS, secret_problem).connect(SOON)
    assert type(caught.value) is how
    assert tape.closed


def test_peer_is_proved_once_and_before_its_call_is_looked_at() -> None:
    told: list[object] = []
    session = Session(Tape(opened(Channel_State_Number="10")), GREENLETS, secret_problem)
    session.proved = lambda _: told.append(session.channel)
    with pytest.raises(CallerGone):
        session.connect(SOON)
    assert told == [None]


@pytest.mark.parametrize("shown", NOT_SHOWN, ids=lambda value: repr(value)[:60])
def test_peer_without_the_secret_is_told_nothing_and_not_looked_at(shown: bytes) -> None:
    told: list[object] = []
    tape = Tape(block() + shown)
    session = Session(tape, GREENLETS, secret_problem)
    session.proved = told.append
    with pytest.raises(Unproved):
        session.connect(SOON)
    assert session.let_go({"fsr_served": "yes"}, SOON) is False
    assert tape.closed and session.channel is None and not told
    with pytest.raises(RuntimeError, match="connect"):
        session.uuid  # noqa: B018


def test_unwanted_events_are_skipped() -> None:
    event = b"Content-Length: 2\nContent-Type: text/event-json\n\n{}"
    session = Session(Tape(opened() + event + API_OK), GREENLETS, secret_problem)
    session.connect(SOON)
    session.set({"fsr_took": "yes"}, SOON)


def test_wire_error_behind_good_frames_is_found_without_more_bytes(ends: Callable[[], Call]) -> None:
    session, switch = ends()
    switch.say(opened() + b"garbage\n\n")
    session.connect(SOON)
    started = time.monotonic()
    with pytest.raises(Malformed):
        session.look(SOON)
    assert time.monotonic() - started < SOON / 2


# -- a fault at every step

REPLIES = (block(), SHOWN, API_OK, OK, dumped())


def one_call(session: Session, deadline: float) -> Channel:
    session.connect(deadline)
    return session.step({"fsr_took": "yes"}, "playback", "hello.wav", deadline)


@pytest.mark.parametrize("part", [0, 1, 30])
@pytest.mark.parametrize("at", range(len(REPLIES)))
@pytest.mark.parametrize(
    ("fault", "how"),
    [("end", SwitchGone), ("reset", SwitchGone), ("garbage", Malformed), ("silence", Overdue), ("notice", CallerGone)],
)
def test_fault_at_every_reply_ends_the_session(
    ends: Callable[[], Call], at: int, part: int, fault: str, how: type[Ended]
) -> None:
    """`at` replies come, and `part` bytes of the next one; then the fault."""
    session, switch = ends()
    if part and fault in ("notice", "garbage"):
        part = 0  # inside a frame they are only more of the frame

    def play() -> None:
        switch.answer(*REPLIES[:at])
        switch.hear()
        switch.say(REPLIES[at][:part])
        {
            "end": switch.close,
            "reset": switch.reset,
            "garbage": lambda: switch.say(b"\x00\x01\n\n"),
            "silence": lambda: None,
            "notice": lambda: switch.say(NOTICE),
        }[fault]()

    playing = gevent.spawn(play)
    started = time.monotonic()
    with pytest.raises(how):
        one_call(session, 0.03 if fault == "silence" else SOON)
    assert time.monotonic() - started < SOON / 2
    assert session.closed
    playing.kill()


def test_reset_behind_a_notice_is_caller_gone(ends: Callable[[], Call]) -> None:
    """FreeSWITCH closes with our pipelined commands unread, which makes the kernel send a reset behind the notice."""
    session, switch = ends()
    switch.say(opened() + API_OK + NOTICE)
    session.connect(SOON)
    switch.reset()
    with pytest.raises(CallerGone):
        session.step({"fsr_took": "yes"}, "playback", "hello.wav", SOON)


def test_write_to_a_switch_that_does_not_read_is_overdue(ends: Callable[[], Call]) -> None:
    session, switch = ends()
    switch.say(opened())
    session.connect(SOON)
    big = {f"v{n}": "x" * 16_000 for n in range(60)}
    with pytest.raises(Overdue):
        for _ in range(40):
            session._send(commands.setvars(UUID, big), 0.05)
    assert session.closed


def test_deadline_is_not_stretched_by_a_trickle(ends: Callable[[], Call]) -> None:
    session, switch = ends()

    def trickle() -> None:
        for byte in block():
            switch.say(bytes([byte]))
            gevent.sleep(0.05)

    playing = gevent.spawn(trickle)
    started = time.monotonic()
    with pytest.raises(Overdue):
        session.connect(0.1)
    assert time.monotonic() - started < 5
    playing.kill()


# -- letting go


def test_let_go_sets_and_closes(ends: Callable[[], Call]) -> None:
    session, switch = ends()
    told = gevent.spawn(switch.answer, block(), SHOWN, API_OK)
    session.connect(SOON)
    assert session.let_go({"fsr_served": "yes", "fsr_cause": "USER_BUSY"}, SOON) is True
    assert told.get(timeout=SOON)[2] == f"api uuid_setvar_multi {UUID} fsr_served=yes;fsr_cause=USER_BUSY"
    assert switch.hear() == ""
    assert session.closed
    session.close()
    with pytest.raises(SwitchGone):
        session.look(SOON)


@pytest.mark.parametrize("said", [NOTICE, GONE, b"", b"garbage\n\n"], ids=repr)
def test_let_go_of_a_call_that_is_gone_closes_and_says_so(said: bytes) -> None:
    tape = Tape(opened() + said)
    session = Session(tape, GREENLETS, secret_problem)
    session.connect(SOON)
    assert session.let_go({"fsr_served": "yes"}, SOON) is False
    assert tape.closed


def test_let_go_without_variables_only_closes() -> None:
    tape = Tape(opened())
    session = Session(tape, GREENLETS, secret_problem)
    session.connect(SOON)
    assert session.let_go({}, SOON) is True
    assert tape.closed


def test_let_go_closes_even_when_a_value_is_refused() -> None:
    tape = Tape(opened())
    session = Session(tape, GREENLETS, secret_problem)
    session.connect(SOON)
    with pytest.raises(commands.Refused):
        session.let_go({"fsr_cause": "a\nb"}, SOON)
    assert tape.closed


# -- the tree


def test_ended_exceptions_are_greenswitchs_too() -> None:
    assert issubclass(CallerGone, OutboundSessionHasGoneAway)
    assert issubclass(SwitchGone, NotConnectedError)
    for each in (CallerGone, CallTaken, SwitchGone, Overdue, Declined, Malformed, Unproved):
        assert issubclass(each, Ended)
        assert issubclass(each, Exception)


def test_timeout_of_gevent_does_not_leak(ends: Callable[[], Call]) -> None:
    session, _ = ends()
    try:
        session.connect(0.01)
    except BaseException as error:
        assert type(error) is Overdue
        assert not isinstance(error.__cause__, gevent.Timeout)
    else:
        pytest.fail("a silent FreeSWITCH answered")


def test_session_works_over_a_unix_socket_pair() -> None:
    ours, theirs = socket.socketpair()
    try:
        theirs.sendall(opened())
        assert Session(ours, GREENLETS, secret_problem).connect(SOON).uuid == UUID
    finally:
        ours.close()
        theirs.close()
