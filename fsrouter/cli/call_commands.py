"""`fsrouter calls hangup` and `transfer`: commands to live calls.

A command waits in the store for the router that has the call; that router alone can reach it.
"""

from __future__ import annotations

import threading

import click

from fsrouter.cli import output
from fsrouter.cli.calls import found
from fsrouter.cli.progress import progress
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import RulesError, UsageError

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
    with progress(f"waiting for router {call.router}"):
        commands = session.store.commands
        command = commands.run(call.uuid, verb, argument, session.who, threading.Event(), Patience(wait))
    if command.result != DONE:
        raise RulesError(f"the call {call.uuid} goes on: {command.result}")
    output.info(f"{verb} of {call.uuid}: done")
