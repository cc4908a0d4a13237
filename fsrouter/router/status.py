"""How one router is, in two forms: as a node of the store for the dashboard and the doctor, and as the condition that
health and metrics show. Asks nobody but the router's own parts, so it is there at once, whatever else is stuck.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from fsrouter import __version__
from fsrouter.crm.sync.scheduler import ContactSyncScheduler
from fsrouter.crm.writeback.queue import WriteBackQueue
from fsrouter.esl.call.caps import Caps, Usage
from fsrouter.esl.listener import PROBED, Listener
from fsrouter.esl.observer import Observer
from fsrouter.router.cdr.writer import CdrWriter
from fsrouter.router.latency import Latency
from fsrouter.router.rates import RouterRates
from fsrouter.router.rulebooks import RuleBooks
from fsrouter.router.store_threads import StoreThreads
from fsrouter.runtime import Clock
from fsrouter.settings.model import Settings
from fsrouter.store import Node
from fsrouter.store.write_behind import Backlog, WriteBehind


class Condition(Struct, frozen=True, kw_only=True):
    """A router at one moment.

    `taking`: new calls are taken. `calls` are `live`, and since the start `taken`, `refused` (over the limit),
    `failed`; `rejected` counts connections by the reason (`esl.listener.REASONS`). `switches` tells of each observing
    connection whether it is up, `store` what is wrong with the database ("" for nothing), `revisions` each
    company's rule book in force. `usages` tells how much there is of all that is capped; `dialled` counts numbers by
    company, `not_dialled` far ends that were not dialled by company and reason (`esl.call.caps.REASONS`). `held` and
    `numbers` count by company and pool; `held` is empty when the database does not tell. `visits` counts visitors by
    what came of their asking. `rates` tells what is wrong with the rate sheet, "" for nothing.
    """

    node: str
    taking: bool
    calls: Mapping[str, int]
    rejected: Mapping[str, int]
    switches: Mapping[str, bool]
    store: str
    journal: Backlog
    revisions: Mapping[str, int]
    usages: Sequence[Usage] = ()
    dialled: Mapping[str, int] = {}
    not_dialled: Mapping[tuple[str, str], int] = {}
    numbers: Mapping[tuple[str, str], int] = {}
    held: Mapping[tuple[str, str], int] = {}
    visits: Mapping[str, int] = {}
    rates: str = ""
    version: str = __version__


@dataclass(frozen=True, kw_only=True)
class Status:
    """Tells how a router is, from its parts. `started` is since when it runs (epoch)."""

    settings: Settings
    threads: StoreThreads
    rulebooks: RuleBooks
    listener: Listener
    observers: Sequence[Observer]
    cdr: CdrWriter
    write_behind: WriteBehind
    contact_sync: ContactSyncScheduler
    writeback: WriteBackQueue
    latency: Latency
    caps: Caps
    rates: RouterRates
    clock: Clock
    started: float

    def condition(self) -> Condition:
        """The condition of the router now."""
        books = self.rulebooks.snapshot.books
        switches = zip(self.settings.freeswitch, self.observers, strict=True)
        return Condition(
            node=self.settings.node,
            taking=self.listener.listening,
            calls={name: getattr(self.listener, name) for name in ("live", "taken", "refused", "failed")},
            rejected=dict(self.listener.rejected),
            switches={f"{switch.host}:{switch.port}": observer.up for switch, observer in switches},
            store=self.rulebooks.trouble,
            journal=self.write_behind.backlog(),
            revisions={company: book.revision for company, book in books.items()},
            usages=self.caps.usages(books),
            dialled=self.caps.dialled,
            not_dialled=self.caps.refused,
            rates=self.rates.problem,
            numbers={
                (company, pool): len(book.pool_numbers(pool)) for company, book in books.items() for pool in book.pools
            },
        )

    def node(self, stopping: bool) -> Node:
        """The router as others see it in the store.

        `detail` has of each FreeSWITCH whether it is `up`; records that are `unwritten`; what is wrong with the
        `store`; by CRM what fails, None when this router syncs none, and when a sync last worked (epoch); how the
        writing of calls to CRMs goes (`notes`); `errors` since it was started; how long FreeSWITCH waits for us, in
        milliseconds; free bytes on the disk; what it counts of numbers that are dialled, for the other routers, and in
        words what is near its cap (`caps`); what is wrong with the rate sheet (`rates`).
        """
        now, settings = self.condition(), self.settings
        errors = {name: now.calls[name] for name in ("failed", "refused")}
        errors |= {"rejected": sum(now.rejected.values()) - now.rejected[PROBED], "lost": now.journal.lost}
        return Node(
            name=now.node,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=now.version,
            address=f"{settings.address[0]}:{self.listener.port or settings.address[1]}",
            started=self.started,
            beat=self.clock(),
            state="draining" if stopping else "up",
            calls=len(self.cdr.live),
            detail={
                "freeswitch": now.switches,
                "unwritten": now.journal.waiting,
                "store": now.store,
                "crms": self.contact_sync.status() if settings.keep_contacts else None,
                "synced": self.contact_sync.synced,
                "notes": self.writeback.status(),
                "errors": {name: count for name, count in errors.items() if count},
                "latency": self.latency.as_dict(),
                "rates": now.rates,
                "disk": free_space(settings, self.threads.store.name),
                "caps": {**self.caps.told(), "high": [f"{each} ({each.setting})" for each in self.caps.high()]},
            },
        )

    def held(self) -> dict[tuple[str, str], int]:
        """How many numbers of each pool have a visitor, by company and pool. Empty when the database does not tell."""
        books, visitors, now = self.rulebooks.snapshot.books, self.threads.store.visitors, self.clock()

        def count() -> dict[tuple[str, str], int]:
            return {
                (company, name): visitors.held(company, book.pool_numbers(name), now - pool.hold)
                for company, book in books.items()
                for name, pool in book.pools.items()
            }

        if not any(book.pools for book in books.values()):
            return {}
        try:
            return self.threads.for_visitor(count)
        except Exception:
            return {}


def free_space(settings: Settings, database: str) -> int | None:
    """Free bytes where this router's database and recordings are, of the fuller disk; None when neither is here."""
    places = [path for path in (Path(database), Path(settings.recordings)) if path.is_absolute() and path.exists()]
    try:
        return min((shutil.disk_usage(path).free for path in places), default=None)
    except OSError:
        return None
