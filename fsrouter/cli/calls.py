"""`fsrouter calls list`, `show` and `score`: the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import RulesError

if TYPE_CHECKING:
    from fsrouter.store import CallLine, CallRecord

COLUMNS = ("uuid", "began", "company", "caller", "name", "number", "source", "what", "outcome", "score")


@click.command("list")
@arguments.company
@click.option("--live", is_flag=True, help="Only calls that are not over.")
@click.option("--since", type=arguments.since, metavar="WHEN", help="Only calls since then: 7d, 24h, 30m or a moment.")
@click.option("--caller", metavar="TEXT", help="A part of the caller's number or name.")
@click.option("--agent", metavar="NAME", help="Whom an agent took.")
@click.option(
    "--outcome",
    type=arguments.outcome,
    metavar="WORD",
    help="answered, unanswered, abandoned, voicemail, failsafe, lost, …",
)
@click.option("--tag", metavar="TAG", help="Calls that have this tag.")
@click.option(
    "--limit", type=arguments.LIMIT, metavar="N", default=100, show_default=True, help="So many, the latest ones."
)
@arguments.as_json
@pass_session
def list_(
    session: Session,
    company: str | None,
    live: bool,
    since: float | None,
    caller: str | None,
    agent: str | None,
    outcome: str | None,
    tag: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List calls, the latest first.

    \b
    Example:
      fsrouter calls list --live
      fsrouter calls list --since 24h --outcome unanswered --json
    """
    if company is not None:
        session.book(company)  # raises UsageError when there is none
    found = session.store.journal.list(
        company,
        since=since,
        text=caller,
        agent=agent.removeprefix("agent:") if agent else None,
        outcome=outcome,
        tag=tag,
        live=live or None,
        limit=limit,
    )
    if as_json:
        output.json(found)
    else:
        output.table(COLUMNS, map(_row, found))
        if not found:
            output.info("no calls")


@click.command()
@click.argument("uuid")
@arguments.as_json
@pass_session
def show(session: Session, uuid: str, as_json: bool) -> None:
    """Tell the story of a call.

    What was known, what looked at the call, what was decided, and why. UUID may be the beginning of one. The story
    is the one that was written down while it happened.

    \b
    Example:
      fsrouter calls show 4f2c
    """
    call = found(session, uuid)
    if as_json:
        output.json(call)
        return
    book = session.store.books.book(call.company)
    output.lines(_story(call, book.header.timezone if book else "UTC"))


@click.command()
@click.argument("uuid")
@click.argument("score", type=click.IntRange(0, 100))
@pass_session
def score(session: Session, uuid: str, score: int) -> None:
    """Score a call.

    Rules see it at the caller's next call, as previous_score.

    \b
    Example:
      fsrouter calls score 4f2c 5
    """
    call = found(session, uuid)
    session.store.journal.score(call.uuid, score)
    output.info(f"{call.uuid} has the score {score}")


def found(session: Session, uuid: str) -> CallRecord:
    """A call by its uuid or the beginning of it. Raises RulesError when there is none."""
    call = session.store.journal.get(uuid)
    if call is None:
        raise RulesError(f"the journal has no call {uuid}; `fsrouter calls list` lists the latest")
    return call


def _row(call: CallLine) -> tuple[object, ...]:
    what = call.where or call.destination
    who = call.contact_name or call.caller_name
    began = output.clock(call.began)
    number = call.caller or "withheld"
    return call.uuid, began, call.company, number, who, call.number, call.source, what, call.outcome, call.score


def _story(call: CallRecord, zone: str) -> Iterator[str]:
    from fsrouter.engine.walk.explain import as_text

    at = datetime.fromtimestamp(call.began, ZoneInfo(zone)).isoformat(timespec="seconds")
    told = {name: getattr(call, name) for name in ("company", "facts", "trace", "destination", "tags", "record")}
    yield from as_text({**told, "to": call.number, "from": call.caller, "at": at})
    yield f"  outcome: {call.outcome or (call.where and f'live, {call.where}') or 'not known'}{_ended(call)}"
    for name in ("agent", "cause", "recording", "score"):
        if getattr(call, name) not in ("", None):
            yield f"  {name}: {getattr(call, name)}"
    yield f"  call {call.uuid}, rule book at revision {call.revision}, router {call.router or 'not known'}"


def _ended(call: CallRecord) -> str:
    if call.ended is None:
        return ""
    talk = f", answered after {call.answered - call.began:.0f} s" if call.answered is not None else ""
    return f"{talk}, over after {call.ended - call.began:.0f} s"
