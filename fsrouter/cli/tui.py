"""`fsrouter tui`: the dashboard."""

from __future__ import annotations

import sys

import click

from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import UsageError


@click.command()
@click.option("--read-only", is_flag=True, help="Look at everything, change nothing.")
@pass_session
def tui(session: Session, read_only: bool) -> None:
    """Watch calls and change rules from a terminal.

    Runs in its own process, on any machine that reaches the database. `?` tells the keys.

    \b
    Example:
      fsrouter tui
      fsrouter tui --read-only
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the dashboard needs a terminal; `fsrouter calls list` tells the same to a pipe or a file")
    from fsrouter.settings.secrets import data_directory
    from fsrouter.tui.app import Dashboard
    from fsrouter.tui.context import Context

    Dashboard(Context(session.store, session.who, read_only=read_only), data_directory()).run()
