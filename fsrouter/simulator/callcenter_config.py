"""`callcenter_config`: queues, agents and tiers told from outside, as `freeswitch sync` does (mod_callcenter.c:3770).

What lives here: that one API command. What it must not know: calls.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from fsrouter.simulator.callcenter_model import Agent, Member, Queue

if TYPE_CHECKING:
    from fsrouter.simulator.switch import Switch

OK = "+OK\n"
DELAYS = ("max_no_answer", "wrap_up_time", "reject_delay_time", "busy_delay_time", "no_answer_delay_time")
AGENT = (
    f"name|instance_id|uuid|type|contact|status|state|{'|'.join(DELAYS)}|last_bridge_start|last_bridge_end|"
    "last_offered_call|last_status_change|no_answer_count|calls_answered|talk_time|ready_time|external_calls_count\n"
)
QUEUE = (
    "name|strategy|moh_sound|time_base_score|tier_rules_apply|tier_rule_wait_second|tier_rule_wait_multiply_level|"
    "tier_rule_no_agent_no_wait|discard_abandoned_after|abandoned_resume_allowed|max_wait_time|"
    "max_wait_time_with_no_agent|max_wait_time_with_no_agent_time_reached|record_template|calls_answered|"
    "calls_abandoned|ring_progressively_delay|skip_agents_with_external_calls|agent_no_answer_status\n"
)
MEMBER = (
    "queue|instance_id|uuid|session_uuid|cid_number|cid_name|system_epoch|joined_epoch|rejoined_epoch|bridge_epoch|"
    "abandoned_epoch|base_score|skill_score|serving_agent|serving_system|state|score\n"
)


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
            return _listed(AGENT, [_agent_row(agent) for agent in switch.agents.values()])
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
    elif what in DELAYS:
        agent.delays[what] = value
        if what == "reject_delay_time":
            agent.reject_delay = float(value or 0)
        elif what == "wrap_up_time":
            agent.wrap_up = float(value or 0)


def _agent_row(agent: Agent) -> str:
    delays = "|".join(agent.delays.get(name, "0") for name in DELAYS)
    offered = f"0|0|0|0|0|{agent.answered}|0|0|0"
    return f"{agent.name}|single_box||callback|{agent.contact}|{agent.status}|{agent.state}|{delays}|{offered}"


def _listed(heading: str, rows: list[str]) -> str:
    """A table as list_result_callback writes it: nothing but `+OK` when it is empty (mod_callcenter.c:3456)."""
    return (heading + "".join(f"{row}\n" for row in rows) if rows else "") + OK


def _queue(switch: Switch, words: list[str]) -> str:
    match words:
        case ["load" | "reload", name]:
            return _load(switch, name, again=words[0] == "reload")
        case ["unload", name]:
            if switch.queues.pop(name, None) is None:
                return "-ERR Invalid Queue not found!\n"
        case ["list", "agents", name] if name in switch.queues:
            return _listed(AGENT, [_agent_row(agent) for agent, _, _ in switch.queues[name].tiers])
        case ["list", "members", name]:
            queue = switch.queues.get(name, Queue(name))
            return _listed(
                MEMBER, [_member_row(queue, member) for member in sorted(queue.members, key=lambda m: m.rank)]
            )
        case ["count", "members", name]:
            return f"{len(switch.queues[name].members) if name in switch.queues else 0}\n"
        case ["list"]:
            return QUEUE + "".join(f"{_queue_row(queue)}\n" for queue in switch.queues.values()) + OK
        case ["count"]:
            return f"{len(switch.queues)}\n"
        case _:
            return "-ERR Queue not found!\n"
    return OK


def _load(switch: Switch, name: str, again: bool) -> str:
    """Take a queue's parameters from callcenter.conf, and every agent's status as well (mod_callcenter.c:716,1355)."""
    if not switch.callcenter_conf:
        switch.queues.setdefault(name, Queue(name))
        return OK
    conf = ElementTree.fromstring(switch.callcenter_conf)
    found = conf.find(f"queues/queue[@name='{name}']")
    if found is None:
        if again:
            switch.queues.pop(name, None)
        return "-ERR Invalid Queue not found!\n"
    said = {param.get("name"): param.get("value", "") for param in found.iter("param")}
    queue = switch.queues.setdefault(name, Queue(name))
    queue.strategy, queue.music = said["strategy"], said["moh-sound"]
    queue.max_wait = float(said["max-wait-time"])
    queue.max_wait_with_no_agent = float(said["max-wait-time-with-no-agent"])
    for each in conf.iterfind("agents/agent"):
        agent = switch.agents.get(each.get("name", ""))
        if agent is not None:
            agent.status = each.get("status", agent.status)
    return OK


def _queue_row(queue: Queue) -> str:
    waits = f"{queue.max_wait:.0f}|{queue.max_wait_with_no_agent:.0f}|0"
    rules = "system|false|0|true|true|60|false"
    return f"{queue.name}|{queue.strategy}|{queue.music}|{rules}|{waits}||0|0|10|true|On Break"


def _member_row(queue: Queue, member: Member) -> str:
    line, joined = member.line, member.line.variables.get("cc_queue_joined_epoch", "0")
    state, serving = ("Trying", member.ringing[0][0].name) if member.ringing else ("Waiting", "")
    who = f"{line.profile.caller_number}|{line.profile.caller_name}"
    times = f"{joined}|{joined}|0|0|0|{member.score}|0"
    return f"{queue.name}|single_box|{member.uuid}|{line.uuid}|{who}|{times}|{serving}||{state}|{-member.rank[0]:.0f}"


def _tier(switch: Switch, words: list[str]) -> str:
    match words:
        case ["add", name, agent, *_] if any(
            tier[0].name == agent for queue in switch.queues.values() if queue.name == name for tier in queue.tiers
        ):
            return "-ERR Tier already exist!\n"
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
            rows = [
                f"{queue.name}|{agent.name}|Ready|{level}|{position}"
                for queue in switch.queues.values()
                for agent, level, position in queue.tiers
            ]
            return _listed("queue|agent|state|level|position\n", rows)
        case ["add", name, *_]:
            return f"-ERR {'Agent' if name in switch.queues else 'Queue'} not found!\n"
        case _:
            return "-ERR Unknown Error!\n"
    return OK
