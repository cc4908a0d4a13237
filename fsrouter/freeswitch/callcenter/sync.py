"""One FreeSWITCH's mod_callcenter brought to what the rule books say, without harm to callers who wait.

The order of commands is that of `commands`; here they are sent, and what mod_callcenter does wrong on the way is
kept from doing harm (docs/queues.md). Knows no socket and no clock: it is given who asks.

A queue is changed by `queue reload` only while nobody waits in it: that takes the queue away and then looks for it in
the file (mod_callcenter.c:3862), and who waits meanwhile may be dropped from its rows (:2505) and hear music for ever.
Else by `queue load`, which puts the new one in the old one's place; the old one's few kilobytes stay until FreeSWITCH
ends.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree

from msgspec import Struct

from fsrouter.esl import api_commands
from fsrouter.freeswitch.callcenter import commands
from fsrouter.freeswitch.callcenter.commands import VERB, Command
from fsrouter.freeswitch.callcenter.model import CallCenter, QueueDef, by_name
from fsrouter.freeswitch.callcenter.tables import Ask, Running, ours, read

_RELOAD: Final = "queue reload "
_LOAD: Final = "queue load "


class SyncResult(Struct, frozen=True):
    """What came of one look.

    `done`: commands that were done. `refused`: commands that FreeSWITCH refused, with its words. `outdated`: queues
    that its callcenter.conf does not have as they should be, so that it cannot load them. `waiting`: queues that are
    gone from the rule book but still have callers.
    """

    done: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    outdated: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    def shortfall(self) -> str:
        """What could not be done, and what to do about it; "" when all was."""
        parts = []
        if self.outdated:
            parts.append(
                f"FreeSWITCH's callcenter.conf does not have {', '.join(self.outdated)} as it should be; "
                "run `fsrouter freeswitch sync --conf DIR` where FreeSWITCH runs"
            )
        if self.refused:
            parts.append(f"FreeSWITCH refused {'; '.join(f'{command}: {reply}' for command, reply in self.refused)}")
        if self.waiting:
            parts.append(f"callers still wait in {', '.join(self.waiting)}, which the rule book has no more")
        return "; ".join(parts)


def planned_commands(
    ask: Ask, wanted: CallCenter, companies: Collection[str], loaded: Mapping[str, QueueDef]
) -> tuple[Command, ...]:
    """What `sync_queues` would send, without what depends on callers who wait. Raises Error, and what `ask` raises."""
    old = ours(read(ask), wanted, companies, loaded)
    leaving = (step for _, steps in commands.removals(old, wanted) for step in steps)
    return (*commands.changes(old, wanted), *leaving)


def sync_queues(ask: Ask, wanted: CallCenter, companies: Collection[str], loaded: Mapping[str, QueueDef]) -> SyncResult:
    """Make what runs be as `wanted`; `companies` are all that the rule books have, `loaded` the queues as we last
    loaded them. Raises Error when mod_callcenter is not loaded, and what `ask` raises.
    """
    before = read(ask)
    old = ours(before, wanted, companies, loaded)
    sender = _Sender(ask, wanted)
    gone = commands.removals(old, wanted)
    waiting = [queue for queue, _ in gone if sender.callers(queue)]
    for verb, words in commands.changes(old, _with(wanted, old, waiting)):
        sender.send(verb, words)
    if sender.loaded:
        _restore_statuses(sender, before, {agent.name for agent in (*old.agents, *wanted.agents)})
    for queue, steps in gone:
        if queue in waiting:
            continue
        if sender.callers(queue):  # who has come meanwhile
            waiting.append(queue)
        else:
            for verb, words in steps:
                sender.send(verb, words)
    return SyncResult(tuple(sender.done), tuple(sender.refused), tuple(sender.outdated), tuple(waiting))


def _with(wanted: CallCenter, old: CallCenter, waiting: Collection[str]) -> CallCenter:
    """What is wanted, and with it the queues that are gone but in which callers wait: as long as they do, whoever
    serves there stays, also where their whole company is gone or has another name.
    """
    there = {tier.name for tier in wanted.tiers} | {agent.name for agent in wanted.agents}
    tiers = tuple(tier for tier in old.tiers if tier.queue in waiting and tier.name not in there)
    served = {tier.agent for tier in tiers} - there
    return replace(
        wanted,
        queues=wanted.queues + tuple(queue for queue in old.queues if queue.name in waiting),
        agents=wanted.agents + tuple(agent for agent in old.agents if agent.name in served),
        tiers=wanted.tiers + tiers,
    )


class _Sender:
    """Sends commands, and remembers what came of them."""

    def __init__(self, ask: Ask, wanted: CallCenter) -> None:
        self.ask = ask
        self.done: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self.outdated: list[str] = []
        self.loaded = False
        self._wanted = by_name(wanted.queues)
        self._filed: Mapping[str, Mapping[str, str]] | None = None

    def send(self, verb: str, words: str) -> None:
        """Send one command, unless it is about a queue that could not be loaded."""
        if words.startswith((_LOAD, _RELOAD)):
            queue = words.split()[-1]
            if not self._up_to_date(queue):
                self.outdated.append(queue)
                return
            words = f"{_RELOAD if words.startswith(_RELOAD) and not self.callers(queue) else _LOAD}{queue}"
        reply = self.ask(verb, words)
        line = f"{verb} {words}".strip()
        if commands.done(reply):
            self.done.append(line)
            self.loaded |= words.startswith((_LOAD, _RELOAD))
        elif not set(words.split()) & set(self.outdated):  # of a queue that is not there, no tier can be
            self.refused.append((line, reply.strip()))

    def callers(self, queue: str) -> int:
        """How many rows of callers a queue has; one that does not say counts as having some."""
        reply = self.ask(*commands.members(queue)).strip()
        return int(reply) if reply.isdigit() else 1

    def _up_to_date(self, queue: str) -> bool:
        """Whether callcenter.conf, as FreeSWITCH has read it, has a queue as wanted; also when it will not tell."""
        if self._filed is None:
            self._filed = filed(self.ask)
        return not self._filed or self._filed.get(queue) == dict(self._wanted[queue].parameters)


def filed(ask: Ask) -> Mapping[str, Mapping[str, str]]:
    """The parameters of each queue in callcenter.conf, as FreeSWITCH has read it last; empty when it does not tell."""
    reply = ask("xml_locate", "configuration configuration name callcenter.conf")
    try:
        conf = ElementTree.fromstring(reply)
    except ElementTree.ParseError:
        return {}
    return {
        queue.get("name", ""): {param.get("name", ""): param.get("value", "") for param in queue.iter("param")}
        for queue in conf.iterfind("queues/queue")
    }


def _restore_statuses(sender: _Sender, before: Running, mine: Collection[str]) -> None:
    """Say again the status of the operator's own agents: loading a queue sets every agent's status as the file has it
    (mod_callcenter.c:1355), also of those who have logged in or out since.
    """
    after = read(sender.ask).statuses
    for name, status in before.statuses.items():
        words = f"agent set status {name} '{status}'"
        if name not in mine and after.get(name, status) != status and api_commands.API[VERB].fullmatch(words):
            sender.send(VERB, words)
