"""What a person sees while she waits, on a real terminal; and that nobody else sees it."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from fsrouter.cli.progress import counted, line_count, waiting


class Terminal:
    """A terminal: `screen` is what a program writes to."""

    def __init__(self) -> None:
        self.ours, theirs = pty.openpty()
        self.screen: TextIO = os.fdopen(theirs, "w")

    def until(self, words: str) -> str:
        """What is seen on it up to these words."""
        seen = ""
        while words not in seen:
            seen += os.read(self.ours, 4096).decode()
        return seen

    def close(self) -> None:
        self.screen.close()
        os.close(self.ours)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


def test_who_waits_sees_a_bar_that_fills(terminal: Terminal) -> None:
    assert list(counted(range(250), 251, "contacts", patience=0, screen=terminal.screen)) == list(range(250))
    seen = terminal.until("100%")
    assert "contacts  [" in seen and "39%" in seen


def test_what_is_quick_is_not_shown(terminal: Terminal) -> None:
    list(counted(range(1000), 1000, "contacts", patience=60, screen=terminal.screen))
    with waiting("reading", patience=60, screen=terminal.screen):
        pass
    terminal.screen.write("nothing before this")
    terminal.screen.flush()
    assert terminal.until("this") == "nothing before this"


def test_what_cannot_be_counted_tells_how_long_and_leaves_no_trace(terminal: Terminal) -> None:
    with waiting("reading acme.yaml", patience=0, screen=terminal.screen):
        assert terminal.until(" s") == "\rreading acme.yaml ... 0 s"
    assert terminal.until("K") == "\r\x1b[K"


def test_a_file_gets_nothing() -> None:
    log = io.StringIO()
    assert len(list(counted(range(500), 500, "contacts", patience=0, screen=log))) == 500
    with waiting("reading", patience=0, screen=log):
        pass
    assert log.getvalue() == ""


def test_lines_are_counted(home: Path) -> None:
    (home / "many.csv").write_bytes(b"id\n" * 400_000)
    assert line_count(home / "many.csv") == 400_000
