"""What a person sees while they wait: nothing for a second, then on stderr how far it is.

Without a person (stderr is no terminal) nothing is shown, and rich, which draws it, is not loaded.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from fsrouter.cli.output import sanitize

#: Seconds before anything is shown.
PATIENCE = 1.0

#: To be told how many are done, and of how many (None while nobody knows).
Progress = Callable[[int, int | None], None]


@contextmanager
def progress(words: str, patience: float = PATIENCE, screen: TextIO | None = None) -> Iterator[Progress | None]:
    """Show whoever waits longer than `patience` seconds that something goes on, how long it has taken, and how far it
    is if what is given is told of it; that is None without a person. `screen` is stderr when it is not given.
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

    timer = threading.Timer(patience, shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield tell
    finally:
        timer.cancel()
        timer.join()
        if shown.live.is_started:
            shown.stop()
