"""`fsrouter contacts`: who calls, from files into the cache, and found in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session

if TYPE_CHECKING:
    from fsrouter.engine.contacts import Contact


COLUMNS = ("company", "id", "name", "title", "account", "territory", "owner", "crm", "age", "numbers")


class Match(Struct, frozen=True, kw_only=True):
    """A contact that was found: whose it is, and the numbers by which it calls."""

    company: str
    contact: Contact
    numbers: tuple[str, ...]


@click.command("import")
@click.argument("file", type=arguments.FILE)
@arguments.company
@click.option("--crm", default="", metavar="NAME", help="The CRM of rows that name none; all CRMs if absent.")
@pass_session
def import_(session: Session, file: Path, company: str | None, crm: str) -> None:
    """Import contacts from a CSV FILE.

    All rows or none: every bad row is reported with its line, and then nothing is imported. Columns: id, name, title,
    account_id, account, territory, owner, phones (several separated by ;), and optionally crm and delete; any other
    column is a field of the CRM. Rows of one id are one contact,
    wherever they stand. A row without id and name is a company's own number.

    \b
    Example:
      fsrouter contacts import contacts.csv
    """
    from fsrouter.crm.sync.csv_import import ContactImport
    from fsrouter.rules.text_lines import line_count

    contacts = ContactImport(session.store, session.book(company), crm)
    with output.progress(f"reading {file.name}") as tell:
        lines = line_count(file) if tell else 0
        done = contacts.run(file, lambda read: tell(read, lines) if tell else None)
    people = output.count(done.contacts, "contact")
    companies = output.count(done.companies, "company's own numbers", "companies' own numbers")
    output.info(f"{done.company}: {people}, {companies}, {done.removed} removed")


@click.command()
@click.argument("number")
@arguments.company
@arguments.limit(50, "List so many at most.")
@arguments.as_json
@pass_session
def find(session: Session, number: str, company: str | None, limit: int, as_json: bool) -> None:
    """Find contacts by NUMBER, id, name or account.

    A number may be its beginning, a name or account any part of it. AGE is how long ago the CRM was last read.

    \b
    Example:
      fsrouter contacts find '(415) 555-0101'
      fsrouter contacts find byron
    """
    found = _found(session, number, company)[:limit]
    now = session.clock()
    output.listing(found, as_json, COLUMNS, lambda match: _row(match, now), nothing=f"no contact has {number}")


def _found(session: Session, text: str, company: str | None) -> list[Match]:
    from fsrouter.engine.numbers.read import searched

    return [
        Match(company=book.company, contact=entry.contact, numbers=entry.numbers)
        for book in session.books(company)
        for entry in session.store.contacts.find(book.company, searched(text, book.header.country) or text)
    ]


def _row(match: Match, now: float) -> tuple[str, ...]:
    from fsrouter.engine.walk.trace import age

    who = match.contact
    facts = who.id, who.name, who.title, who.account, who.territory, who.owner, who.crm
    return match.company, *facts, age(max(0.0, now - who.synced)) if who.synced else "", " ".join(match.numbers)
