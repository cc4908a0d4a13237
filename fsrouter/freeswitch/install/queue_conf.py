"""From one state of mod_callcenter to another, as api commands in an order that harms no waiting caller. Pure.

A command is (verb, arguments), as `callcenter_config`, `queue load support@acme`. The file callcenter.conf must say
the new state first: a queue is loaded from there, and brings all agents and tiers of the file with it
(mod_callcenter.c:641-735), so an `add` may find that it was done: `done` reads the replies.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fsrouter.freeswitch.callcenter.model import AgentDef, CallCenter, TierDef

Command = tuple[str, str]

_VERB: Final = "callcenter_config"
_THERE_ALREADY: Final = ("-ERR Agent already exist", "-ERR Tier already exist")


def changes(old: CallCenter, new: CallCenter) -> tuple[Command, ...]:
    """What to send at once to make `old` be `new`; empty when they are the same.

    Queues that are gone: see `farewells`.
    """
    before = {queue.name: queue for queue in old.queues}
    added = [queue.name for queue in new.queues if queue.name not in before]
    altered = [queue.name for queue in new.queues if queue.name in before and before[queue.name] != queue]
    retired = {queue.name for queue in old.queues} - {queue.name for queue in new.queues}
    steps = [
        *_tiers_gone(old, new, retired),
        *_agents_gone(old, new),
        *(_config(f"queue load {name}") for name in added),
        *(_config(f"queue reload {name}") for name in altered),
        *_agents(old, new, again=bool(added or altered)),
        *_tiers(old, new),
    ]
    return (("reloadxml", ""), *steps) if _file(old) != _file(new) else tuple(steps)


def farewells(old: CallCenter, new: CallCenter) -> tuple[tuple[str, tuple[Command, ...]], ...]:
    """Queues that are gone, each with what to send once `queue count members NAME` answers 0, and not before.

    A caller in a queue that is unloaded hears music for ever: the thread that would end his wait leaves first
    (mod_callcenter.c:2855). Until then the queue lives on in memory, with its tiers and its longest wait.
    """
    staying = {queue.name for queue in new.queues}
    agents = {agent.name for agent in new.agents}
    gone = [queue.name for queue in old.queues if queue.name not in staying]
    return tuple(
        (
            name,
            (
                *(_tier_gone(tier) for tier in old.tiers if tier.queue == name and tier.agent in agents),
                _config(f"queue unload {name}"),
            ),
        )
        for name in gone
    )


def members(queue: str) -> Command:
    """Asks how many callers wait in a queue; the reply is a number and a newline."""
    return _config(f"queue count members {queue}")


def done(reply: str) -> bool:
    """Whether a reply says that all is as it should be: `+OK`, a number, or that what was to be added is there."""
    return not reply.startswith("-") or reply.startswith(_THERE_ALREADY)


def _file(state: CallCenter) -> object:
    """What callcenter.conf says, breaks apart: those are set by command and need no reading of the file."""
    return state.queues, tuple((agent.name, agent.settings) for agent in state.agents), state.tiers


def _config(arguments: str) -> Command:
    return _VERB, arguments


def _tier_gone(tier: TierDef) -> Command:
    return _config(f"tier del {tier.queue} {tier.agent}")


def _tiers_gone(old: CallCenter, new: CallCenter, retired: set[str]) -> Iterable[Command]:
    """Tiers go before their agents: an agent without its row would be dispatched by name only."""
    staying = {(tier.queue, tier.agent) for tier in new.tiers}
    agents = {agent.name for agent in new.agents}
    for tier in old.tiers:
        if (tier.queue, tier.agent) not in staying and (tier.queue not in retired or tier.agent not in agents):
            yield _tier_gone(tier)


def _agents_gone(old: CallCenter, new: CallCenter) -> Iterable[Command]:
    staying = {agent.name for agent in new.agents}
    for agent in old.agents:
        if agent.name not in staying:
            # First no more calls, and the leg that rings now is given up (mod_callcenter.c:1036-1045); then the row.
            yield _config(f"agent set status {agent.name} 'Logged Out'")
            yield _config(f"agent del {agent.name}")


def _agents(old: CallCenter, new: CallCenter, again: bool) -> Iterable[Command]:
    """Settings that differ.

    `again`: queues were loaded, which set every agent's status as the file has it, so say it once more.
    """
    before = {agent.name: agent for agent in old.agents}
    for agent in new.agents:
        known = before.get(agent.name)
        if known is None:
            yield _config(f"agent add {agent.name} callback")
        yield from _settings(agent, known)
        if again or known is None or known.status != agent.status:
            yield _config(f"agent set status {agent.name} '{agent.status}'")


def _settings(agent: AgentDef, known: AgentDef | None) -> Iterable[Command]:
    had = dict(known.settings) if known else {}
    for key, value in agent.settings:
        if had.get(key) != value:
            yield _config(f"agent set {key} {agent.name} {value}")


def _tiers(old: CallCenter, new: CallCenter) -> Iterable[Command]:
    before = {(tier.queue, tier.agent): tier for tier in old.tiers}
    for tier in new.tiers:
        known = before.get((tier.queue, tier.agent))
        if known == tier:
            continue
        if known is None:
            yield _config(f"tier add {tier.queue} {tier.agent} {tier.level} {tier.position}")
        yield _config(f"tier set level {tier.queue} {tier.agent} {tier.level}")
        yield _config(f"tier set position {tier.queue} {tier.agent} {tier.position}")
