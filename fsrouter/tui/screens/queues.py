"""2 Queues and agents: who waits and for how long, who is there, and who talks with whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from fsrouter.store.calls.figures import IN_TIME
from fsrouter.tui.queries.queues import OFF_HOURS, AgentLine, Picture, QueueLine, load
from fsrouter.tui.screens.base import DashboardScreen, GoTo
from fsrouter.tui.screens.call_detail import CallDetail
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.text import duration, time_of_day

QUEUES = (
    Column("QUEUE", 12, 2, look="strong"),
    Column("COMPANY", 8, 1, wide=120),
    Column("STRATEGY", 18, 1, wide=110),
    Column("WAITING", 7, right=True),
    Column("LONGEST", 7, right=True),
    Column("READY", 7, right=True),
    Column("ANSWERED", 8, right=True),
    Column("ABANDONED", 9, right=True),
    Column(f"IN {IN_TIME:g} s", 7, right=True),
)
AGENTS = (
    Column("AGENT", 10, 1, look="strong"),
    Column("NAME", 10, 2),
    Column("COMPANY", 8, 1, wide=120),
    Column("PHONE", 12, 1, wide=100),
    Column("STATUS", 10),
    Column("STATE", 15),
    Column("WITH WHOM", 16, 3),
    Column("QUEUES", 10, 2, wide=130),
    Column("SET BY", 8, 1, wide=140),
)


class Queues(DashboardScreen[Picture]):
    """Queues above, agents below."""

    MODE = "queues"
    PERIOD = 1.0
    ABOUT = f"""Queues: who waits, the longest wait, agents that are ready of all; and of today's calls how many were
answered, abandoned, and answered within {IN_TIME:g} seconds of their beginning. Agents: status and state in the words
of mod_callcenter, and who is on which call. a makes an agent available, b sends one on break; enter tells the call."""
    WRITES: ClassVar[frozenset[str]] = frozenset({"set"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "set('available')", "Available", id="agents.available"),
        Binding("b", "set('break')", "On break", id="agents.break"),
        Binding("tab", "other", "Queues/agents", id="queues.other"),
    ]

    def body(self) -> Iterable[Widget]:
        yield Table[QueueLine](QUEUES, lambda q: f"{q.company}/{q.name}", _queue, empty="no queues", id="queues")
        yield Table[AgentLine](AGENTS, lambda a: f"{a.company}/{a.name}", _agent, empty="no agents", id="agents")

    def on_mount(self) -> None:
        self.agents.focus()

    @property
    def agents(self) -> Table[AgentLine]:
        """The agents."""
        return self.query_one("#agents", Table)

    def loader(self) -> Callable[[], Picture]:
        return partial(load, self.context)

    def show(self, picture: Picture) -> None:
        queues: Table[QueueLine] = self.query_one("#queues", Table)
        queues.styles.height = min(8, len(picture.queues) + 1)
        queues.fill(picture.queues)
        self.agents.fill(picture.agents)
        waiting = sum(queue.waiting for queue in picture.queues)
        away = sum(agent.status == "On Break" for agent in picture.agents)
        off = sum(agent.status == OFF_HOURS for agent in picture.agents)
        talking = sum(agent.state == "In a queue call" for agent in picture.agents)
        away_too = f", {off} off hours" if off else ""
        self.set_status(
            f"{waiting} waiting · {talking} of {len(picture.agents)} agents talk, {away} on break{away_too}"
        )

    def action_set(self, state: str) -> None:
        """Make the chosen agent available, or send them on break."""
        agent = self.agents.item
        if agent is not None:
            name, word = agent.title or agent.name, "available" if state == "available" else "on break"
            set_agent = self.context.store.states.set_agent
            job = partial(set_agent, agent.company, agent.name, state, self.context.who)
            self.run_job(job, lambda done: self.report_change(f"{name} is {word}"))

    @on(Table.Opened, "#agents")
    def _call(self) -> None:
        agent = self.agents.item
        if agent is not None and agent.call:
            self.app.push_screen(CallDetail(self.context, agent.call))

    @on(Table.Opened, "#queues")
    def _definition(self, message: Table.Opened) -> None:
        company, _, name = message.key.partition("/")
        self.post_message(GoTo(f"{company}/queues.{name}"))


def _queue(queue: QueueLine) -> Sequence[str | Cell]:
    waiting = Cell(str(queue.waiting), "alert" if queue.waiting else "")
    level = "" if queue.level is None else f"{queue.level * 100:.0f} %"
    longest = duration(queue.longest) if queue.waiting else ""
    ready = f"{queue.available}/{queue.agents}"
    counts = str(queue.answered), str(queue.abandoned)
    return queue.name, queue.company, queue.strategy, waiting, longest, ready, *counts, level


def _agent(agent: AgentLine) -> Sequence[str | Cell]:
    status = Cell(agent.status, "good" if agent.status == "Available" else "alert")
    state = Cell(agent.state, "strong" if agent.call else "dim")
    set_by = f"{agent.who} {time_of_day(agent.since)}" if agent.since else ""
    known = (agent.name, agent.title, agent.company, agent.phone)
    return *known, status, state, agent.doing, agent.queues, set_by
