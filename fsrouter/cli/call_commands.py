"""`fsrouter calls hangup` and `transfer`: what an operator wants done with a live call.

An order waits in the store for the router that has the call; that router alone can reach it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from fsrouter.cli import output
from fsrouter.cli.calls import found
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import RulesError, Unreachable, UsageError

if TYPE_CHECKING:
    from fsrouter.store import Command

#: Seconds between two looks at whether an order was carried out.
LOOK = 0.05
#: What a router says of an order that it has carried out.
DONE = "done"

wait = click.option(
    "--wait",
    type=click.FloatRange(0.1, 60),
    metavar="SECONDS",
    default=10,
    show_default=True,
    help="How long the router may take.",
)


@click.command()
@click.argument("uuid")
@wait
@pass_session
def hangup(session: Session, uuid: str, wait: float) -> None:
    """Hang a live call up.

    \b
    Example:
      fsrouter calls hangup 4f2c
    """
    _order(session, uuid, "hangup", "", wait)


@click.command()
@click.argument("uuid")
@click.argument("destination")
@wait
@pass_session
def transfer(session: Session, uuid: str, destination: str, wait: float) -> None:
    """Send a live call to a DESTINATION.

    One of its company's rule book, as queue:support, or extension:N of the dialplan.

    \b
    Example:
      fsrouter calls transfer 4f2c queue:support
    """
    company = found(session, uuid).company
    _order(session, uuid, "transfer", _checked(session, company, destination), wait)


def _checked(session: Session, company: str, text: str) -> str:
    """A destination that there is, as the router reads it. Raises UsageError."""
    from fsrouter.engine.model.destinations import SECTION_OF, destination
    from fsrouter.engine.model.scalars import did_you_mean

    book = session.book(company)
    try:
        wanted = destination(text, book.context)
    except ValueError as error:
        raise UsageError(f"{text!r} {error}") from None
    section = SECTION_OF.get(wanted.kind)
    if section and not wanted.is_dynamic and wanted.name not in book.section(section):
        raise UsageError(f"{wanted} does not exist{did_you_mean(wanted.name, book.section(section))}")
    return str(wanted)


def _order(session: Session, uuid: str, verb: str, argument: str, wait: float) -> None:
    """Give an order and wait for what comes of it. Raises RulesError when the call is over or it cannot be done."""
    call = found(session, uuid)
    if call.ended is not None:
        raise RulesError(f"the call {call.uuid} is over since {output.clock(call.ended)}")
    order = session.store.commands.add(call.uuid, verb, argument, session.who)
    answer = _answer(session, order, wait)
    if answer is None:
        raise Unreachable(
            f"the router {call.router or 'that has the call'} did not answer within {wait:g} s, and the order was "
            "withdrawn; see whether `fsrouter serve` runs"
        )
    if answer.result != DONE:
        raise RulesError(f"the call {call.uuid} goes on: {answer.result}")
    output.info(f"{verb} of {call.uuid}: done")


def _answer(session: Session, order: int, wait: float) -> Command | None:
    """The order once it was carried out; None when nobody did so in time. Whoever stops waiting withdraws it."""
    commands, deadline = session.store.commands, time.monotonic() + wait
    try:
        while time.monotonic() < deadline:
            command = commands.get(order)
            if command is not None and command.done is not None:
                return command
            time.sleep(LOOK)
    finally:
        withdrawn = commands.done(order, "withdrawn")
    return None if withdrawn else commands.get(order)
