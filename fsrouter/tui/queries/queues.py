"""Queues and agents: who waits, for how long, who could take the call, and who talks with whom."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.availability import AvailabilitySource, Verdict, agent_verdict
from fsrouter.store import AgentState, CallLine
from fsrouter.store.calls.figures import Figures, Waiting, waiting
from fsrouter.store.calls.places import rung, talks_to
from fsrouter.store.what_if import Available
from fsrouter.tui.context import Context
from fsrouter.tui.queries.live import who
from fsrouter.tui.queries.numbers import midnight

#: The status of an agent outside of their hours; to mod_callcenter they are on break.
OFF_HOURS = "Off Hours"


class QueueLine(Struct, frozen=True):
    """A queue now and today. `longest` is how long its longest waiting call has gone on, in seconds; `level` the
    share of today's calls that were answered in time, None without calls.
    """

    company: str
    name: str
    strategy: str
    waiting: int
    longest: float
    agents: int
    available: int
    answered: int
    abandoned: int
    level: float | None


class AgentLine(Struct, frozen=True):
    """An agent now. `status` and `state` are mod_callcenter's words, or OFF_HOURS; `since` and `who` say who set the
    status when; `call` is the uuid of the agent's call, `doing` what the agent does with whom.
    """

    company: str
    name: str
    title: str
    phone: str
    status: str
    state: str
    doing: str
    call: str
    since: float | None
    who: str
    queues: str


class Picture(Struct, frozen=True):
    """All queues and agents."""

    queues: tuple[QueueLine, ...]
    agents: tuple[AgentLine, ...]


def load(context: Context) -> Picture:
    """The queues and agents of the company that is looked at, or of all."""
    store, now = context.store, context.clock()
    queues: list[QueueLine] = []
    agents: list[AgentLine] = []
    available = Available(store)
    for book in context.books():
        live = store.journal.live(book.company)
        over = store.figures.by_destination(book.company, midnight(book, now))
        states = store.states.agents(book.company)
        queues += [
            _queue(book, name, waiting(live, name), over[f"queue:{name}"], available, now) for name in book.queues
        ]
        agents += [_agent(book, name, live, available, states.get(name)) for name in book.agents]
    return Picture(tuple(queues), tuple(agents))


def _queue(
    book: RuleBook, name: str, waits: Waiting, over: Figures, available: AvailabilitySource, now: float
) -> QueueLine:
    queue = book.queues[name]
    members = {tier.agent for tier in queue.agents}
    ready = [m for m in members if agent_verdict(available, book, m, spare_busy=True).is_free]
    return QueueLine(
        book.company,
        name,
        queue.strategy,
        waits.callers,
        waits.longest(now),
        len(members),
        len(ready),
        over.answered,
        over.abandoned,
        over.service_level,
    )


def _agent(
    book: RuleBook, name: str, live: Sequence[CallLine], available: AvailabilitySource, state: AgentState | None
) -> AgentLine:
    agent = book.agents[name]
    can_take = agent_verdict(available, book, name)
    me = f"agent:{name}"
    talking = next((c for c in live if talks_to(c) == me), None)
    ringing = next((c for c in live if me in rung(c)), None)
    call = talking or ringing
    caller = (who(call) or "a withheld number") if call else ""
    return AgentLine(
        book.company,
        name,
        agent.title,
        agent.endpoint or agent.number,
        OFF_HOURS if can_take is Verdict.OFF_HOURS else can_take.callcenter_status,
        "In a queue call" if talking else "Receiving" if ringing else "Waiting",
        f"{'talks with' if talking else 'rung for'} {caller}" if call else "",
        call.uuid if call else "",
        state.at if state else None,
        state.who if state else "",
        ", ".join(queue for queue, each in book.queues.items() if any(t.agent == name for t in each.agents)),
    )
