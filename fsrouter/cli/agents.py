"""`fsrouter agents`: who takes calls, and who is on break."""

from __future__ import annotations

from collections.abc import Iterator

import click
from msgspec import Struct
from msgspec.structs import replace

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session

COLUMNS = ("company", "name", "title", "endpoint", "number", "state", "who", "since")


class AgentRow(Struct, frozen=True):
    """An agent and the agent's state; `who` set it, at `since` (epoch), None when nobody ever did."""

    company: str
    name: str
    title: str
    endpoint: str
    number: str
    state: str = "available"
    who: str = ""
    since: float | None = None


@click.command("list")
@arguments.company
@arguments.as_json
@pass_session
def list_(session: Session, company: str | None, as_json: bool) -> None:
    """List agents, and whether they are on break.

    \b
    Example:
      fsrouter agents list
    """
    output.listing(list(_agents(session, company)), as_json, COLUMNS, _row)


@click.command("set")
@click.argument("name")
@click.argument("state", type=click.Choice(["available", "break"]))
@arguments.company
@pass_session
def set_(session: Session, name: str, state: str, company: str | None) -> None:
    """Set an agent to available or on break.

    Agents on break are not rung.

    \b
    Example:
      fsrouter agents set nancy break
    """
    book = session.holder("agents", name, company)
    session.store.states.set_agent(book.company, name, state, session.who)
    output.info(f"{name} of {book.company} is {'on break' if state == 'break' else state}")


def _agents(session: Session, company: str | None) -> Iterator[AgentRow]:
    for book in session.books(company):
        states = session.store.states.agents(book.company)
        for name, agent in book.agents.items():
            row = AgentRow(book.company, name, agent.title, agent.endpoint, agent.number)
            set_ = states.get(name)
            yield replace(row, state=set_.state, who=set_.who, since=set_.at) if set_ else row


def _row(agent: AgentRow) -> tuple[object, ...]:
    facts = agent.company, agent.name, agent.title, agent.endpoint, agent.number, agent.state, agent.who
    return *facts, output.moment(agent.since)
