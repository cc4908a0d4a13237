"""`fsrouter replay`: what a changed rule book would have done to the calls that were made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session

if TYPE_CHECKING:
    from fsrouter.engine.model.rulebook import RuleBook

COLUMNS = ("uuid", "began", "caller", "number", "was", "would", "why")


class Changed(Struct, frozen=True):
    """A past call that would have gone elsewhere: where it went, where it would go, and why."""

    uuid: str
    began: float
    caller: str
    number: str
    was: str
    would: str
    why: str


@click.command()
@click.option(
    "--since",
    type=arguments.since,
    metavar="WHEN",
    default="7d",
    show_default=True,
    help="Calls since then: 7d, 24h, 2026-11-23T10:00.",
)
@click.option("--rules", type=arguments.FILE, required=True, metavar="FILE", help="The changed rules file.")
@arguments.as_json
@pass_session
def replay(session: Session, since: float, rules: Path, as_json: bool) -> None:
    """List past calls that changed rules would send elsewhere.

    Facts are those of the journal, and people do as they did then. Nothing is counted or changed.

    \b
    Example:
      fsrouter replay --since 7d --rules acme.yaml
    """
    from fsrouter.rules import company_file

    book = company_file.load(rules, session.store.books.book)
    found, replayed = [], 0
    with output.progress("replaying calls") as tell:
        for replayed, changed in enumerate(_replayed(session, book, since), 1):
            found += [changed] if changed else []
            if tell:
                tell(replayed, None)
    output.listing(found, as_json, COLUMNS, _row)
    output.info(f"{len(found)} of {output.count(replayed, 'call')} would have gone elsewhere")


def _row(changed: Changed) -> tuple[object, ...]:
    began, caller = output.moment(changed.began), changed.caller or "withheld"
    return changed.uuid, began, caller, changed.number, changed.was, changed.would, changed.why


def _replayed(session: Session, book: RuleBook, since: float) -> Iterator[Changed | None]:
    """Each call since then: what would have become of it, None when the same."""
    from fsrouter.engine.walk import replay
    from fsrouter.store.what_if import past

    for call in session.store.journal.records(book.company, since):
        would, why = "", "the number is no tracking number any more"
        if call.number in book.tracking_numbers:
            walk = replay.replay(book, past(call))
            would, why = walk.destination, next((entry.why for entry in reversed(walk.trace) if entry.why), "")
            if would == call.destination:
                yield None
                continue
        yield Changed(call.uuid, call.began, call.caller, call.number, call.destination, would, why)
