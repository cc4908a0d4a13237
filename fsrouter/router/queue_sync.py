"""Queues kept in step: mod_callcenter follows the rule book in force, the agents' breaks and their hours while `serve`
runs.

Of all routers that share the store one does it, the first by name that lives: two at once would do no harm, only
everything twice. Callers who wait need no router; without one, queues stay as they are, and nobody is told their
position. What mod_callcenter does wrong, and what is done about it, stands in docs/queues.md.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.engine.walk.availability import AvailabilitySource
from fsrouter.errors import Error
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.queues import callcenter_name
from fsrouter.esl.events import Event
from fsrouter.esl.inbound import NotConnected
from fsrouter.esl.observer import Observer
from fsrouter.freeswitch.callcenter import tables
from fsrouter.freeswitch.callcenter.commands import VERB
from fsrouter.freeswitch.callcenter.model import CallCenter, QueueDef
from fsrouter.freeswitch.callcenter.positions import Announcements, Offers, position_sounds, waiting_callers
from fsrouter.freeswitch.callcenter.sync import sync_queues
from fsrouter.freeswitch.install.conf_dir import plan_queues
from fsrouter.freeswitch.install.from_rulebook import ANNOUNCE_EVERY, POSITION, callcenter_from
from fsrouter.freeswitch.install.plan import apply
from fsrouter.log.logger import get_logger
from fsrouter.router.rulebooks import CompanyStates, RuleBooks
from fsrouter.router.store_threads import StoreThreads
from fsrouter.runtime import Runtime
from fsrouter.settings.model import Settings
from fsrouter.store import Node

_log = get_logger("fsrouter.router")

#: Seconds after which what FreeSWITCH refused is tried again, and between two looks for agents who are held for nobody.
AGAIN: Final = 30.0
#: Seconds after which a queue is looked for again that callcenter.conf does not have as it should be.
OUTDATED: Final = 300.0
#: Seconds that mod_callcenter has to cancel an agent's phone by itself when the caller has left.
CANCEL: Final = 0.5


def leads(alive: Sequence[Node], me: str) -> bool:
    """Whether the router `me` is the first by name of those that live and take calls."""
    return all(node.name >= me for node in alive if node.state == "up")


@dataclass
class _Switch:
    """One FreeSWITCH: what was last made of it, and when it is to be looked at again (epoch)."""

    observer: Observer
    conf: str
    kept: CallCenter | None = None
    loaded: dict[str, QueueDef] = field(default_factory=dict)
    again: float = 0.0
    held: frozenset[str] = frozenset()
    look_for_held: float = 0.0
    losses: int = 0
    warned: str = ""
    watched: set[str] = field(default_factory=set)


@dataclass(eq=False)
class QueueSync:
    """Keeps the queues of every observed FreeSWITCH in step, tells callers their position, cancels rings for nobody.

    `available` knows who is on a break or outside of their hours; `again` are the seconds after which what was refused
    is tried again; see AGAIN.
    """

    threads: StoreThreads
    rulebooks: RuleBooks
    available: AvailabilitySource
    observers: Sequence[Observer]
    settings: Settings
    runtime: Runtime
    again: float = AGAIN

    def __post_init__(self) -> None:
        switches = zip(self.observers, self.settings.freeswitch, strict=True)
        self._switches = [_Switch(observer, switch.conf) for observer, switch in switches]
        self._snapshot = Snapshot()
        self._states: Mapping[str, CompanyStates] | None = None
        self._with_hours: list[RuleBook] = []
        self._off_hours: tuple[Container[str], ...] = ()
        self._wanted = CallCenter()
        self._positions: tuple[str, ...] = ()
        self._announcements = Announcements(ANNOUNCE_EVERY)
        self._offers = Offers()
        for switch in self._switches:
            switch.observer.register_handle("callcenter::info", lambda event, s=switch: self.heard(s.observer, event))

    def look(self) -> None:
        """Bring every FreeSWITCH in step, if this router is the one that does. Raises StoreUnreachable."""
        if self.threads.for_router(self._look_in_store):
            for switch in self._switches:
                self._attend(switch)
            self._announcements.forget(self.runtime.now() - ANNOUNCE_EVERY)

    def heard(self, observer: Observer, event: Event) -> None:
        """Take in an event of mod_callcenter; see CANCEL."""
        if member := self._offers.on_event(event):
            self.runtime.later(CANCEL, self._cancel, observer, member)

    def _cancel(self, observer: Observer, member: str) -> None:
        """Cancel an agent's phone that rings for a caller who has left: mod_callcenter cancels the legs that there are
        at that moment (mod_callcenter.c:3271), and one that is only being made rings on, for nobody.
        """
        if self._offers.is_open(member):
            try:
                observer.api("hupall", f"ORIGINATOR_CANCEL cc_member_pre_answer_uuid {member}")
                _log.info("an agent's phone rang for a caller who had left; it was cancelled", member=member)
            except (NotConnected, ValueError) as why:
                _log.warning("an agent's phone may ring for a caller who has left", member=member, error=str(why))

    def _look_in_store(self) -> bool:
        """Learn what is wanted now, when that has changed. False when another router looks after the queues."""
        snapshot, states = self.rulebooks.snapshot, self.rulebooks.states
        books = list(snapshot.books.values())
        if snapshot is not self._snapshot:
            self._with_hours = [book for book in books if any(agent.hours for agent in book.agents.values())]
        off_hours = tuple(map(self.available.off_hours, self._with_hours))
        if snapshot is not self._snapshot or states is not self._states or off_hours != self._off_hours:
            self._wanted = callcenter_from(books, CallSettings.of(self.settings), self.available)
            self._positions = tuple(_position_queues(books))
            self._snapshot, self._states, self._off_hours = snapshot, states, off_hours
        return leads(self.threads.store.nodes.alive(self.runtime.now()), self.settings.node)

    def _attend(self, switch: _Switch) -> None:
        observer, now = switch.observer, self.runtime.now()
        if not observer.up:
            return
        try:
            if switch.kept != self._wanted or switch.losses != observer.losses or 0 < switch.again <= now:
                self._keep(switch, now)
            if self._wanted.queues:
                self._free_held(switch, now)
                for queue in self._positions:
                    self._tell_positions(observer, queue, now)
        except NotConnected as why:
            switch.kept = None
            self._warn(switch, f"queues are not in step: {why}")
        except (Error, ValueError) as why:
            switch.kept, switch.again = self._wanted, now + self.again
            self._warn(switch, f"queues are not in step: {why}")

    def _keep(self, switch: _Switch, now: float) -> None:
        wanted, companies = self._wanted, self._snapshot.companies
        if not wanted.queues and switch.kept is None:
            switch.kept = wanted  # nothing is wanted, and nothing was: mod_callcenter need not even be there
            return
        switch.losses = switch.observer.losses
        if switch.conf:
            self.threads.for_router(_write, wanted, switch.conf)
        kept = sync_queues(switch.observer.api, wanted, companies, switch.loaded)
        switch.loaded |= {queue.name: queue for queue in wanted.queues if queue.name not in kept.outdated}
        self._listen(switch, wanted)
        switch.kept = wanted
        later = self.again if kept.refused or kept.waiting else OUTDATED if kept.outdated else 0.0
        switch.again = now + later if later else 0.0
        if kept.done:
            _log.info("queues are brought up to date", done="; ".join(kept.done))
        self._warn(switch, kept.shortfall())

    def _listen(self, switch: _Switch, wanted: CallCenter) -> None:
        names = {queue.name for queue in wanted.queues}
        for queue in switch.watched - names:
            switch.observer.forget_queue(queue)
        for queue in names - switch.watched:
            switch.observer.watch_queue(queue)
        switch.watched = names

    def _free_held(self, switch: _Switch, now: float) -> None:
        """Let agents go who are Reserved at two looks: with `reserve-agents` one for whom another was quicker stays so
        for ever (mod_callcenter.c:2361,2393).
        """
        if now < switch.look_for_held:
            return
        switch.look_for_held = now + self.again
        companies = self._snapshot.companies
        held = tables.reserved(tables.read(switch.observer.api), companies)
        for agent in sorted(held & switch.held):
            switch.observer.api(VERB, f"agent set state {agent} Waiting")
            _log.warning("an agent was held for a caller who is gone, and is free again", agent=agent)
        switch.held = held

    def _tell_positions(self, observer: Observer, queue: str, now: float) -> None:
        members = tables.rows(observer.api(VERB, f"queue list members {queue}"), "cid_name")
        for position, uuid in self._announcements.due(waiting_callers(members), now):
            if sounds := position_sounds(position):
                observer.api("uuid_displace", f"{uuid} start {sounds}")

    def _warn(self, switch: _Switch, trouble: str) -> None:
        if trouble and trouble != switch.warned:
            _log.warning("queues cannot be kept as the rule books say", error=trouble)
        switch.warned = trouble


def _write(wanted: CallCenter, conf: str) -> None:
    """Have callcenter.conf say what holds after a restart of FreeSWITCH: the same without breaks. Raises UsageError."""
    agents = tuple(replace(agent, status="Available") for agent in wanted.agents)
    apply(plan_queues(replace(wanted, agents=agents), Path(conf)))


def _position_queues(books: Sequence[RuleBook]) -> list[str]:
    """The queues in which callers are told where they stand."""
    return [
        callcenter_name(book.company, name)
        for book in books
        for name, queue in book.queues.items()
        if queue.announce == POSITION
    ]
