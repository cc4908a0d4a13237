"""`fsrouter replay`: what a changed rule book would have done to the calls that were made."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session

if TYPE_CHECKING:
    from fsrouter.engine.model.rulebook import RuleBook

COLUMNS = ("uuid", "began", "caller", "number", "was", "would", "why")


@click.command()
@click.option(
    "--since", type=arguments.since, metavar="WHEN", default="7d", show_default=True, help="7d, 24h, a moment."
)
@click.option(
    "--rules",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="The changed rules file.",
)
@arguments.as_json
@pass_session
def replay(session: Session, since: float | None, rules: Path, as_json: bool) -> None:
    """Tell which calls would have gone elsewhere by the rules in FILE.

    The facts are those that were written down; people do as they did. Nothing is counted and no turn is taken.

    \b
    Example:
      fsrouter replay --since 7d --rules acme.yaml
    """
    from fsrouter.rules import company_file

    book = company_file.load(rules, session.store.books.book)
    looked = list(_replayed(session, book, since or time.time() - 7 * 86400))
    found = [changed for changed in looked if changed]
    if as_json:
        output.json(found)
    else:
        output.table(COLUMNS, map(_row, found))
    output.info(f"{len(found)} of {len(looked)} calls would have gone elsewhere")


def _row(changed: dict[str, Any]) -> tuple[object, ...]:
    began, caller = output.clock(changed["began"]), changed["caller"] or "withheld"
    return tuple({**changed, "began": began, "caller": caller}.values())


def _replayed(session: Session, book: RuleBook, since: float) -> Iterator[dict[str, Any] | None]:
    """Each call since then: what would have become of it, None when the same."""
    from fsrouter.engine.walk import replay
    from fsrouter.store.what_if import past as recorded

    for call in session.store.journal.records(book.company, since):
        past = recorded(call)
        row: dict[str, Any] = {
            "uuid": call.uuid,
            "began": call.began,
            "caller": call.caller,
            "number": call.number,
            "was": call.destination,
        }
        if call.number not in book.tracking_numbers:
            yield {**row, "would": "", "why": "the number is no tracking number any more"}
            continue
        walk = replay.replay(book, past)
        why = next((entry.why for entry in reversed(walk.trace) if entry.why), "")
        yield None if walk.destination == call.destination else {**row, "would": walk.destination, "why": why}
