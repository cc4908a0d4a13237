"""`fsrouter contacts`: who calls, from files into the cache, and found in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fsrouter.cli import arguments, contacts_file, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.engine.contacts import Contact

if TYPE_CHECKING:
    from fsrouter.crm.sync.csv_import import Imported

#: The layout that nobody needs to be told of.
OWN_LAYOUT = "fsrouter"


def _format(text: str) -> str:
    """The name of a layout of contacts."""
    from fsrouter.engine.layouts import FORMATS
    from fsrouter.engine.words import did_you_mean

    if text not in FORMATS:
        raise click.BadParameter(f"{text!r} is none{did_you_mean(text, FORMATS)}")
    return text


def _columns(text: str) -> tuple[str, str]:
    """What some columns are and their headings, `WHAT=COLUMN,…`."""
    from fsrouter.engine.layouts import FIELDS
    from fsrouter.engine.words import did_you_mean

    what, _, columns = text.partition("=")
    if what not in FIELDS:
        raise click.BadParameter(f"{what!r} is nothing that a column can be{did_you_mean(what, FIELDS)}")
    if not columns.strip():
        raise click.BadParameter(f"{text!r} names no column; write {what}=COLUMN")
    return what, columns


COLUMNS = ("company", "id", "name", "title", "account", "territory", "owner", "crm", "age", "numbers")


class Match(Struct, frozen=True, kw_only=True):
    """A contact that was found: whose it is, and the numbers by which it calls."""

    company: str
    contact: Contact
    numbers: tuple[str, ...]


@click.command("import")
@click.argument("file", type=arguments.FILE)
@arguments.company
@click.option(
    "--crm", default="", metavar="NAME", help="The CRM of rows that name none; by the layout, or all CRMs, if absent."
)
@click.option(
    "--format", "layout", type=_format, metavar="NAME", help="Whose export FILE is; by its headings if absent."
)
@click.option(
    "--map",
    "columns",
    type=_columns,
    multiple=True,
    metavar="WHAT=COLUMN,…",
    help="What columns are, by their headings.",
)
@click.option("--strict", is_flag=True, help="Import nothing when anything cannot be read.")
@arguments.as_json
@pass_session
def import_(
    session: Session,
    file: Path,
    company: str | None,
    crm: str,
    layout: str | None,
    columns: tuple[tuple[str, str], ...],
    strict: bool,
    as_json: bool,
) -> None:
    """Import contacts from FILE: CSV, or vCard.

    Exports of HubSpot, Zoho, Salesforce, ConnectWise, Google and Outlook are recognised by their headings; of any other
    file --map says what the columns are (id, name, title, account_id, account, territory, owner, phones and more), and
    what it does not name is a field of the CRM. Rows of one id are one contact, wherever they stand; a row without id
    and name is a company's own number. What cannot be read is listed and counted, and the rest imported.

    \b
    Example:
      fsrouter contacts import contacts.csv
      fsrouter contacts import hubspot.csv --crm hub --strict
      fsrouter contacts import kunden.csv --map id=Kundennummer --map name=Vorname,Nachname --map phones=Telefon,Mobil
    """
    from fsrouter.crm.sync.csv_import import ContactImport
    from fsrouter.rules.text_lines import line_count

    known: dict[str, tuple[str, ...]] = {}
    for what, headings in columns:
        known[what] = (*known.get(what, ()), headings)
    contacts = ContactImport(session.store, session.book(company), crm, layout or "", known, strict)
    with output.progress(f"reading {file.name}") as tell:
        lines = line_count(file) if tell else 0
        done = contacts.run(file, lambda read: tell(read, lines) if tell else None)
    if as_json:
        output.json(done)
    _tell(file, done)


def _tell(file: Path, done: Imported) -> None:
    """Say what an import has done, and what it could not read."""
    contacts_file.tell_unread(file, done.listed, done.unread, done.left_out)
    people = output.count(done.contacts, "contact")
    companies = output.count(done.companies, "company's own numbers", "companies' own numbers")
    where = f" of {done.layout}{f', into {done.crm}' if done.crm else ''}" if done.layout != OWN_LAYOUT else ""
    output.info(f"{done.company}: {people}{where}, {companies}, {done.removed} removed")


@click.command()
@click.argument("text")
@arguments.company
@arguments.limit(50, "List so many at most.")
@arguments.as_json
@pass_session
def find(session: Session, text: str, company: str | None, limit: int, as_json: bool) -> None:
    """Find contacts by TEXT: a number, id, name or account.

    A number may be its beginning with a plus, a name or account any part of it, an id that of a contact or account.
    AGE is how long ago the CRM was last read.

    \b
    Example:
      fsrouter contacts find '(415) 555-0101'
      fsrouter contacts find byron
    """
    found = _found(session, text, company, limit)[:limit]
    now = session.clock()
    output.listing(found, as_json, COLUMNS, lambda match: _row(match, now), nothing=f"no contact has {text}")


def _found(session: Session, text: str, company: str | None, limit: int) -> list[Match]:
    from fsrouter.store.contact_search import found

    return [
        Match(company=book.company, contact=entry.contact, numbers=entry.numbers)
        for book in session.books(company)
        for entry in found(session.store, book, text, limit)
    ]


def _row(match: Match, now: float) -> tuple[str, ...]:
    from fsrouter.engine.walk.trace import age

    who = match.contact
    facts = who.id, who.name, who.title, who.account, who.territory, who.owner, who.crm
    return match.company, *facts, age(max(0.0, now - who.synced)) if who.synced else "", " ".join(match.numbers)
