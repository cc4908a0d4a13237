"""How many calls a second a router carries, and how long it thinks, on the simulator: ours, a bare loop,
greenswitch's own server.

Each server has one core and the load generator the other, where the machine has two; otherwise the figures are of a
shared core, which is said.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fsrouter.freeswitch.socket_secret import SocketSecret
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.simulator import Caller, Load, Percentiles, Phone, Switch, run_load, standard
from fsrouter.store import Store
from fsrouter.tools.bench.servers import KEY
from fsrouter.tools.bench.sizes import Figure

NUMBER, NUMBERS = "+18575550101", 2000

BOOK = """
company: bench
timezone: UTC
agents: {nancy: {endpoint: user/1001}}
routers:
  who:
    branches: [{when: {caller: repeat, previous_score: ">= 4"}, then: agent:nancy}]
    otherwise: agent:nancy
tracking_numbers:
  - {number: "+18575550101", to: ["play:ivr/welcome.wav", router:who]}
"""


def figures(calls: int = 4000, rate: float = 200, seconds: float = 5) -> Iterator[Figure]:
    """Run the scenario on each server, with so many calls as fast as they go and then at a steady `rate` (calls a
    second) for so many seconds, and tell what was seen.
    """
    with tempfile.TemporaryDirectory(prefix="fsrouter-bench-") as folder:
        _prepare(Path(folder))
        bare, bare_cost = _flood("bare", folder, calls)
        ours, our_cost = _flood("fsrouter", folder, calls)
        theirs, _ = _flood("greenswitch", folder, min(calls, 600))
        steady, other = (_own(_steady(kind, folder, rate, seconds)) for kind in ("fsrouter", "greenswitch"))
    beside = f"greenswitch {theirs.rate:.0f}/s, bare loop {bare.rate:.0f}/s"
    yield Figure("calls a second, one core", ours.rate, "/s", at_least=1500, beside=beside)
    share = 100 * ours.rate / bare.rate if bare.rate else 0.0
    yield Figure("of a bare gevent loop", share, "%", at_least=70)
    yield Figure("processor time for a call", our_cost * 1000, "ms", beside=f"bare loop {bare_cost * 1000:.2f} ms")
    failed, beside = ours.failed + ours.fail_safe, f"greenswitch {theirs.failed + theirs.fail_safe}"
    yield Figure("calls lost or failed", float(failed), "", at_most=0, beside=beside)
    at, beside = f"at {rate:g} calls/s", f"greenswitch {other.p50 * 1000:.2f} ms"
    yield Figure(f"our own time p50 {at}", steady.p50 * 1000, "ms", beside=beside)
    beside = f"greenswitch {other.p99 * 1000:.2f} ms"
    yield Figure(f"our own time p99 {at}", steady.p99 * 1000, "ms", at_most=5, beside=beside)


def _own(load: Load) -> Percentiles:
    """A router's time before it says what is next: each step of all three servers begins with this command."""
    return load.by_command["api uuid_setvar_multi"]


def _prepare(folder: Path) -> None:
    part = company_file.read(read(BOOK, "bench.yaml"))
    with Store.open(f"sqlite:///{folder}/bench.db") as store:
        store.books.save(part.onto(None), "bench", "the bench's company")


def _secret(folder: str) -> str:
    with Store.open(f"sqlite:///{folder}/bench.db") as store:
        return SocketSecret(store.secrets, KEY).first()


def _flood(kind: str, folder: str, calls: int) -> tuple[Load, float]:
    """As many calls as there can be, and how many seconds of processor time the server needed for each."""
    with _serving(kind, folder) as (switch, pid):
        run_load(switch, calls=200, concurrency=20, make_caller=_caller)
        before = _processor_time(pid)
        load = run_load(switch, calls=calls, concurrency=100, make_caller=_caller)
        return load, (_processor_time(pid) - before) / calls


def _processor_time(pid: int) -> float:
    """Seconds that a process has had of a processor, its threads and the system's work for it too; proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _steady(kind: str, folder: str, rate: float, seconds: float) -> Load:
    with _serving(kind, folder) as (switch, _):
        run_load(switch, calls=100, concurrency=20, make_caller=_caller)
        return run_load(switch, calls=int(rate * seconds), concurrency=1000, rate=rate, make_caller=_caller)


def _caller(n: int) -> Caller:
    return Caller(number=f"+1212555{n % NUMBERS:04}", to=NUMBER)


@contextmanager
def _serving(kind: str, folder: str) -> Iterator[tuple[Switch, int]]:
    """A server of a kind on its core, its process id, and a switch on the other core that dials in to it."""
    cores = sorted(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "fsrouter.tools.bench.servers", kind, folder]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        os.sched_setaffinity(server.pid, cores[:1])
        os.sched_setaffinity(0, cores[-1:])
        assert server.stdout is not None
        port = int(server.stdout.readline())
        phones = {"user/1001": Phone(answers_after=0.5, talk=1.0)}
        with Switch([("127.0.0.1", port)], phones, speed=math.inf, dialplan=standard([("127.0.0.1", port)])) as switch:
            switch.api(f"global_setvar fsr_secret={_secret(folder)}")
            yield switch, server.pid
    finally:
        os.sched_setaffinity(0, cores)
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(5)
        server.kill()
        server.communicate()
