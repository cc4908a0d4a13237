"""`docs/cli.md`, made of what every command says of itself: `python -m fsrouter.cli.docs_page > docs/cli.md`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from fsrouter.cli import cli

WIDTH = 100
HEAD = """\
# The command line

Written by `make docs` from every command's `--help`; a test fails when it is stale.

Data goes to stdout, what is for people to stderr: `fsrouter calls list --json | jq` works while progress and warnings
stay on the screen. `--json` is there on everything that lists. Settings come from `--config FILE`
or `FSROUTER_CONFIG`, then from the environment (`FSROUTER_DATABASE`, `FSROUTER_LISTEN`, `FSROUTER_ESL_PASSWORD` …),
which comes last.

| exit code | means |
|---|---|
| 0 | done |
| 1 | the rules or data are wrong |
| 2 | used wrongly |
| 3 | FreeSWITCH or the database cannot be reached |
| 130 | interrupted |
"""


def docs_page() -> str:
    """The whole page."""
    return HEAD + "".join(f"\n## {path}\n\n```text\n{text}\n```\n" for path, text in helps())


def helps() -> Iterator[tuple[str, str]]:
    """Every command and group as (its words, its help)."""
    yield from _helps(cli, click.Context(cli, info_name="fsrouter", terminal_width=WIDTH, **cli.context_settings))


def _helps(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, str]]:
    yield ctx.command_path, command.get_help(ctx)
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            if below is not None:
                yield from _helps(below, click.Context(below, info_name=name, parent=ctx))


if __name__ == "__main__":
    click.echo(docs_page(), nl=False)
