"""From one state of mod_callcenter to another, as api commands in an order that harms no waiting caller. Pure.

A command is (verb, arguments), as `callcenter_config`, `queue load support@acme` (mod_callcenter.c:3540). The file
callcenter.conf must say the new state first: a queue is loaded from there, and brings all agents and tiers of the file
with it (:641-735), so an `add` may find that it was done: `done` reads the replies.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fsrouter.freeswitch.callcenter.model import CallCenter, by_name

Command = tuple[str, str]

VERB: Final = "callcenter_config"
_THERE_ALREADY: Final = ("-ERR Agent already exist", "-ERR Tier already exist")


def changes(old: CallCenter, new: CallCenter) -> tuple[Command, ...]:
    """What to send at once to make `old` be `new`; empty when they are the same.

    Queues that are gone: see `removals`.
    """
    before, after = by_name(old.queues), by_name(new.queues)
    added = [name for name in after if name not in before]
    altered = [name for name in after if name in before and before[name] != after[name]]
    steps = [
        *_removed_tiers(old, new),
        *_removed_agents(old, new),
        *(f"queue load {name}" for name in added),
        *(f"queue reload {name}" for name in altered),
        *_agents(old, new, again=bool(added or altered)),
        *_tiers(old, new),
    ]
    commands = tuple((VERB, words) for words in steps)
    return (("reloadxml", ""), *commands) if _file(old) != _file(new) else commands


def removals(old: CallCenter, new: CallCenter) -> tuple[tuple[str, tuple[Command, ...]], ...]:
    """Queues that are gone, each with what to send once `queue count members NAME` answers 0, and not before.

    A caller in a queue that is unloaded hears music for ever: the thread that would end their wait leaves first
    (mod_callcenter.c:2855). Until then the queue lives on in memory, with its tiers and its longest wait.
    """
    queues, agents = by_name(new.queues), by_name(new.agents)
    found = []
    for name in by_name(old.queues):
        if name not in queues:
            tiers = [f"tier del {tier.name}" for tier in old.tiers if tier.queue == name and tier.agent in agents]
            found.append((name, tuple((VERB, words) for words in (*tiers, f"queue unload {name}"))))
    return tuple(found)


def members(queue: str) -> Command:
    """Asks how many callers wait in a queue; the reply is a number and a newline."""
    return VERB, f"queue count members {queue}"


def done(reply: str) -> bool:
    """Whether a reply says that all is as it should be: `+OK`, a number, or that what was to be added is there."""
    return not reply.startswith("-") or reply.startswith(_THERE_ALREADY)


def _file(state: CallCenter) -> object:
    """What callcenter.conf says, breaks apart: those are set by command and need no reading of the file."""
    return state.queues, tuple((agent.name, agent.settings) for agent in state.agents), state.tiers


def _removed_tiers(old: CallCenter, new: CallCenter) -> Iterable[str]:
    """Tiers go before their agents, and those of a queue that is gone with it: an agent without its row would be
    dispatched by name only.
    """
    queues, agents, tiers = by_name(new.queues), by_name(new.agents), by_name(new.tiers)
    for tier in old.tiers:
        if tier.name not in tiers and (tier.queue in queues or tier.agent not in agents):
            yield f"tier del {tier.name}"


def _removed_agents(old: CallCenter, new: CallCenter) -> Iterable[str]:
    agents = by_name(new.agents)
    for agent in old.agents:
        if agent.name not in agents:
            # First no more calls, and the leg that rings now is given up (mod_callcenter.c:1036-1045); then the row.
            yield f"agent set status {agent.name} 'Logged Out'"
            yield f"agent del {agent.name}"


def _agents(old: CallCenter, new: CallCenter, again: bool) -> Iterable[str]:
    """Settings that differ.

    `again`: queues were loaded, which set every agent's status as the file has it, so say it once more.
    """
    before = by_name(old.agents)
    for agent in new.agents:
        known = before.get(agent.name)
        if known is None:
            yield f"agent add {agent.name} callback"
        had = dict(known.settings) if known else {}
        for key, value in agent.settings:
            if had.get(key) != value:
                yield f"agent set {key} {agent.name} {value}"
        if again or known is None or known.status != agent.status:
            yield f"agent set status {agent.name} '{agent.status}'"


def _tiers(old: CallCenter, new: CallCenter) -> Iterable[str]:
    before = by_name(old.tiers)
    for tier in new.tiers:
        known = before.get(tier.name)
        if known == tier:
            continue
        if known is None:
            yield f"tier add {tier.name} {tier.level} {tier.position}"
        yield f"tier set level {tier.name} {tier.level}"
        yield f"tier set position {tier.name} {tier.position}"
