"""Attacks on the port of a router beside honest calls: all of them are served, and the router goes on turning."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from live.lab import Lab, Router, free_port, until
from live.talk import Manner, Talk
from live.test_load import sipp

#: For how many seconds calls keep coming.
SECONDS = 20
#: Seconds within which a router answers that it lives, at the median, however it is attacked. On a machine that others
#: load the worst answer is theirs; the watchdog ends a router that stands still.
ALIVE = 0.5
ATTACKER = Path(__file__).with_name("attacker.py")
NUMBER = "+18725550136"


class Health:
    """Asks a router every 50 ms whether it lives: a request on its hub. `took` are the seconds of each answer."""

    def __init__(self, port: int) -> None:
        self.took: list[float] = []
        self._url = f"http://127.0.0.1:{port}/health"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(0.05):
            began = time.monotonic()
            with urlopen(self._url, timeout=30) as answer:
                answer.read()
            self.took.append(time.monotonic() - began)

    def close(self) -> str:
        """The times in words."""
        self._over.set()
        self._thread.join()
        took = sorted(self.took)
        return f"hub {statistics.median(took) * 1e3:.0f} ms, 99 % {took[int(len(took) * 0.99)] * 1e3:.0f} ms"


@contextmanager
def attacked(lab: Lab, kind: str, talk: Talk) -> Iterator[dict[str, int]]:
    """The attack goes on in this block, on `talk` where it is on a call; afterwards what it has done is in what is
    given.
    """
    if kind == "nobody":
        yield {}
        return
    command = [sys.executable, str(ATTACKER), kind, str(lab.ports[0]), lab.secret.current(), *[lab.uuid(talk)] * 4]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        told: dict[str, int] = {}
        try:
            yield told
        finally:
            told |= json.loads(process.communicate(timeout=30)[0])


@pytest.fixture
def attackable(lab: Lab) -> Iterator[tuple[Router, int]]:
    """A router of its own, and the port of its web server; FreeSWITCH logs little and takes many calls."""
    lab.stop_routers()
    port = free_port()
    lab.switch.api("fsctl loglevel warning")
    lab.switch.api("fsctl sps 500")
    router = lab.serve(web=f"127.0.0.1:{port}")
    yield router, port
    router.stop()
    lab.switch.api("fsctl loglevel debug")


def processor(router: Router) -> float:
    """Seconds of processor that a router has taken."""
    words = Path(f"/proc/{router.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def ended(lab: Lab, calls: int) -> Counter[str]:
    """What became of the calls, once all of them have ended."""
    lines = lab.store.journal.list("lab", since=lab.began, number=NUMBER, limit=calls + 10)
    told = Counter(line.outcome for line in lines if line.ended is not None)
    return told if told.total() >= calls and "unknown" not in told else Counter()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["nobody", "silent", "logs", "reconnecting", "duplicates"])
def test_honest_calls_are_served(lab: Lab, attackable: tuple[Router, int], kind: str, flood_rate: int) -> None:
    router, web = attackable
    calls = flood_rate * SECONDS
    lab.outside.manner = Manner(after=0.05, talk=300)
    talk = lab.dial("18725550104")
    talk.wait("answered", 20)
    answerer = sipp(lab, "answerer", "-p", str(lab.load_port), "-mp", "20000")
    words = ("-r", str(flood_rate), "-m", str(calls), "-l", "2000", "-mp", "12000")
    caller = sipp(lab, "caller", f"127.0.0.1:{lab.switch.external}", "-s", NUMBER, *words)
    began, before, health = time.monotonic(), processor(router), Health(web)
    try:
        with attacked(lab, kind, talk) as did:
            code = caller.wait(120)
            share = (processor(router) - before) / (time.monotonic() - began)
        there = lab.store.journal.get(lab.uuid(talk))
    finally:
        talk.hang_up()
        for process in (caller, answerer):
            process.kill()
            process.wait()
        hub = health.close()
    assert there is not None and there.ended is None, "the talk goes on"
    assert lab.record(talk).outcome == "answered"
    outcomes = until(lambda: ended(lab, calls), 60, f"{calls} records")
    node = next(node for node in lab.store.nodes.list() if node.pid == router.process.pid)
    print(
        f"{kind}: {calls} calls at {flood_rate}/s, {dict(outcomes)}; the router: {share:.0%} of a processor, {hub},"
        f" worst {max(health.took) * 1e3:.0f} ms; a call waits {node.detail['latency']}; the attacker: {did}"
    )
    assert code == 0, (lab.folder / "caller.log").read_text(errors="replace")[-3000:]
    assert outcomes == {"answered": calls}
    assert router.process.poll() is None
    assert statistics.median(health.took) < ALIVE
