"""The listening side: connections, limits, peers that are not allowed, a taken port, failing calls, no files left."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent import socket
from gevent.event import Event

from esl.ends import SwitchEnd, api, block, opened, secret_problem
from fsrouter.errors import AddressTaken, UsageError
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


def test_over_the_limit_a_call_is_closed_at_once_and_counted_at_accept(
    listen: Listen, eventually: Callable[..., None]
) -> None:
    go = Event()
    server = listen(lambda session: go.wait(5), limit=2)
    # Nobody has said a word yet: what counts is the connection, not what is said on it.
    kept = [dial_in(server), dial_in(server)]
    eventually(lambda: server.live == 2)
    assert all(closed(dial_in(server)) for _ in range(3))
    assert (server.live, server.taken, server.refused) == (2, 2, 3)
    go.set()
    assert all(closed(end) for end in kept)
    eventually(lambda: server.live == 0)
    assert closed(dial_in(server))
    eventually(lambda: server.taken == 3)


def test_silent_connections_leave_nothing_behind(listen: Listen) -> None:
    server = listen(lambda session: session.connect(0.05), limit=50)
    ends = [dial_in(server) for _ in range(50)]
    assert all([end.hear() for _ in range(3)] == ["connect", "api global_getvar fsr_secret", ""] for end in ends)
    assert server.drain(2)
    assert (server.live, server.failed) == (0, 0)


def test_a_burst_is_taken_at_once(listen: Listen) -> None:
    go = Event()
    server = listen(lambda session: go.wait(5), limit=300)
    ends = [dial_in(server) for _ in range(300)]
    go.set()
    assert all(closed(end) for end in ends)
    assert (server.taken, server.refused) == (300, 0)


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
def test_peers_without_the_secret_are_closed_counted_and_told_of_once_a_minute(
    listen: Listen, caplog: pytest.LogCaptureFixture, shown: str
) -> None:
    server = listen(lambda session: session.connect(20))
    with caplog.at_level(logging.INFO, "fsrouter.esl"):
        for _ in range(5):
            end = dial_in(server)
            end.say(block(Caller_Caller_ID_Name="Ada%0A") + api(shown))
            assert [end.hear() for _ in range(3)] == ["connect", "api global_getvar fsr_secret", ""]
        assert server.drain(20)
    assert (server.rejected, server.failed) == ({"peer": 0, "secret": 5}, 0)
    lines = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [(record.getMessage(), vars(record)["peer"]) for record in lines] == [
        ("a connection was closed: it does not prove that it is a FreeSWITCH of ours", "127.0.0.1")
    ]
    assert shown not in repr(vars(lines[0]))


def test_a_caller_who_leaves_is_no_failure(listen: Listen) -> None:
    server = listen(lambda session: session.connect(2))
    end = dial_in(server)
    assert end.hear() == "connect"
    end.close()
    assert server.drain(2)
    assert (server.taken, server.failed) == (1, 0)


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
    server = listen(lambda session: go.wait(5))
    end = dial_in(server)
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
server = Server(("127.0.0.1", 0), lambda session: session.close(), 10, GREENLETS, str)
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
assert server.taken == 0, server.taken
for fd in fillers:
    os.close(fd)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
with gevent.Timeout(5):
    while server.taken < 3:
        gevent.sleep(0.01)
assert server.listening
print("served", server.taken)
"""


def test_no_files_left_does_not_end_the_server() -> None:
    done = subprocess.run([sys.executable, "-c", OUT_OF_FILES], capture_output=True, text=True, timeout=15, check=False)
    assert done.stdout.strip() == "served 3", done.stderr
    assert "raise the limit of open files" in done.stderr
    assert "Traceback" not in done.stderr
