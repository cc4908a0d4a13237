"""`docs/settings.md` names every setting with its default, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from paths import DOCS, ROOT

from fsrouter.settings.load import FROM_ENVIRONMENT, load, variable
from fsrouter.settings.model import Dialling, Gateway, Log, Numbers, RateSheet, Settings, Speech, Switch, Trunk

PAGE = (DOCS / "settings.md").read_text(encoding="utf-8")
SECTIONS = {
    "## All settings": Settings,
    "### `[[freeswitch]]`": Switch,
    "### `[trunks.NAME]`": Trunk,
    "### Each of `gateways`": Gateway,
    "### `[dialling]`": Dialling,
    "### `[numbers]`": Numbers,
    "### `[rates]`": RateSheet,
    "### `[speech]`": Speech,
    "### `[log]`": Log,
}


def rows(heading: str) -> dict[str, str]:
    """The settings below a heading, with their defaults as they are written there."""
    table = re.split(r"^#", PAGE[PAGE.index(heading) + len(heading) :], maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.+?) \| .+ \|$", table, re.MULTILINE))


def written(default: Any) -> str:
    """A default as TOML has it; texts stand bare."""
    if isinstance(default, str):
        return default or '""'
    return msgspec.json.encode(int(default) if isinstance(default, float) else default).decode()


@pytest.mark.parametrize(("heading", "kind"), SECTIONS.items())
def test_docs_name_every_setting_and_its_default(heading: str, kind: type[msgspec.Struct]) -> None:
    told = rows(heading)
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    assert list(told) == list(fields)
    for name, said in told.items():
        if said.startswith("*("):
            continue
        field = fields[name]
        default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
        assert said == f"`{written(default)}`", name


def test_docs_name_every_environment_variable() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in ROOT.joinpath("fsrouter/settings").glob("*.py"))
    named = {variable(name) for name in FROM_ENVIRONMENT}
    named |= set(re.findall(r'"(FSROUTER_\w+|XDG_\w+)"', code))
    assert all(f"| `{name}` |" in PAGE for name in named)


def test_docs_example_is_a_settings_file(tmp_path: Path) -> None:
    """It is read as it stands, but for the files that it names."""
    example = "\n".join(line[4:] for line in PAGE.split("    # /etc")[1].split("\n## ")[0].splitlines()[1:])
    for name in ("key", "esl-password"):
        (tmp_path / name).write_text("secret")
    path = tmp_path / "fsrouter.toml"
    path.write_text(example.replace("/etc/fsrouter", str(tmp_path)))
    found = load(str(path), {"HOME": str(tmp_path)})
    assert found.crm_networks == ("10.1.7.0/24",)
    assert (found.freeswitch[0].host, found.freeswitch[0].password) == ("10.0.0.6", "secret")
