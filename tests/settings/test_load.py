"""Settings: a file under the environment, secrets that stay secret, and errors that say what to do."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from fsrouter.errors import UsageError
from fsrouter.settings import load as settings
from fsrouter.settings.check import wrong
from fsrouter.settings.load import Settings, Switch, address, load


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment with a home and nothing else."""
    return {"HOME": str(tmp_path / "home")}


def written(folder: Path, text: str) -> str:
    path = folder / "fsrouter.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_without_anything(home: dict[str, str]) -> None:
    found = load("", home)
    assert found.address == ("127.0.0.1", 8084) and found.web_address == ("127.0.0.1", 8085)
    assert found.database == f"sqlite:///{home['HOME']}/.local/share/fsrouter/fsrouter.db"
    assert found.freeswitch == (Switch(password="ClueCon"),)
    assert len(found.key) == 64


def test_a_file(tmp_path: Path, home: dict[str, str]) -> None:
    text = """
    database = "postgresql://fsrouter@db/calls"
    listen = "0.0.0.0:9000"
    limit = 50
    stop_after = 12.5
    peers = ["10.0.0.0/8"]
    [trunks]
    carrier = "sofia/external/{number}@10.0.0.1"
    [dialling]
    countries = ["US", "CA"]
    prefixes = ["+44207"]
    [[freeswitch]]
    host = "10.0.0.5"
    password = "first"
    [[freeswitch]]
    host = "10.0.0.6"
    """
    found = load(written(tmp_path, text), home)
    assert (found.limit, found.stop_after, found.peers) == (50, 12.5, ("10.0.0.0/8",))
    assert found.dialling.countries == ("US", "CA") and found.dialling.prefixes == ("+44207",)
    assert [(switch.host, switch.password) for switch in found.freeswitch] == [
        ("10.0.0.5", "first"),
        ("10.0.0.6", "ClueCon"),
    ]


def test_one_freeswitch_needs_no_list(tmp_path: Path, home: dict[str, str]) -> None:
    assert load(written(tmp_path, '[freeswitch]\nhost = "10.0.0.5"'), home).freeswitch[0].host == "10.0.0.5"


def test_the_environment_comes_last(tmp_path: Path, home: dict[str, str]) -> None:
    path = written(tmp_path, 'database = "sqlite:///a"\nnode = "a"\nkey = "k"\n[freeswitch]\npassword = "p"')
    said = {"FSROUTER_CONFIG": path, "FSROUTER_DATABASE": "sqlite:///b", "FSROUTER_ESL_PASSWORD": "q"}
    found = load("", home | said)
    assert (found.database, found.node, found.key, found.freeswitch[0].password) == ("sqlite:///b", "a", "k", "q")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lissten = 'x'", "lissten"),
        ("limit = 'many'", r"limit"),
        ("limit = 0", "limit is 0; it must be at least 1"),
        ("stop_after = -1.0", "stop_after is -1"),
        ("listen = '8084'", "listen: '8084' is no address"),
        ("web = 'nowhere'", "web: 'nowhere' is no address"),
        ("routers = ['10.0.0.1:8084', 'b']", r"routers\[1\]: 'b' is no address"),
        ("[freeswitch]\nport = 80210", r"freeswitch\[0\].port is 80210"),
        ("peers = ['10.0.0.0/8', 'home']", "peers: 'home' is no network"),
        ("crm_networks = ['10.0.0.0/99']", "crm_networks: '10.0.0.0/99' is no network"),
        ("[dialling]\ncountries = ['us']", "dialling.countries: 'us' is no country"),
        ("[dialling]\nprefixes = ['44207']", "dialling.prefixes: '44207' is no prefix"),
        ("context = 'de fault'", "context is 'de fault'"),
        ("[speech]\nvoice = 'a|b'", "speech.voice is"),
        ("limit = 0\nstop_after = -1.0", "limit is 0(.|\n)*stop_after is -1"),
        ("[freeswitch]\nhosst = 'x'", "hosst"),
        ("[dialling]\ncountries = 'US'", "countries"),
        ("listen = ", "is no TOML"),
        ("a\x00b", "is no TOML"),
    ],
)
def test_a_file_that_is_wrong(tmp_path: Path, home: dict[str, str], text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError, match=says) as told:
        load(path, home)
    assert path in str(told.value)


def test_a_file_that_is_not_there(tmp_path: Path, home: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        load(str(tmp_path / "none.toml"), home)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:8084", ("127.0.0.1", 8084)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:8084", ("::1", 8084)),
        ("::1:8084", ("::1", 8084)),
    ],
)
def test_addresses(text: str, found: tuple[str, int]) -> None:
    assert address(text) == found


@pytest.mark.parametrize(
    "text", ["", ":8084", "8084", "host", "host:", "host:x", "host:65536", "host:-1", "host:²", "h:1e9"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="write host:port"):
        address(text)


# Secrets


def test_secrets_are_not_shown(home: dict[str, str]) -> None:
    found = load(
        "", home | {"FSROUTER_DATABASE": "postgresql://me:swordfish@db/x", "FSROUTER_ESL_PASSWORD": "swordfish"}
    )
    found = msgspec.structs.replace(found, key="swordfish")
    for shown in (repr(found), str(found), f"{found}", repr(found.freeswitch), str(found.freeswitch[0])):
        assert "swordfish" not in shown
    assert "db/x" in repr(found)


def test_secrets_come_from_files(tmp_path: Path, home: dict[str, str]) -> None:
    for name in ("password", "key"):
        (tmp_path / name).write_text(f"the {name}\n")
    text = f'key_file = "{tmp_path}/key"\n[freeswitch]\npassword_file = "{tmp_path}/password"'
    found = load(written(tmp_path, text), home)
    assert (found.key, found.freeswitch[0].password) == ("the key", "the password")


@pytest.mark.parametrize("line", ['key_file = "{}"', '[freeswitch]\npassword_file = "{}"'])
@pytest.mark.parametrize(
    ("content", "says"), [(b" \n", "is empty"), (None, "cannot be read"), (b"\xff\xfe", "is no text")]
)
def test_a_secret_that_is_none(
    tmp_path: Path, home: dict[str, str], line: str, content: bytes | None, says: str
) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        load(written(tmp_path, line.format(secret)), home)


def test_the_key_is_made_once_and_for_this_user_only(home: dict[str, str]) -> None:
    first = load("", home).key
    path = Path(home["HOME"]) / ".local/share/fsrouter/key"
    assert load("", home).key == first == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["key"], "nothing else is left behind"


def test_a_key_that_is_made_by_many_at_once_is_one(home: dict[str, str]) -> None:
    command = [sys.executable, "-c", "from fsrouter import settings; print(settings.load().key)"]
    environment = {**os.environ, **home}
    environment.pop("XDG_DATA_HOME", None)
    made = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate(timeout=20)[0] for process in made}) == 1


def test_a_home_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(UsageError, match="set XDG_DATA_HOME"):
        load("", {"HOME": str(tmp_path / "home")})


def test_whoever_only_looks_makes_nothing(home: dict[str, str]) -> None:
    assert settings.database("", home).endswith("fsrouter.db")
    assert not Path(home["HOME"]).exists()


def test_every_default_is_one_that_holds() -> None:
    assert not list(wrong(Settings()))
