"""The secret that FreeSWITCH shows to routers, as `fsrouter freeswitch install` and `check` handle it."""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.front import FILES, contents, run
from fsrouter.cli.socket_secret import NOTICED
from fsrouter.errors import UsageError
from fsrouter.freeswitch.install import plan, secret
from fsrouter.simulator import Dialplan, Switch
from fsrouter.store import Node, Store
from fsrouter.store.secrets import KEEP, Verdict

pytestmark = pytest.mark.usefixtures("acme", "switch")
INSTALL = ("--config", "fsrouter.toml", "freeswitch", "install", "--conf")
FILE = "dialplan/fsrouter_secret.xml"


def secret_of(conf: Path) -> str:
    found = re.search(r'cmd="set" data="fsr_secret=([0-9a-f]{64})"', (conf / FILE).read_text())
    assert found
    return found[1]


def verdict(store: Store, shown: str, later: float = 0.0) -> Verdict:
    return store.secrets.known().verdict(shown, store.clock() + later)


def test_install_makes_a_secret_once_that_others_on_the_machine_cannot_read(conf: Path, store: Store) -> None:
    (conf / "dialplan").chmod(0o750)
    run(*INSTALL, conf)
    shown = secret_of(conf)
    status, directory = (conf / FILE).stat(), (conf / "dialplan").stat()
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert (status.st_uid, status.st_gid) == (directory.st_uid, directory.st_gid)
    assert verdict(store, shown) is Verdict.RIGHT
    run(*INSTALL, conf)
    assert secret_of(conf) == shown
    other = conf.parent / "other"
    for name, text in FILES.items():
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_text(text)
    run(*INSTALL, other)
    assert secret_of(other) == shown, "every FreeSWITCH of a database shows the same"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_secret_is_read_by_the_group_of_the_directory(conf: Path) -> None:
    os.chown(conf / "dialplan", 12345, 54321)
    run(*INSTALL, conf)
    status = (conf / FILE).stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (12345, 54321, 0o640)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A configuration directory that every user of the machine can get to."""
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        (Path(made) / "dialplan").mkdir()
        Path(made).chmod(0o755)
        yield Path(made)


def as_somebody(do: Callable[[], object], *groups: int) -> str:
    """What a user who is not root is told of who does something, "" when it is done; in a process of its own."""
    here, there = os.pipe()
    if not (child := os.fork()):
        told = b"it failed"
        try:
            os.setgroups(groups)
            os.setgid(23456)
            os.setuid(23456)
            do()
            told = b""
        except UsageError as error:
            told = str(error).encode()
        finally:
            os.write(there, told)
            os._exit(0)
    os.close(there)
    with os.fdopen(here) as told_here:
        told = told_here.read()
    os.waitpid(child, 0)
    return told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_who_is_not_root_gives_the_file_to_the_directory_s_group_where_they_may(reachable: Path) -> None:
    """Somebody of FreeSWITCH's group may not give a file to FreeSWITCH's user, which must be able to read it."""
    os.chown(reachable / "dialplan", 12345, 54321)
    (reachable / "dialplan").chmod(0o775)
    planned = plan.Plan((secret.change(reachable, "0" * 64),))
    assert as_somebody(lambda: plan.apply(planned), 54321) == ""
    status = (reachable / FILE).stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (23456, 54321, 0o640)


def test_secret_is_never_shown(conf: Path, store: Store) -> None:
    told = [run(*INSTALL, conf, "--dry-run")]
    assert '+  <X-PRE-PROCESS cmd="set" data="fsr_secret=(secret)"/>' in told[0].stdout
    assert verdict(store, "") is Verdict.CLOSED, "a dry run makes none"
    told.append(run(*INSTALL, conf))
    secrets = {secret_of(conf)}
    told.append(run(*INSTALL, conf, "--new-secret", "--dry-run"))
    assert '-  <X-PRE-PROCESS cmd="set" data="fsr_secret=(former secret)"/>' in told[-1].stdout
    assert '+  <X-PRE-PROCESS cmd="set" data="fsr_secret=(secret)"/>' in told[-1].stdout
    assert {secret_of(conf)} == secrets
    told.append(run(*INSTALL, conf, "--new-secret"))
    secrets.add(secret_of(conf))
    told.append(run(*INSTALL, conf, "--remove", "--dry-run"))
    told.append(run(*INSTALL, conf, "--remove"))
    assert len(secrets) == 2 and contents(conf) == FILES
    assert not any(secret in result.stdout + result.stderr for result in told for secret in secrets)


def test_former_secret_is_right_for_a_day_unless_it_shall_not_be(conf: Path, store: Store) -> None:
    run(*INSTALL, conf)
    first = secret_of(conf)
    told = run(*INSTALL, conf, "--new-secret").stderr
    second = secret_of(conf)
    assert re.search(r"a FreeSWITCH that shows the former secret until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", told)
    assert (verdict(store, first), verdict(store, second)) == (Verdict.FORMER, Verdict.RIGHT)
    assert verdict(store, first, later=KEEP + 1) is Verdict.WRONG
    told = run(*INSTALL, conf, "--new-secret", "--at-once").stderr
    assert "routers take calls of a FreeSWITCH only when it has read this secret: run this for each" in told
    assert [verdict(store, each) for each in (first, second, secret_of(conf))] == [
        Verdict.WRONG, Verdict.WRONG, Verdict.RIGHT,
    ]  # fmt: skip


def test_secret_is_written_when_the_routers_that_live_have_read_it(conf: Path, store: Store) -> None:
    """So that none refuses a FreeSWITCH that shows it at once."""
    run(*INSTALL, conf)
    store.nodes.beat(Node(name="a", beat=store.clock()))
    begins = conf / "begins"
    begins.touch()
    run(*INSTALL, conf, "--new-secret")
    # By the clock of the files alone, which is not that of the store.
    assert (conf / FILE).stat().st_mtime - begins.stat().st_mtime >= NOTICED


def test_secret_is_not_changed_when_it_cannot_be_installed(conf: Path, store: Store) -> None:
    run(*INSTALL, conf)
    known = store.secrets.known()
    (conf / FILE).write_text("<include/>")
    assert "is there already and not ours" in run(*INSTALL, conf, "--new-secret", code=2).stderr
    run(*INSTALL, "nowhere", "--new-secret", code=2)
    assert store.secrets.known() == known


def test_secret_is_not_changed_again_while_some_freeswitch_may_show_the_former(conf: Path, store: Store) -> None:
    """`--new-secret` for each FreeSWITCH, one after the other, would shut out those that have the one before."""
    run(*INSTALL, conf)
    first = secret_of(conf)
    run(*INSTALL, conf, "--new-secret")
    known, second = store.secrets.known(), secret_of(conf)
    told = run(*INSTALL, conf, "--new-secret", code=2).stderr
    assert "was changed already, and the former one is taken until" in told and "leave out --new-secret" in told
    assert (store.secrets.known(), secret_of(conf)) == (known, second)
    assert verdict(store, first) is Verdict.FORMER
    run(*INSTALL, conf)
    run(*INSTALL, conf, "--new-secret", "--at-once")
    assert (verdict(store, second), verdict(store, secret_of(conf))) == (Verdict.WRONG, Verdict.RIGHT)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_who_cannot_write_the_file_is_told_before_the_secret_is_changed(reachable: Path) -> None:
    planned = plan.Plan((secret.change(reachable, "0" * 64),))
    plan.refuse_unwritable(planned)
    told = as_somebody(lambda: plan.refuse_unwritable(planned))
    assert told == f"{reachable / FILE} cannot be written: no permission; nothing was changed"


def test_another_signing_key_reads_no_secret_but_keeps_the_one_that_is_there(
    conf: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*INSTALL, conf)
    shown = secret_of(conf)
    monkeypatch.setenv("FSROUTER_KEY", "another")
    run(*INSTALL, conf)
    assert secret_of(conf) == shown
    (conf / FILE).unlink()
    assert "give the same key_file" in run(*INSTALL, conf, code=2).stderr
    run(*INSTALL, conf, "--new-secret")
    assert verdict(store, secret_of(conf)) is Verdict.RIGHT


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--at-once"], "give --new-secret too"),
        (["--new-secret", "--remove"], "does not go with --remove"),
        (["--new-secret", "--in-process"], "does not go with --remove and --in-process"),
    ],
)
def test_options_that_do_not_go_together_are_refused(conf: Path, words: list[str], said: str) -> None:
    assert said in run(*INSTALL, conf, *words, code=2).stderr
    assert contents(conf) == FILES


def test_router_in_process_needs_no_secret(conf: Path, store: Store) -> None:
    run(*INSTALL, conf)
    (conf.parent / "scripts").mkdir()
    (conf / "autoload_configs/python.conf.xml").write_text("<configuration><settings>\n</settings></configuration>\n")
    run(*INSTALL, conf, "--in-process", "--scripts", conf.parent / "scripts")
    assert not (conf / FILE).exists()


def found(conf: Path | None, *, code: int = 1) -> list[dict[str, Any]]:
    """What `check` finds of the secret."""
    words = ["--conf", str(conf)] if conf else []
    told = run("--config", "fsrouter.toml", "freeswitch", "check", "--json", *words, code=code)
    return [each for each in json.loads(told.stdout) if "secret" in each["what"]]


def test_check_sees_what_freeswitch_shows(conf: Path, switch: Switch, store: Store) -> None:
    def load() -> None:
        switch.dialplan = Dialplan.from_xml((conf / FILE).read_text())
        assert switch.api("reloadxml") == "+OK [Success]\n"

    (closed,) = found(None)
    assert closed["level"] == "error" and "no secret has been made" in closed["what"]
    missing, closed = found(conf)
    assert missing["what"].startswith(f"{conf / FILE} is missing") and "install" in missing["remedy"]

    run(*INSTALL, conf)
    (none,) = found(conf)
    assert none["level"] == "error" and "shows routers no secret" in none["what"]
    assert none["remedy"].startswith("fs_cli -x reloadxml"), "its file is right, and not read"
    (none,) = found(None)
    assert none["remedy"].startswith("fsrouter freeswitch install"), "its file was not looked at"

    load()
    (right,) = found(conf)
    assert (right["level"], right["what"]) == ("ok", "it shows routers the right secret")
    assert right["level"] == "ok"

    run(*INSTALL, conf, "--new-secret")
    (former,) = found(conf)
    assert former["level"] == "warning" and "the former secret; they take its calls until" in former["what"]
    assert former["remedy"].startswith("fs_cli -x reloadxml")
    load()
    run(*INSTALL, conf, "--new-secret", "--at-once")
    (wrong,) = found(conf)
    assert wrong["level"] == "error" and "a wrong secret" in wrong["what"]


def test_check_says_who_can_read_the_file(conf: Path, switch: Switch) -> None:
    run(*INSTALL, conf)
    (conf / FILE).chmod(0o644)
    assert any(
        each["level"] == "warning" and "can be read by everybody on this machine: chmod 640" in each["what"]
        for each in found(conf)
    )
