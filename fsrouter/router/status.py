"""What a router says of itself every few seconds, for the dashboard and the doctor. Asks nobody but itself.

The condition of a router, as one value: what health and metrics tell. Knows neither HTTP nor how they write it.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fsrouter import __version__
from fsrouter.settings.model import Settings
from fsrouter.store import Node
from fsrouter.store.write_behind import Backlog

if TYPE_CHECKING:
    from fsrouter.router.service import Service


def node(service: Service, now: float, started: float, stopping: bool) -> Node:
    """A router at a moment (epoch)."""
    settings = service.settings
    return Node(
        name=settings.node,
        host=socket.gethostname(),
        pid=os.getpid(),
        version=__version__,
        address=f"{settings.address[0]}:{service.server.port}",
        started=started,
        beat=now,
        state="draining" if stopping else "up",
        calls=len(service.scribe.pages),
        detail=_detail(service),
    )


def _detail(service: Service) -> dict[str, Any]:
    """Of each FreeSWITCH whether it is `up`; records that are `unwritten`; what is wrong with the `store`; by CRM what
    fails, None when this router syncs none, and when a sync last worked (epoch); how the writing of calls to CRMs goes
    (`notes`); `errors` since it was started; how long FreeSWITCH waits for us, in milliseconds; free bytes on the disk.
    """
    settings, backlog, server = service.settings, service.behind.backlog(), service.server
    switches = zip(settings.freeswitch, service.observers, strict=True)
    errors = {"failed": server.failed, "refused": server.refused, "rejected": server.rejected, "lost": backlog.lost}
    return {
        "freeswitch": {f"{switch.host}:{switch.port}": observer.up for switch, observer in switches},
        "unwritten": backlog.waiting,
        "store": service.desk.trouble,
        "crms": service.contact_sync.status() if settings.keep_contacts else None,
        "synced": service.contact_sync.synced,
        "notes": service.writeback.status(),
        "errors": {name: count for name, count in errors.items() if count},
        "latency": service.latency.as_dict(),
        "disk": room(settings, service.store.name),
    }


def room(settings: Settings, database: str) -> int | None:
    """Free bytes where this router's database and recordings are, of the fuller disk; None when neither is here."""
    places = [path for path in (Path(database), Path(settings.recordings)) if path.is_absolute() and path.exists()]
    try:
        return min((shutil.disk_usage(path).free for path in places), default=None)
    except OSError:
        return None


class Condition(Struct, frozen=True, kw_only=True):
    """A router at one moment.

    `taking`: new calls are taken. `calls` are `live`, and since the start `taken`, `refused` (over the limit),
    `rejected` (of no allowed network), `failed`. `switches` tells of each observing connection whether it is up,
    `store` what is wrong with the database ("" for nothing), `revisions` each company's rule book in force. `held` and
    `numbers` count by company and pool; `held` is empty when the database does not tell. `visits`
    counts visitors by what came of their asking.
    """

    node: str
    taking: bool
    calls: Mapping[str, int]
    switches: Mapping[str, bool]
    store: str
    journal: Backlog
    revisions: Mapping[str, int]
    numbers: Mapping[tuple[str, str], int] = {}
    held: Mapping[tuple[str, str], int] = {}
    visits: Mapping[str, int] = {}
    version: str = __version__


def condition(service: Service) -> Condition:
    """The condition of a router now. Asks nobody, so it is there at once, whatever else is stuck."""
    server, settings, books = service.server, service.settings, service.desk.snapshot.books
    observed = zip(settings.freeswitch, service.observers, strict=True)
    return Condition(
        node=settings.node,
        taking=server.listening,
        calls={name: getattr(server, name) for name in ("live", "taken", "refused", "rejected", "failed")},
        switches={f"{switch.host}:{switch.port}": observer.up for switch, observer in observed},
        store=service.desk.trouble,
        journal=service.behind.backlog(),
        revisions={company: book.revision for company, book in books.items()},
        numbers={
            (company, pool): len(book.pool_numbers(pool)) for company, book in books.items() for pool in book.pools
        },
    )


def held(service: Service, now: float) -> dict[tuple[str, str], int]:
    """How many numbers of each pool have a visitor, by company and pool. Empty when the database does not tell."""
    books, visitors = service.desk.snapshot.books, service.store.visitors

    def count() -> dict[tuple[str, str], int]:
        return {
            (company, name): visitors.held(company, book.pool_numbers(name), now - pool.hold)
            for company, book in books.items()
            for name, pool in book.pools.items()
        }

    if not any(book.pools for book in books.values()):
        return {}
    try:
        return service.desk.for_visitor(count)
    except Exception:
        return {}
