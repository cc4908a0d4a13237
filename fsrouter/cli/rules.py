"""`fsrouter rules import`, `plan` and `export`: the rule book as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from fsrouter.cli import arguments, paper
from fsrouter.cli.change import Change, put_in_force
from fsrouter.cli.session import Session, pass_session

F = TypeVar("F", bound=Callable[..., Any])


def csv_options(command: F) -> F:
    """What a CSV file is about, where it cannot say so itself."""
    command = click.option("--schedule", metavar="NAME", help="FILE.csv are days on which it is closed.")(command)
    command = click.option("--table", metavar="NAME", help="FILE.csv are rules of this priority table.")(command)
    return arguments.company(command)


@click.command("import")
@click.argument("file", type=arguments.FILE)
@csv_options
@arguments.yes
@arguments.as_json
@pass_session
def import_(
    session: Session, file: Path, company: str | None, table: str | None, schedule: str | None, yes: bool, as_json: bool
) -> None:
    """Put the rules in FILE in force.

    All of them or none, from the next call on. FILE.yaml says what its sections are from now on; sections that it
    does not have stay as they are. FILE.csv adds and changes rows: tracking numbers by number, with --table
    priority rules by kind and value, with --schedule closed dates; it removes rows whose column `delete` says yes.
    The plan is shown first, and you are asked.

    \b
    Example:
      fsrouter rules import acme.yaml
      fsrouter rules import vip.csv --table clients --yes
    """
    change = _change(session, file, company, table, schedule)
    said = session.who, f"import of {file.name}", change.revision
    put_in_force(change, lambda: session.founded().books.save(change.new, *said), yes=yes, as_json=as_json)


@click.command()
@click.argument("file", type=arguments.FILE)
@csv_options
@arguments.as_json
@pass_session
def plan(
    session: Session, file: Path, company: str | None, table: str | None, schedule: str | None, as_json: bool
) -> None:
    """Show what importing FILE would change.

    What it would add, change and remove; nothing is done.

    \b
    Example:
      fsrouter rules plan acme.yaml
    """
    change = _change(session, file, company, table, schedule)
    if as_json:
        paper.json(change.plan.plain())
    else:
        paper.lines(str(change.plan).splitlines())


@click.command()
@click.argument("company", required=False)
@pass_session
def export(session: Session, company: str | None) -> None:
    """Print the rule book in force as a rules file.

    Importing it gives the same rule book.

    \b
    Example:
      fsrouter rules export acme > acme.yaml
    """
    from fsrouter.rules.yaml_writer import export

    click.echo(export(session.book(company, "by its name")), nl=False)


def _change(session: Session, file: Path, company: str | None, table: str | None, schedule: str | None) -> Change:
    from fsrouter.cli import change
    from fsrouter.cli.progress import waiting

    with waiting(f"reading {file.name}"):
        if file.suffix.lower() == ".csv":
            return change.of_csv(session.book(company), file, table, schedule)
        return change.of_yaml(session.store_if_made, file, company, table or schedule)
