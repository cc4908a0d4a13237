"""What a person sees while they wait, on a real terminal; and that nobody else sees it."""

from __future__ import annotations

import io
import os
import pty
import re
from collections.abc import Iterator
from typing import TextIO

import pytest

from fsrouter.cli.output import progress


class Terminal:
    """A terminal of 100 columns: `screen` is what a program writes to."""

    def __init__(self) -> None:
        self.ours, theirs = pty.openpty()
        self.screen: TextIO = os.fdopen(theirs, "w")

    def until(self, words: str) -> str:
        """What is seen on it up to these words, without colours and movements of the cursor."""
        seen = ""
        while words not in seen:
            seen = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen + os.read(self.ours, 4096).decode())
        return seen

    def close(self) -> None:
        self.screen.close()
        os.close(self.ours)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    made = Terminal()
    yield made
    made.close()


def test_bar_says_how_many_of_how_many(terminal: Terminal) -> None:
    with progress("acme hub", patience=0, screen=terminal.screen) as tell:
        assert tell
        tell(50, None)
        terminal.until(" 50 ")
        tell(1500, 3000)
        assert re.search(r"acme hub ━{20}.━{19} 1,500 of 3,000 0:00:0", terminal.until("1,500 of 3,000 0:00:0"))
        tell(3200, 3000)
        terminal.until("3,000 of 3,000")


def test_what_cannot_be_counted_says_how_long_it_takes(terminal: Terminal) -> None:
    with progress("reading a[b]\x1b.yaml", patience=0, screen=terminal.screen):
        assert terminal.until(" 0:00:0").startswith("reading a[b]\\x1b.yaml ━")


def test_nothing_is_shown_of_what_is_quick(terminal: Terminal) -> None:
    with progress("contacts", patience=60, screen=terminal.screen) as tell:
        assert tell
        tell(1, 2)
    terminal.screen.write("nothing before this")
    terminal.screen.flush()
    assert terminal.until("this") == "nothing before this"


def test_nothing_is_written_to_a_file() -> None:
    log = io.StringIO()
    with progress("reading", patience=0, screen=log) as tell:
        assert tell is None
    assert log.getvalue() == ""


def test_what_is_printed_meanwhile_goes_to_stdout(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    with progress("reading", patience=0, screen=terminal.screen):
        terminal.until("reading")
        print("data")
    assert capsys.readouterr().out == "data\n"
