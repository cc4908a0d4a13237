"""`callcenter_config`: queues, agents and tiers told from outside, as `freeswitch sync` does (mod_callcenter.c:3770).

What lives here: that one API command. What it must not know: calls.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from fsrouter.esl.simulator.queues import Agent, Queue

if TYPE_CHECKING:
    from fsrouter.esl.simulator.switch import Switch

OK = "+OK\n"


def callcenter_config(switch: Switch, argument: str) -> str:
    """`agent|queue|tier add|del|set|list|load …`."""
    try:
        words = shlex.split(argument)
    except ValueError:
        return "-ERR Invalid!\n"
    match words:
        case ["agent", *rest]:
            return _agent(switch, rest)
        case ["queue", *rest]:
            return _queue(switch, rest)
        case ["tier", *rest]:
            return _tier(switch, rest)
    return "-USAGE: callcenter_config <target> <args>\n"


def _agent(switch: Switch, words: list[str]) -> str:
    match words:
        case ["add", name, _]:
            if name in switch.agents:
                return "-ERR Agent already exist!\n"
            switch.agents[name] = Agent(name, "", status="Logged Out")
        case ["del", name]:
            switch.agents.pop(name, None)
            for queue in switch.queues.values():
                queue.tiers = [tier for tier in queue.tiers if tier[0].name != name]
        case ["set", what, name, value]:
            if name not in switch.agents:
                return "-ERR Agent not found!\n"
            _set_agent(switch.agents[name], what, value)
            for queue in switch.queues.values():
                queue.wake()
        case ["get", "status", name]:
            return switch.agents[name].status if name in switch.agents else "-ERR Agent not found!\n"
        case ["list", *_]:
            rows = [
                f"{agent.name}|single_box|callback|{agent.contact}|{agent.status}|{agent.state}\n"
                for agent in switch.agents.values()
            ]
            return "name|instance_id|type|contact|status|state\n" + "".join(rows) + OK
        case _:
            return "-ERR Invalid!\n"
    return OK


def _set_agent(agent: Agent, what: str, value: str) -> None:
    if what == "contact":
        agent.contact = value
    elif what == "status":
        agent.status = value
    elif what == "state":
        agent.state = value
    elif what == "reject_delay_time":
        agent.reject_delay = float(value or 0)


def _queue(switch: Switch, words: list[str]) -> str:
    match words:
        case ["load" | "reload", name]:
            switch.queues.setdefault(name, Queue(name))
        case ["unload", name]:
            if switch.queues.pop(name, None) is None:
                return "-ERR Invalid Queue not found!\n"
        case ["list", "agents", name] if name in switch.queues:
            rows = [f"{agent.name}|{agent.status}|{agent.state}\n" for agent, _, _ in switch.queues[name].tiers]
            return "name|status|state\n" + "".join(rows) + OK
        case ["list", "members", name] if name in switch.queues:
            rows = [f"{name}|{member.uuid}|{member.line.uuid}\n" for member in switch.queues[name].members]
            return "queue|uuid|session_uuid\n" + "".join(rows) + OK
        case ["list"]:
            rows = [f"{queue.name}|{queue.strategy}|{queue.max_wait:.0f}\n" for queue in switch.queues.values()]
            return "name|strategy|max_wait_time\n" + "".join(rows) + OK
        case ["count"]:
            return f"{len(switch.queues)}\n"
        case _:
            return "-ERR Queue not found!\n"
    return OK


def _tier(switch: Switch, words: list[str]) -> str:
    match words:
        case ["add", name, agent, *places] if name in switch.queues and agent in switch.agents:
            level, position = (int(place) for place in (*places, "1", "1")[:2])
            switch.queues[name].add(switch.agents[agent], level, position)
            switch.queues[name].wake()
        case ["del", name, agent] if name in switch.queues:
            switch.queues[name].tiers = [tier for tier in switch.queues[name].tiers if tier[0].name != agent]
        case ["set", "level" | "position" as what, name, agent, value] if name in switch.queues:
            for who, level, position in list(switch.queues[name].tiers):
                if who.name == agent:
                    switch.queues[name].add(
                        who, int(value) if what == "level" else level, int(value) if what == "position" else position
                    )
        case ["list", *_]:
            rows = [f"{queue.name}|{agent.name}|Ready|{level}|{position}\n" for queue in switch.queues.values()
                    for agent, level, position in queue.tiers]  # fmt: skip
            return "queue|agent|state|level|position\n" + "".join(rows) + OK
        case _:
            return "-ERR Queue or Agent not found!\n"
    return OK
