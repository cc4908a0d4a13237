"""`fsrouter demo`: everything at once, with nothing installed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import click

from fsrouter.cli import output
from fsrouter.cli.exit_codes import to_nobody
from fsrouter.errors import Error, UsageError


@click.command()
@click.option("--headless", is_flag=True, help="Tell the calls here, without the dashboard.")
@click.option("--calls", type=click.IntRange(1, 1000), metavar="N", default=20, show_default=True, help="How many.")
def demo(headless: bool, calls: int) -> None:
    """Have made-up callers call a made-up company.

    A router serves on a database of its own, a FreeSWITCH stand-in dials in, and the dashboard shows the calls; with
    --headless each call's story is told while it happens. Nothing of yours is touched.

    \b
    Example:
      fsrouter demo
      fsrouter demo --headless --calls 20
    """
    if not headless:
        _watch(calls)
        return
    from fsrouter.tools import demo as company

    told = company.run(calls, _tell)
    if told < calls:
        raise Error(f"only {told} of {calls} calls can be told")
    output.info(f"{told} calls told")


def _watch(calls: int) -> None:
    """Show the dashboard on the demo's database while router and callers are at work in another process."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the dashboard needs a terminal; `fsrouter demo --headless` tells the calls without one")
    from fsrouter.store import Store
    from fsrouter.tui.app import Dashboard
    from fsrouter.tui.context import Context

    with tempfile.TemporaryDirectory(prefix="fsrouter-demo-") as folder:
        command = [sys.executable, "-m", "fsrouter.tools.demo", folder, str(calls)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as router:
            assert router.stdout is not None
            router.stdout.readline()  # it serves, so the database is there
            threading.Thread(target=router.stdout.read, daemon=True).start()
            try:
                with Store.open(f"sqlite:///{folder}/demo.db") as store:
                    Dashboard(Context(store, "demo"), Path(folder)).run()
            finally:
                router.terminate()


def _tell(line: str) -> None:
    """Print a line as it comes. Calls go on when nobody reads any more: a closed pipe is no fault of their router."""
    try:
        # An empty line before each story is one of ours; any other line break is a caller's, and is shown as such.
        output.lines(["", line[1:]] if line.startswith("\n") else [line])
    except BrokenPipeError:
        to_nobody()
