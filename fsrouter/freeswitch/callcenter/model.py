"""mod_callcenter's queues, agents and tiers: as frozen values, as XML of callcenter.conf, and as api commands. Pure.

The facts are mod_callcenter.c's: parameters :563-596, attributes of agents :1336-1343, strategies :2615-2686,
commands :3540.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fsrouter.esl import validation, variables
from fsrouter.esl.validation import Refused
from fsrouter.freeswitch.install.dialplan import attribute

STRATEGIES: Final = (
    "ring-all",
    "ring-progressively",
    "longest-idle-agent",
    "round-robin",
    "top-down",
    "agent-with-least-talk-time",
    "agent-with-fewest-calls",
    "sequentially-by-agent-order",
    "random",
)
STATUSES: Final = ("Available", "Available (On Demand)", "On Break", "Logged Out")
"""An agent's status (:118).

On Break still counts as an agent that exists; only Logged Out lets a queue give up early (:2302).
"""
DAY: Final = 86400
"""The most seconds that any parameter takes (:258)."""
LONGEST_RING: Final = 60
"""mod_callcenter's own limit for an agent's leg (agent-originate-timeout, :1570)."""


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
        validation.sound(self.music)
        if self.announce:
            validation.sound(self.announce)
        if self.strategy not in STRATEGIES:
            raise Refused("strategy", f"{self.strategy!r} is none of {', '.join(STRATEGIES)}")
        for seconds in (
            self.announce_every,
            self.max_wait,
            self.give_up_without_agents,
            self.level_wait,
            self.progressive_delay,
        ):
            _within(seconds, 0, DAY, "seconds of a queue")

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
            ("tier-rules-apply", _flag(self.level_wait > 0)),
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

    `target` is rung for `ring` seconds (at most 60); delays are seconds before the next call is offered.
    """

    name: str
    target: str
    status: str = "Available"
    ring: int = 20
    max_no_answer: int = 0
    """Calls missed in a row after which mod_callcenter sends the agent on a break; 0 is never: breaks are ours to know.
    """
    wrap_up: int = 10
    reject_delay: int = 10
    busy_delay: int = 30
    no_answer_delay: int = 10

    def __post_init__(self) -> None:
        validation.queue(self.name)
        validation.endpoint(self.target)
        if self.status not in STATUSES:
            raise Refused("status", f"{self.status!r} is none of {', '.join(STATUSES)}")
        _within(self.ring, 1, LONGEST_RING, "ring of an agent in a queue")
        for value in (self.max_no_answer, self.wrap_up, self.reject_delay, self.busy_delay, self.no_answer_delay):
            _within(value, 0, DAY, "seconds of an agent")

    @property
    def contact(self) -> str:
        """The agent's dial string.

        Our mark is on the leg, else the observing connection would not hear of it (docs/wire.md 5); and whom it
        rings, as on the legs that we dial ourselves.
        """
        agent = self.name.partition("@")[0]
        return f"[leg_timeout={self.ring},{variables.CALL}=1,{variables.TARGET}=agent.{agent}]{self.target}"

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """What is kept of an agent, by mod_callcenter's names with underscores; its status apart."""
        return (
            ("contact", self.contact),
            ("max_no_answer", str(self.max_no_answer)),
            ("wrap_up_time", str(self.wrap_up)),
            ("reject_delay_time", str(self.reject_delay)),
            ("busy_delay_time", str(self.busy_delay)),
            ("no_answer_delay_time", str(self.no_answer_delay)),
        )


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
        _within(self.level, 1, DAY, "level")
        _within(self.position, 1, DAY, "position")


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
                raise Refused("tier", f"{tier.agent} in {tier.queue}: there is no such agent or queue")

    def section(self, name: str) -> str:
        """The inside of `<queues>`, `<agents>` or `<tiers>`, ending in a newline unless it is empty."""
        lines = {"queues": self._queue_lines, "agents": self._agent_lines, "tiers": self._tier_lines}[name]()
        return "".join(f"    {line}\n" for line in lines)

    def _queue_lines(self) -> Iterable[str]:
        for queue in self.queues:
            yield f'<queue name="{attribute(queue.name)}">'
            yield from (f'  <param name="{name}" value="{attribute(value)}"/>' for name, value in queue.parameters)
            yield "</queue>"

    def _agent_lines(self) -> Iterable[str]:
        for agent in self.agents:
            pairs = (("name", agent.name), ("type", "callback"), ("status", agent.status), *agent.settings)
            written = " ".join(f'{name.replace("_", "-")}="{attribute(value)}"' for name, value in pairs)
            yield f"<agent {written}/>"

    def _tier_lines(self) -> Iterable[str]:
        for tier in self.tiers:
            yield (
                f'<tier agent="{attribute(tier.agent)}" queue="{attribute(tier.queue)}"'
                f' level="{tier.level}" position="{tier.position}"/>'
            )


def _within(value: int, least: int, most: int, what: str) -> None:
    if not least <= value <= most:
        raise Refused(what, f"it is {value}; between {least} and {most} are possible")


def _unique(what: str, names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Refused(what, f"{name} comes twice")
        seen.add(name)
    return seen


def _flag(value: bool) -> str:
    return "true" if value else "false"
