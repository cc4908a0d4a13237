"""`serve --workers`: processes that share a port, kept going by a parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest

from fsrouter.errors import AddressTaken
from fsrouter.esl.server import Server
from fsrouter.router.processes import Backoff, Workers, command
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.runtime.native import NATIVE

SECONDS = 60.0
#: Writes its pid, then lives until it is told to stop; `stubborn` needs to be told twice.
LIVES = """
import signal, sys, time
told = []
def stop(*_):
    told.append(1)
    if len(told) >= {times}: sys.exit(0)
    open(sys.argv[1], "a").write("told\\n")
signal.signal(signal.SIGTERM, stop)
open(sys.argv[1], "a").write(f"{{__import__('os').getpid()}}\\n")
while True: time.sleep(0.01)
"""
DIES = "import sys; open(sys.argv[1], 'a').write('x\\n'); sys.exit(int(sys.argv[2]))"


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, f"there is not {what}"
        time.sleep(0.005)


class Parent:
    """A parent in a thread, and what its processes wrote."""

    def __init__(self, folder: Path, count: int, *words: str) -> None:
        self.files = {number: folder / f"{number}.txt" for number in range(1, count + 1)}
        self.workers = Workers(
            count,
            lambda number: [sys.executable, "-c", words[0], str(self.files[number]), *words[1:]],
            NATIVE,
            settled=0.0,
            backoff=lambda: Backoff(0.01, 0.05),
        )
        self.code: list[int] = []
        self.thread = threading.Thread(target=lambda: self.code.append(self.workers.run()))
        self.thread.start()

    def lines(self, number: int) -> list[str]:
        return self.files[number].read_text().split() if self.files[number].exists() else []

    def ended(self) -> int:
        self.thread.join(SECONDS)
        assert self.code
        return self.code[0]


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Callable[..., Parent]]:
    made: list[Parent] = []

    def make(count: int, *words: str) -> Parent:
        made.append(Parent(tmp_path, count, *words))
        return made[-1]

    yield make
    for each in made:
        each.workers.stop(signal.SIGKILL)
        each.thread.join(SECONDS)


def test_dead_process_is_started_again(parent: Callable[..., Parent]) -> None:
    family = parent(2, LIVES.format(times=1))
    until(lambda: family.lines(1) and family.lines(2), "two processes")
    other = family.lines(2)
    os.kill(int(family.lines(1)[0]), signal.SIGKILL)
    until(lambda: len(family.lines(1)) == 2, "the first again")
    assert family.lines(2) == other
    family.workers.stop()
    assert family.ended() == 0
    assert family.workers.pids == []


def test_signals_are_passed_on_each_time(parent: Callable[..., Parent]) -> None:
    family = parent(1, LIVES.format(times=2))
    until(lambda: family.lines(1), "the process")
    family.workers.stop()
    # Two signals of a kind that wait are one.
    until(lambda: len(family.lines(1)) == 2, "the first signal to be heard")
    assert family.thread.is_alive()
    family.workers.stop()
    assert family.ended() == 0


@pytest.mark.parametrize("code", [2, 3])
def test_process_that_cannot_begin_ends_all_with_its_exit_code(tmp_path: Path, code: int) -> None:
    workers = Workers(2, lambda number: [sys.executable, "-c", DIES, str(tmp_path / "x"), str(code)], NATIVE)
    assert workers.run() == code


def test_backoff_grows_and_is_reset() -> None:
    backoff = Backoff(0.5, 4.0)
    assert [backoff.after(0.0) for _ in range(5)] == [0.5, 1.0, 2.0, 4.0, 4.0]
    assert [backoff.after(60.0), backoff.after(0.0)] == [0.5, 1.0]


def test_only_the_first_process_has_a_web_server() -> None:
    first, second = (command(number, "a.toml", "127.0.0.1:8084", "127.0.0.1:8085") for number in (1, 2))
    assert first[1:] == ["-m", "fsrouter", "--config", "a.toml", "serve", "--listen", "127.0.0.1:8084", "--web",
                         "127.0.0.1:8085", "--worker", "1"]  # fmt: skip
    assert second[-4:] == ["--web", "none", "--worker", "2"]


def test_servers_share_a_port_only_when_shared_is_set() -> None:
    taken: list[str] = []
    first = Server(("127.0.0.1", 0), lambda session: taken.append("first"), 10, GREENLETS, str, shared=True)
    first.start()
    address = ("127.0.0.1", first.port)
    second = Server(address, lambda session: taken.append("second"), 10, GREENLETS, str, shared=True)
    second.start()
    with pytest.raises(AddressTaken):
        Server(address, lambda session: None, 10, GREENLETS, str).start()
    with gevent.Timeout(SECONDS):
        while set(taken) != {"first", "second"}:
            socket.create_connection(address, 1).close()
            gevent.sleep(0.001)
    first.stop_accepting()
    before = len(taken)
    with gevent.Timeout(SECONDS):
        socket.create_connection(address, 1).close()
        while len(taken) == before:
            gevent.sleep(0.001)
    assert taken[-1] == "second"
    second.stop_accepting()


def test_real_routers_share_a_port_and_stop_with_their_parent(tmp_path: Path, empty: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = tmp_path / "fsrouter.toml"
    config.write_text(
        f'database = "sqlite:///{empty}"\nlisten = "127.0.0.1:{port}"\nweb = "none"\nnode = "n"\nkey = "k"\n'
        "freeswitch = []\nkeep_contacts = false\n"
    )
    log = tmp_path / "log"
    with log.open("wb") as out:
        words = [sys.executable, "-m", "fsrouter", "--config", str(config), "serve", "--workers", "2"]
        # Killed, it leaves the directory of its routers' metrics behind.
        parent = subprocess.Popen(words, stdout=out, stderr=out, env={**os.environ, "TMPDIR": str(tmp_path)})
    try:
        until(lambda: log.read_text().count("takes calls") == 2, f"two routers: {log.read_text()}")
        parent.kill()
        parent.wait(SECONDS)

        def free() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) != 0

        until(free, "the port free again")
    finally:
        parent.kill()
        parent.wait(SECONDS)
