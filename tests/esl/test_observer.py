"""The observing connection: captures, commands, every way to lose it, and coming back."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent.event import Event as Signal
from greenswitch import InboundESL
from greenswitch.esl import NotConnectedError

from esl import captures
from esl.ends import OK, UUID, SwitchEnd, api
from esl.switchboard import Switchboard, event
from fsrouter.errors import Refused, SwitchUnreachable
from fsrouter.esl.events import Event, parse_event
from fsrouter.esl.frames import Decoder
from fsrouter.esl.inbound import OUTSTANDING, Inbound, NotConnected
from fsrouter.esl.observer import EVENTS, Observer
from fsrouter.runtime.greenlets import GREENLETS

Eventually = Callable[[Callable[[], object]], None]
QUICK = (0.01, 0.05)


class Ends:
    """What the tests start, so that it is stopped."""

    def __init__(self) -> None:
        self.started: list[Observer | Inbound] = []
        self.boards: list[Switchboard] = []

    def board(self, after: Callable[[SwitchEnd], None] | None = None, **more: bytes) -> Switchboard:
        self.boards.append(Switchboard(after, **more))
        return self.boards[-1]

    def observer(self, board: Switchboard, **more: object) -> Observer:
        more = {"timeout": 1.0, "backoff": QUICK} | more
        one = Observer("127.0.0.1", board.port, "ClueCon", GREENLETS, **more)  # type: ignore[arg-type]
        self.started.append(one)
        one.start()
        return one

    def inbound(self, board: Switchboard, **more: object) -> Inbound:
        one = Inbound("127.0.0.1", board.port, "ClueCon", GREENLETS, **({"timeout": 1.0} | more))  # type: ignore[arg-type]
        self.started.append(one)
        return one


@pytest.fixture
def ends() -> Iterator[Ends]:
    one = Ends()
    yield one
    for each in one.started:
        each.stop()
    for board in one.boards:
        board.close()


# -- captures


def heard() -> bytes:
    """The events of the capture, without the handshake."""
    return b"".join(
        turn.data for turn in captures.load("observer") if turn.from_switch and b"text/event" in turn.data[:60]
    )


@pytest.mark.parametrize("size", [100, 1 << 20])
def test_observer_reads_the_capture_event_by_event(ends: Ends, eventually: Eventually, size: int) -> None:
    heard_events: list[Event] = []

    def play(end: SwitchEnd) -> None:
        data = heard()
        for at in range(0, len(data), size):
            end.say(data[at : at + size])
        board.serve(end)

    board = ends.board(play)
    observer = ends.observer(board, on_event=heard_events.append)
    expected = [parse_event(frame) for frame in Decoder().feed(heard())]
    eventually(lambda: len(heard_events) == len(expected))
    assert [dict(each.fields) for each in heard_events] == [dict(each.fields) for each in expected]
    assert Counter(each.name for each in heard_events)["CHANNEL_BRIDGE"] == 2
    assert {each.subclass for each in heard_events if each.name == "CUSTOM"} == {"callcenter::info"}
    assert (observer.events, observer.malformed, observer.up) == (len(expected), 0, True)
    assert board.commands == [
        "auth ClueCon",
        "filter variable_fsr_call 1",
        "filter Event-Name HEARTBEAT",
        f"event json {' '.join(EVENTS)}",
    ]


class Overheard(Inbound):
    """An Inbound that reads from the test: its own `handle_event` on frames, no socket."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 0, "x", GREENLETS)
        self.heard_events: list[Event] = []
        self.register_handle("*", self.heard_events.append)

    def listen(self, data: bytes, size: int) -> list[Event]:
        decoder = Decoder()
        for at in range(0, len(data), size):
            for frame in decoder.feed(data[at : at + size]):
                if not frame.is_disconnect:
                    self.handle_event(frame)
        return self.heard_events


def same(left: list[Event], right: list[Event]) -> bool:
    return [dict(each.fields) for each in left] == [dict(each.fields) for each in right]


@pytest.mark.parametrize("name", captures.ASYNC)
def test_async_capture_gives_the_same_events_whole_in_pieces_and_cut(name: str) -> None:
    data = captures.sent_by_switch(captures.load_async(name))
    whole = Overheard().listen(data, len(data))
    assert len(whole) > 8
    assert {each.name.partition("_")[0] for each in whole} <= {"CHANNEL", "DTMF", "CUSTOM", "CALL", "PRESENCE"}
    assert len({each.uuid for each in whole}) == 1
    assert same(Overheard().listen(data, 1), whole)
    for cut in range(0, len(data), 4999):
        heard_events = Overheard().listen(data[:cut], 1 << 20)
        assert same(heard_events, whole[: len(heard_events)])


# -- commands


def test_kill_and_transfer_tell_whether_there_was_a_call(ends: Ends, eventually: Eventually) -> None:
    board = ends.board()
    board.answers["api"] = api("+OK\n")
    observer = ends.observer(board)
    eventually(lambda: observer.up)
    assert observer.kill(UUID, "USER_BUSY")
    assert observer.transfer(UUID, "8790", "public", "-bleg")
    assert observer.transfer(UUID, "8790")
    board.answers["api"] = api("-ERR No such channel!\n")
    assert not observer.kill(UUID)
    assert observer.api("status") == "-ERR No such channel!\n"
    assert board.commands[4:] == [
        f"api uuid_kill {UUID} USER_BUSY",
        f"api uuid_transfer {UUID} -bleg 8790 XML public",
        f"api uuid_transfer {UUID} 8790",
        f"api uuid_kill {UUID} NORMAL_CLEARING",
        "api status",
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda observer: observer.kill(UUID, "x\n\napi system id"),
        lambda observer: observer.kill("x y"),
        lambda observer: observer.transfer(UUID, "${system(id)}"),
        lambda observer: observer.transfer(UUID, "8790", "a b c"),
        lambda observer: observer.transfer(UUID, "8790", "", "-all"),
        lambda observer: observer.api("system", "id"),
        lambda observer: observer.send("api status\n\napi system id"),
        lambda observer: observer.watch_queue("x y"),
    ],
)
def test_hostile_commands_are_refused_before_anything_is_sent(ends: Ends, ask: Callable[[Observer], object]) -> None:
    with pytest.raises(Refused):
        ask(Observer("127.0.0.1", 1, "x", GREENLETS))


def test_queues_are_watched_now_and_after_a_reconnect(ends: Ends, eventually: Eventually) -> None:
    drop = Signal()

    def until_dropped(end: SwitchEnd) -> None:
        serving = gevent.spawn(board.serve, end)
        drop.wait(2)
        serving.kill()

    board = ends.board(until_dropped)
    observer = ends.observer(board)
    eventually(lambda: observer.up)
    observer.watch_queue("support@default")
    observer.watch_queue("support@default")
    observer.watch_queue("vip@default")
    observer.forget_queue("vip@default")
    observer.forget_queue("never@default")
    eventually(lambda: len(board.commands) == 7)
    assert board.commands[4:] == [
        "filter CC-Queue support@default",
        "filter CC-Queue vip@default",
        "filter delete CC-Queue vip@default",
    ]
    drop.set()
    eventually(lambda: len(board.commands) >= 12)
    assert board.commands[10:12] == ["filter CC-Queue support@default", f"event json {' '.join(EVENTS)}"]


def test_a_late_reply_does_not_answer_the_next_command(ends: Ends, eventually: Eventually) -> None:
    go = Signal()

    def slow(end: SwitchEnd) -> None:
        board.hear(end)
        go.wait(2)
        end.say(api("late\n"))
        board.hear(end)
        end.say(api("next\n"))
        board.serve(end)

    board = ends.board(slow)
    observer = ends.observer(board)
    eventually(lambda: observer.up)
    with pytest.raises(NotConnected, match="did not answer within"):
        observer.api("status", deadline=0.02)
    asked = gevent.spawn(observer.api, "version")
    go.set()
    assert asked.get(timeout=2) == "next\n"
    assert observer.up


def test_commands_at_the_same_time_get_their_own_answers(ends: Ends, eventually: Eventually) -> None:
    def echo(end: SwitchEnd) -> None:
        while command := board.hear(end):
            end.say(api(command))

    board = ends.board(echo)
    observer = ends.observer(board)
    eventually(lambda: observer.up)
    asked = [gevent.spawn(observer.api, "uuid_exists", f"call-{n}") for n in range(50)]
    assert [each.get(timeout=2) for each in asked] == [f"api uuid_exists call-{n}" for n in range(50)]


def test_outstanding_commands_are_limited(ends: Ends, eventually: Eventually) -> None:
    def mute(end: SwitchEnd) -> None:
        while board.hear(end):
            pass

    board = ends.board(mute)
    observer = ends.observer(board)
    eventually(lambda: observer.up)
    waiting = [gevent.spawn(observer.api, "status") for _ in range(OUTSTANDING)]
    eventually(lambda: len(board.commands) >= OUTSTANDING)
    with pytest.raises(NotConnected, match="to answer already"):
        observer.api("status")
    observer.stop()
    gevent.joinall(waiting, timeout=2)
    assert {type(each.exception) for each in waiting} == {NotConnected}


# -- losing it


@pytest.mark.parametrize(
    "end_with",
    [
        lambda end: end.close(),
        lambda end: end.reset(),
        lambda end: end.say(b"garbage\n\n"),
        lambda end: end.say(b"Content-Type: text/event-json\nContent-Length: 100\n\n{") or end.close(),
        lambda end: end.say(b"Content-Type: text/disconnect-notice\nContent-Length: 2\n\nby"),
        lambda end: end.say(b"Content-Type: text/event-json\nContent-Length: 99999999999\n\n"),
    ],
    ids=["end", "reset", "garbage", "end inside a body", "notice", "too long"],
)
def test_a_lost_connection_tells_those_who_wait_and_comes_back(
    ends: Ends, eventually: Eventually, end_with: Callable[[SwitchEnd], object]
) -> None:
    ups: list[bool] = []

    def lose(end: SwitchEnd) -> None:
        if board.connections == 1:
            board.hear(end)
            end_with(end)
        board.serve(end)

    board = ends.board(lose)
    observer = ends.observer(board, on_up=ups.append)
    eventually(lambda: observer.up)
    started = time.monotonic()
    with pytest.raises(NotConnected):
        observer.api("status", deadline=30)
    assert time.monotonic() - started < 15
    eventually(lambda: board.connections == 2 and observer.up)
    assert ups == [True, False, True]
    assert observer.losses == 1


def test_silence_is_a_lost_connection(ends: Ends, eventually: Eventually) -> None:
    board = ends.board()
    observer = ends.observer(board, stale=0.1)
    eventually(lambda: board.connections >= 2)
    assert observer.losses >= 1


def test_heartbeats_keep_the_connection(ends: Ends, eventually: Eventually) -> None:
    def beat(end: SwitchEnd) -> None:
        for _ in range(8):
            end.say(event(b'{"Event-Name":"HEARTBEAT"}'))
            gevent.sleep(0.03)
        board.serve(end)

    board = ends.board(beat)
    observer = ends.observer(board, stale=0.15)
    eventually(lambda: observer.events == 8)
    assert (observer.losses, board.connections) == (0, 1)


def test_unreadable_event_is_skipped_and_counted(ends: Ends, eventually: Eventually) -> None:
    heard_events: list[str] = []

    def play(end: SwitchEnd) -> None:
        end.say(event(b"[]") + event(b"{") + event(b"<x/>", "xml") + event(b'{"Event-Name":"HEARTBEAT"}') + OK)
        board.serve(end)

    board = ends.board(play)
    observer = ends.observer(board, on_event=lambda each: heard_events.append(each.name))
    eventually(lambda: heard_events == ["HEARTBEAT"])
    assert (observer.malformed, observer.losses) == (3, 0)


def test_a_handler_that_fails_harms_nobody_and_logs_no_caller(
    ends: Ends, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    heard_events: list[str] = []

    def fail(each: Event) -> None:
        heard_events.append(each.name)
        raise ValueError(each.get("Caller-Caller-ID-Number"))

    def play(end: SwitchEnd) -> None:
        end.say(event(b'{"Event-Name":"CHANNEL_ANSWER","Caller-Caller-ID-Number":"+13125550199"}') * 2)
        board.serve(end)

    board = ends.board(play)
    with caplog.at_level(logging.DEBUG):
        observer = ends.observer(board, on_event=fail)
        eventually(lambda: len(heard_events) == 2)
    assert observer.up
    told = [vars(record) for record in caplog.records if record.getMessage() == "a handler of an event failed"]
    assert [(each["handles"], each["error"]) for each in told] == [("CHANNEL_ANSWER", "ValueError")] * 2
    assert "13125550199" not in repr([vars(record) for record in caplog.records])


def test_a_handler_cannot_wait_for_a_reply(ends: Ends, eventually: Eventually) -> None:
    caught: list[BaseException] = []

    def ask(each: Event) -> None:
        try:
            observer.api("status")
        except RuntimeError as error:
            caught.append(error)

    def play(end: SwitchEnd) -> None:
        end.say(event(b'{"Event-Name":"HEARTBEAT"}'))
        board.serve(end)

    board = ends.board(play)
    observer = ends.observer(board, on_event=ask)
    eventually(lambda: caught)
    assert observer.up


@pytest.mark.parametrize(
    ("greeting", "auth", "words"),
    [
        (
            b"Content-Type: auth/request\n\n",
            b"Content-Type: command/reply\nReply-Text: -ERR invalid\n\n",
            "refuses the password",
        ),
        (b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n\n", b"", "denies access"),
        (b"HTTP/1.1 400 Bad Request\n\n", b"", "does not speak"),
        (b"", b"", "does not speak"),
    ],
    ids=["password", "acl", "http", "silent"],
)
def test_connect_error_says_why(ends: Ends, greeting: bytes, auth: bytes, words: str) -> None:
    board = ends.board(lambda end: board.serve(end), greeting=greeting)
    board.answers["auth"] = auth
    inbound = ends.inbound(board, timeout=0.1)
    with pytest.raises(NotConnected, match=words) as caught:
        inbound.connect()
    assert caught.value.exit_code == 3
    assert "ClueCon" not in str(caught.value)
    assert not inbound.connected


def test_observer_tries_again_when_nobody_listens(
    ends: Ends, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    board = ends.board()
    board.close()
    observer = ends.observer(board)
    eventually(lambda: sum("cannot reach" in vars(record).get("error", "") for record in caplog.records) >= 2)
    assert not observer.up
    with pytest.raises(NotConnected, match="not connected"):
        observer.api("status")
    assert "ClueCon" not in repr([vars(record) for record in caplog.records])


def test_set_variables_of_a_running_call(ends: Ends, eventually: Eventually) -> None:
    board = ends.board()
    board.answers["api"] = api("+OK\n")
    observer = ends.observer(board)
    eventually(lambda: observer.up)
    assert observer.set(UUID, {"fsr_tags": "vip", "fsr_cause": ""})
    assert board.commands[-1] == f"api uuid_setvar_multi {UUID} fsr_tags=vip;fsr_cause="
    board.answers["api"] = api("-ERR No such channel!\n")
    assert not observer.set(UUID, {"fsr_tags": "vip"})
    with pytest.raises(Refused):
        observer.set(UUID, {"fsr_tags": "a$b"})


@pytest.mark.parametrize("where", [("no host.invalid", 1), ("127.0.0.1", 70_000), ("x" * 300, 1)])
def test_connect_to_an_invalid_address_is_not_connected(where: tuple[str, int]) -> None:
    with pytest.raises(NotConnected, match="cannot reach"):
        Inbound(*where, "x", GREENLETS, timeout=0.2).connect()


def test_a_password_that_cannot_be_sent_is_refused_at_once() -> None:
    with pytest.raises(Refused) as caught:
        Observer("127.0.0.1", 1, "hunter2\n", GREENLETS)
    assert "hunter2" not in str(caught.value)


def test_stop_takes_no_second_and_does_not_reconnect(ends: Ends, eventually: Eventually) -> None:
    board = ends.board()
    observer = ends.observer(board)
    eventually(lambda: observer.up)
    started = time.monotonic()
    observer.stop()
    observer.stop()
    assert time.monotonic() - started < 0.9
    assert (observer.up, observer.connected, board.connections) == (False, False, 1)


def test_observer_is_greenswitchs_inbound_connection(ends: Ends) -> None:
    heard_events: list[str] = []
    board = ends.board()
    with ends.inbound(board) as inbound:
        assert isinstance(inbound, InboundESL)
        inbound.register_handle("HEARTBEAT", lambda each: heard_events.append(each.name))
        assert inbound.send("event json HEARTBEAT").reply_text == "+OK"
    assert issubclass(NotConnected, NotConnectedError)
    assert issubclass(NotConnected, SwitchUnreachable)
