"""`fsrouter replay`: what a changed rule book would have done to the calls that were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session

if TYPE_CHECKING:
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.engine.walk.replay import Verdict
    from fsrouter.store import CallRecord

COLUMNS = ("uuid", "began", "caller", "number", "was", "would", "why")


class Changed(Struct, frozen=True):
    """A past call that would have gone elsewhere: where it went, where it would go, what sends it there and why, and
    what had to be assumed of people who were not asked then.
    """

    uuid: str
    began: float
    caller: str
    number: str
    was: str
    would: str
    why: str
    at: str = ""
    assumed: tuple[str, ...] = ()


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

    Each call is retraced with its own facts and outcomes: people do as they did then, and what was not asked then is
    assumed: who is rung answers, no key is pressed. Nothing is counted or changed.

    \b
    Example:
      fsrouter replay --since 7d --rules acme.yaml
    """
    from fsrouter.engine.walk.replay import ELSEWHERE, UNKNOWN, not_retraced
    from fsrouter.rules import company_file

    book = company_file.load(rules, session.store.books.book)
    found, unknown, replayed = [], Counter[str](), 0
    with output.progress("replaying calls") as tell:
        for replayed, (call, verdict) in enumerate(_replayed(session, book, since), 1):
            if verdict.how == ELSEWHERE:
                found.append(_changed(call, verdict))
            elif verdict.how == UNKNOWN:
                unknown[verdict.why] += 1
            if tell:
                tell(replayed, None)
    output.listing(found, as_json, COLUMNS, _row)
    output.info(f"{len(found)} of {output.count(replayed, 'call')} would have gone elsewhere{not_retraced(unknown)}")


def _row(changed: Changed) -> tuple[object, ...]:
    began, caller = output.moment(changed.began), changed.caller or "withheld"
    return changed.uuid, began, caller, changed.number, changed.was, changed.would, changed.why


def _changed(call: CallRecord, verdict: Verdict) -> Changed:
    went = verdict.was, verdict.would, verdict.why, verdict.at, verdict.assumed
    return Changed(call.uuid, call.began, call.caller, call.number, *went)


def _replayed(session: Session, book: RuleBook, since: float) -> Iterator[tuple[CallRecord, Verdict]]:
    """Each call since then, and what its replay came to."""
    from fsrouter.engine.walk.replay import replay
    from fsrouter.store.what_if import past

    gate = session.installation.gate(book)
    for call in session.store.journal.records(book.company, since):
        yield call, replay(book, past(call), gate)
