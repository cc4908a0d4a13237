"""`fsrouter demo`, `example` and `bench`: what needs nothing installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.front import ACME, CALLS, CONTACTS, run
from fsrouter.cli.tools import _line

DEMO = (sys.executable, "-m", "fsrouter", "demo", "--headless")


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the demo in a process of its own, for its hub."""
    return subprocess.run([*DEMO, *words], capture_output=True, text=True, timeout=25)


@pytest.mark.timeout(60)
def test_demo_ends_with_a_table_of_the_calls_and_where_to_see_them() -> None:
    done = demo("--calls", "3")
    heading, *rows = done.stdout.split("\n\n")[-1].splitlines()
    assert done.returncode == 0 and heading.split() == ["TIME", "FROM", "TO", "WENT", "TO", "OUTCOME", "DURATION"]
    assert len(rows) == 3
    assert all(
        re.fullmatch(r"\d\d:\d\d:\d\d  \+1\d{10}\s+\+18575550\d{3}  \S+\s+\w+\s+\d+:\d\d", row) for row in rows
    ), rows
    assert done.stderr.splitlines() == [
        "3 calls done",
        "see such calls in the dashboard while they happen: fsrouter demo",
        "keep them to look at later: fsrouter demo --headless --keep DIR",
    ]


@pytest.mark.timeout(60)
def test_demo_that_is_kept_says_how_to_see_its_calls(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = demo("--calls", "1", "--keep", "kept").stderr.splitlines()
    database = f"sqlite:///{home}/kept/demo.db"
    assert said == ["1 call done", f"see them in the dashboard: FSROUTER_DATABASE={database} fsrouter tui"]
    monkeypatch.setenv("FSROUTER_DATABASE", database)
    assert len(run("calls", "list").stdout.splitlines()) == 2


@pytest.mark.timeout(60)
def test_demo_outlives_its_reader() -> None:
    playing = subprocess.Popen([*DEMO, "--calls", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert playing.stdout and playing.stderr
    assert playing.stdout.readline().startswith("fsrouter serves ")
    playing.stdout.close()
    assert (playing.stderr.read().splitlines()[0], playing.wait(20)) == ("1 call done", 0)
    playing.stderr.close()


def test_demo_shows_line_breaks_of_strangers_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    _line("\n#01 answered")
    _line("a caller named\n#02 answered")
    assert capsys.readouterr().out == "\n#01 answered\na caller named\\x0a#02 answered\n"


SETTINGS = str(Path(ACME).with_name("fsrouter.toml"))


def test_example_writes_its_files_and_says_what_to_try(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("example", "acme/first")
    written = {path.name: path.read_bytes() for path in (home / "acme/first").iterdir()}
    assert written == {Path(name).name: Path(name).read_bytes() for name in (ACME, CALLS, CONTACTS, SETTINGS)}
    assert done.stdout.splitlines() == [f"acme/first/{Path(name).name}" for name in (ACME, CALLS, CONTACTS, SETTINGS)]
    name, _, settings = done.stderr.splitlines()[1].removeprefix("  export ").partition("=")
    monkeypatch.setenv(name, settings)
    advice = [line.split() for line in done.stderr.splitlines()[2:]]
    assert [words[:3] for words in advice] == [
        ["fsrouter", "rules", "check"],
        ["fsrouter", "rules", "test"],
        ["fsrouter", "explain", "--rules"],
        ["fsrouter", "rules", "import"],
    ]
    for words in advice[:3]:
        assert "no settings" not in run(*words[1:]).stderr
    run(*advice[3][1:], "--yes")


def test_example_overwrites_nothing(home: Path) -> None:
    (home / "contacts.csv").write_text("mine")
    said = run("example", ".", code=2).stderr
    assert said == "Error: . has contacts.csv already; give another folder, or remove it first\n"
    assert [path.name for path in home.iterdir()] == ["contacts.csv"]
    assert (home / "contacts.csv").read_text() == "mine"
