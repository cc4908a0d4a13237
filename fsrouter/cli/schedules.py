"""`fsrouter schedules`: whether it is open now, and holding a schedule open or closed by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.engine.times import local, zone
from fsrouter.errors import UsageError

if TYPE_CHECKING:
    from fsrouter.store.states import Hours

COLUMNS = ("company", "name", "now", "why", "override", "who", "until")


@click.command("list")
@arguments.company
@arguments.as_json
@pass_session
def list_(session: Session, company: str | None, as_json: bool) -> None:
    """List schedules, whether each is open now, and why.

    \b
    Example:
      fsrouter schedules list
    """
    now, books = session.clock(), session.books(company)
    zones = {book.company: book.header.timezone for book in books}
    found = [hours for book in books for hours in session.store.states.hours(book, now)]
    output.listing(found, as_json, COLUMNS, lambda hours: _row(hours, zones[hours.company]))


@click.command()
@click.argument("name")
@click.argument("state", type=click.Choice(["open", "closed", "auto"]))
@arguments.company
@click.option("--until", type=arguments.moment, metavar="ISO", help="Let go of it then; local time of the company.")
@pass_session
def override(session: Session, name: str, state: str, company: str | None, until: datetime | None) -> None:
    """Override a schedule: hold it open or closed.

    Whatever its hours say, until --until or until auto lets go of it.

    \b
    Example:
      fsrouter schedules override office closed
      fsrouter schedules override office auto
    """
    book = session.holder("schedules", name, company)
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=zone(book.header.timezone))
    if until is not None and state == "auto":
        raise UsageError("auto lets go of it now; --until goes with open and closed")
    if until is not None and until.timestamp() <= session.clock():
        raise UsageError(f"{until.isoformat()} is over, so nothing would be held; give --until a moment to come")
    session.store.states.override(book.company, name, state, session.who, until.timestamp() if until else None)
    held = "goes by its hours" if state == "auto" else f"is held {state}"
    output.info(f"{name} of {book.company} {held}{f' until {until.isoformat()}' if until else ''}")


def _row(hours: Hours, zone: str) -> tuple[object, ...]:
    """A schedule's row; until when stands there on the company's clock, as `override --until` takes it."""
    until = "" if hours.until is None else local(hours.until, zone)
    now = "open" if hours.open else "closed"
    return hours.company, hours.name, now, hours.why, hours.override, hours.who, until
