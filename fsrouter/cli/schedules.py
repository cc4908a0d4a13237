"""`fsrouter schedules`: whether it is open now, and holding a schedule open or closed by hand."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from msgspec import Struct

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import UsageError

if TYPE_CHECKING:
    from fsrouter.engine.model.rulebook import RuleBook


class Hours(Struct, frozen=True, kw_only=True):
    """A schedule now, and why; `override` is open or closed when somebody holds it so, until a moment (epoch) or
    further notice.
    """

    company: str
    name: str
    open: bool
    why: str
    override: str
    who: str
    until: float | None


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
    books = session.books(company)
    found = list(_schedules(session, books))
    if as_json:
        output.json(found)
        return
    columns = ("company", "name", "now", "why", "override", "who", "until")
    zones = {book.company: ZoneInfo(book.header.timezone) for book in books}
    rows = ((s.company, s.name, "open" if s.open else "closed", s.why, s.override, s.who, s.until) for s in found)
    output.table(columns, ((*row[:-1], _local(row[-1], zones[row[0]])) for row in rows))


@click.command()
@click.argument("name")
@click.argument("state", type=click.Choice(["open", "closed", "auto"]))
@arguments.company
@click.option("--until", type=arguments.moment, metavar="ISO", help="Let go of it then, local time of the company.")
@pass_session
def override(session: Session, name: str, state: str, company: str | None, until: datetime | None) -> None:
    """Hold a schedule open or closed.

    Whatever its hours say; auto lets go of it.

    \b
    Example:
      fsrouter schedules override office closed
      fsrouter schedules override office auto
    """
    book = session.holder("schedules", name, company)
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=ZoneInfo(book.header.timezone))
    end = until.timestamp() if until else None
    _must_hold(state, until)
    session.store.states.override(book.company, name, state, session.who, end)
    held = "goes by its hours" if state == "auto" else f"is held {state}"
    output.info(f"{name} of {book.company} {held}{f' until {until.isoformat()}' if until else ''}")


def _must_hold(state: str, until: datetime | None) -> None:
    """Raise UsageError for an override that would hold nothing."""
    if until is None:
        return
    if state == "auto":
        raise UsageError("auto lets go of it now; --until goes with open and closed")
    if until.timestamp() <= time.time():
        raise UsageError(f"{until.isoformat()} is over, so nothing would be held; give --until a moment to come")


def _local(moment: float | None, zone: ZoneInfo) -> str:
    """A moment (epoch) on a company's clock, as `override --until` takes it; "" for none."""
    return "" if moment is None else datetime.fromtimestamp(moment, zone).isoformat(timespec="seconds")


def _schedules(session: Session, books: Iterable[RuleBook]) -> Iterator[Hours]:
    from fsrouter.engine.model.schedule import is_open

    for book in books:
        now = datetime.fromtimestamp(time.time(), ZoneInfo(book.header.timezone))
        overrides = session.store.states.overrides(book.company, now.timestamp())
        for name, schedule in book.schedules.items():
            held = overrides.get(name)
            is_it, why = is_open(schedule, now, held.state if held else "")
            yield Hours(
                company=book.company,
                name=name,
                open=is_it,
                why=why,
                override=held.state if held else "",
                who=held.who if held else "",
                until=held.until if held else None,
            )
