"""How the program ends, seen from outside: exit codes, both streams, no traceback."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.front import ACME, SETTINGS, run
from fsrouter.store import CallRecord, Store

FSROUTER = (sys.executable, "-m", "fsrouter")


def ended(*words: str, code: int) -> str:
    """Run the program; returns what it said on stderr."""
    done = subprocess.run([*FSROUTER, *words], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""
    return done.stderr


def test_exit_code_0_when_done() -> None:
    done = subprocess.run([*FSROUTER, "--version"], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout.split()[0], done.stderr) == (0, "fsrouter", "")


def test_exit_code_1_when_the_rules_are_wrong(home: Path) -> None:
    (home / "bad.yaml").write_text("company: [")
    assert ended("rules", "plan", "bad.yaml", code=1).startswith("bad.yaml:2:1: ")


def test_errors_name_files_by_the_path_that_was_given(home: Path) -> None:
    (home / "rules").mkdir()
    (home / "rules" / "bad.yaml").write_text("company: [")
    (home / "rules" / "bad.csv").write_text("who,whence\n1,abc\n")
    assert ended("rules", "plan", "rules/bad.yaml", code=1).startswith("rules/bad.yaml:2:1: ")
    assert run("rules", "check", "rules/bad.yaml", code=1).stdout.startswith("rules/bad.yaml:2:1: ")
    explain = ("explain", "--to", "+18725550111", "--from", "anonymous", "--rules", ACME)
    assert ended(*explain, "--contacts", "rules/bad.csv", code=1).startswith("rules/bad.csv:1: ")


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("rules", "--help"), ("rules", "schema")])
def test_exit_code_1_when_stdout_is_full(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*FSROUTER, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=20)
    assert done.returncode == 1 and done.stderr.startswith("Error: No space left on device; ")


def test_exit_code_2_when_used_wrongly(home: Path) -> None:
    assert "No such command 'rule'. Did you mean 'fsrouter rules'?" in ended("rule", code=2)
    assert "Did you mean 'fsrouter rules check'?" in ended("rules", "chek", code=2)
    assert "Did you mean 'fsrouter rules import'?" in ended("import", "acme.yaml", code=2)
    assert "Did you mean" not in ended("zzz", code=2)
    (home / "bad.toml").write_text("databse = 'x'\n")
    assert ended("--config", "bad.toml", "rules", "log", code=2).startswith("Error: bad.toml: ")
    assert "the dashboard needs a terminal" in ended("tui", code=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("databse = 'x'", "unknown setting 'databse'; did you mean 'database'?"),
        ("zzzzz = 1", "unknown setting 'zzzzz'; known: database, listen, "),
        ("[freeswitch]\nprt = 1", "unknown setting 'prt' in [freeswitch]; did you mean 'port'?"),
        ("[dialling]\ncountries = 'US'", 'dialling.countries: is a text ("…") where a list ([…]) belongs'),
        ("listen = 5", 'listen: is a whole number where a text ("…") belongs'),
        ("stop_after = nan", "stop_after is nan; it must be at least 0"),
    ],
)
def test_wrong_settings_are_explained(home: Path, text: str, said: str) -> None:
    (home / "bad.toml").write_text(text)
    assert run("--config", "bad.toml", "rules", "log", code=2).stderr.startswith(f"Error: bad.toml: {said}")


def test_wrong_environment_is_not_blamed_on_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "some.toml").write_text("limit = 0\n")
    monkeypatch.setenv("FSROUTER_LISTEN", "nowhere")
    told = run("--config", "some.toml", "rules", "log", code=2).stderr.splitlines()
    assert [line.partition(":")[0] for line in told] == ["Error", "the environment"]
    assert "some.toml: limit is 0" in told[0] and "listen: 'nowhere'" in told[1]


@pytest.mark.parametrize("words", [("calls", "list"), ("rules", "log"), ("contacts", "find", "+12125550100")])
def test_limit_has_a_range(words: tuple[str, ...]) -> None:
    assert "is not in the range 1<=x<=1000000" in run(*words, "--limit", 10**20, code=2).stderr


@pytest.mark.parametrize("url", ["sqlite:////dev/null/x.db", "sqlite:///notes.txt"])
def test_exit_code_3_when_the_database_cannot_be_reached(home: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    (home / "notes.txt").write_text("these are notes, and no database " * 9)
    monkeypatch.setenv("FSROUTER_DATABASE", url)
    assert ended("rules", "log", code=3).startswith("Error: ")
    assert (home / "notes.txt").read_text().startswith("these are notes")


def test_exit_code_130_when_interrupted_and_the_command_is_withdrawn(store: Store) -> None:
    store.journal.write([CallRecord(uuid="live", company="acme", began=1.0, router="r1")])
    waiting = subprocess.Popen(
        [*FSROUTER, "calls", "hangup", "live", "--wait", "60"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeding,
    )
    until(lambda: bool(store.commands.pending("r1")))
    waiting.send_signal(signal.SIGINT)
    assert waiting.communicate(timeout=10)[1] == "interrupted\n"
    assert waiting.returncode == 130 and store.commands.pending("r1") == []


def test_closed_pipe_is_no_error() -> None:
    writing = subprocess.Popen(
        [*FSROUTER, "rules", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert writing.stdout is not None and writing.stderr is not None
    writing.stdout.close()
    assert (writing.stderr.read(), writing.wait(timeout=10)) == ("", 0)
    writing.stderr.close()


def heeding() -> None:
    """Heed ^C, also where the tests run in the background, which ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def until(holds: object, seconds: float = 60.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def at_a_terminal(*words: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The program with a person in front of it: a terminal for stdin and stderr."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen([*FSROUTER, *words], stdin=theirs, stderr=theirs, stdout=subprocess.PIPE)
    os.close(theirs)
    try:
        yield ours, program
    finally:
        program.kill()
        program.communicate()
        os.close(ours)


def heard(terminal: int, words: str) -> str:
    """Read the terminal until these words are there."""
    said = ""
    while words not in said:
        said += os.read(terminal, 4096).decode()
    return said


@pytest.mark.parametrize(("answer", "code", "companies"), [(b"y\n", 0, ("acme",)), (b"n\n", 0, ()), (b"\x04", 130, ())])
def test_import_asks_a_person(store: Store, answer: bytes, code: int, companies: tuple[str, ...]) -> None:
    with at_a_terminal("--config", SETTINGS, "rules", "import", ACME) as (terminal, program):
        heard(terminal, "Put this in force? [y/N]: ")
        os.write(terminal, answer)
        assert program.stdout is not None
        assert program.stdout.read().startswith(b"acme: 43 added, 0 changed, 0 removed\n")
        assert program.wait(timeout=10) == code
    assert store.books.companies() == companies


def serving(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*FSROUTER, "serve", *words], stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_runs_until_it_is_stopped(stop: signal.Signals) -> None:
    router = serving("--listen", "127.0.0.1:0")
    assert router.stderr is not None
    line = next(line for line in router.stderr if "takes calls on 127.0.0.1:" in line)
    with socket.create_connection(("127.0.0.1", int(line.partition("127.0.0.1:")[2].split()[0])), timeout=5):
        pass
    router.send_signal(stop)
    rest = router.stderr.read()
    assert router.wait(timeout=10) == 0 and "Traceback" not in rest
    router.stderr.close()


def test_exit_code_3_when_the_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        said = ended("serve", "--listen", address, code=3)
    assert f"Error: cannot listen on {address}: " in said


def test_exit_code_2_when_the_address_is_none() -> None:
    assert "'nowhere' is no address to listen on" in ended("serve", "--listen", "nowhere", code=2)


def test_full_disk_is_an_error() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*FSROUTER, "rules", "schema"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=20
        )
    assert (done.returncode, done.stderr.partition(";")[0]) == (1, "Error: No space left on device")


def test_closed_stdout_is_no_error() -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *FSROUTER, "rules", "schema"], stderr=subprocess.PIPE, text=True, timeout=20
    )
    assert (done.returncode, done.stderr) == (0, "")


LOOKS = [
    ("calls", "list"), ("agents", "list"), ("schedules", "list"), ("contacts", "find", "ada"), ("rules", "log"),
    ("rules", "export"), ("explain", "--to", "+18725550118", "--from", ""), ("replay", "--rules", ACME),
    ("contacts", "sync"), ("contacts", "import", ACME), ("calls", "hangup", "x"), ("freeswitch", "sync"),
]  # fmt: skip


@pytest.mark.parametrize("words", LOOKS, ids=" ".join)
def test_mistyped_database_is_not_made(home: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.setenv("FSROUTER_DATABASE", f"sqlite:///{home}/typo/fsruoter.db")
    said = run(*words, code=3).stderr
    assert f"there is no database {home}/typo/fsruoter.db; correct FSROUTER_DATABASE" in said
    assert "`fsrouter rules import FILE`" in said and not (home / "typo").exists()


def test_dashboard_of_a_mistyped_database_is_an_error(home: Path) -> None:
    """It needs a terminal to get that far."""
    child, terminal = pty.openpty()
    environment = {**os.environ, "FSROUTER_DATABASE": f"sqlite:///{home}/typo/fsruoter.db", "TERM": "xterm"}
    try:
        done = subprocess.run(
            [*FSROUTER, "tui"], stdin=terminal, stdout=terminal, stderr=subprocess.PIPE, env=environment, timeout=20
        )
    finally:
        os.close(child)
        os.close(terminal)
    assert done.returncode == 3 and b"there is no database" in done.stderr and not (home / "typo").exists()


def test_first_import_makes_the_database_and_says_where(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSROUTER_DATABASE", f"sqlite:///{home}/new/fsrouter.db")
    run("--config", SETTINGS, "rules", "plan", ACME)
    assert not (home / "new").exists()  # a plan puts nothing anywhere
    said = run("--config", SETTINGS, "rules", "import", ACME, "--yes").stderr
    assert f"a new database was made: {home}/new/fsrouter.db" in said
    assert "a new database" not in run("--config", SETTINGS, "rules", "import", ACME, "--yes").stderr


def test_missing_postgresql_driver_says_what_to_install() -> None:
    hidden = "import sys; sys.modules['psycopg'] = None; from fsrouter.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", hidden, "rules", "log"], capture_output=True, text=True, timeout=20,
        env={**os.environ, "FSROUTER_DATABASE": "postgresql://ada:secret@127.0.0.1/fsrouter"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert "pip install 'fsrouter[postgresql]'" in done.stderr
    assert "Traceback" not in done.stderr and "secret" not in done.stderr


@pytest.mark.parametrize("url", ["postgresql://me:swordfish@[::1/x", "postgresql://me:swordfish@db/x?nosuch=1"])
def test_exit_code_2_when_the_database_url_is_wrong(home: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("FSROUTER_DATABASE", url)
    said = ended("calls", "list", code=2)
    assert "is no database" in said and "postgresql://USER@HOST/NAME" in said and "swordfish" not in said
