"""Secrets: from files or the environment, made when there are none, and never shown."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from fsrouter.errors import UsageError
from fsrouter.settings.load import load
from settings.files import written


def test_repr_of_settings_leaves_secrets_out(home: dict[str, str]) -> None:
    found = load(
        "", home | {"FSROUTER_DATABASE": "postgresql://me:swordfish@db/x", "FSROUTER_ESL_PASSWORD": "swordfish"}
    )
    found = msgspec.structs.replace(found, key="swordfish")
    for shown in (repr(found), str(found), f"{found}", repr(found.freeswitch), str(found.freeswitch[0])):
        assert "swordfish" not in shown
    assert "db/x" in repr(found)


def test_secrets_are_read_from_files(tmp_path: Path, home: dict[str, str]) -> None:
    for name in ("password", "key"):
        (tmp_path / name).write_text(f"the {name}\n")
    text = f'key_file = "{tmp_path}/key"\n[freeswitch]\npassword_file = "{tmp_path}/password"'
    found = load(written(tmp_path, text), home)
    assert (found.key, found.freeswitch[0].password) == ("the key", "the password")


@pytest.mark.parametrize("line", ['key_file = "{}"', '[freeswitch]\npassword_file = "{}"'])
@pytest.mark.parametrize(
    ("content", "says"), [(b" \n", "is empty"), (None, "cannot be read"), (b"\xff\xfe", "is no text")]
)
def test_secret_file_that_is_missing_empty_or_binary_is_refused(
    tmp_path: Path, home: dict[str, str], line: str, content: bytes | None, says: str
) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        load(written(tmp_path, line.format(secret)), home)


def test_key_is_made_once_and_for_this_user_only(home: dict[str, str]) -> None:
    first = load("", home).key
    path = Path(home["HOME"]) / ".local/share/fsrouter/key"
    assert load("", home).key == first == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["key"], "nothing else is left behind"


def test_key_made_by_several_processes_at_once_is_one(home: dict[str, str]) -> None:
    command = [sys.executable, "-c", "from fsrouter.settings.load import load; print(load().key)"]
    environment = {**os.environ, **home}
    environment.pop("XDG_DATA_HOME", None)
    made = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    (key,) = {process.communicate(timeout=20)[0].strip() for process in made}
    assert len(key) == 64


def test_data_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(UsageError, match="set XDG_DATA_HOME"):
        load("", {"HOME": str(tmp_path / "home")})
