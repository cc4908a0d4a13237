"""docs/architecture.md speaks of the code that there is."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
import tomllib

import pytest
from paths import DOCS, ROOT

import fsrouter

PAGE = (DOCS / "architecture.md").read_text(encoding="utf-8").partition("## Every module")[0]
FILES = sorted(set(re.findall(r"`([a-z_]+/[a-z_/]+(?:\.py|/))`", PAGE)))
LAWS = sorted(path.name for path in (ROOT / "tests" / "laws").glob("test_*.py"))


@pytest.mark.parametrize("name", FILES)
def test_file_that_the_page_names_exists(name: str) -> None:
    assert (ROOT / "fsrouter" / name).exists() or (ROOT / name).exists()


@pytest.mark.parametrize("name", LAWS)
def test_every_law_that_is_tested_has_its_place_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_law_on_the_page_is_tested() -> None:
    assert sorted(set(re.findall(r"`(test_\w+\.py)`", PAGE))) == LAWS


def test_list_of_modules_is_fresh() -> None:
    assert subprocess.run([sys.executable, ROOT / ".ci" / "modules", "--check"]).returncode == 0, "run: make docs"


def test_table_has_every_package() -> None:
    packages = {module.name for module in pkgutil.iter_modules(fsrouter.__path__)} - {"__main__"}
    assert packages == set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE, re.M))))


def test_picture_has_the_layers_that_the_linter_holds_imports_to() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (
        each for each in settings["tool"]["importlinter"]["contracts"] if each["name"] == "data flows one way"
    )
    picture = PAGE.partition("    cli ")[2].partition("\n\n")[0]
    layers = [line.split("simulator:")[0] for line in f"cli {picture}".replace("(bench, demo)", "").splitlines()]
    drawn = [re.findall(r"\w+", line.partition("freeswitch_conf")[0]) for line in layers]
    assert drawn == [re.findall(r"\w+", layer) for layer in contract["layers"] if layer != "__main__"]
