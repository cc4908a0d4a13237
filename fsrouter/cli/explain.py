"""`fsrouter explain`: where a call would go, and why.

The people of a call that is only thought of (`fsrouter.store.what_if`), from a file.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.engine.walk.facts import Contact
from fsrouter.rules import contacts as contacts_file

if TYPE_CHECKING:
    from fsrouter.engine.walk.walk import Walk
    from fsrouter.store.what_if import People, WhatIf


@click.command()
@click.option("--to", required=True, metavar="NUMBER", help="The number that is dialled.")
@click.option("--from", "caller", required=True, metavar="NUMBER", help="The caller's number, or `anonymous`.")
@click.option("--at", type=arguments.moment, metavar="ISO", help="When, local time of the company; now if absent.")
@click.option("--rules", type=arguments.FILE, metavar="FILE", help="Go by this rules file, and by no database.")
@click.option("--contacts", type=arguments.FILE, metavar="CSV", help="Contacts that stand for every CRM.")
@click.option("--set", "given", type=arguments.given, multiple=True, metavar="FACT=VALUE", help="A fact that holds.")
@click.option("--press", type=arguments.keys, default="", metavar="KEYS", help="For the menus: 1,2,- (- is no input).")
@click.option("--unanswered", type=click.IntRange(0), default=0, metavar="N", help="So many attempts get no answer.")
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
    """Tell where a call would go, and why.

    Goes by the rule book in force, the contacts, the caller's earlier calls, breaks and overrides; counts nothing.

    \b
    Example:
      fsrouter explain --to +18725550118 --from +14155550101 --at 2026-11-23T10:00 --press 1
      fsrouter explain --to +18725550111 --from anonymous --rules acme.yaml --set draw=0.95
    """
    from fsrouter.engine.walk.explain import as_dict, as_text
    from fsrouter.store.what_if import WhatIf

    call = WhatIf(to=to, caller=caller, at=at, given=dict(given), press=press, unanswered=unanswered)
    walk = _walk(session, rules, contacts, call)
    _doubt(caller, walk)
    if as_json:
        output.json(as_dict(walk))
    else:
        output.lines(as_text(as_dict(walk)))


def _walk(session: Session, rules: Path | None, contacts: Path | None, call: WhatIf) -> Walk:
    from fsrouter.cli.explain import people
    from fsrouter.rules import company_file
    from fsrouter.store import what_if

    if rules:
        book = company_file.load(rules)
        return what_if.from_file(book, people(contacts, book.header.country) if contacts else {}, call)
    books = session.store.books.load()[0].books
    known: People | None = None
    if contacts:
        book, _ = what_if.dialled(books.values(), call.to)
        known = people(contacts, book.header.country)
    return what_if.from_store(session.store, books, call, known)


def _doubt(caller: str, walk: Walk) -> None:
    """Say so when a caller's number could not be read, since the call is explained all the same."""
    from fsrouter.engine.numbers.e164 import WITHHELD

    if not walk.facts.from_ and caller.strip().lower() not in WITHHELD:
        output.info(f"{caller} is no possible number in {walk.book.header.country}, so it counts as withheld")


def people(path: Path, country: str) -> dict[str, tuple[Contact, ...]]:
    """The contacts of a CSV file by number; they stand for every CRM. Raises rules.file_errors.InvalidFile."""
    found: dict[str, list[Contact]] = {}
    for row in contacts_file.rows(path, country):
        for number in row.numbers if row.kind != contacts_file.DELETE else ():
            found.setdefault(number, []).append(replace(row.contact, crm=""))
    return {number: tuple(sorted(each, key=lambda c: (not c.id, c.id))) for number, each in found.items()}
