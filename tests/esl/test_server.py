"""The listening side: connections, limits, peers that are not allowed, a taken port, failing calls, no files left."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent import socket
from gevent.event import Event

from esl.ends import API_OK, NOTICE, UUID, SwitchEnd, Tape, api, block, opened, reply, secret_problem
from fsrouter.errors import AddressTaken, UsageError
from fsrouter.esl.listener import REASONS
from fsrouter.esl.newcomers import Newcomers, address_of, network_of
from fsrouter.esl.server import Server
from fsrouter.esl.session import Session
from fsrouter.runtime.greenlets import GREENLETS

Listen = Callable[..., Server]
LOCAL = ("127.0.0.1", 0)


@pytest.fixture
def listen() -> Iterator[Listen]:
    servers: list[Server] = []

    def make(on_call: Callable[[Session], None], limit: int = 10, **more: object) -> Server:
        servers.append(Server(LOCAL, on_call, limit, GREENLETS, secret_problem, **more))  # type: ignore[arg-type]
        servers[-1].start()
        return servers[-1]

    yield make
    for server in servers:
        server.stop_accepting()
        assert server.drain(2)


_dialled: list[socket.socket] = []


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    yield
    while _dialled:
        _dialled.pop().close()


def dial_in(server: Server) -> SwitchEnd:
    _dialled.append(socket.create_connection(("127.0.0.1", server.port), 2))
    return SwitchEnd(_dialled[-1])


def closed(end: SwitchEnd) -> bool:
    end.sock.settimeout(2)
    return end.sock.recv(10) == b""


def test_call_is_given_to_on_call(listen: Listen) -> None:
    heard: list[tuple[str, str]] = []
    server = listen(lambda session: heard.append((session.connect(2).uuid, session.peer)))
    end = dial_in(server)
    assert end.hear() == "connect"
    end.say(opened())
    assert closed(end)
    assert server.drain(2)
    assert heard[0][1].startswith("127.0.0.1:")
    assert (server.live, server.taken, server.refused, server.failed) == (0, 1, 0, 0)


def calls(server: Server, number: int) -> list[SwitchEnd]:
    """Connections whose peers prove themselves."""
    ends = [dial_in(server) for _ in range(number)]
    for n, end in enumerate(ends):
        end.say(opened(Unique_ID=f"{UUID[:-3]}{n:03x}"))
        assert asked(end)
    return ends


def asked(end: SwitchEnd) -> bool:
    """Whether the router asks for a call."""
    return [end.hear(), end.hear()] == ["connect", "api global_getvar fsr_secret"]


def test_over_the_limit_a_call_is_closed_as_soon_as_it_is_one(
    listen: Listen, eventually: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    go = Event()

    def wait(session: Session) -> None:
        session.connect(5)
        go.wait(5)

    server = listen(wait, limit=2)
    kept = calls(server, 2)
    eventually(lambda: server.live == 2)
    with caplog.at_level(logging.WARNING, "fsrouter.esl"):
        assert all(closed(end) for end in calls(server, 3))
    assert (server.live, server.taken, server.refused) == (2, 2, 3)
    assert [vars(record)["reason"] for record in caplog.records] == ["limit"]
    go.set()
    assert all(closed(end) for end in kept)
    eventually(lambda: server.live == 0)
    assert closed(calls(server, 1)[0])
    eventually(lambda: server.taken == 3)


def test_silent_connections_leave_nothing_behind(listen: Listen) -> None:
    server = listen(lambda session: session.connect(0.05), limit=50)
    ends = [dial_in(server) for _ in range(50)]
    assert all([end.hear() for _ in range(3)] == ["connect", "api global_getvar fsr_secret", ""] for end in ends)
    assert server.drain(2)
    assert (server.live, server.failed) == (0, 0)


def test_a_burst_is_taken_at_once(listen: Listen) -> None:
    server = listen(lambda session: session.connect(30), limit=300)
    ends = calls(server, 300)
    assert all(closed(end) for end in ends)
    assert (server.taken, server.refused) == (300, 0)
    assert not any(server.rejected.values())


# -- peers that have not proved themselves


def test_silent_connections_keep_no_call_out(
    listen: Listen, eventually: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    go = Event()

    def wait(session: Session) -> None:
        session.connect(30)
        go.wait(30)

    server = listen(wait, limit=4, newcomers=Newcomers(8, 16))
    with caplog.at_level(logging.INFO, "fsrouter.esl"):
        silent = [dial_in(server) for _ in range(100)]
        eventually(lambda: server.rejected["crowded"] == 92)
        assert (server.live, server.taken) == (0, 0)
        (there,) = calls(server, 1)
        eventually(lambda: server.live == 1)
        assert server.rejected["crowded"] == 93
    # Those that came first have gone, and the call has taken room from none that came later.
    assert all(asked(end) and end.hear() == "" for end in silent[:93])
    assert all(asked(end) for end in silent[93:])
    assert len(caplog.records) < 20
    for end in silent:
        end.close()
    go.set()
    assert closed(there)
    assert (server.taken, server.refused, server.failed) == (1, 0, 0)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\n\n", "malformed"),
        (block(Control="single-channel") + reply("-ERR command not found"), "declined"),
        (b"", "left"),
        (b"Content-Type: command/reply\n", "left"),
    ],
    ids=["malformed", "declined", "left at once", "left in between"],
)
def test_connection_of_no_call_is_counted_by_its_reason(
    listen: Listen, eventually: Callable[..., None], caplog: pytest.LogCaptureFixture, said: bytes, reason: str
) -> None:
    server = listen(lambda session: session.connect(30))
    with caplog.at_level(logging.INFO, "fsrouter.esl"):
        end = dial_in(server)
        assert asked(end)
        end.say(said)
        end.close()
        eventually(lambda: server.rejected[reason] == 1)
        eventually(lambda: len(caplog.records) == 1)
    levels = {"left": logging.INFO, "declined": logging.ERROR}
    assert caplog.records[0].levelno == levels.get(reason, logging.WARNING)
    assert sum(server.rejected.values()) == 1
    assert (server.taken, server.refused, server.failed) == (0, 0, 0)


def test_many_connections_of_no_call_are_one_line_a_second(
    listen: Listen, eventually: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    server = listen(lambda session: session.connect(0.01), limit=1)
    started = time.monotonic()
    with caplog.at_level(logging.INFO, "fsrouter.esl"):
        for _ in range(50):
            dial_in(server)
        eventually(lambda: server.rejected["silent"] == 50)
    assert 1 <= len(caplog.records) <= 2 + time.monotonic() - started
    told = vars(caplog.records[0])
    assert (told["reason"], told["more"]) == ("silent", 0)
    assert told["peer"].startswith("127.0.0.1:")


def newcomer() -> Session:
    return Session(Tape(b""), GREENLETS, secret_problem)


def test_oldest_of_the_same_address_makes_way() -> None:
    room = Newcomers(per_address=2, in_all=3)
    here, there = address_of("10.0.0.1"), address_of("10.0.0.2")
    first, other, second, third = (newcomer() for _ in range(4))
    for session, address in ((other, there), (first, here), (second, here), (third, here)):
        room.enter(session, address)
    assert [each.closed for each in (first, other, second, third)] == [True, False, False, False]
    assert first not in room and len(room) == 3
    room.leave(second)
    fourth = newcomer()
    room.enter(fourth, here)
    assert not third.closed and len(room) == 3


def test_oldest_of_all_makes_way() -> None:
    room = Newcomers(per_address=2, in_all=3)
    came = [newcomer() for _ in range(5)]
    for n, session in enumerate(came):
        room.enter(session, address_of(f"10.0.0.{n}"))
    assert [each.closed for each in came] == [True, True, False, False, False]
    for session in came:
        room.leave(session)
    assert len(room) == 0 and not room._of


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("::ffff:10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.4", False),
        ("0.0.0.1", "::1", False),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (network_of(address_of(one)) == network_of(address_of(other))) is same


# -- one call, one conversation


def test_call_that_is_here_is_not_taken_from_another_connection(
    listen: Listen, eventually: Callable[..., None]
) -> None:
    go, claimed = Event(), []

    def wait(session: Session) -> None:
        session.connect(30)
        claim(session)
        claimed.append(session)
        go.wait(30)
        session.set({"fsr_took": "yes"}, 30)

    server = listen(wait)
    claim = server.claim
    first = dial_in(server)
    first.say(opened())
    eventually(lambda: claimed)
    for n in range(3):
        second = dial_in(server)
        second.say(opened())
        assert asked(second) and second.hear() == ""
        assert server.rejected["duplicate"] == n + 1
    assert len(claimed) == 1 and server.live == 1
    go.set()
    assert asked(first)
    assert first.hear().startswith("api uuid_setvar_multi")
    first.say(API_OK)
    assert closed(first)


@pytest.mark.parametrize("how", ["let go", "left while we think", "left while we wait", "left with a notice"])
def test_call_that_comes_back_is_taken(listen: Listen, eventually: Callable[..., None], how: str) -> None:
    """Also when its conversation of before has not heard yet that it is over, and when that never ends by itself."""
    told: list[str] = []
    never = Event()

    def wait(session: Session) -> None:
        session.connect(30)
        server.claim(session)
        told.append("claimed")
        try:
            if len(told) > 1:
                return
            if how == "let go":
                session.close()
            if how in ("let go", "left while we think"):
                never.wait(30)
            else:
                session.look(30)
        finally:
            told.append("over")

    server = listen(wait)
    first = dial_in(server)
    first.say(opened())
    eventually(lambda: told)
    if how != "let go":
        if how == "left with a notice":
            first.say(NOTICE)
        first.close()
    second = dial_in(server)
    second.say(opened())
    assert asked(second) and second.hear() == ""
    eventually(lambda: server.live == 0)
    assert told == ["claimed", "over", "claimed", "over"]
    assert server.rejected["duplicate"] == 0 and not server._claims


def test_call_that_comes_back_before_its_end_is_heard_of_is_taken(
    listen: Listen, eventually: Callable[..., None]
) -> None:
    """FreeSWITCH has closed the former connection, and the packet that says so comes after those of the new one."""
    tried, claimed = [], []

    def wait(session: Session) -> None:
        session.connect(30)
        tried.append(session)
        server.claim(session)
        claimed.append(session)
        session.look(30)

    server = listen(wait)
    first, second = dial_in(server), dial_in(server)
    first.say(opened())
    eventually(lambda: claimed)
    second.say(opened())
    eventually(lambda: len(tried) == 2)
    first.close()
    eventually(lambda: len(claimed) == 2)
    assert server.rejected["duplicate"] == 0
    second.close()


def test_of_several_connections_about_a_call_that_came_back_one_has_it(
    listen: Listen, eventually: Callable[..., None]
) -> None:
    go, claimed = Event(), []

    def wait(session: Session) -> None:
        session.connect(30)
        server.claim(session)
        claimed.append(session)
        go.wait(30)

    server = listen(wait)
    first = dial_in(server)
    first.say(opened())
    eventually(lambda: claimed)
    first.close()
    for end in [dial_in(server) for _ in range(3)]:
        end.say(opened())
    eventually(lambda: server.rejected["duplicate"] == 2)
    assert len(claimed) == 2 and server.live == 1
    go.set()


# -- what goes wrong


def test_failing_call_is_logged_without_the_callers_words(listen: Listen, caplog: pytest.LogCaptureFixture) -> None:
    def fail(session: Session) -> None:
        raise ValueError("+13125550199 said ${system(id)}")

    server = listen(fail)
    with caplog.at_level(logging.INFO, "fsrouter.esl"):
        assert closed(dial_in(server))
        assert server.drain(2)
    assert server.failed == 1
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.name == "fsrouter.esl"
    told = vars(record)
    assert told["error"] == "ValueError" and "test_server.py" in told["stack"]
    assert "13125550199" not in repr(told) and "system" not in repr(told)
    assert closed(dial_in(server))


@pytest.mark.parametrize("shown", ["-ERR no reply\n", "of another installation"])
def test_peers_without_the_secret_are_closed_counted_and_told_of_once_a_second(
    listen: Listen, caplog: pytest.LogCaptureFixture, shown: str
) -> None:
    server = listen(lambda session: session.connect(20))
    started = time.monotonic()
    with caplog.at_level(logging.INFO, "fsrouter.esl"):
        for _ in range(5):
            end = dial_in(server)
            end.say(block(Caller_Caller_ID_Name="Ada%0A") + api(shown))
            assert [end.hear() for _ in range(3)] == ["connect", "api global_getvar fsr_secret", ""]
        assert server.drain(20)
    assert (server.rejected, server.failed) == (dict.fromkeys(REASONS, 0) | {"secret": 5}, 0)
    lines = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert 1 <= len(lines) <= 2 + time.monotonic() - started
    told = vars(lines[0])
    assert (told["reason"], told["error"]) == ("secret", secret_problem(shown.replace("-ERR no reply\n", "")))
    assert told["peer"].startswith("127.0.0.1:")
    assert shown not in repr(vars(lines[0]))


def test_a_caller_who_leaves_is_no_failure(listen: Listen) -> None:
    server = listen(lambda session: session.connect(2))
    end = dial_in(server)
    assert end.hear() == "connect"
    end.close()
    assert server.drain(2)
    assert (server.taken, server.failed, server.rejected["left"]) == (0, 0, 1)


def test_a_taken_port_says_what_to_do(listen: Listen) -> None:
    server = listen(lambda session: None)
    second = Server(("127.0.0.1", server.port), lambda session: None, 1, GREENLETS, secret_problem)
    with pytest.raises(AddressTaken, match=rf"127\.0\.0\.1:{server.port}.*--listen") as caught:
        second.start()
    assert caught.value.exit_code == 3


def test_after_stop_accepting_the_kernel_refuses_and_live_calls_go_on(
    listen: Listen, eventually: Callable[..., None]
) -> None:
    go = Event()

    def wait(session: Session) -> None:
        session.connect(30)
        go.wait(30)

    server = listen(wait)
    (end,) = calls(server, 1)
    eventually(lambda: server.live == 1)
    port = server.port
    server.stop_accepting()
    assert not server.listening
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 2)
    assert server.drain(0.01) is False
    draining = gevent.spawn(server.drain, 2)
    go.set()
    assert draining.get(timeout=2) is True
    assert closed(end)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("11.1.2.3", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("fe80::1%eth0", False),
    ],
)
def test_peers_of_allowed_networks(host: str, known: bool) -> None:
    server = Server(LOCAL, lambda session: None, 1, GREENLETS, secret_problem, networks=["10.0.0.0/8", "192.0.2.7"])
    assert server._allowed(host) is known


def test_invalid_network_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="my-pbx"):
        Server(LOCAL, lambda session: None, 1, GREENLETS, secret_problem, networks=["my-pbx"])


OUT_OF_FILES = """
import os, resource, sys
import gevent
from gevent import socket
from fsrouter.esl.server import Server
from fsrouter.runtime.greenlets import GREENLETS
served = []
server = Server(("127.0.0.1", 0), served.append, 10, GREENLETS, str)
server.start()
clients = [socket.socket() for _ in range(3)]
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(int(fd) for fd in os.listdir("/proc/self/fd")) + 1, hard))
fillers = []
try:
    while True:
        fillers.append(os.dup(0))
except OSError:
    pass
for client in clients:
    client.connect(("127.0.0.1", server.port))
gevent.sleep(0.05)
assert not served
for fd in fillers:
    os.close(fd)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
with gevent.Timeout(5):
    while len(served) < 3:
        gevent.sleep(0.01)
assert server.listening
print("served", len(served))
"""


def test_no_files_left_does_not_end_the_server() -> None:
    done = subprocess.run([sys.executable, "-c", OUT_OF_FILES], capture_output=True, text=True, timeout=15, check=False)
    assert done.stdout.strip() == "served 3", done.stderr
    assert "raise the limit of open files" in done.stderr
    assert "Traceback" not in done.stderr
