"""`fsrouter rules import`, `plan`, `export`, `log` and `rollback`: the rule book and its files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fsrouter.cli import arguments, findings, output, rule_changes
from fsrouter.cli.rule_changes import About, Change, put_in_force
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import UsageError

if TYPE_CHECKING:
    from fsrouter.store import Revision

COLUMNS = ("revision", "at", "company", "who", "added", "changed", "removed", "message")

#: More revisions than anybody has made: `rollback` looks for one among all.
ALL = 10**9

F = TypeVar("F", bound=Callable[..., Any])


def csv_options(command: F) -> F:
    """What a CSV file is about, where it cannot say so itself: the fields of `About`, and `company`."""
    skip = "Import the rows that can be carried over, and list the others."
    command = click.option("--skip-unreadable", is_flag=True, help=skip)(command)
    made_by = "FILE.csv was exported by this product."
    command = click.option("--format", "format_", type=click.Choice(rule_changes.FORMATS), help=made_by)(command)
    command = click.option("--schedule", metavar="NAME", help="FILE.csv has closed dates of this schedule.")(command)
    command = click.option("--table", metavar="NAME", help="FILE.csv has rules of this priority table.")(command)
    return arguments.company(command)


@click.command("import")
@click.argument("file", type=arguments.FILE)
@csv_options
@arguments.yes
@arguments.as_json
@pass_session
def import_(session: Session, /, file: Path, company: str | None, yes: bool, as_json: bool, **about: Any) -> None:
    """Import a rules FILE and put it in force.

    All of it or nothing, from the next call on. FILE.yaml replaces the sections that it has; other sections stay as
    they are. FILE.csv adds and changes rows: tracking numbers by number, with --table priority rules by kind and value,
    with --schedule closed dates; it removes rows whose column `delete` says yes. With --format the rows are another
    product's tracking numbers. The plan is shown first, and you are asked.

    \b
    Example:
      fsrouter rules import acme.yaml
      fsrouter rules import vip.csv --table clients --yes
      fsrouter rules import destinations.csv --format fusionpbx
    """
    change = _change(session, file, company, About(**about))
    known = session.installation_here
    how = session.who, f"import of {file.name}", change.revision, known
    put_in_force(change, known, lambda: session.store_or_new().books.save(change.new, *how), yes=yes, as_json=as_json)


@click.command()
@click.argument("file", type=arguments.FILE)
@csv_options
@arguments.as_json
@pass_session
def plan(session: Session, /, file: Path, company: str | None, as_json: bool, **about: Any) -> None:
    """Show what importing FILE would change.

    What it would add, change and remove; nothing is done.

    \b
    Example:
      fsrouter rules plan acme.yaml
    """
    change = _change(session, file, company, About(**about))
    plan = change.plan
    if as_json:
        output.json(plan.counted)
    else:
        output.lines(str(plan).splitlines())
    findings.show(session.installation_here, change.new)


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


def _change(session: Session, file: Path, company: str | None, about: About) -> Change:
    with output.progress(f"reading {file.name}"):
        if file.suffix.lower() == ".csv":
            return rule_changes.of_csv(session.book(company), session.installation_here, file, about)
        return rule_changes.of_yaml(session.store_if_made, session.installation_here, file, company, about)


@click.command()
@click.argument("company", required=False)
@arguments.limit(100)
@arguments.as_json
@pass_session
def log(session: Session, company: str | None, limit: int, as_json: bool) -> None:
    """List who changed the rule book, when and how much.

    The latest change comes first.

    \b
    Example:
      fsrouter rules log acme
    """
    if company is not None and not session.store.books.log(company, 1):
        session.book(company)  # says that there is none
    output.listing(session.store.books.log(company, limit), as_json, COLUMNS, _row)


def _row(revision: Revision) -> tuple[object, ...]:
    counts = revision.added, revision.changed, revision.removed
    return revision.id, output.moment(revision.at), revision.company, revision.who, *counts, revision.message


@click.command()
@click.argument("revision", type=click.IntRange(1))
@arguments.yes
@arguments.as_json
@pass_session
def rollback(session: Session, revision: int, yes: bool, as_json: bool) -> None:
    """Roll back to the rule book of a REVISION.

    That company's rule book is put in force again as it was then, as a new revision. The plan is shown first, and you
    are asked. What is an error in files since then is told and keeps nothing back; what this installation must not
    dial is refused.

    \b
    Example:
      fsrouter rules rollback 41
    """
    from fsrouter.engine.lint.lint import installation_errors, refuse

    books = session.store.books
    company = next((each.company for each in books.log(limit=ALL) if each.id == revision), None)
    then = books.book(company, revision) if company else None
    if company and then is None:
        raise UsageError(f"revision {revision} removed {company}; `fsrouter rules remove {company}` does it again")
    if company is None or then is None:
        raise UsageError(f"there is no revision {revision}; `fsrouter rules log` lists them")
    known = session.installation_here
    refuse(company, installation_errors(then, known))
    save = partial(books.rollback, company, revision, session.who, known)
    put_in_force(Change(books.book(company), then), known, save, yes=yes, as_json=as_json)
