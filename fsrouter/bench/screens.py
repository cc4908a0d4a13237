"""How fast the dashboard is. It is measured in a process of its own, by `fsrouter.tui.bench`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from fsrouter.bench.figure import Figure


def figures(seconds: float) -> Iterator[Figure]:
    """Strike keys for so many seconds beside a thousand live calls that change fifty times a second."""
    command = [sys.executable, "-m", "fsrouter.tui.bench", f"{seconds:g}", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found = json.loads(done.stdout)
    median = f"median {found['median']:.1f} ms of {found['keys']} keys"
    yield Figure("a key, 1,000 live calls, 50 changes/s, p99", found["p99"], "ms", at_most=100, beside=median)
    yield Figure("dashboard opened, from the start of Python", found["opening"], "ms", at_most=1000)
    yield Figure("  memory it grew by meanwhile", found["grown"], "MB", beside=f"in {seconds:g} s")
