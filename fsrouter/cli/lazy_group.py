"""Groups of commands that are loaded when they are asked for, and the root of them all.

Knows no command: which there are is handed in as a table of words.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from fsrouter.cli.exit_codes import exits
from fsrouter.engine.words import nearest

PACKAGE = __name__.rpartition(".")[0]


class LazyGroup(click.Group):
    """The commands whose words begin with this group's; `groups` says what each group is about."""

    def __init__(
        self, *, commands_by_words: Mapping[str, str], groups: Mapping[str, str], words: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._table = commands_by_words
        self._groups = groups
        self._words = words

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The next words, in the order of the table."""
        rest = (words.removeprefix(self._words) for words in self._table if words.startswith(self._words))
        return list(dict.fromkeys(words.split()[0] for words in rest))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command or group behind a word, loaded now; None when there is none."""
        words = self._words + cmd_name
        if words in self._table:
            module, _, name = self._table[words].partition(":")
            command: click.Command = getattr(importlib.import_module(f"{PACKAGE}.{module}"), name)
            return command
        if not any(known.startswith(f"{words} ") for known in self._table):
            return None
        return LazyGroup(
            name=cmd_name,
            help=self._groups.get(words, ""),
            commands_by_words=self._table,
            groups=self._groups,
            words=f"{words} ",
        )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant. Raises click.UsageError, which names the nearest one there is."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if near := self._near(args[0]):
                raise click.UsageError(f"{error.message} Did you mean 'fsrouter {near}'?", ctx) from None
            raise

    def _near(self, word: str) -> str:
        """The command that somebody may have meant by a word: one of that name elsewhere, or one of a like name."""
        ours = {word: self._words + word for word in self.list_commands(click.Context(self))}
        elsewhere = next((words for words in self._table if words.split()[-1] == word), "")
        near = nearest(word, ours)
        return ours[near] if near else elsewhere


class Root(LazyGroup):
    """The whole command line. Whatever a command raises on purpose ends it with its exit code."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with exits(ctx):  # --help and --version are printed here
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with exits(ctx):
            return super().invoke(ctx)
