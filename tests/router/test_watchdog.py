"""The watchdog, and what systemd is told. Freezes are made in processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import gevent
import greenlet
import pytest
from simulated import SimulatedRuntime

from fsrouter.router.watchdog import EXIT_CODE, Watchdog, notify
from fsrouter.runtime.greenlets import GREENLETS

FREEZE = """
import time, gevent
from fsrouter.router.watchdog import Watchdog
from fsrouter.runtime.greenlets import GREENLETS
Watchdog(GREENLETS, 0.2).start()
gevent.sleep(0.3)
print("turning", flush=True)
time.sleep(20)
"""
TURN = """
import gevent
from fsrouter.router.watchdog import Watchdog
from fsrouter.runtime.greenlets import GREENLETS
Watchdog(GREENLETS, 0.4).start()
print("turning", flush=True)
gevent.sleep(20)
"""


def test_stalled_hub_ends_the_process_at_once() -> None:
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", FREEZE], capture_output=True, text=True, timeout=15, check=False)
    assert done.returncode == EXIT_CODE
    assert done.stdout == "turning\n"
    assert "the hub has not turned" in done.stderr
    assert time.monotonic() - started < 10


def test_process_stopped_as_a_whole_goes_on() -> None:
    with subprocess.Popen([sys.executable, "-c", TURN], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(0.8)  # the time for which it is stopped: twice the limit
            os.kill(process.pid, signal.SIGCONT)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.6)
        finally:
            process.kill()


def test_turning_hub_is_left_alone_and_stalled_hub_is_ended_once() -> None:
    said: list[str] = []
    dog = Watchdog(GREENLETS, 0.08, said.append)
    dog.start()
    gevent.sleep(0.2)
    assert said == []
    time.sleep(0.3)  # this is the freeze
    assert len(said) == 1
    dog.stop()
    assert len(said) == 1


class FrozenHub(SimulatedRuntime):
    """A runtime whose greenlets, once they sleep, never go on; its threads do."""

    def sleep(self, seconds: float) -> None:
        super().sleep(float("inf") if greenlet.getcurrent().parent else seconds)


@pytest.mark.parametrize(("hub", "ended_after"), [(SimulatedRuntime, []), (FrozenHub, [4.5])])
def test_watchdog_ends_what_has_not_turned_for_its_limit_of_ticks(hub: type, ended_after: list[float]) -> None:
    runtime, ended = hub(), list[float]()
    dog = Watchdog(runtime, 4.0, lambda why: ended.append(runtime.monotonic()))
    dog.start()
    runtime.sleep(3600.0)
    assert ended == ended_after
    dog.stop()


def test_stopped_watchdog_ends_nothing() -> None:
    runtime, said = FrozenHub(), list[str]()
    dog = Watchdog(runtime, 4.0, said.append)
    dog.start()
    runtime.sleep(1.0)
    dog.stop()
    runtime.sleep(60.0)
    assert said == []
    dog.stop()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    request.addfinalizer(sock.close)
    name = f"@fsrouter-{os.getpid()}-{time.monotonic_ns()}" if request.param == "abstract" else str(tmp_path / "notify")
    sock.bind(name.replace("@", "\0"))
    sock.settimeout(2)
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    return sock


@pytest.mark.parametrize("systemd", ["path", "abstract"], indirect=True)
def test_systemd_is_notified(systemd: socket.socket) -> None:
    assert notify("READY=1")
    assert systemd.recv(100) == b"READY=1"
    dog = Watchdog(GREENLETS, 0.2, print)
    dog.start()
    gevent.sleep(0.06)
    dog.stop()
    assert systemd.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", ["", "relative", "/nowhere/at/all"])
def test_nobody_is_notified_without_systemd(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert notify("READY=1") is False
