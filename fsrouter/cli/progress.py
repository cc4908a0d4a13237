"""What a person sees while she waits: nothing for a second, then on stderr how far it is.

Without a person (stderr is no terminal) nothing is shown.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO, TypeVar

import click

T = TypeVar("T")

#: Seconds before anything is shown.
PATIENCE = 1.0
#: Seconds between two times that it is said how long something has taken.
AGAIN = 0.5
#: Items between two looks at the clock.
STEP = 100
#: Characters of a bar.
BAR = 36


def counted(
    items: Iterable[T], length: int, words: str, patience: float = PATIENCE, screen: TextIO | None = None
) -> Iterator[T]:
    """The items as they come, with a bar of `length` steps for who waits longer than `patience` seconds.

    `screen` is stderr when it is not given.
    """
    screen = screen or sys.stderr
    if not screen.isatty():
        yield from items
        return
    began, bar = time.monotonic(), None
    with ExitStack() as stack:
        for i, item in enumerate(items, 1):
            if i % STEP == 0 and bar is not None:
                bar.update(STEP)
            elif i % STEP == 0 and time.monotonic() - began >= patience:
                bar = stack.enter_context(click.progressbar(length=length, label=words, file=screen))
                bar.update(i)
            yield item
        if bar is not None:
            bar.update(length - bar.pos)


@contextmanager
def reading(
    words: str, patience: float = PATIENCE, screen: TextIO | None = None
) -> Iterator[Callable[[int, int | None], None] | None]:
    """What is to be told how many have been read, and of how many (None while nobody knows), for who waits longer than
    `patience` seconds; None without a person.
    """
    screen = screen or sys.stderr
    if not screen.isatty():
        yield None
        return
    began, shown = time.monotonic(), False

    def tell(read: int, of: int | None) -> None:
        nonlocal shown
        if time.monotonic() - began < patience:
            return
        shown = True
        click.echo(f"\r\x1b[K{words}  {_bar(read, of)}", screen, nl=False)

    try:
        yield tell
    finally:
        if shown:
            click.echo("\r\x1b[K", screen, nl=False)


def _bar(read: int, of: int | None) -> str:
    if not of:
        return f"{read:,}"
    full = min(BAR, BAR * read // of)
    return f"[{'#' * full}{'-' * (BAR - full)}]  {min(read, of):,} of {of:,}"


def line_count(path: Path) -> int:
    """How many lines a file has, about; for the length of a bar."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


@contextmanager
def waiting(words: str, patience: float = PATIENCE, screen: TextIO | None = None) -> Iterator[None]:
    """Tell who waits longer than `patience` seconds how long something has taken that nobody can count."""
    screen = screen or sys.stderr
    if not screen.isatty():
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(words, done, patience, screen), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(words: str, done: threading.Event, patience: float, screen: TextIO) -> None:
    began = time.monotonic()
    if done.wait(patience):
        return
    while True:
        click.echo(f"\r{words} ... {time.monotonic() - began:.0f} s", screen, nl=False)
        if done.wait(AGAIN):
            break
    click.echo("\r\x1b[K", screen, nl=False)
