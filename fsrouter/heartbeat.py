"""What a router says of itself every few seconds, for the dashboard and the doctor. Asks nobody but itself."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsrouter import __version__
from fsrouter.settings.load import Settings
from fsrouter.store import Node

if TYPE_CHECKING:
    from fsrouter.service import Service


def of(service: Service, now: float, started: float, stopping: bool) -> Node:
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
    errors = {"failed": server.failed, "refused": server.refused, "strangers": server.strangers, "lost": backlog.lost}
    return {
        "freeswitch": {f"{switch.host}:{switch.port}": observer.up for switch, observer in switches},
        "unwritten": backlog.waiting,
        "store": service.desk.trouble,
        "crms": service.directory.told() if settings.keep_contacts else None,
        "synced": service.directory.synced,
        "notes": service.outbox.told(),
        "errors": {name: count for name, count in errors.items() if count},
        "latency": service.pace.told(),
        "disk": room(settings, service.store.name),
    }


def room(settings: Settings, database: str) -> int | None:
    """Free bytes where this router's database and recordings are, of the fuller disk; None when neither is here."""
    places = [path for path in (Path(database), Path(settings.recordings)) if path.is_absolute() and path.exists()]
    try:
        return min((shutil.disk_usage(path).free for path in places), default=None)
    except OSError:
        return None
