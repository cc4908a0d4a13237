"""Queues kept in step: mod_callcenter follows the rule book in force and the agents' breaks while `serve` runs.

Of all routers that share the store one does it, the first by name that lives: two at once would do no harm, only
everything twice. Callers who wait need no router (DESIGN section 8); without one, queues stay as they are, and
nobody is told his position. What mod_callcenter does wrong, and what is done about it, stands in docs/queues.md.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import gevent

from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.errors import Error
from fsrouter.esl.call.queues import callcenter_name
from fsrouter.esl.call.trunks import CallSettings
from fsrouter.esl.events import Event
from fsrouter.esl.inbound import NotConnected
from fsrouter.esl.observer import Observer
from fsrouter.freeswitch.callcenter import tables
from fsrouter.freeswitch.callcenter.commands import VERB
from fsrouter.freeswitch.callcenter.model import CallCenter, QueueDef
from fsrouter.freeswitch.callcenter.positions import Offers, Told, position_sounds, standing
from fsrouter.freeswitch.callcenter.sync import SyncResult, sync_queues
from fsrouter.freeswitch.install.conf_dir import plan_queues
from fsrouter.freeswitch.install.from_rulebook import ANNOUNCE_EVERY, POSITION, callcenter_from
from fsrouter.freeswitch.install.plan import apply
from fsrouter.router.call_data import Desk
from fsrouter.settings.model import Settings
from fsrouter.store import Node, Store

_log = logging.getLogger("fsrouter.queues")

#: Seconds between two looks at what has changed; who waits is told his position at such a look.
LOOK: Final = 1.0
#: Seconds after which what FreeSWITCH refused is tried again, and between two looks for agents who are held for nobody.
AGAIN: Final = 30.0
#: Seconds after which a queue is looked for again that callcenter.conf does not have as it should be.
OUTDATED: Final = 300.0
#: Seconds without a heartbeat after which a router no longer counts.
SILENT: Final = 15.0
#: Seconds that mod_callcenter has to cancel an agent's phone by itself when the caller has left.
CANCEL: Final = 0.5


def with_breaks(wanted: CallCenter, away: frozenset[str]) -> CallCenter:
    """The same queues with those agents on a break (`away`, as mod_callcenter names them)."""
    agents = (replace(a, status="On Break") if a.name in away else a for a in wanted.agents)
    return replace(wanted, agents=tuple(agents))


def away(store: Store, books: Sequence[RuleBook]) -> frozenset[str]:
    """The agents who are on a break, as mod_callcenter names them. Raises StoreUnreachable."""
    states = ((book, state) for book in books for state in store.states.agents(book.company).values())
    return frozenset(
        callcenter_name(book.company, state.name)
        for book, state in states
        if state.state == "break" and state.name in book.agents
    )


def leads(nodes: Sequence[Node], me: str, now: float) -> bool:
    """Whether the router `me` is the first by name of those that live (epoch)."""
    return all(node.name >= me for node in nodes if node.state == "up" and now - node.beat < SILENT)


@dataclass
class _Switch:
    """One FreeSWITCH: what was last made of it, and when it is to be looked at again (epoch)."""

    observer: Observer
    conf: str = ""
    kept: CallCenter | None = None
    loaded: dict[str, QueueDef] = field(default_factory=dict)
    again: float = 0.0
    held: frozenset[str] = frozenset()
    look_for_held: float = 0.0
    losses: int = 0
    said: str = ""
    watched: set[str] = field(default_factory=set)


class QueueKeeper:
    """Keeps the queues of every observed FreeSWITCH in step, tells callers their position, cancels orphaned rings."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        observers: Sequence[Observer],
        settings: Settings,
        clock: Callable[[], float] = time.time,
        look: float = LOOK,
    ) -> None:
        self._every = look
        self._store = store
        self._desk = desk
        self._settings = settings
        self._clock = clock
        confs = [switch.conf for switch in settings.freeswitch] or [""] * len(observers)
        self._switches = [_Switch(observer, conf) for observer, conf in zip(observers, confs, strict=True)]
        self._snapshot: Snapshot | None = None
        self._states: object = None
        self._wanted = CallCenter()
        self._positions: tuple[str, ...] = ()
        self._told = Told(ANNOUNCE_EVERY)
        self._offers = Offers()
        self._looking: gevent.Greenlet | None = None
        for switch in self._switches:
            switch.observer.register_handle("callcenter::info", lambda event, s=switch: self.heard(s.observer, event))

    def start(self) -> None:
        """Begin to keep."""
        self._looking = gevent.spawn(self._look)

    def stop(self) -> None:
        """Keep no more; queues stay as they are."""
        if self._looking:
            self._looking.kill()

    def heard(self, observer: Observer, event: Event) -> None:
        """Take in an event of mod_callcenter; see CANCEL."""
        if member := self._offers.heard(event):
            gevent.spawn_later(CANCEL, self._cancel, observer, member)

    def _cancel(self, observer: Observer, member: str) -> None:
        """Cancel an agent's phone that rings for a caller who has left: mod_callcenter cancels the legs that there are
        at that moment (mod_callcenter.c:3271), and one that is only being made rings on, for nobody.
        """
        if self._offers.open(member):
            try:
                observer.api("hupall", f"ORIGINATOR_CANCEL cc_member_pre_answer_uuid {member}")
                _log.info("an agent's phone rang for a caller who had left; it was cancelled")
            except (NotConnected, ValueError) as why:
                _log.warning("an agent's phone may ring for a caller who has left: %s", why)

    def _look(self) -> None:
        while True:
            gevent.sleep(self._every)
            try:
                if self._desk.in_store(self._look_in_store, deadline=None):
                    for switch in self._switches:
                        self._attend(switch)
                    self._told.forget(self._clock() - ANNOUNCE_EVERY)
            except Exception as error:
                _log.warning("queues could not be looked after: %s", error)

    def _look_in_store(self) -> bool:
        """Learn what is wanted now, when that has changed. False when another router looks after the queues."""
        snapshot, states = self._desk.snapshot, self._store.states.token()
        if snapshot is not self._snapshot or states != self._states:
            books = list(snapshot.books.values())
            wanted = callcenter_from(books, CallSettings.of(self._settings))
            self._wanted = with_breaks(wanted, away(self._store, books))
            self._positions = tuple(_position_queues(books))
            self._snapshot, self._states = snapshot, states
        return leads(self._store.nodes.list(), self._settings.node, self._clock())

    def _attend(self, switch: _Switch) -> None:
        observer, now = switch.observer, self._clock()
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
            self._say(switch, f"queues are not in step: {why}")
        except (Error, ValueError) as why:
            switch.kept, switch.again = self._wanted, now + AGAIN
            self._say(switch, f"queues are not in step: {why}")

    def _keep(self, switch: _Switch, now: float) -> None:
        wanted, companies = self._wanted, set(self._snapshot.books if self._snapshot else ())
        if not wanted.queues and switch.kept is None:
            switch.kept = wanted  # nothing is wanted, and nothing was: mod_callcenter need not even be there
            return
        switch.losses = switch.observer.losses
        if switch.conf:
            self._desk.in_store(_write, wanted, switch.conf, deadline=None)
        kept = sync_queues(switch.observer.api, wanted, companies, switch.loaded)
        switch.loaded |= {queue.name: queue for queue in wanted.queues if queue.name not in kept.outdated}
        self._listen(switch, wanted)
        switch.kept = wanted
        later = AGAIN if kept.refused or kept.waiting else OUTDATED if kept.outdated else 0.0
        switch.again = now + later if later else 0.0
        if kept.done:
            _log.info("queues: %s", "; ".join(kept.done))
        self._say(switch, shortfall(kept))

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
        switch.look_for_held = now + AGAIN
        companies = set(self._snapshot.books if self._snapshot else ())
        held = tables.reserved(tables.read(switch.observer.api), companies)
        for agent in sorted(held & switch.held):
            switch.observer.api(VERB, f"agent set state {agent} Waiting")
            _log.warning("%s was held for a caller who is gone, and is free again", agent)
        switch.held = held

    def _tell_positions(self, observer: Observer, queue: str, now: float) -> None:
        members = tables.rows(observer.api(VERB, f"queue list members {queue}"), "cid_name")
        for position, uuid in self._told.due(standing(members), now):
            if sounds := position_sounds(position):
                observer.api("uuid_displace", f"{uuid} start {sounds}")

    def _say(self, switch: _Switch, trouble: str) -> None:
        if trouble and trouble != switch.said:
            _log.warning("%s", trouble)
        switch.said = trouble


def shortfall(kept: SyncResult) -> str:
    """What could not be done, and what to do about it; "" when all was."""
    parts = []
    if kept.outdated:
        parts.append(
            f"FreeSWITCH's callcenter.conf does not have {', '.join(kept.outdated)} as it should be; "
            "run `fsrouter freeswitch sync --conf DIR` where FreeSWITCH runs"
        )
    if kept.refused:
        parts.append(f"FreeSWITCH refused {'; '.join(f'{command}: {reply}' for command, reply in kept.refused)}")
    if kept.waiting:
        parts.append(f"callers still wait in {', '.join(kept.waiting)}, which the rule book has no more")
    return "; ".join(parts)


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
