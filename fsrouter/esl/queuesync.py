"""One FreeSWITCH's mod_callcenter brought to what the rule books say, without harm to callers who wait.

The order of commands is `install.queuesteps`'; here they are sent, and what mod_callcenter does wrong on the way is
kept from doing harm (docs/queues.md). Knows no socket and no clock: it is given who asks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct

from fsrouter.esl import apiforms
from fsrouter.esl.callcenter import VERB, Ask, Running, ours, read
from fsrouter.esl.install import queuesteps
from fsrouter.esl.install.queues import CallCenter, QueueDef
from fsrouter.esl.install.queuesteps import Command

_RELOAD: Final = "queue reload "
_LOAD: Final = "queue load "
_TIER: Final = ("tier add ", "tier set ")


class Kept(Struct, frozen=True):
    """What came of one look: commands that were done, commands that FreeSWITCH refused with its words, and queues that
    are gone from the rule book but still have callers.
    """

    done: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The queues that FreeSWITCH's callcenter.conf does not have, so that it cannot load them."""
        return tuple(c.partition(_LOAD)[2] for c, _ in self.refused if c.startswith(f"{VERB} {_LOAD}"))


def planned(
    ask: Ask, wanted: CallCenter, companies: Collection[str], loaded: Mapping[str, QueueDef]
) -> tuple[Command, ...]:
    """What `keep` would send, without what depends on callers who wait. Raises Error, and what `ask` raises."""
    old = ours(read(ask), wanted, companies, loaded)
    leaving = (step for _, steps in queuesteps.farewells(old, wanted) for step in steps)
    return (*queuesteps.changes(old, wanted), *leaving)


def keep(ask: Ask, wanted: CallCenter, companies: Collection[str], loaded: Mapping[str, QueueDef]) -> Kept:
    """Make what runs be as `wanted`; `companies` are all that the rule books have, `loaded` the queues as they were last
    loaded by us. Raises Error when mod_callcenter is not loaded, and what `ask` raises.
    """
    before = read(ask)
    old = ours(before, wanted, companies, loaded)
    telling = _Telling(ask)
    for verb, words in queuesteps.changes(old, wanted):
        telling.say(verb, words)
    if telling.loaded:
        _given_back(telling, before, {agent.name for agent in (*old.agents, *wanted.agents)})
    waiting = []
    for queue, steps in queuesteps.farewells(old, wanted):
        if telling.callers(queue):
            waiting.append(queue)
        else:
            for verb, words in steps:
                telling.say(verb, words)
    return Kept(tuple(telling.done), tuple(telling.refused), tuple(waiting))


class _Telling:
    """Sends commands, and remembers what came of them."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.done: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self.loaded = False
        self._missing: set[str] = set()

    def say(self, verb: str, words: str) -> None:
        """Send one command, unless it is about a queue that could not be loaded."""
        if words.startswith(_TIER) and words.split()[2] in self._missing:
            return
        if words.startswith(_RELOAD):
            words = self._gently(words.removeprefix(_RELOAD))
        reply = self.ask(verb, words)
        line = f"{verb} {words}".strip()
        if queuesteps.done(reply):
            self.done.append(line)
            self.loaded |= words.startswith((_LOAD, _RELOAD))
            return
        self.refused.append((line, reply.strip()))
        if words.startswith((_LOAD, _RELOAD)):
            self._missing.add(words.split()[-1])

    def callers(self, queue: str) -> int:
        """How many rows of callers a queue has; one that does not say counts as having some."""
        reply = self.ask(*queuesteps.members(queue)).strip()
        return int(reply) if reply.isdigit() else 1

    def _gently(self, queue: str) -> str:
        """How to have a queue read its parameters again. `reload` takes the queue away and then looks for it in the file
        (mod_callcenter.c:3850): who waits meanwhile is dropped from its rows and hears music for ever (:2500). `load`
        puts the new one in the old one's place; the old one's few kilobytes stay until FreeSWITCH ends.
        """
        return f"{_LOAD if self.callers(queue) else _RELOAD}{queue}"


def _given_back(telling: _Telling, before: Running, mine: Collection[str]) -> None:
    """Say again the status of the operator's own agents: loading a queue sets every agent's status as the file has it
    (mod_callcenter.c:1355), also of those who have logged in or out since.
    """
    after = read(telling.ask).statuses
    for name, status in before.statuses.items():
        words = f"agent set status {name} '{status}'"
        if name not in mine and after.get(name, status) != status and apiforms.API[VERB].fullmatch(words):
            telling.say(VERB, words)
