"""`fsrouter serve`: composes the parts, runs until told to stop, and takes them apart again in the other order.

A router that stops takes no new calls and lets those that it has go on: it waits for them, and what has not ended
when its patience ends goes on without it, as if it had died (DESIGN section 7).
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import gevent
from gevent.event import Event as Signal

from fsrouter import __version__
from fsrouter.crm.client import Client
from fsrouter.crm.lookup.lookup import LiveLookups
from fsrouter.crm.sync.scheduler import ContactSyncScheduler
from fsrouter.crm.transport.http import Sender
from fsrouter.crm.writeback.queue import WriteBackQueue
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers import geo
from fsrouter.esl.call.trunks import CallSettings
from fsrouter.esl.events import Event
from fsrouter.esl.inbound import NotConnected
from fsrouter.esl.lifecycle import CallSession, Ended
from fsrouter.esl.observer import Observer
from fsrouter.esl.server import Server
from fsrouter.router import status
from fsrouter.router.call_data import Desk
from fsrouter.router.cdr.writer import Scribe
from fsrouter.router.conductor import Conductor
from fsrouter.router.crm_lookups import Records
from fsrouter.router.latency import Latency
from fsrouter.router.operator_commands import Operators
from fsrouter.router.queue_sync import QueueKeeper
from fsrouter.router.recovery import Orphans
from fsrouter.router.watchdog import Watchdog
from fsrouter.settings.model import Settings
from fsrouter.store import Node, Store
from fsrouter.store.write_behind import WriteBehind

_log = logging.getLogger("fsrouter.service")

#: Seconds that FreeSWITCH may take to tell about a call that it has handed over.
CONNECT = 5.0
#: Seconds after which a thread lets another one run, if it wants to. With Python's own (0.005) a busy hub makes each
#: step of the store's threads wait so long that facts come too late for their calls.
TURN = 0.0005
#: Seconds that the last records may take to be written.
WRITE = 10.0
#: Seconds between two heartbeats of a router in the store.
BEAT = 5.0
#: Seconds that calls get to be written to CRMs when a router stops.
POST = 5.0


class Door(Protocol):
    """What else is open while a router takes calls: the web server. `start` raises AddressTaken."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Service:
    """One router.

    `doors` are opened after the calls' own server; they stay open while calls finish, and are closed before the rest.

    `start`, then `run` until `stop` is called (from a signal, another greenlet), or use it in a `with` block.
    """

    def __init__(
        self, settings: Settings, store: Store, records: Records | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self.store = store
        self.crm_client = Client(Sender(settings.crm_networks, settings.crm_ca))
        self.desk = Desk(store, clock, records or LiveLookups(self.crm_client, store.contacts.owners))
        self.behind = WriteBehind(store.journal.write)
        self.scribe = Scribe(self.behind, settings.node, clock)
        self.desk.count_with(self.scribe.busy)
        self.conductor = Conductor(self.desk, self.scribe, CallSettings.of(settings), settings.key, clock)
        self.server = Server(
            settings.address, self._converse, settings.limit, networks=settings.peers, shared=settings.shared
        )
        self.observers = [
            Observer(s.host, s.port, s.password, on_event=self._heard, on_up=self._observed)
            for s in settings.freeswitch
        ]
        self.scribe.observed = lambda: any(observer.up for observer in self.observers)
        self.orphans = Orphans(store, self.desk, self.scribe, self.conductor.standing, clock)
        self.operators = Operators(store, self.desk, self.scribe, self.observers, settings)
        self.queues = QueueKeeper(store, self.desk, self.observers, settings, clock)
        self.contact_sync = ContactSyncScheduler(store, self._books, self.crm_client, settings.node)
        self.writeback = WriteBackQueue(store, self._books, self.scribe.pages, self.crm_client, settings.node)
        self.scribe.listeners.append(self.writeback.heard)
        self.watchdog = Watchdog()
        self.latency = Latency()
        self.doors: list[Door] = []
        self._clock = clock
        self._began = clock()
        self._stopping = Signal()
        self._hurried = Signal()
        self._talks: set[gevent.Greenlet] = set()
        self._beating: gevent.Greenlet | None = None

    def __enter__(self) -> Service:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.close()

    def start(self) -> None:
        """Take calls. Raises AddressTaken, StoreUnreachable; then nothing of it is left behind."""
        try:
            self.desk.open()
            self.desk.in_store(self._prepare, deadline=None)
            # What is there by now stays: the collector need not look at it again and again.
            gc.freeze()
            sys.setswitchinterval(TURN)
            self.server.start()
            for door in self.doors:
                door.start()
        except BaseException:
            self._shut()
            self.desk.close()
            self.behind.close(0.0)
            raise
        for observer in self.observers:
            observer.start()
        self.operators.start()
        if self.settings.keep_queues:
            self.queues.start()
        if self.settings.keep_contacts:
            self.contact_sync.start()
        self.writeback.start()
        self.watchdog.start()
        self._beating = gevent.spawn(self._beat)
        _log.info("fsrouter %s takes calls on %s:%s", __version__, self.settings.address[0], self.server.port)

    def _books(self) -> Mapping[str, RuleBook]:
        return self.desk.snapshot.books

    def _prepare(self) -> None:
        """Read the tables of places before the first call asks for them; where cities lie only when a rule book
        measures.
        """
        measures = any(g.locations for book in self.desk.snapshot.books.values() for g in book.geo_routers.values())
        geo.prepare(coordinates=measures)

    def run(self) -> None:
        """Take calls until told to stop; SIGTERM and SIGINT tell so."""
        handlers = [gevent.signal_handler(number, self.stop) for number in (signal.SIGTERM, signal.SIGINT)]
        try:
            self._stopping.wait()
            self.close()
        finally:
            for handler in handlers:
                handler.cancel()

    def stop(self) -> None:
        """Stop taking calls; a second time, wait for none."""
        if self._stopping.is_set():
            self._hurried.set()
        self._stopping.set()

    def close(self) -> None:
        """Let the calls finish, write everything down, and close."""
        self.server.stop_accepting()
        drained = gevent.spawn(self.server.drain, self.settings.stop_after)
        gevent.wait([drained, self._hurried], count=1)
        drained.kill()
        self._shut()
        self.abandon()
        if self._beating:
            self._beating.kill()
        self.operators.stop()
        self.queues.stop()
        if not self._hurried.is_set():
            self.scribe.drain()
        self.scribe.flush()
        for observer in self.observers:
            observer.stop()
        self.desk.in_store(self.writeback.close, 0.0 if self._hurried.is_set() else POST, deadline=None)
        self.desk.in_store(self.contact_sync.stop, deadline=None)
        self.desk.in_store(self.behind.close, 1.0 if self._hurried.is_set() else WRITE, deadline=None)
        self._forget()
        self.desk.close()
        self.crm_client.close()
        self.watchdog.stop()

    def _forget(self) -> None:
        """Take the router off the list: one that was stopped on purpose is not missed."""
        try:
            self.desk.in_store(self.store.nodes.forget, self.settings.node)
        except Exception as error:
            _log.warning("this router stays on the list of routers, as one that is silent: %s", error)

    def _shut(self) -> None:
        """Close everything by which anybody comes in."""
        for door in self.doors:
            door.stop()
        self.server.stop_accepting()

    def abandon(self) -> None:
        """Let go of every call as it is, as if this process had died: FreeSWITCH has them, or another router."""
        if self._talks:
            _log.warning("%s calls go on without this router", len(self._talks))
            gevent.killall(list(self._talks), timeout=CONNECT)

    def _converse(self, session: CallSession) -> None:
        talk = gevent.getcurrent()
        self._talks.add(talk)
        try:
            channel = session.connect(CONNECT)
            session.waited = self.latency.add
            self.conductor.conduct(session, channel)
        except Ended as how:
            _log.info("a call ended before it could be taken: %s", how)
        finally:
            self._talks.discard(talk)

    def _heard(self, event: Event) -> None:
        self.orphans.heard(event)
        self.scribe.heard(event)

    def _observed(self, up: bool) -> None:
        if up:
            gevent.spawn(self._look_after)
        else:
            self.scribe.deaf()

    def _look_after(self) -> None:
        """Close the pages of calls that ended while nobody observed."""
        for page in self.scribe.waiting():
            try:
                there = any(o.api("uuid_exists", page.record.uuid).startswith("true") for o in self.observers)
            except NotConnected:
                return  # looked after when all of them are up again
            if not there:
                page.unseen()
        self.orphans.look_for_lost(self.observers)

    def _beat(self) -> None:
        while True:
            try:
                self.desk.in_store(self.store.nodes.beat, self._node(), deadline=None)
            except Exception as error:
                _log.warning("the heartbeat could not be written: %s", error)
            gevent.sleep(BEAT)

    def _node(self) -> Node:
        return status.node(self, self._clock(), self._began, self._stopping.is_set())
