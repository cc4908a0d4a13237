"""How fast the dashboard is: keys answered beside a thousand live calls that change fifty times a second.

    python -m fsrouter.tools.bench.tui [SECONDS] [--json]

Runs the real dashboard without a terminal on a database of its own, while another process writes. A key's time is from
when it is struck until what it does is painted; opening is from when a process is started, with Python itself and all
that it imports, until the first picture is painted; memory is what the process holds at the end more than after a
fifth of the time. `fsrouter bench` has these figures too, measured in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from textual import events

from fsrouter.engine.model.company import Header
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.trace import Entry
from fsrouter.runtime.native import NATIVE
from fsrouter.store import CallRecord, Store
from fsrouter.tools.bench.sizes import Figure
from fsrouter.tui.app import Dashboard
from fsrouter.tui.context import Context
from fsrouter.tui.widgets.table import Table

CALLS = 1000
#: Times a second that the calls change, and calls that change each time.
CHANGES, AT_ONCE = 50, 20
STEPS = ("in menu:main", "rings agent:nancy", "waits in queue:support", "talks to agent:johan")
#: Seconds between two keys, and before the first: by then a picture is there.
BETWEEN, FIRST = 0.1, 3.0
#: The part of the time after which memory is first measured: by then everything has been drawn and read once.
WARM = 0.2
#: Times that it is opened; the quickest counts, which other work on the machine has slowed least.
OPENED = 3


class Figures(Struct, frozen=True):
    """Keys that were struck, how long half and 99 % of them took at most (milliseconds), how long opening took
    (milliseconds), and by how much memory grew (MB).
    """

    keys: int
    median: float
    p99: float
    opening: float
    grown: float


def crowd(now: float) -> list[CallRecord]:
    """The live calls."""
    return [
        CallRecord(
            uuid=f"bench-{i:04}",
            company="bench",
            number="+13125550100",
            caller=f"+1312555{i:04}",
            caller_name=f"Caller {i}",
            source="google-ads",
            began=now - i / 10,
            where=STEPS[i % 4],
            router="bench",
            facts=Facts(to="+13125550100", began=now - i / 10, caller="repeat"),
            trace=(Entry("menu:main", "key 1", "the caller pressed 1"),) * 5,
        )
        for i in range(CALLS)
    ]


def change(url: str) -> None:
    """Change the calls until somebody ends this process."""
    calls, turn = crowd(NATIVE.now()), 0
    with Store.open(url) as store:
        while True:
            began, turn = NATIVE.monotonic(), turn + 1
            some = calls[turn % CHANGES :: CHANGES][:AT_ONCE]
            store.journal.write([replace(call, where=STEPS[turn % 4]) for call in some])
            NATIVE.sleep(max(0.0, 1 / CHANGES - NATIVE.monotonic() + began))


def measure(seconds: float) -> Figures:
    """Run the dashboard for so long and strike keys."""
    with tempfile.TemporaryDirectory(prefix="fsrouter-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        with Store.open(url) as store:
            store.books.save(RuleBook(header=Header(company="bench")), "bench", "bench")
            store.journal.write(crowd(NATIVE.now()))
            opening = min(_opened(url) for _ in range(OPENED))
            with _process("change", url) as writer:
                try:
                    return asyncio.run(_run(Dashboard(Context(store, "bench")), seconds, opening))
                finally:
                    writer.terminate()


def _process(*words: str) -> subprocess.Popen[bytes]:
    name = __spec__.name if __spec__ else __name__
    return subprocess.Popen([sys.executable, "-m", name, *words], stdout=subprocess.PIPE)


def _opened(url: str) -> float:
    """How many milliseconds a process of its own takes until it shows the calls."""
    began = NATIVE.monotonic()
    with _process("open", url) as other:
        assert other.stdout is not None
        other.stdout.read(1)
        return 1000 * (NATIVE.monotonic() - began)


async def _open(app: Dashboard) -> None:
    """Open the dashboard, and say when the first picture is painted."""
    async with app.run_test(size=(200, 60)):
        await _pictured(app)
        sys.__stdout__.write("!")  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]


async def _pictured(app: Dashboard) -> Table[object]:
    table: Table[object] = app.screen.query_one(Table)
    while not table.items:
        await asyncio.sleep(0)
    await _painted(app)
    return table


async def _painted(app: Dashboard) -> None:
    painted = asyncio.Event()
    app.screen.call_after_refresh(painted.set)
    await painted.wait()


async def _run(app: Dashboard, seconds: float, opening: float) -> Figures:
    began = NATIVE.monotonic()
    async with app.run_test(size=(200, 60)):
        table = await _pictured(app)
        await asyncio.sleep(min(FIRST, WARM * seconds))
        took: list[float] = []
        before = 0.0
        while NATIVE.monotonic() - began < seconds:
            took.append(await _strike(app, table, "down" if len(took) % 100 < 50 else "up"))
            await asyncio.sleep(BETWEEN)
            before = before or (memory() if NATIVE.monotonic() - began > WARM * seconds else 0.0)
        grown = memory() - before
    took.sort()
    milliseconds = [1000 * each for each in took]
    return Figures(len(took), milliseconds[len(took) // 2], milliseconds[int(len(took) * 0.99)], opening, grown)


async def _strike(app: Dashboard, table: Table[object], key: str) -> float:
    at, began = table.at, NATIVE.monotonic()
    assert app._driver is not None
    event = events.Key(key, None)
    event.set_sender(app)
    app._driver.send_message(event)
    while table.at == at:
        await asyncio.sleep(0)
    await _painted(app)
    return NATIVE.monotonic() - began


def memory() -> float:
    """What this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def figures(seconds: float) -> Iterator[Figure]:
    """Strike keys for so many seconds beside a thousand live calls that change fifty times a second."""
    command = [sys.executable, "-m", "fsrouter.tools.bench.tui", f"{seconds:g}", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found = json.loads(done.stdout)
    median = f"median {found['median']:.1f} ms of {found['keys']} keys"
    yield Figure("a key, 1,000 live calls, 50 changes/s, p99", found["p99"], "ms", at_most=100, beside=median)
    yield Figure("dashboard opened, from the start of Python", found["opening"], "ms", at_most=1000)
    yield Figure("  memory it grew by meanwhile", found["grown"], "MB", beside=f"in {seconds:g} s")


def main(*words: str) -> None:
    """Measure for so many seconds, 20 by default; `change` and `open` are what it has other processes do."""
    if words[:1] == ("change",):
        change(words[1])
    if words[:1] == ("open",):
        with Store.open(words[1]) as store:
            asyncio.run(_open(Dashboard(Context(store, "bench"))))
        return
    found = measure(next((float(word) for word in words if word != "--json"), 20.0))
    if "--json" in words:
        print(msgspec.json.encode(found).decode())
        return
    print(f"dashboard with {CALLS} live calls, {CHANGES} changes a second, {found.keys} keys:")
    print(f"  key answered  median {found.median:.1f} ms, p99 {found.p99:.1f} ms  (limit 100 ms)")
    print(f"  first picture {found.opening:.0f} ms (limit 1000 ms), memory {found.grown:+.1f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
