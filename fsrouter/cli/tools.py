"""`fsrouter demo`, `example` and `bench`: what needs nothing installed and touches nothing of yours."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from fsrouter.cli import arguments, output
from fsrouter.cli.exit_codes import to_nobody
from fsrouter.errors import Error, UsageError
from fsrouter.runtime.native import NATIVE

#: What `example` writes: a company's rules, calls that test them, and its contacts.
EXAMPLES = ("acme.yaml", "acme.calls.yaml", "contacts.csv", "fsrouter.toml")


@click.command()
@click.option("--headless", is_flag=True, help="Print the calls, without the dashboard.")
@click.option(
    "--calls", type=click.IntRange(1, 1000), metavar="N", default=20, show_default=True, help="How many calls."
)
@arguments.directory("--keep", "Keep the demo's database in DIR.")
def demo(headless: bool, calls: int, keep: Path | None) -> None:
    """Run a demo company with simulated calls.

    A router serves on a database of its own, a simulated FreeSWITCH connects, and the dashboard shows the calls; with
    --headless each call is printed as it happens, and a table of them at the end. Nothing of yours is touched.

    \b
    Example:
      fsrouter demo
      fsrouter demo --headless --calls 20
      fsrouter demo --headless --keep demo
    """
    show = _print if headless else _watch
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        show(calls, keep.resolve())
        output.info(f"see them in the dashboard: FSROUTER_DATABASE=sqlite:///{keep.resolve()}/demo.db fsrouter tui")
        return
    with tempfile.TemporaryDirectory(prefix="fsrouter-demo-") as folder:
        show(calls, Path(folder))
    if headless:
        output.info("see such calls in the dashboard while they happen: fsrouter demo")
        output.info("keep them to look at later: fsrouter demo --headless --keep DIR")


def _print(calls: int, folder: Path) -> None:
    """Print the calls as they happen, what happened to each, and then all of them in a table."""
    from fsrouter.tools import demo

    done = demo.run(str(folder), calls, _line)
    _line("\n")
    output.table(demo.COLUMNS, demo.rows(done))
    if len(done) < calls:
        raise Error(f"only {len(done)} of {calls} calls are in the journal")
    output.info(f"{output.count(calls, 'call')} done")


def _line(line: str) -> None:
    """Print a line as it comes. Calls go on when nobody reads any more: a closed pipe is no fault of their router."""
    try:
        # An empty line before each call is one of ours; any other line break is a caller's, and is shown as such.
        output.lines(["", *([line[1:]] if line[1:] else [])] if line.startswith("\n") else [line])
    except BrokenPipeError:
        to_nobody()


def _watch(calls: int, folder: Path) -> None:
    """Show the dashboard on the demo's database while router and callers are at work in another process."""
    if not output.is_terminal():
        raise UsageError("the dashboard needs a terminal; `fsrouter demo --headless` prints the calls without one")
    from fsrouter.store import Store
    from fsrouter.tui.app import Dashboard
    from fsrouter.tui.context import Context

    command = [sys.executable, "-m", "fsrouter.tools.demo", str(folder), str(calls)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as router:
        assert router.stdout is not None
        router.stdout.readline()  # it serves, so the database is there
        NATIVE.thread("demo", router.stdout.read)
        try:
            with Store.open(f"sqlite:///{folder}/demo.db") as store:
                Dashboard(Context(store, "demo"), folder).run()
        finally:
            router.terminate()


@click.command()
@click.argument("directory", type=arguments.DIRECTORY, metavar="DIR")
def example(directory: Path) -> None:
    """Write example files into DIR.

    The rules of a company, calls that test them, its contacts, and settings. Overwrites nothing.

    \b
    Example:
      fsrouter example acme
    """
    there = [name for name in EXAMPLES if (directory / name).exists()]
    if there:
        raise UsageError(f"{directory} has {', '.join(there)} already; give another folder, or remove it first")
    directory.mkdir(parents=True, exist_ok=True)
    for name in EXAMPLES:
        (directory / name).write_bytes((_examples() / name).read_bytes())
        output.lines([directory / name])
    rules = directory / "acme.yaml"
    for line in (
        "now try:",
        f"  export FSROUTER_CONFIG={directory / 'fsrouter.toml'}",
        f"  fsrouter rules check {rules}",
        f"  fsrouter rules test {rules} {directory / 'acme.calls.yaml'}",
        f"  fsrouter explain --rules {rules} --to +18725550118 --from +14155550101 --press 1",
        f"  fsrouter rules import {rules}",
    ):
        output.info(line)


def _examples() -> Traversable:
    """Where the examples are: in the installed package, or beside it in a checkout."""
    package = files("fsrouter")
    inside = package / "examples"
    return inside if inside.is_dir() else Path(str(package)).parent / "examples"


@click.command()
@click.option("--quick", is_flag=True, help="A tenth of everything: to see that it works, not how fast it is.")
def bench(quick: bool) -> None:
    """Measure this machine, and print each figure beside its limit.

    The same scenario runs on a bare gevent loop and on greenswitch's own server in the same run. Nothing of yours is
    touched. Takes some minutes.

    \b
    Example:
      fsrouter bench
    """
    from fsrouter.tools import bench as figures

    missed = 0
    for figure in figures.run(quick):
        output.lines([str(figure)])
        missed += not figure.held
    if missed and not quick:
        raise Error(f"{output.count(missed, 'figure')} beyond the limit on this machine")
