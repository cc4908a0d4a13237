"""`fsrouter explain`: where a call would go, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fsrouter.cli import arguments, contacts_file, output
from fsrouter.cli.session import Session, pass_session

if TYPE_CHECKING:
    from fsrouter.engine.walk.dry_run import DryRun
    from fsrouter.engine.walk.walk import Walk
    from fsrouter.store.what_if import People, WhatIf


@click.command()
@click.option("--to", required=True, metavar="NUMBER", help="The number dialled.")
@click.option(
    "--from",
    "caller",
    required=True,
    metavar="NUMBER",
    help="The caller's number, an extension (1001), or `anonymous`.",
)
@click.option("--at", type=arguments.moment, metavar="ISO", help="When, local time of the company; now by default.")
@click.option("--rules", type=arguments.FILE, metavar="FILE", help="Use this rules file, and no database.")
@click.option("--contacts", type=arguments.FILE, metavar="CSV", help="Contacts to use in place of every CRM.")
@click.option(
    "--set",
    "given",
    type=arguments.given,
    multiple=True,
    metavar="FACT=VALUE",
    help="Assume a fact; of one that is a list, several.",
)
@click.option(
    "--press", type=arguments.keys, default="", metavar="KEYS", help="Keys pressed in menus: 1,2,- (- is no input)."
)
@click.option(
    "--unanswered",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Assume that the first N attempts get no answer.",
)
@arguments.as_json
@pass_session
def explain(
    session: Session,
    to: str,
    caller: str,
    at: datetime | None,
    rules: Path | None,
    contacts: Path | None,
    given: tuple[tuple[str, str], ...],
    press: tuple[str, ...],
    unanswered: int,
    as_json: bool,
) -> None:
    """Show where a call would go, and why.

    By the rule book in force, the contacts, the caller's earlier calls, breaks and overrides. Nothing is counted or
    changed.

    \b
    Example:
      fsrouter explain --to +18725550118 --from +14155550101 --at 2026-11-23T10:00 --press 1
      fsrouter explain --to +18725550111 --from anonymous --rules acme.yaml --set draw=0.95
    """
    from fsrouter.engine.walk.explain import as_text
    from fsrouter.engine.walk.explained import explained
    from fsrouter.rules.call_tests import together
    from fsrouter.store.what_if import WhatIf

    at = at or datetime.fromtimestamp(session.clock(), UTC)
    call = WhatIf(
        to=to,
        caller=caller,
        at=at,
        given=together(given),
        press=press,
        unanswered=unanswered,
        incoming=session.incoming,
    )
    run = _walked(session, rules, contacts, call)
    _warn(session, caller, run.walk)
    if rules and run.walk.book.lists and "list" not in call.given:
        output.info("not looked at: the lists that the caller is on (--rules asks no database; give --set list=NAME)")
    rates = session.rates()
    if as_json:
        output.json(explained(run, rates))
    else:
        output.lines(as_text(explained(run, rates), run.walk.unanswered))


def _walked(session: Session, rules: Path | None, contacts: Path | None, call: WhatIf) -> DryRun:
    from fsrouter.rules import company_file
    from fsrouter.store import what_if

    if rules:
        book = company_file.load(rules)
        people = contacts_file.by_number(contacts, book) if contacts else {}
        return what_if.from_file(book, people, call, session.installation.gate)
    snapshot, _ = session.store.books.load()
    known: People | None = None
    if contacts:
        book, _ = what_if.dialled(snapshot, call.to)
        known = contacts_file.by_number(contacts, book)
    return what_if.from_store(session.store, snapshot, call, known, session.installation.gate)


def _warn(session: Session, caller: str, walk: Walk) -> None:
    """Say so when a caller's number could not be read or nobody could look whether somebody may be dialled, since the
    call is explained all the same.
    """
    if walk.attempts and session.installation.dialling is None:
        output.info("not looked at: whether they may be dialled (no settings)")
    if walk.facts.unread:
        output.info(f"{caller} is no possible number in {walk.book.header.country}, so the caller has none")
