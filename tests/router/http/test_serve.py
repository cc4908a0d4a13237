"""`fsrouter serve` with its web server, seen from outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

SERVE = (sys.executable, "-m", "fsrouter", "serve", "--listen", "127.0.0.1:0")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody's settings, and a database that is not there yet."""
    for name in list(os.environ):
        if name.startswith("FSROUTER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    yield


def test_serve_answers_health_until_sigterm() -> None:
    router = subprocess.Popen([*SERVE, "--web", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    assert router.stderr is not None
    said = next(line for line in router.stderr if "health and metrics are on" in line)
    port = said.partition("are on 127.0.0.1:")[2].split()[0]
    with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
        assert (answer.status, json.load(answer)["status"]) == (200, "up")
    router.send_signal(signal.SIGTERM)
    rest = router.stderr.read()
    assert router.wait(timeout=10) == 0 and "Traceback" not in rest
    router.stderr.close()


def test_serve_leaves_the_metrics_directory_of_another_program_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(theirs)}
    router = subprocess.Popen([*SERVE, "--web", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True, env=environment)
    assert router.stderr is not None
    assert any("takes calls on" in line for line in router.stderr)
    router.send_signal(signal.SIGTERM)
    assert router.stderr.read() is not None and router.wait(timeout=10) == 0
    router.stderr.close()
    assert not list(theirs.iterdir())


def test_serve_has_no_web_server_with_web_none() -> None:
    router = subprocess.Popen([*SERVE, "--web", "none"], stderr=subprocess.PIPE, text=True)
    assert router.stderr is not None
    said = next(line for line in router.stderr if "takes calls on" in line)
    router.send_signal(signal.SIGTERM)
    assert "health and metrics" not in said + router.stderr.read()
    assert router.wait(timeout=10) == 0
    router.stderr.close()


@pytest.mark.parametrize(
    ("web", "code", "said"),
    [("taken", 3, "for visitor pools, health and metrics: Address already in use"), ("nowhere", 2, "is no address")],
)
def test_serve_refuses_a_web_address_that_is_taken_or_wrong(web: str, code: int, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}" if web == "taken" else web
        done = subprocess.run([*SERVE, "--web", address], capture_output=True, text=True, timeout=20)
    assert done.returncode == code and "Traceback" not in done.stderr
    assert address in done.stderr and said in done.stderr
    assert (code == 3) == ("--web none" in done.stderr)
