"""Queues, their agents, and the callers who wait in them.

What lives here: what mod_callcenter keeps in its tables: who serves which queue in which order, who is free, whose turn
it is. What it must not know: how a caller waits, how an agent is rung.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fsrouter.simulator.leg import Leg
    from fsrouter.simulator.line import Line

AVAILABLE = ("Available", "Available (On Demand)")


@dataclass(eq=False, slots=True)
class Agent:
    """Somebody who takes calls from queues. `contact`: a dial string; `ring`: seconds, where that names none.

    `reject_delay`, `wrap_up`: seconds of rest after a call that was not taken, and after a talk.
    """

    name: str
    contact: str
    status: str = "Available"
    ring: float = 20.0
    reject_delay: float = 2.0
    wrap_up: float = 10.0
    state: str = "Waiting"
    busy: bool = False
    resting: bool = False
    answered: int = 0
    delays: dict[str, str] = field(default_factory=dict)
    """What `agent set` was told of its other times, by mod_callcenter's names."""


@dataclass(eq=False, slots=True)
class Queue:
    """One queue: its agents as (agent, level, position), how it chooses, how long callers wait (0: for ever)."""

    name: str
    strategy: str = "longest-idle-agent"
    tiers: list[tuple[Agent, int, int]] = field(default_factory=list)
    max_wait: float = 0.0
    max_wait_with_no_agent: float = 0.0
    members: list[Member] = field(default_factory=list)
    music: str = "local_stream://moh"

    def add(self, agent: Agent, level: int = 1, position: int = 1) -> None:
        """Give the queue an agent, or move one that it has."""
        self.tiers = [tier for tier in self.tiers if tier[0] is not agent]
        self.tiers.append((agent, level, position))
        self.tiers.sort(key=lambda tier: tier[1:])

    def free(self) -> list[Agent]:
        """The agents who could be rung now, the best first."""
        found = [
            tier for tier in self.tiers if tier[0].status in AVAILABLE and not tier[0].busy and not tier[0].resting
        ]
        if self.strategy in ("longest-idle-agent", "round-robin"):
            found.sort(key=lambda tier: (tier[1], tier[0].answered, tier[2]))
        return [agent for agent, _, _ in found]

    def wake(self) -> None:
        """Something changed: every caller who waits looks again."""
        for member in self.members:
            member.line.wake()


@dataclass(eq=False, slots=True)
class Member:
    """A caller who waits: since when, with which base score, and who is being rung for him."""

    line: Line
    uuid: str
    joined: float
    score: int
    order: int
    ringing: list[tuple[Agent, Leg]] = field(default_factory=list)
    agent: Agent | None = None
    leg: Leg | None = None

    @property
    def rank(self) -> tuple[float, int]:
        """The highest score first, a point for each second of waiting on top of the base score; then who came first."""
        return (-self.score - round(self.line.clock.now - self.joined), self.order)
