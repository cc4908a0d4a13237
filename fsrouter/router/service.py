"""`fsrouter serve`: composes the parts, runs until told to stop, and takes them apart again in the other order.

A router that stops takes no new calls and lets those that it has go on: it waits for them, and what has not ended
when its patience ends goes on without it, as if it had died.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import gevent
from gevent.event import Event as Signal

from fsrouter import __version__
from fsrouter.crm.client import Client
from fsrouter.crm.lookup.lookup import LiveLookups
from fsrouter.crm.sync.scheduler import ContactSyncScheduler
from fsrouter.crm.transport.http import Sender
from fsrouter.crm.writeback.queue import WriteBackQueue
from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers import geo
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.caps import Caps
from fsrouter.esl.events import Event
from fsrouter.esl.lifecycle import CallSession
from fsrouter.esl.listener import Listener
from fsrouter.esl.observer import Observer
from fsrouter.esl.server import Server
from fsrouter.log.logger import get_logger
from fsrouter.router.call_data import CallData
from fsrouter.router.callers import Callers
from fsrouter.router.cdr.writer import CdrWriter
from fsrouter.router.conductor import Conductor
from fsrouter.router.crm_lookups import CrmLookups
from fsrouter.router.failures import log_failures
from fsrouter.router.heartbeat import Heartbeat
from fsrouter.router.http.metrics import Metrics
from fsrouter.router.http.server import Web
from fsrouter.router.http.visits import Visits
from fsrouter.router.latency import Latency
from fsrouter.router.operator_commands import OperatorCommands
from fsrouter.router.polling import Polls
from fsrouter.router.queue_sync import QueueSync
from fsrouter.router.rates import LOOK, RouterRates
from fsrouter.router.recovery import Recovery
from fsrouter.router.rulebooks import RuleBooks
from fsrouter.router.socket_secret import SocketSecret
from fsrouter.router.status import Status
from fsrouter.router.store_threads import StoreThreads
from fsrouter.router.watchdog import Watchdog, end_process
from fsrouter.runtime.greenlets import GREENLETS, Greenlets
from fsrouter.settings.model import Settings
from fsrouter.store import Store
from fsrouter.store.nodes import HEARTBEAT
from fsrouter.store.write_behind import WriteBehind

_log = get_logger("fsrouter.router")

#: Seconds that FreeSWITCH may take to tell about a call that it has handed over.
CONNECT = 5.0
#: Seconds after which a thread lets another one run, if it wants to. With Python's own (0.005) a busy hub makes each
#: step of the store's threads wait so long that facts come too late for their calls.
SWITCH_INTERVAL = 0.0005
#: Seconds that the last records may take to be written when a router stops, and calls to be written to CRMs.
WRITE, WRITE_BACK = 10.0, 5.0
#: Seconds between two looks in the store for changed rule books and for operators' commands, and between two looks at
#: the queues; callers who wait are told their position at such a look.
REFRESH, COMMANDS, QUEUES = 0.25, 0.25, 1.0
#: Seconds between two looks for live calls of which nothing is heard any more, and between two times that routers of
#: one port tell each other their metrics.
UNHEARD, METRICS = 15.0, 1.0


class Service:
    """One router.

    `listen` makes what calls come in by, given what is to be done with each; by default it is the settings' address.
    `hung` is called, once and in a thread of the watchdog's, when the hub stands still. `start`, then `run` until
    `stop` is called (from a signal, another greenlet), or use it in a `with` block.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        runtime: Greenlets = GREENLETS,
        listen: Callable[[Callable[[CallSession], None]], Listener] | None = None,
        hung: Callable[[str], None] = end_process,
    ) -> None:
        self.settings = settings
        self.store = store
        self._runtime = runtime
        self.threads = StoreThreads(store, runtime)
        call_settings = CallSettings.of(settings)
        known = Installation(dialling=call_settings, companies_of=store.books.companies_of)
        self.rulebooks = RuleBooks(self.threads, runtime.now, known)
        self.secret = SocketSecret(self.threads, runtime)
        self.crm_client = Client(
            Sender(runtime, settings.crm_networks, settings.crm_ca), runtime, store.tokens, settings.key
        )
        self.crm_lookups = CrmLookups(LiveLookups(self.crm_client, store.contacts.owners), runtime)
        self.write_behind = WriteBehind(store.journal.write, runtime)
        self.rates = RouterRates(settings.rates, runtime)
        self.cdr = CdrWriter(
            self.write_behind, settings.node, runtime, lambda: any(o.up for o in self.observers),
            lambda: self.rulebooks.snapshot, self.rates.of,
        )  # fmt: skip
        self.metrics = Metrics()
        self.observers = [
            Observer(s.host, s.port, s.password, runtime, on_event=self._heard, on_up=self._observed)
            for s in settings.freeswitch
        ]
        self.call_data = CallData(self.threads, self.rulebooks, self.crm_lookups, self.cdr.busy, known.gate, runtime)
        self.caps = Caps(settings.dialling, settings.ways_out, runtime.monotonic, self.rulebooks.owner)
        self.conductor = Conductor(
            self.rulebooks, self.call_data, Callers(settings.numbers), self.cdr, self.metrics.calls, call_settings,
            self.caps, settings.key, runtime,
        )  # fmt: skip
        self.listener = (listen or self._on_address)(self._conduct)
        self.recovery = Recovery(self.threads, self.rulebooks, self.cdr, self.conductor.state, runtime)
        self.operator_commands = OperatorCommands(
            self.threads, self.rulebooks, self.cdr, self.observers, settings, call_settings, self.caps
        )
        self.queue_sync = QueueSync(self.threads, self.rulebooks, self.call_data, self.observers, settings, runtime)
        self.contact_sync = ContactSyncScheduler(store, self._books, self.crm_client, settings.node)
        self.writeback = WriteBackQueue(store, self._books, self.cdr.live, self.crm_client, settings.node)
        self.cdr.on_record.append(self.writeback.heard)
        self.cdr.on_close.append(lambda live: self.metrics.calls.over(live.record, live.waiting))
        self.cdr.on_unknown_end.append(self.recovery.ended)
        self.watchdog = Watchdog(runtime, end=hung)
        self.latency = Latency(runtime.monotonic, self.metrics.calls.own_time.observe)
        self.status = Status(
            settings=settings, threads=self.threads, rulebooks=self.rulebooks, listener=self.listener,
            observers=self.observers, cdr=self.cdr, write_behind=self.write_behind, contact_sync=self.contact_sync,
            writeback=self.writeback, latency=self.latency, caps=self.caps, rates=self.rates, clock=runtime.now,
            started=runtime.now(),
        )  # fmt: skip
        self.heartbeat = Heartbeat(settings.node, self.threads, self.status, self.caps, runtime.now)
        self._web: Web | None = None
        self._stopping = Signal()
        self._hurried = Signal()
        self._polls = Polls(runtime)

    def add_web(self) -> Web:
        """Have visitors, health and metrics answered on `settings.web`, for as long as calls go on. Raises
        UsageError.
        """
        visits = Visits(self.threads, self.rulebooks, self._runtime.now)
        self._web = Web(self.settings, self.status, self.metrics, visits, self._runtime)
        return self._web

    def _on_address(self, on_call: Callable[[CallSession], None]) -> Listener:
        chosen, believed = self.settings, self.secret.problem
        return Server(
            chosen.address, on_call, chosen.limit, self._runtime, believed, networks=chosen.peers, shared=chosen.shared
        )

    def __enter__(self) -> Service:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.close()

    def start(self) -> None:
        """Take calls. Raises AddressTaken, StoreUnreachable; then nothing of it is left behind."""
        log_failures()
        try:
            self.rulebooks.load()
            if isinstance(self.listener, Server):
                self.secret.load()
            self.threads.for_router(geo.prepare, self.rulebooks.snapshot.measures)
            self.rates.load()
            # What is there by now stays: the collector need not look at it again and again.
            gc.freeze()
            sys.setswitchinterval(SWITCH_INTERVAL)
            self.listener.start()
            if self._web:
                self._web.start()
        except BaseException:
            self._stop_accepting()
            self._close_threads()
            self.write_behind.close(0.0)
            raise
        for observer in self.observers:
            observer.start()
        self._polls.every(REFRESH, self._refresh, "rule books could not be refreshed")
        self._polls.every(HEARTBEAT, self._beat, "the heartbeat could not be written", at_once=True)
        self._polls.every(COMMANDS, self.operator_commands.look, "operators' commands could not be read")
        look_for_calls = partial(self.recovery.look, self.observers)
        self._polls.every(UNHEARD, look_for_calls, "calls of which nothing is heard could not be looked for")
        self._polls.every(LOOK, self.rates.look, "the rate sheet could not be looked at")
        if self.settings.keep_queues:
            self._polls.every(QUEUES, self.queue_sync.look, "queues could not be looked after")
        if self.metrics.shared:
            self._polls.every(METRICS, self._tell_others, "metrics could not be shared", at_once=True)
        if self.settings.keep_contacts:
            self.contact_sync.start()
        self.writeback.start()
        self.watchdog.start()
        _log.info("fsrouter %s takes calls on %s:%s", __version__, self.settings.address[0], self.listener.port)

    def _books(self) -> Mapping[str, RuleBook]:
        return self.rulebooks.snapshot.books

    def run(self, signals: Iterable[int] = (signal.SIGTERM, signal.SIGINT)) -> None:
        """Take calls until told to stop; `signals` tell so."""
        handlers = [gevent.signal_handler(number, self.stop) for number in signals]
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
        self.listener.stop_accepting()
        drained = self._runtime.spawn(self.listener.drain, self.settings.stop_after)
        gevent.wait([drained, self._hurried], count=1)
        drained.cancel()
        self._stop_accepting()
        self.abandon()
        self._polls.cancel()
        if not self._hurried.is_set():
            self.cdr.drain()
        self.cdr.flush()
        for observer in self.observers:
            observer.stop()
        self.threads.for_router(self.writeback.close, 0.0 if self._hurried.is_set() else WRITE_BACK)
        self.threads.for_router(self.contact_sync.stop)
        self.threads.for_router(self.write_behind.close, 1.0 if self._hurried.is_set() else WRITE)
        self.heartbeat.end()
        self._close_threads()
        self.crm_client.close()
        self.watchdog.stop()

    def _stop_accepting(self) -> None:
        """Close everything by which anybody comes in."""
        if self._web:
            self._web.stop()
        self.listener.stop_accepting()

    def _close_threads(self) -> None:
        for each in (self.threads, self.crm_lookups, self.rates):
            each.close()

    def abandon(self) -> None:
        """Let go of every call as it is, as if this process had died: FreeSWITCH has them, or another router."""
        if left := self.listener.abandon(CONNECT):
            _log.warning("calls go on without this router", calls=left)

    def _conduct(self, session: CallSession) -> None:
        channel = session.connect(CONNECT)
        self.listener.claim(session)
        session.waited = self.latency.add
        self.conductor.conduct(session, channel)

    def _refresh(self) -> None:
        self.rulebooks.refresh()
        self.secret.refresh()

    def _tell_others(self) -> None:
        self.metrics.update(self.status.condition())

    def _heard(self, event: Event) -> None:
        self.metrics.calls.heard(event)
        self.caps.heard(event)
        self.cdr.heard(event)

    def _observed(self, up: bool) -> None:
        if up:
            self._runtime.spawn(self.recovery.catch_up, self.observers)
        else:
            self.cdr.unobserved()
            self.caps.unobserved()

    def _beat(self) -> None:
        self.heartbeat.beat(self._stopping.is_set())
