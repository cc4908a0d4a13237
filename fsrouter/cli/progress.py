"""What a person sees while she waits: nothing for a second, then on stderr how far it is.

Without a person (stderr is no terminal) nothing is shown.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import click

T = TypeVar("T")

#: Seconds before anything is shown.
PATIENCE = 1.0
#: Items between two looks at the clock.
STEP = 100


def counted(items: Iterable[T], length: int, words: str) -> Iterator[T]:
    """The items as they come, with a bar of `length` steps for who waits."""
    if not sys.stderr.isatty():
        yield from items
        return
    began, bar = time.monotonic(), None
    with ExitStack() as stack:
        for i, item in enumerate(items, 1):
            if i % STEP == 0 and bar is not None:
                bar.update(STEP)
            elif i % STEP == 0 and time.monotonic() - began > PATIENCE:
                bar = stack.enter_context(click.progressbar(length=length, label=words, file=sys.stderr))
                bar.update(i)
            yield item
        if bar is not None:
            bar.update(length - bar.pos)


def line_count(path: Path) -> int:
    """How many lines a file has, about; for the length of a bar."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


@contextmanager
def waiting(words: str) -> Iterator[None]:
    """Tell how long something has taken that nobody can count."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(words, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(words: str, done: threading.Event) -> None:
    began = time.monotonic()
    if done.wait(PATIENCE):
        return
    while True:
        click.echo(f"\r{words} ... {time.monotonic() - began:.0f} s", err=True, nl=False)
        if done.wait(0.5):
            break
    click.echo("\r\x1b[K", err=True, nl=False)
