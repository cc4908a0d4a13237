"""`fsrouter agents`: who takes calls, and who is on break."""

from __future__ import annotations

from collections.abc import Iterator

import click
from msgspec import Struct
from msgspec.structs import replace

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session

COLUMNS = ("company", "name", "title", "endpoint", "number", "hours", "state", "who", "since")
#: The state of an agent outside of their hours who is not on break.
OFF_HOURS = "off-hours"


class AgentRow(Struct, frozen=True):
    """An agent and the agent's state: available, break, or off-hours for one who is outside of their hours; `who` set a
    break or its end, at `since` (epoch), None when nobody ever did. `hours` is their hours' schedule, "" for none.
    """

    company: str
    name: str
    title: str
    endpoint: str
    number: str
    state: str = "available"
    who: str = ""
    since: float | None = None
    hours: str = ""


@click.command("list")
@arguments.company
@arguments.as_json
@pass_session
def list_(session: Session, company: str | None, as_json: bool) -> None:
    """List agents, and whether they are on break or outside of their hours.

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
    from fsrouter.store.what_if import Available

    book = session.holder("agents", name, company)
    session.store.states.set_agent(book.company, name, state, session.who)
    output.info(f"{name} of {book.company} is {'on break' if state == 'break' else state}")
    if state == "available" and name in Available(session.store).off_hours(book):
        output.info(
            f"they take no calls now all the same: {book.agents[name].hours} is closed, the schedule of their hours"
        )


def _agents(session: Session, company: str | None) -> Iterator[AgentRow]:
    from fsrouter.store.what_if import Available

    for book in session.books(company):
        states = session.store.states.agents(book.company)
        off_hours = Available(session.store).off_hours(book)
        for name, agent in book.agents.items():
            row = AgentRow(book.company, name, agent.title, agent.endpoint, agent.number, hours=agent.hours)
            if set_ := states.get(name):
                row = replace(row, state=set_.state, who=set_.who, since=set_.at)
            yield replace(row, state=OFF_HOURS) if name in off_hours and row.state == "available" else row


def _row(agent: AgentRow) -> tuple[object, ...]:
    facts = agent.company, agent.name, agent.title, agent.endpoint, agent.number, agent.hours, agent.state, agent.who
    return *facts, output.moment(agent.since)
