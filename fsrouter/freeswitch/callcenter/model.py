"""mod_callcenter's queues, agents and tiers as frozen values. Pure.

The facts are mod_callcenter.c's: parameters :563-596, attributes of agents :1336-1343, strategies :2615-2686.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from fsrouter.engine.model import dialable
from fsrouter.engine.model.dialable import MAX_WAIT
from fsrouter.engine.model.people import STRATEGIES
from fsrouter.errors import Refused
from fsrouter.esl import dialstring, validation, variables

STATUSES: Final = ("Available", "Available (On Demand)", "On Break", "Logged Out")
"""An agent's status (:118).

On Break still counts as an agent that exists; only Logged Out lets a queue give up early (:2302).
"""
MAX_RING: Final = 60
"""mod_callcenter's own limit for an agent's leg (agent-originate-timeout, :1570)."""
COUNTS: Final = ("max_no_answer", "wrap_up_time", "reject_delay_time", "busy_delay_time", "no_answer_delay_time")
"""The numbers that are kept of an agent, as mod_callcenter and AgentDef name them."""


class Named(Protocol):
    """A queue, an agent or a tier."""

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


@dataclass(frozen=True)
class QueueDef:
    """A queue. Times are seconds; 0 is never. `name` is what `callcenter_name` returns."""

    name: str
    strategy: str = "longest-idle-agent"
    music: str = "local_stream://moh"
    announce: str = ""
    announce_every: int = 0
    max_wait: int = 0
    give_up_without_agents: int = 0
    """Seconds after which callers leave when every agent is logged out (NO_AGENT_TIMEOUT); 1 is at once."""
    level_wait: int = 0
    """Seconds a caller waits for each level before the next is rung; 0 rings any level when those below it are not
    free.
    """
    progressive_delay: int = 10

    def __post_init__(self) -> None:
        validation.queue(self.name)
        dialable.sound(self.music)
        if self.announce:
            dialable.sound(self.announce)
        if self.strategy not in STRATEGIES:
            raise Refused(f"{self.strategy!r} is none of {', '.join(STRATEGIES)}", "strategy")
        times = (self.announce_every, self.max_wait, self.give_up_without_agents, self.level_wait)
        for seconds in (*times, self.progressive_delay):
            _within(seconds, 0, MAX_WAIT, "seconds of a queue")

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Names and values of the queue's `param` elements, every one written out, so that no default of FreeSWITCH
        decides.
        """
        announced = (("announce-sound", self.announce), ("announce-frequency", str(self.announce_every)))
        return (
            ("strategy", self.strategy),
            ("moh-sound", self.music),
            *(announced if self.announce and self.announce_every else ()),
            ("time-base-score", "system"),
            ("ring-progressively-delay", str(self.progressive_delay)),
            ("max-wait-time", str(self.max_wait)),
            ("max-wait-time-with-no-agent", str(self.give_up_without_agents)),
            ("max-wait-time-with-no-agent-time-reached", "0"),
            ("tier-rules-apply", "true" if self.level_wait else "false"),
            ("tier-rule-wait-second", str(self.level_wait)),
            ("tier-rule-wait-multiply-level", "true"),
            ("tier-rule-no-agent-no-wait", "true"),
            ("discard-abandoned-after", "60"),
            ("abandoned-resume-allowed", "false"),
            ("skip-agents-with-external-calls", "true"),
        )


@dataclass(frozen=True)
class AgentDef:
    """An agent of the queues.

    `target` is rung for `ring` seconds (at most 60); delays are seconds before the next call is offered. `instead` are
    rung one after the other where the one before was not reached, or does not ring for `wait` seconds.
    """

    name: str
    target: str
    status: str = "Available"
    ring: int = 20
    max_no_answer: int = 0
    """Calls missed in a row after which mod_callcenter sends the agent on a break; 0 is never: breaks are ours to know.
    """
    wrap_up_time: int = 10
    reject_delay_time: int = 10
    busy_delay_time: int = 30
    no_answer_delay_time: int = 10
    trunk: str = ""
    """By which the target leaves, "" for a phone: the observing connection counts its calls."""
    instead: tuple[str, ...] = ()
    wait: int = 0

    def __post_init__(self) -> None:
        validation.queue(self.name)
        if self.trunk:
            validation.tag(self.trunk)
        for target in (self.target, *self.instead):
            dialable.endpoint(target)
        _within(self.wait, 0, MAX_WAIT, "seconds of an agent")
        if self.status not in STATUSES:
            raise Refused(f"{self.status!r} is none of {', '.join(STATUSES)}", "status")
        _within(self.ring, 1, MAX_RING, "ring of an agent in a queue")
        for count in COUNTS:
            _within(getattr(self, count), 0, MAX_WAIT, "seconds of an agent")

    @property
    def contact(self) -> str:
        """The agent's dial string.

        Our mark is on the leg, else the observing connection would not hear of it (docs/wire.md 5); and whom it
        rings, and that a redirect is a refusal, as on the legs that we dial ourselves.
        """
        agent = self.name.partition("@")[0]
        told = f"{variables.CALL}=1,{variables.TARGET}=agent.{agent},{variables.REDIRECT_FATAL}=true"
        told += f",{variables.TRUNK}={self.trunk}" if self.trunk else ""
        if not self.instead:
            return f"[leg_timeout={self.ring},{told}]{self.target}"
        ways = dialstring.one_after_another((self.target, *self.instead), told, self.wait)
        return f"{{originate_timeout={self.ring}}}{ways}"

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """What is kept of an agent, by mod_callcenter's names with underscores; its status apart."""
        return (("contact", self.contact), *((count, str(getattr(self, count))) for count in COUNTS))


@dataclass(frozen=True)
class TierDef:
    """That an agent serves a queue: at which level, and where in it."""

    queue: str
    agent: str
    level: int = 1
    position: int = 1

    def __post_init__(self) -> None:
        validation.queue(self.queue)
        validation.queue(self.agent)
        _within(self.level, 1, MAX_WAIT, "level")
        _within(self.position, 1, MAX_WAIT, "position")

    @property
    def name(self) -> str:
        """As commands name it: the queue, then the agent."""
        return f"{self.queue} {self.agent}"


@dataclass(frozen=True)
class CallCenter:
    """All of it. Raises Refused when a name comes twice or a tier names what is not there."""

    queues: tuple[QueueDef, ...] = ()
    agents: tuple[AgentDef, ...] = ()
    tiers: tuple[TierDef, ...] = ()

    def __post_init__(self) -> None:
        queues = _unique("queue", (queue.name for queue in self.queues))
        agents = _unique("agent", (agent.name for agent in self.agents))
        _unique("tier", (f"{tier.agent} in {tier.queue}" for tier in self.tiers))
        for tier in self.tiers:
            if tier.queue not in queues or tier.agent not in agents:
                raise Refused(f"{tier.agent} in {tier.queue}: there is no such agent or queue", "tier")


def by_name(definitions: Iterable[N]) -> Mapping[str, N]:
    """Queues, agents or tiers by their names."""
    return {each.name: each for each in definitions}


def _within(value: int, least: int, most: int, what: str) -> None:
    if not least <= value <= most:
        raise Refused(f"it is {value}; between {least} and {most} are possible", what)


def _unique(what: str, names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Refused(f"{name} comes twice", what)
        seen.add(name)
    return seen
