"""How fast the dashboard is: keys answered beside a thousand live calls that change fifty times a second.

    python -m fsrouter.tui.bench [SECONDS]

Runs the real dashboard without a terminal on a database of its own, while another process writes. A key's time is from
when it is struck until what it does is painted; memory is what the process holds at the end more than after a fifth
of the time.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from textual import events

from fsrouter.engine.model import Header
from fsrouter.engine.rulebook import RuleBook
from fsrouter.store import CallRecord, Store
from fsrouter.tui.app import Dashboard
from fsrouter.tui.table import Table

CALLS = 1000
#: Times a second that the calls change, and calls that change each time.
CHANGES, AT_ONCE = 50, 20
STEPS = ("in menu:main", "rings agent:nancy", "waits in queue:support", "talks to agent:johan")
#: Seconds between two keys, and before the first: by then a picture is there.
BETWEEN, FIRST = 0.1, 3.0
#: The part of the time after which memory is first measured: by then everything has been drawn and read once.
WARM = 0.2


class Figures(Struct, frozen=True):
    """Keys that were struck, how long half and 99 % of them took at most (milliseconds), how long it took from the
    start until the first picture, and by how much memory grew (MB).
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
            facts={"caller": "repeat"},
            trace=({"at": "menu:main", "outcome": "key 1", "why": "the caller pressed 1"},) * 5,
        )
        for i in range(CALLS)
    ]


def change(url: str) -> None:
    """Change the calls until somebody ends this process."""
    calls, turn = crowd(time.time()), 0
    with Store.open(url) as store:
        while True:
            began, turn = time.monotonic(), turn + 1
            some = calls[turn % CHANGES :: CHANGES][:AT_ONCE]
            store.journal.write([replace(call, where=STEPS[turn % 4]) for call in some])
            time.sleep(max(0.0, 1 / CHANGES - time.monotonic() + began))


def measure(seconds: float) -> Figures:
    """Run the dashboard for so long and strike keys."""
    with tempfile.TemporaryDirectory(prefix="fsrouter-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        with Store.open(url) as store:
            store.books.save(RuleBook(header=Header(company="bench")), "bench", "bench")
            store.journal.write(crowd(time.time()))
            with subprocess.Popen([sys.executable, "-m", __spec__.name if __spec__ else __name__, url]) as writer:
                try:
                    return asyncio.run(_run(Dashboard(store, "bench"), seconds))
                finally:
                    writer.terminate()


async def _run(app: Dashboard, seconds: float) -> Figures:
    began = time.perf_counter()
    async with app.run_test(size=(200, 60)):
        table = app.screen.query_one(Table)
        while not table.items:
            await asyncio.sleep(0)
        opening = time.perf_counter() - began
        await asyncio.sleep(FIRST)
        took: list[float] = []
        before = 0.0
        while time.perf_counter() - began < seconds:
            took.append(await _strike(app, table, "down" if len(took) % 100 < 50 else "up"))
            await asyncio.sleep(BETWEEN)
            before = before or (memory() if time.perf_counter() - began > WARM * seconds else 0.0)
        grown = memory() - before
    took.sort()
    milliseconds = [1000 * each for each in took]
    return Figures(len(took), milliseconds[len(took) // 2], milliseconds[int(len(took) * 0.99)], 1000 * opening, grown)


async def _strike(app: Dashboard, table: Table[object], key: str) -> float:
    at, began = table.at, time.perf_counter()
    assert app._driver is not None
    event = events.Key(key, None)
    event.set_sender(app)
    app._driver.send_message(event)
    while table.at == at:
        await asyncio.sleep(0)
    painted = asyncio.Event()
    app.screen.call_after_refresh(painted.set)
    await painted.wait()
    return time.perf_counter() - began


def memory() -> float:
    """What this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def main(argument: str = "20") -> None:
    """Measure for so many seconds; given a database, change its calls."""
    if argument.startswith("sqlite:"):
        change(argument)
    found = measure(float(argument))
    print(f"dashboard with {CALLS} live calls, {CHANGES} changes a second, {found.keys} keys:")
    print(f"  key answered  median {found.median:.1f} ms, p99 {found.p99:.1f} ms  (limit 100 ms)")
    print(f"  first picture {found.opening:.0f} ms (limit 1000 ms), memory {found.grown:+.1f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:2])
