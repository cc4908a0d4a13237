"""The command line as a user has it: a home of its own, a database of its own, nobody else's settings."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.front import ACME, FILES, SETTINGS, run
from fsrouter.simulator import Switch
from fsrouter.store import Store


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the developer's environment and time zone out; the working directory is empty."""
    for name in list(os.environ):
        if name.startswith("FSROUTER_"):
            monkeypatch.delenv(name)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("LOGNAME", "USER"):
        monkeypatch.setenv(name, "olga")
    zone = os.environ.get("TZ")
    _use_zone("UTC")
    monkeypatch.setenv("FSROUTER_WEB", "none")  # its port belongs to whoever runs on this machine
    monkeypatch.setenv("FSROUTER_DATABASE", f"sqlite:///{tmp_path / 'fsrouter.db'}")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    _use_zone(zone)


def _use_zone(name: str | None) -> None:
    """Have this process and those that it starts use a time zone, None for the machine's."""
    os.environ.pop("TZ", None)
    if name is not None:
        os.environ["TZ"] = name
    time.tzset()


@pytest.fixture
def settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file with a trunk, as books need it that dial numbers; every command knows it."""
    path = home / "fsrouter.toml"
    if not path.exists():
        path.write_text('[trunks]\ncarrier = "carrier"\n')
    monkeypatch.setenv("FSROUTER_CONFIG", str(path))
    return path


@pytest.fixture
def acme(home: Path) -> None:
    """The example company is in force, at revision 1, with its own settings; other commands know none."""
    run("--config", SETTINGS, "rules", "import", ACME, "--yes")


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """The database that the commands use."""
    with Store.open(os.environ["FSROUTER_DATABASE"]) as opened:
        yield opened


@pytest.fixture
def conf(home: Path, settings: Path) -> Path:
    """A configuration directory of FreeSWITCH, and settings with a trunk."""
    for name, text in FILES.items():
        path = home / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return home / "conf"


@pytest.fixture
def switch(home: Path) -> Iterator[Switch]:
    """A FreeSWITCH whose event socket the settings name."""
    with Switch() as switch:
        host, port = switch.listen_inbound(password="secret").address
        (home / "fsrouter.toml").write_text(
            f'[freeswitch]\nhost = "{host}"\nport = {port}\npassword = "secret"\n[trunks]\ncarrier = "carrier"\n'
        )
        yield switch
