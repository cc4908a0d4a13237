"""`fsrouter agents`: who takes calls, and who is on break."""

from __future__ import annotations

from collections.abc import Iterator

import click
from msgspec import Struct

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session


class Who(Struct, frozen=True, kw_only=True):
    """An agent and the agent's state; `who` set it, at `since` (epoch), None when nobody ever did."""

    company: str
    name: str
    title: str
    endpoint: str
    number: str
    state: str
    who: str
    since: float | None


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
    found = list(_agents(session, company))
    if as_json:
        output.json(found)
        return
    columns = ("company", "name", "title", "endpoint", "number", "state", "who", "since")
    rows = ((a.company, a.name, a.title, a.endpoint, a.number, a.state, a.who, output.clock(a.since)) for a in found)
    output.table(columns, rows)


@click.command("set")
@click.argument("name")
@click.argument("state", type=click.Choice(["available", "break"]))
@arguments.company
@pass_session
def set_(session: Session, name: str, state: str, company: str | None) -> None:
    """Let an agent be available, or on break.

    Who is on break is not rung.

    \b
    Example:
      fsrouter agents set nancy break
    """
    book = session.holder("agents", name, company)
    session.store.states.set_agent(book.company, name, state, session.who)
    output.info(f"{name} of {book.company} is {'on break' if state == 'break' else state}")


def _agents(session: Session, company: str | None) -> Iterator[Who]:
    for book in session.books(company):
        states = session.store.states.agents(book.company)
        for name, agent in book.agents.items():
            set_ = states.get(name)
            yield Who(
                company=book.company,
                name=name,
                title=agent.title,
                endpoint=agent.endpoint,
                number=agent.number,
                state=set_.state if set_ else "available",
                who=set_.who if set_ else "",
                since=set_.at if set_ else None,
            )
