"""`fsrouter rules log` and `rules rollback`: what the rule book was, and back to it."""

from __future__ import annotations

from functools import partial

import click

from fsrouter.cli import arguments, paper
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import UsageError

#: More revisions than anybody has made: `rollback` looks for one among all.
ALL = 10**9


@click.command()
@click.argument("company", required=False)
@click.option(
    "--limit", type=arguments.LIMIT, metavar="N", default=100, show_default=True, help="So many, the latest ones."
)
@arguments.as_json
@pass_session
def log(session: Session, company: str | None, limit: int, as_json: bool) -> None:
    """List who changed the rule book, when and how much.

    The latest change comes first.

    \b
    Example:
      fsrouter rules log acme
    """
    if company is not None:
        session.book(company)
    found = session.store.books.log(company, limit)
    if as_json:
        paper.json(found)
        return
    columns = ("revision", "at", "company", "who", "added", "changed", "removed", "message")
    paper.table(
        columns, ((r.id, paper.clock(r.at), r.company, r.who, r.added, r.changed, r.removed, r.message) for r in found)
    )


@click.command()
@click.argument("revision", type=click.IntRange(1))
@arguments.yes
@arguments.as_json
@pass_session
def rollback(session: Session, revision: int, yes: bool, as_json: bool) -> None:
    """Go back to the rule book of a REVISION.

    That company's rule book is put in force again as it was then, as a new revision. You are shown the plan and asked.

    \b
    Example:
      fsrouter rules rollback 41
    """
    from fsrouter.cli.change import Change, put_in_force

    books = session.store.books
    company = next((each.company for each in books.log(limit=ALL) if each.id == revision), None)
    then = books.book(company, revision) if company else None
    if company is None or then is None:
        raise UsageError(f"there is no revision {revision}; `fsrouter rules log` lists them")
    save = partial(books.rollback, company, revision, session.who)
    put_in_force(Change(books.book(company), then), save, yes=yes, as_json=as_json)
