"""`fsrouter calls`: the journal of calls, and commands to live ones.

A command waits in the store for the router that has the call; that router alone can reach it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import RulesError, UsageError

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
    from fsrouter.store.calls.views import whole

    call = found(session, uuid)
    if as_json:
        output.json(whole(call))
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


wait = click.option(
    "--wait",
    type=click.FloatRange(0.1, 60),
    metavar="SECONDS",
    default=10,
    show_default=True,
    help="How long to wait for the router.",
)


@click.command()
@click.argument("uuid")
@wait
@pass_session
def hangup(session: Session, uuid: str, wait: float) -> None:
    """Hang up a live call.

    \b
    Example:
      fsrouter calls hangup 4f2c
    """
    _command(session, uuid, "hangup", "", wait)


@click.command()
@click.argument("uuid")
@click.argument("destination")
@wait
@pass_session
def transfer(session: Session, uuid: str, destination: str, wait: float) -> None:
    """Transfer a live call to a DESTINATION.

    A destination of its company's rule book, as queue:support, or extension:N of the dialplan.

    \b
    Example:
      fsrouter calls transfer 4f2c queue:support
    """
    company = found(session, uuid).company
    _command(session, uuid, "transfer", _checked(session, company, destination), wait)


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
    from fsrouter.engine.walk.explain import as_text
    from fsrouter.store.calls.views import explained

    yield from as_text(replace(explained(call, zone), facts=call.known()), call.outcome == "unanswered")
    yield f"  outcome: {call.outcome or (call.where and f'live, {call.where}') or 'not known'}{_ended(call)}"
    for name in ("agent", "cause", "recording", "score"):
        if getattr(call, name) not in ("", None):
            yield f"  {name}: {getattr(call, name)}"
    if call.price is not None:
        yield f"  price: {call.price:f} {call.currency} a minute; {_cost(call)}"
    yield f"  call {call.uuid}, rule book at revision {call.revision}, router {call.router or 'not known'}"


def _cost(call: CallRecord) -> str:
    if call.priced_since is not None:
        return "the talk goes on"
    return "what the talk cost is not known" if call.cost is None else f"the talk cost {call.cost:f} {call.currency}"


def _ended(call: CallRecord) -> str:
    if call.ended is None:
        return ""
    talk = f", answered after {call.answered - call.began:.0f} s" if call.answered is not None else ""
    return f"{talk}, over after {call.ended - call.began:.0f} s"


def _checked(session: Session, company: str, text: str) -> str:
    """A destination that there is, as the router reads it. Raises UsageError."""
    from fsrouter.engine.lint.check import destination_problem
    from fsrouter.engine.model.destinations import destination

    book = session.book(company)
    if problem := destination_problem(book, text):
        raise UsageError(problem)
    return str(destination(text, book.context))


def _command(session: Session, uuid: str, verb: str, argument: str, wait: float) -> None:
    """Give a command and wait until it is carried out. Raises RulesError when the call is over or it cannot be done,
    Unreachable when no router does it.
    """
    from fsrouter.store.commands import DONE, Patience

    call = found(session, uuid)
    if call.ended is not None:
        raise RulesError(f"the call {call.uuid} is over since {output.moment(call.ended)}")
    with output.progress(f"waiting for router {call.router}"):
        commands = session.store.commands
        command = commands.run(call.uuid, verb, argument, session.who, session.runtime.event(), Patience(wait))
    if command.result != DONE:
        raise RulesError(f"the call {call.uuid} goes on: {command.result}")
    output.info(f"{verb} of {call.uuid}: done")
