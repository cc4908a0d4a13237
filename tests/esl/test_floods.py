"""Peers that say too much, on a call's connection and on the observing one: everybody else has their turn, and it
ends.
"""

from __future__ import annotations

import os
import socket as native
from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent import socket

from esl.ends import NOTICE, OK, SwitchEnd, block, dumped, opened, secret_problem
from esl.floods import EVENT, LOG, LONG_LOG, endless, filled, flood, pairs, turning
from esl.switchboard import AUTH, Switchboard, event
from fsrouter.esl.lifecycle import Malformed, Overdue, SwitchGone
from fsrouter.esl.observer import Observer
from fsrouter.esl.session import NOISE_LIMIT, Session
from fsrouter.runtime.greenlets import GREENLETS

Call = tuple[Session, SwitchEnd]
SOON = 30.0


@pytest.fixture
def accept() -> Iterator[Callable[..., Session]]:
    """A session with whoever floods us."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def make(first: bytes, again: bytes, every: float = 0.0) -> Session:
        flood(listener.getsockname(), first, again, every)
        taken.append(listener.accept()[0])
        return Session(taken[-1], GREENLETS, secret_problem)

    yield make
    for sock in (*taken, listener):
        sock.close()


@pytest.mark.parametrize("noise", [LOG, EVENT, LONG_LOG], ids=["log", "event", "long"])
def test_endless_noise_ends_the_session(accept: Callable[..., Session], noise: bytes) -> None:
    session = accept(opened(), noise)
    with turning():
        session.connect(SOON)
        with pytest.raises(Malformed, match="where a api/response belongs"):
            session.look(SOON)
    assert session.closed


@pytest.mark.parametrize("again", [b"x" * 65_536, b"Name: x\n" * 1000, b"\n" * 1000], ids=["bytes", "lines", "nothing"])
def test_endless_block_ends_the_session(accept: Callable[..., Session], again: bytes) -> None:
    session = accept(opened(), again)
    with turning():
        session.connect(SOON)
        with pytest.raises((Malformed, Overdue)):
            session.look(4.0)


def test_endless_body_ends_the_session(accept: Callable[..., Session]) -> None:
    session = accept(opened() + b"Content-Type: api/response\nContent-Length: 16777217\n\n", b"x" * 65_536)
    with turning():
        session.connect(SOON)
        with pytest.raises(Malformed, match="too many"):
            session.look(SOON)


def test_byte_at_a_time_ends_by_the_deadline(accept: Callable[..., Session]) -> None:
    session = accept(opened(), b"x", every=0.001)
    with turning():
        session.connect(SOON)
        with pytest.raises(Overdue):
            session.look(1.0)


def test_some_noise_between_replies_is_skipped(ends: Callable[[], Call]) -> None:
    session, switch = ends()
    switch.say(opened())
    session.connect(SOON)
    gevent.spawn(switch.say, LOG * (NOISE_LIMIT - 1) + dumped())
    assert session.look(SOON).state_number == 4


@pytest.mark.parametrize("said", [LOG, EVENT, LOG + block()], ids=["log", "event", "answer behind"])
def test_peer_that_has_not_proved_itself_may_say_nothing_else(ends: Callable[[], Call], said: bytes) -> None:
    session, switch = ends()
    switch.say(said)
    with pytest.raises(Malformed):
        session.connect(SOON)


def test_peer_that_has_not_proved_itself_has_few_bytes(accept: Callable[..., Session]) -> None:
    session = accept(b"Content-Type: command/reply\n", b"Name: value\n" * 1000)
    with turning(), pytest.raises(Malformed, match="262144 bytes"):
        session.connect(SOON)


def test_many_floods_at_once_leave_everybody_their_turn() -> None:
    """What each has in store takes tens of milliseconds to read; all of it in one turn would take seconds."""
    made = pairs(100)
    sessions = [Session(socket.socket(fileno=ours.detach()), GREENLETS, secret_problem) for ours, _ in made]
    for session, (_, theirs) in zip(sessions, made, strict=True):
        theirs.sendall(opened())
        session.connect(SOON)
    looking = [gevent.spawn(pytest.raises, Malformed, session.look, SOON) for session in sessions]
    gevent.sleep(0.01)  # all of them wait for their replies by now
    for _, theirs in made:
        filled(theirs, LOG * 1000)
    with turning(1.0):
        gevent.joinall(looking, timeout=SOON, raise_error=True)
        assert all(session.closed for session in sessions)
    for _, theirs in made:
        theirs.close()


def test_dropped_session_tells_whoever_waits_in_it_why(ends: Callable[[], Call]) -> None:
    session, switch = ends()
    waiting = gevent.spawn(pytest.raises, Overdue, session.connect, SOON)
    assert switch.hear() == "connect"
    session.drop(Overdue("somebody else needs the room"))
    assert str(waiting.get(timeout=SOON).value) == "somebody else needs the room"
    assert session.closed and isinstance(session.ended, Overdue)


@pytest.mark.parametrize("unread", [b"", OK, NOTICE], ids=["nothing", "reply", "notice"])
def test_session_knows_that_freeswitch_has_left(
    ends: Callable[[], Call], eventually: Callable[..., None], unread: bytes
) -> None:
    session, switch = ends()
    switch.say(opened())
    session.connect(SOON)
    switch.say(unread)
    assert not session.left
    switch.close()
    eventually(lambda: session.left)
    session.close()
    assert session.left


def test_endless_words_behind_a_broken_connection_are_not_waited_for(ends: Callable[[], Call]) -> None:
    session, switch = ends()
    switch.say(opened())
    session.connect(SOON)
    switch.say(LOG * 1000)
    switch.reset()
    with turning(), pytest.raises(SwitchGone):
        while True:
            session.look(SOON)


# -- the observing connection


def observed(first: bytes, again: bytes, every: float = 0.0, greeting: bytes = AUTH, stale: float = 3.0) -> str:
    """What the observing connection says when a FreeSWITCH floods it behind the subscription, or behind a greeting that
    is none.
    """

    def flood(end: SwitchEnd) -> None:
        end.say(first)
        endless(native.socket(fileno=os.dup(end.sock.fileno())), again, every)
        while end.sock.recv(65_536):
            pass

    board = Switchboard(flood, greeting)
    observer = Observer("127.0.0.1", board.port, "x", GREENLETS, timeout=2.0, stale=stale, backoff=(60.0, 60.0))
    try:
        with turning():
            observer.start()
            with gevent.Timeout(SOON):
                while not observer.losses:
                    gevent.sleep(0.01)
        return "up" if observer.up else "lost"
    finally:
        observer.stop()
        board.close()


BEGUN = b"Content-Type: api/response\nContent-Length: 16777216\n\n"


@pytest.mark.parametrize(
    ("first", "again", "every"),
    [
        (b"", LOG * 100, 0.0),
        (b"", OK * 100, 0.0),
        (b"", b"Name: x\n" * 1000, 0.0),
        (b"", b"\n" * 1000, 0.0),
        (b"Content-Type: api/response\nContent-Length: 16777217\n\n", b"x" * 65_536, 0.0),
        (BEGUN, b"x" * 65_536, 0.01),
        (b"", b"x", 0.01),
    ],
    ids=["log", "replies", "lines", "nothing", "long body", "slow body", "byte at a time"],
)
def test_flooded_observing_connection_is_given_up(first: bytes, again: bytes, every: float) -> None:
    assert observed(first, again, every) == "lost"


@pytest.mark.parametrize("again", [LOG * 100, EVENT, b"x"], ids=["log", "event", "bytes"])
def test_flood_in_place_of_a_greeting_ends_the_attempt(again: bytes) -> None:
    assert observed(b"", again, greeting=LOG) == "lost"


def test_events_keep_the_observing_connection() -> None:
    heard: list[str] = []

    def tells(end: SwitchEnd) -> None:
        for _ in range(60):
            end.say(event(b'{"Event-Name": "HEARTBEAT"}'))
            gevent.sleep(0.05)
        end.say(event(b'{"Event-Name": "CUSTOM"}'))
        while end.sock.recv(65_536):
            pass

    board = Switchboard(tells)
    observer = Observer(
        "127.0.0.1", board.port, "x", GREENLETS, on_event=lambda each: heard.append(each.name), stale=2.0
    )
    try:
        observer.start()
        with gevent.Timeout(SOON):
            while "CUSTOM" not in heard:
                gevent.sleep(0.01)
        assert observer.losses == 0
    finally:
        observer.stop()
        board.close()
