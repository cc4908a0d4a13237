"""The defects of greenswitch 0.0.19 that docs/wire.md 9 numbers: each shown in its own class, and gone in ours.

What hangs there is shown by what is still waiting after a moment, and then ended by the test.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from gevent import socket
from greenswitch import InboundESL, OutboundESLServer
from greenswitch.esl import ESLEvent, ESLProtocol, OutboundSession

from esl.ends import API_OK, NOTICE, OK, SwitchEnd, Tape, dumped, opened, secret_problem
from esl.switchboard import Switchboard, event
from fsrouter.errors import Refused
from fsrouter.esl.events import Channel, Event, parse_event
from fsrouter.esl.frames import Decoder, Frame, Headers
from fsrouter.esl.inbound import Inbound, NotConnected
from fsrouter.esl.lifecycle import CallerGone, Overdue, SwitchGone
from fsrouter.esl.newcomers import Newcomers
from fsrouter.esl.server import Server
from fsrouter.esl.session import Session
from fsrouter.runtime.greenlets import GREENLETS

MOMENT = 0.15
"""Seconds after which what still waits is taken to wait for ever; ours ends within a few milliseconds."""
Pair = Callable[[], tuple[socket.socket, SwitchEnd]]
Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture
def pair() -> Iterator[Pair]:
    opened: list[socket.socket] = []

    def make() -> tuple[socket.socket, SwitchEnd]:
        ours, theirs = socket.socketpair()
        opened.extend((ours, theirs))
        return ours, SwitchEnd(theirs)

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def theirs(pair: Pair) -> Iterator[Callable[[], tuple[OutboundSession, SwitchEnd]]]:
    """A factory of greenswitch's sessions, each with FreeSWITCH's end; its greenlets are ended afterwards."""
    made: list[OutboundSession] = []

    def make() -> tuple[OutboundSession, SwitchEnd]:
        ours, end = pair()
        made.append(OutboundSession(("127.0.0.1", 1), ours))
        return made[-1], end

    yield make
    for session in made:
        end_greenlets(session)


def end_greenlets(one: Any) -> None:
    gevent.killall([g for g in (one._receive_events_greenlet, one._process_events_greenlet) if g is not None])
    if hasattr(one, "sock_file"):
        one.sock_file.close()
    one.sock.close()


@pytest.fixture
def board() -> Iterator[Switchboard]:
    one = Switchboard()
    yield one
    one.close()


@pytest.fixture
def inbound(board: Switchboard) -> Iterator[Inbound]:
    one = Inbound("127.0.0.1", board.port, "ClueCon", GREENLETS, timeout=1)
    yield one
    one.stop()


@pytest.fixture
def greenswitchs(board: Switchboard) -> Iterator[InboundESL]:
    one = InboundESL("127.0.0.1", board.port, "ClueCon")
    yield one
    end_greenlets(one)


FORGED = b"Unique-ID: real\nCaller-Caller-ID-Name: x%0AUnique-ID: 6666%0Avariable_vip: yes\nContent-Type: command/reply"
SEPARATED = "Unique-ID: real\nCaller-Caller-ID-Name: Bob\u2028Unique-ID: 6666\nContent-Type: command/reply".encode()


@pytest.mark.parametrize("sent", [FORGED, SEPARATED], ids=["percent", "U+2028"])
def test_1_a_display_name_forges_headers(sent: bytes) -> None:
    assert ESLEvent(sent.decode()).headers["Unique-ID"] == "6666"
    ours = Channel(Headers(sent))
    assert (ours.uuid, ours.variable("vip")) == ("real", "")


class EndOfStream:
    """A file at its end; gives up on its reader after a thousand reads."""

    def __init__(self) -> None:
        self.reads = 0

    def read(self, length: int) -> bytes:
        self.reads += 1
        if self.reads > 1000:
            raise InterruptedError("it would read for ever")
        return b""


def test_2_an_end_inside_a_body_freezes_the_process(
    board: Switchboard, inbound: Inbound, eventually: Eventually
) -> None:
    stream = EndOfStream()
    with warnings.catch_warnings(), pytest.raises(InterruptedError):
        warnings.simplefilter("ignore")  # it also warns by a deprecated call, a thousand times
        logging.disable()
        try:
            ESLProtocol._read_socket(stream, 100)
        finally:
            logging.disable(logging.NOTSET)
    assert stream.reads == 1001

    def half(end: SwitchEnd) -> None:
        end.say(event(b"x" * 100)[:-50])

    board._after = half
    inbound.connect()
    inbound.send("event json HEARTBEAT")
    eventually(lambda: not inbound.connected)
    assert inbound._receive_events_greenlet.ready()


def dropping(board: Switchboard) -> None:
    """FreeSWITCH hears one command after the password and is gone."""

    def drop(end: SwitchEnd) -> None:
        board.hear(end)

    board._after = drop


def test_3_an_end_without_notice_leaves_them_waiting(
    board: Switchboard, inbound: Inbound, greenswitchs: InboundESL
) -> None:
    dropping(board)
    greenswitchs.connect()
    greenswitchs.send("event json HEARTBEAT")
    waiting = gevent.spawn(greenswitchs.send, "api status")
    waiting.join(MOMENT)
    assert not waiting.ready()
    assert not greenswitchs.connected  # it knows, and still waits
    waiting.kill()

    inbound.connect()
    inbound.send("event json HEARTBEAT")
    with pytest.raises(NotConnected, match="is lost"):
        inbound.api("status")
    session = Session(Tape(opened()), GREENLETS, secret_problem)
    session.connect(1)
    with pytest.raises(SwitchGone):
        session.look(1)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Idle:
    def __init__(self, session: OutboundSession) -> None:
        pass

    def run(self) -> None:
        pass


@pytest.fixture
def greenswitch_server() -> Iterator[OutboundESLServer]:
    server = OutboundESLServer("127.0.0.1", free_port(), Idle, max_connections=1)
    sessions: list[OutboundSession] = []
    accept = server._accept_call

    def remember(session: OutboundSession) -> None:
        sessions.append(session)
        accept(session)

    server._accept_call = remember
    listening = gevent.spawn(server.listen)
    while not server._running:
        gevent.sleep(0)
    yield server
    listening.kill()
    server.server.close()
    for session in sessions:
        end_greenlets(session)


@pytest.fixture
def our_server() -> Iterator[Server]:
    def listen(session: Session) -> None:
        session.connect(1)

    server = Server(("127.0.0.1", 0), listen, 1, GREENLETS, secret_problem, newcomers=Newcomers(per_address=1))
    server.start()
    yield server
    server.stop_accepting()
    server.drain(1)


def first_word(port: int) -> float:
    """Seconds from a connection to the first command on it."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), 1) as sock:
        assert SwitchEnd(sock).hear() == "connect"
    return time.monotonic() - started


def test_4_accept_sleeps(greenswitch_server: OutboundESLServer, our_server: Server) -> None:
    first_word(greenswitch_server.bound_port)
    # Right after an accept it finds none waiting and sleeps for 100 ms.
    assert first_word(greenswitch_server.bound_port) > 0.05
    # The best of five, so that a busy machine does not count as sleep.
    assert min(first_word(our_server.port) for _ in range(5) if our_server.drain(1)) < 0.05


def test_5_stopping_takes_a_second(board: Switchboard, inbound: Inbound, greenswitchs: InboundESL) -> None:
    greenswitchs.connect()
    greenswitchs.connected = False  # skips the `exit`, whose reply it would wait for without end
    greenswitchs.sock.shutdown(socket.SHUT_RDWR)
    stopping = gevent.spawn(greenswitchs.stop)
    stopping.join(MOMENT)
    assert not stopping.ready()
    stopping.kill()

    inbound.connect()
    started = time.monotonic()
    inbound.stop()
    assert time.monotonic() - started < 0.9


def test_6_there_is_no_limit_of_who_has_not_answered(
    greenswitch_server: OutboundESLServer, our_server: Server, eventually: Eventually
) -> None:
    silent = [socket.create_connection(("127.0.0.1", greenswitch_server.bound_port), 1) for _ in range(3)]
    try:
        # All three are asked for their call, with a limit of one, and none is counted.
        assert all(SwitchEnd(sock).hear() == "connect" for sock in silent)
        assert greenswitch_server.connection_count == 0
    finally:
        for sock in silent:
            sock.close()
    with (
        socket.create_connection(("127.0.0.1", our_server.port), 1) as first,
        socket.create_connection(("127.0.0.1", our_server.port), 1) as second,
    ):
        assert SwitchEnd(second).hear() == "connect"
        end = SwitchEnd(first)
        assert [end.hear(), end.hear(), end.hear()] == ["connect", "api global_getvar fsr_secret", ""]
        assert (our_server.live, our_server.rejected["crowded"]) == (0, 1)


def test_7_a_timeout_is_no_exception_and_leaves_its_waiter(
    theirs: Callable[[], tuple[OutboundSession, SwitchEnd]], pair: Pair
) -> None:
    session, end = theirs()
    answering = gevent.spawn(end.answer, OK)
    playing = gevent.spawn(session.call_command, "playback", "a.wav", True, 0.02)
    playing.join(1)
    assert answering.ready()
    assert isinstance(playing.exception, gevent.Timeout)
    assert not isinstance(playing.exception, Exception)
    assert len(session.expected_events["CHANNEL_EXECUTE_COMPLETE"]) == 1

    ours, calm = pair()
    calm.say(opened() + OK)
    waiting = Session(ours, GREENLETS, secret_problem)
    waiting.connect(1)
    with pytest.raises(Overdue) as caught:
        waiting.step({}, "playback", "a.wav", 0.02)
    assert isinstance(caught.value, Exception)
    assert waiting.closed


def test_8_an_application_of_another_channel_ends_ours() -> None:
    class Waiting(OutboundSession):
        def start_event_handlers(self) -> None:
            pass

    ours, end = socket.socketpair()
    try:
        session = Waiting(("127.0.0.1", 1), ours)
        done = gevent.event.AsyncResult()
        session.register_expected_event("CHANNEL_EXECUTE_COMPLETE", "current_application", "bridge", done)
        foreign = "Event-Name: CHANNEL_EXECUTE_COMPLETE\nUnique-ID: another\nvariable_current_application: bridge"
        session.on_event(ESLEvent(foreign))
        assert done.ready()
        session.sock_file.close()
    finally:
        ours.close()
        end.close()
    # Ours waits for the reply to its own command; events have no say.
    body = b'{"Event-Name":"CHANNEL_EXECUTE_COMPLETE","variable_current_application":"bridge"}'
    calm = Session(Tape(opened() + event(body) + OK + event(body) + dumped(9)), GREENLETS, secret_problem)
    calm.connect(1)
    with pytest.raises(Exception, match="Channel-State-Number is 9"):
        calm.step({}, "bridge", "user/1001", 1)


def test_9_a_handler_starves_the_others(
    board: Switchboard, inbound: Inbound, greenswitchs: InboundESL, eventually: Eventually
) -> None:
    def beat(end: SwitchEnd) -> None:
        end.say(event(b"Event-Name: HEARTBEAT\n\n", "plain"))
        board.serve(end)

    board._after = beat
    for one, expected in ((greenswitchs, ["own"]), (inbound, ["own", "any"])):
        told: list[str] = []
        one.register_handle("HEARTBEAT", lambda _, told=told: told.append("own"))
        one.register_handle("*", lambda _, told=told: told.append("any"))
        one.connect()
        one.send("event plain HEARTBEAT" if one is greenswitchs else "event json HEARTBEAT")
        eventually(lambda told=told: told)
        assert told == expected


UNEXPECTED = [
    ("Content-Type: command/reply\nReply-Text: +OK", IndexError),
    ("Reply-Text: +OK", KeyError),
    (" continued\nContent-Type: command/reply", AttributeError),
]


@pytest.mark.parametrize(("sent", "error"), UNEXPECTED, ids=["unsolicited reply", "no Content-Type", "continuation"])
def test_10_an_unexpected_frame_kills_the_reader(
    sent: str, error: type[Exception], board: Switchboard, inbound: Inbound, eventually: Eventually
) -> None:
    with pytest.raises(error):
        ESLProtocol().handle_event(ESLEvent(sent))

    def say(end: SwitchEnd) -> None:
        end.say(sent.encode() + b"\n\n")
        board.serve(end)

    board._after = say
    inbound.connect()
    inbound.send("event json HEARTBEAT")
    if error is IndexError:  # harmless: nobody waited for it
        assert inbound.api("status") == "+OK"
    else:  # not to be trusted further, and everybody is told
        eventually(lambda: not inbound.connected)
        with pytest.raises(NotConnected):
            inbound.api("status")


def test_11_json_is_read_as_headers_and_the_notice_not_to_its_end() -> None:
    body = b'{"Event-Name": "HEARTBEAT", "Caller-Caller-ID-Name": "a"}'
    read = ESLEvent("Content-Type: text/event-json")
    read.parse_data(body.decode())
    assert read.headers.get("Event-Name") is None
    assert parse_event(Frame(Headers(b"Content-Type: text/event-json"), body)).name == "HEARTBEAT"
    # The 67 bytes of the notice stay in its stream and come out as the next frame; here they belong to the notice.
    told: list[str] = []

    class Listening(ESLProtocol):
        def _read_socket(self, sock: object, length: int) -> str:
            told.append(f"read {length}")
            return ""

    Listening().handle_event(ESLEvent(NOTICE.partition(b"\n\n")[0].decode()))
    assert told == []
    assert [len(frame.body) for frame in Decoder().feed(NOTICE + OK)] == [67, 0]


def test_12_a_line_end_adds_a_command(theirs: Callable[[], tuple[OutboundSession, SwitchEnd]]) -> None:
    session, end = theirs()
    saying = gevent.spawn(session.call_command, "set", "name=Bob\n\napi system id")
    assert end.hear().startswith("sendmsg\n")
    assert end.hear() == "api system id"
    saying.kill()
    calm = Session(Tape(opened()), GREENLETS, secret_problem)
    calm.connect(1)
    with pytest.raises(Refused):
        calm.step({}, "playback", "Bob\n\napi system id", 1)
    with pytest.raises(Refused):
        Inbound("127.0.0.1", 1, "x", GREENLETS).send("Bob\n\napi system id")


class Narrow(Tape):
    """A socket whose `send` takes ten bytes at a time."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.written = b""

    def send(self, data: bytes) -> int:
        self.written += data[:10]
        return len(data[:10])

    def sendall(self, data: bytes) -> None:
        self.written += data

    def makefile(self, mode: str) -> EndOfStream:
        return EndOfStream()


def test_13_a_long_command_is_cut() -> None:
    protocol = ESLProtocol()
    protocol.sock, protocol.connected = Narrow(b""), True
    saying = gevent.spawn(protocol.send, "api uuid_setvar_multi " + "x" * 100)
    gevent.sleep(0)
    assert protocol.sock.written == b"api uuid_s"
    saying.kill()
    wire = Narrow(opened() + API_OK)
    session = Session(wire, GREENLETS, secret_problem)
    session.connect(1)
    session.set({"fsr_cursor": "x" * 100}, 1)
    assert wire.written.endswith(b"x" * 100 + b"\n\n")


def test_14_callers_go_to_the_root_logger(
    theirs: Callable[[], tuple[OutboundSession, SwitchEnd]], caplog: pytest.LogCaptureFixture
) -> None:
    session, _ = theirs()
    session.session_data = {"Caller-Caller-ID-Number": "+13125550199"}
    with caplog.at_level(logging.INFO):
        session.on_hangup(None)
        assert [(record.name, "+13125550199" in record.getMessage()) for record in caplog.records] == [("root", True)]
        caplog.clear()
        calm = Session(Tape(opened(Caller_Caller_ID_Number="+13125550199") + NOTICE), GREENLETS, secret_problem)
        calm.connect(1)
        with pytest.raises(CallerGone):
            calm.look(1)

        def fail(_: Event) -> None:
            raise ValueError("+13125550199")

        quiet = Inbound("127.0.0.1", 1, "x", GREENLETS)
        quiet.register_handle("*", fail)
        quiet.handle_event(Frame(Headers(b"Content-Type: text/event-json"), b'{"Event-Name":"CHANNEL_ANSWER"}'))
        assert {record.name for record in caplog.records} == {"fsrouter.esl"}
        assert "13125550199" not in repr([vars(record) for record in caplog.records])


def test_15_the_dispatcher_outlives_its_connection(
    theirs: Callable[[], tuple[OutboundSession, SwitchEnd]],
    board: Switchboard,
    inbound: Inbound,
    eventually: Eventually,
) -> None:
    session, end = theirs()
    end.say(NOTICE.partition(b"\n\n")[0] + b"\n\n")
    end.close()
    eventually(lambda: session._receive_events_greenlet.ready())
    gevent.sleep(MOMENT)
    assert not session._process_events_greenlet.ready()

    dropping(board)
    inbound.connect()
    inbound.send("event json HEARTBEAT")
    with pytest.raises(NotConnected):
        inbound.api("status")
    eventually(lambda: inbound._receive_events_greenlet.ready())
    assert inbound._process_events_greenlet is None
