"""`docs/cli.md` says what the commands say; every command is there, and has help with an example."""

from __future__ import annotations

import click
import pytest
from paths import DOCS

from fsrouter.cli import COMMANDS, GROUPS, cli
from fsrouter.cli.docs_page import helps, pages

PAGE = DOCS / "cli.md"
HELPS = dict(helps())


def command(words: str) -> click.Command:
    found: click.Command | None = cli
    for word in words.split():
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), word)
    assert found is not None
    return found


def test_pages_of_the_command_line_are_fresh() -> None:
    made = pages()
    for name, page in made.items():
        assert (DOCS / name).read_text(encoding="utf-8") == page, "run: python -m fsrouter.cli.docs_page docs"
    assert {f"json/{path.name}" for path in (DOCS / "json").iterdir()} == {n for n in made if n.startswith("json/")}


def test_every_command_is_on_the_page() -> None:
    assert {f"fsrouter {words}" for words in (*COMMANDS, *GROUPS)} | {"fsrouter"} == set(HELPS)
    assert all(f"\n## {words}\n" in PAGE.read_text(encoding="utf-8") for words in HELPS)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help_and_an_example(words: str) -> None:
    found = command(words)
    assert found.get_short_help_str(limit=200).endswith(".")
    assert all(option.help for option in found.params if isinstance(option, click.Option))
    if any(parameter.required for parameter in found.params):
        assert f"\n  Example:\n    fsrouter {words} " in HELPS[f"fsrouter {words}"]


LISTS = [words for words in COMMANDS if words.split()[-1] in ("list", "log", "find", "plan", "check", "test")]


@pytest.mark.parametrize("words", LISTS)
def test_everything_that_lists_has_json(words: str) -> None:
    assert "--json " in HELPS[f"fsrouter {words}"]
