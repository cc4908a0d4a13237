"""`fsrouter calls list`, `show` and `score`: the journal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import RulesError

if TYPE_CHECKING:
    from fsrouter.store import CallLine, CallRecord

COLUMNS = ("uuid", "began", "company", "caller", "name", "number", "source", "what", "outcome", "score")


@click.command("list")
@arguments.company
@click.option("--live", is_flag=True, help="Only live calls.")
@click.option(
    "--since", type=arguments.since, metavar="WHEN", help="Only calls since then: 7d, 24h, 30m or 2026-11-23T10:00."
)
@click.option("--caller", "text", metavar="TEXT", help="Only calls whose caller's number or name contains this.")
@click.option("--agent", metavar="NAME", help="Only calls that this agent took.")
@click.option(
    "--outcome",
    type=arguments.outcome,
    metavar="WORD",
    help="Only calls that ended so: answered, unanswered, abandoned, voicemail, failsafe, lost, …",
)
@click.option("--tag", metavar="TAG", help="Only calls with this tag.")
@arguments.limit(100)
@arguments.as_json
@pass_session
def list_(
    session: Session, /, company: str | None, live: bool, agent: str | None, as_json: bool, **filters: Any
) -> None:
    """List calls, the latest first.

    \b
    Example:
      fsrouter calls list --live
      fsrouter calls list --since 24h --outcome unanswered --json
    """
    if company is not None:
        session.book(company)  # raises UsageError when there is none
    agent = agent.removeprefix("agent:") if agent else None
    found = session.store.journal.list(company, live=live or None, agent=agent, **filters)
    output.listing(found, as_json, COLUMNS, _row, nothing="no calls")


@click.command()
@click.argument("uuid")
@arguments.as_json
@pass_session
def show(session: Session, uuid: str, as_json: bool) -> None:
    """Show what happened to a call, and why.

    The facts that were known, each decision and its reason, and how the call ended, as recorded while it happened.
    UUID may be the beginning of one.

    \b
    Example:
      fsrouter calls show 4f2c
    """
    call = found(session, uuid)
    if as_json:
        output.json(call)
        return
    book = session.store.books.book(call.company)
    output.lines(_format(call, book.header.timezone if book else "UTC"))


@click.command()
@click.argument("uuid")
@click.argument("score", type=click.IntRange(0, 100))
@pass_session
def score(session: Session, uuid: str, score: int) -> None:
    """Score a call.

    Rules see the score at the caller's next call, as previous_score.

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
    caller, name = call.caller or "withheld", call.contact_name or call.caller_name
    where = call.where or call.destination
    began = output.moment(call.began)
    return call.uuid, began, call.company, caller, name, call.number, call.source, where, call.outcome, call.score


def _format(call: CallRecord, zone: str) -> Iterator[str]:
    from fsrouter.engine.walk.explain import as_text, record_as_dict

    yield from as_text({**record_as_dict(call, zone), "facts": call.facts})
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
