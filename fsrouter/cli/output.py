"""What commands print: data on stdout, what is for people on stderr; lines, JSON or a table, and progress.

Caller names, CRM fields and file contents come from strangers: nothing that moves a terminal's cursor, changes its
colours or turns the direction of writing leaves here as it came.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO, TypeVar

import click
import msgspec

from fsrouter.engine.text import escaped, escaped_in_json
from fsrouter.runtime.native import NATIVE

T = TypeVar("T")

#: Seconds before anything is shown.
PATIENCE = 1.0

#: To be told how many are done, and of how many (None while nobody knows).
Progress = Callable[[int, int | None], None]


def sanitize(text: object) -> str:
    """A text as it may be put into one line on a screen: unsafe characters stand there as `\\x1b`."""
    return escaped(str(text))


def info(text: object) -> None:
    """A line for people, on stderr."""
    click.echo(sanitize(text), err=True)


def lines(texts: Iterable[object]) -> None:
    """Lines of data."""
    for text in texts:
        click.echo(sanitize(text))


def json(value: Any) -> None:
    """A value as JSON: frozen structs become objects."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    click.echo(escaped_in_json(text))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows below their headings, in columns. Nothing at all when there are no rows."""
    cells = [[sanitize("" if cell is None else cell) for cell in row] for row in rows]
    if not cells:
        return
    everything = [[heading.upper() for heading in headings], *cells]
    widths = [max(len(row[i]) for row in everything) for i in range(len(headings))]
    for row in everything:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def listing(
    found: Sequence[T], as_json: bool, headings: Sequence[str], row: Callable[[T], Sequence[object]], nothing: str = ""
) -> None:
    """What a command lists: JSON, or a table with a row of each; `nothing` is said below a table without rows."""
    if as_json:
        json(found)
        return
    table(headings, map(row, found))
    if nothing and not found:
        info(nothing)


def count(number: int | str, what: str, many: str = "") -> str:
    """A number of things in words: `1 call`, `30 calls`, `no calls`; `many` is a plural without s."""
    return f"{number} {what if number == 1 else many or what + 's'}"


def moment(at: float | None) -> str:
    """A moment (epoch) on the clock of this machine, "" for none."""
    return "" if at is None else datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")


def is_terminal() -> bool:
    """Whether a person is looking who can also type."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def progress(words: str, patience: float = PATIENCE, screen: TextIO | None = None) -> Iterator[Progress | None]:
    """Show whoever waits longer than `patience` seconds that something goes on, how long it has taken, and how far it
    is if what is given is told of it. `screen` is stderr when it is not given; where that is no terminal, and so
    without a person, None is given, nothing is shown, and rich, which draws it, is not loaded.
    """
    screen = screen or sys.stderr
    if not screen.isatty():
        yield None
        return
    from rich import progress as columns
    from rich.console import Console

    shown = columns.Progress(
        columns.TextColumn("{task.description}", markup=False),
        columns.BarColumn(),
        columns.TextColumn("{task.fields[count]}"),
        columns.TimeElapsedColumn(),
        console=Console(file=screen),
        transient=True,
        redirect_stdout=False,  # stdout is data, whoever reads it
        redirect_stderr=False,
    )
    task = shown.add_task(sanitize(words), total=None, count="")

    def tell(done: int, of: int | None) -> None:
        count = f"{min(done, of):,} of {of:,}" if of else f"{done:,}"
        shown.update(task, completed=done, total=of or None, count=count)

    timer = NATIVE.later(patience, shown.start)
    try:
        yield tell
    finally:
        timer.cancel()
        timer.join()
        if shown.live.is_started:
            shown.stop()
