"""Queues, agents, tiers and the callers who wait, and `callcenter_config`, by which they are set from outside.

What lives here: what mod_callcenter keeps in its tables, who is free, whose turn it is; its API command, as `freeswitch
sync` uses it (mod_callcenter.c:3770). What it must not know: how a caller waits, how an agent is rung.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree import ElementTree

from fsrouter.simulator.calls.leg import Leg
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.state import State

AVAILABLE = ("Available", "Available (On Demand)")
OK = "+OK\n"
DELAYS = ("max_no_answer", "wrap_up_time", "reject_delay_time", "busy_delay_time", "no_answer_delay_time")
AGENT = (
    f"name|instance_id|uuid|type|contact|status|state|{'|'.join(DELAYS)}|last_bridge_start|last_bridge_end|"
    "last_offered_call|last_status_change|no_answer_count|calls_answered|talk_time|ready_time|external_calls_count"
)
QUEUE = (
    "name|strategy|moh_sound|time_base_score|tier_rules_apply|tier_rule_wait_second|tier_rule_wait_multiply_level|"
    "tier_rule_no_agent_no_wait|discard_abandoned_after|abandoned_resume_allowed|max_wait_time|"
    "max_wait_time_with_no_agent|max_wait_time_with_no_agent_time_reached|record_template|calls_answered|"
    "calls_abandoned|ring_progressively_delay|skip_agents_with_external_calls|agent_no_answer_status"
)
MEMBER = (
    "queue|instance_id|uuid|session_uuid|cid_number|cid_name|system_epoch|joined_epoch|rejoined_epoch|bridge_epoch|"
    "abandoned_epoch|base_score|skill_score|serving_agent|serving_system|state|score"
)
TIER = "queue|agent|state|level|position"


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
    """What `agent set` was told of its times, by mod_callcenter's names."""

    def set(self, what: str, value: str) -> None:
        """`agent set WHAT`; what is not known is taken for granted."""
        if what in ("contact", "status", "state"):
            setattr(self, what, value)
        elif what in DELAYS:
            self.delays[what] = value
            if what == "reject_delay_time":
                self.reject_delay = float(value or 0)
            elif what == "wrap_up_time":
                self.wrap_up = float(value or 0)

    def row(self) -> str:
        """As `agent list` has it."""
        delays = "|".join(self.delays.get(name, "0") for name in DELAYS)
        offered = f"0|0|0|0|0|{self.answered}|0|0|0"
        return f"{self.name}|single_box||callback|{self.contact}|{self.status}|{self.state}|{delays}|{offered}"


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
        self.remove(agent.name)
        self.tiers.append((agent, level, position))
        self.tiers.sort(key=lambda tier: tier[1:])

    def remove(self, agent: str) -> None:
        """Take an agent out by name."""
        self.tiers = [tier for tier in self.tiers if tier[0].name != agent]

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

    def row(self) -> str:
        """As `queue list` has it."""
        waits = f"{self.max_wait:.0f}|{self.max_wait_with_no_agent:.0f}|0"
        rules = "system|false|0|true|true|60|false"
        return f"{self.name}|{self.strategy}|{self.music}|{rules}|{waits}||0|0|10|true|On Break"


@dataclass(eq=False, slots=True)
class Member:
    """A caller who waits: since when, with which base score, and who is being rung for them."""

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

    def row(self, queue: str) -> str:
        """As `queue list members` has it."""
        line, joined = self.line, self.line.variables.get("cc_queue_joined_epoch", "0")
        state, serving = ("Trying", self.ringing[0][0].name) if self.ringing else ("Waiting", "")
        who = f"{line.profile.caller_id_number}|{line.profile.caller_id_name}"
        times = f"{joined}|{joined}|0|0|0|{self.score}|0"
        return f"{queue}|single_box|{self.uuid}|{line.uuid}|{who}|{times}|{serving}||{state}|{-self.rank[0]:.0f}"


class Callcenter:
    """mod_callcenter's tables: queues and agents by name."""

    def __init__(self, queues: Iterable[Queue]) -> None:
        self.queues = {queue.name: queue for queue in queues}
        self.agents = {agent.name: agent for queue in self.queues.values() for agent, _, _ in queue.tiers}

    def wake(self) -> None:
        """Something changed: every caller who waits in any queue looks again."""
        for queue in self.queues.values():
            queue.wake()

    def config(self, state: State, argument: str) -> str:
        """The API command `callcenter_config agent|queue|tier add|del|set|list|load …`."""
        try:
            words = shlex.split(argument)
        except ValueError:
            return "-ERR Invalid!\n"
        match words:
            case ["agent", *rest]:
                return self._agent(rest)
            case ["queue", "load" | "reload" as verb, name]:
                return self._load(state.configuration.get("callcenter.conf", ""), name, again=verb == "reload")
            case ["queue", *rest]:
                return self._queue(rest)
            case ["tier", *rest]:
                return self._tier(rest)
        return "-USAGE: callcenter_config <target> <args>\n"

    def _agent(self, words: list[str]) -> str:
        match words:
            case ["add", name, _]:
                if name in self.agents:
                    return "-ERR Agent already exist!\n"
                self.agents[name] = Agent(name, "", status="Logged Out")
            case ["del", name]:
                self.agents.pop(name, None)
                for queue in self.queues.values():
                    queue.remove(name)
            case ["set", _, name, _] | ["get", "status", name] if name not in self.agents:
                return "-ERR Agent not found!\n"
            case ["set", what, name, value]:
                self.agents[name].set(what, value)
                self.wake()
            case ["get", "status", name]:
                return self.agents[name].status
            case ["list", *_]:
                return _listed(AGENT, [agent.row() for agent in self.agents.values()])
            case _:
                return "-ERR Invalid!\n"
        return OK

    def _queue(self, words: list[str]) -> str:
        match words:
            case ["unload", name]:
                if self.queues.pop(name, None) is None:
                    return "-ERR Invalid Queue not found!\n"
            case ["list", "agents", name] if name in self.queues:
                return _listed(AGENT, [agent.row() for agent, _, _ in self.queues[name].tiers])
            case ["list", "members", name]:
                members = self.queues[name].members if name in self.queues else []
                return _listed(MEMBER, [member.row(name) for member in sorted(members, key=lambda m: m.rank)])
            case ["count", "members", name]:
                return f"{len(self.queues[name].members) if name in self.queues else 0}\n"
            case ["list"]:
                return "\n".join([QUEUE, *(queue.row() for queue in self.queues.values()), OK])
            case ["count"]:
                return f"{len(self.queues)}\n"
            case _:
                return "-ERR Queue not found!\n"
        return OK

    def _load(self, conf: str, name: str, again: bool) -> str:
        """Take a queue's parameters from callcenter.conf, and every agent's status as well (mod_callcenter.c:716,
        1355); without a file there is any queue.
        """
        if not conf:
            self.queues.setdefault(name, Queue(name))
            return OK
        root = ElementTree.fromstring(conf)
        found = root.find(f"queues/queue[@name='{name}']")
        if found is None:
            if again:
                self.queues.pop(name, None)
            return "-ERR Invalid Queue not found!\n"
        said = {param.get("name"): param.get("value", "") for param in found.iter("param")}
        queue = self.queues.setdefault(name, Queue(name))
        queue.strategy, queue.music = said["strategy"], said["moh-sound"]
        queue.max_wait = float(said["max-wait-time"])
        queue.max_wait_with_no_agent = float(said["max-wait-time-with-no-agent"])
        for each in root.iterfind("agents/agent"):
            if agent := self.agents.get(each.get("name", "")):
                agent.status = each.get("status", agent.status)
        return OK

    def _tier(self, words: list[str]) -> str:
        if words[:1] == ["list"]:
            tiers = [(queue.name, *tier) for queue in self.queues.values() for tier in queue.tiers]
            return _listed(TIER, [f"{name}|{agent.name}|Ready|{level}|{place}" for name, agent, level, place in tiers])
        queue = self.queues.get(words[1]) if len(words) > 1 else None
        places = {agent.name: (level, position) for agent, level, position in queue.tiers} if queue is not None else {}
        match words:
            case ["add", _, agent, *_] if agent in places:
                return "-ERR Tier already exist!\n"
            case ["add", _, agent, *rest] if queue is not None and agent in self.agents:
                level, position = (int(place) for place in (*rest, "1", "1")[:2])
                queue.add(self.agents[agent], level, position)
                queue.wake()
            case ["add", *_] if len(words) > 1:
                return f"-ERR {'Agent' if queue is not None else 'Queue'} not found!\n"
            case ["del", _, agent] if queue is not None:
                queue.remove(agent)
            case ["set", "level" | "position" as what, name, agent, value] if name in self.queues:
                queue = self.queues[name]
                for who, level, position in list(queue.tiers):
                    if who.name == agent:
                        queue.add(who, *((int(value), position) if what == "level" else (level, int(value))))
            case _:
                return "-ERR Unknown Error!\n"
        return OK


def _listed(heading: str, rows: list[str]) -> str:
    """A table as list_result_callback writes it: nothing but `+OK` when it is empty (mod_callcenter.c:3456)."""
    return "\n".join([heading, *rows, OK]) if rows else OK
