"""The routers and the database, and the schedules with who holds which open or closed."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from fsrouter.engine.rulebook import RuleBook
from fsrouter.engine.schedule import is_open
from fsrouter.store import Node, Store
from fsrouter.tui.queries.library import Library
from fsrouter.tui.queries.live import is_silent

#: Calls of the last minute that are counted at most.
MOST = 100_000
MINUTE = 60.0


class Router(Struct, frozen=True):
    """A router: whether it lives, and `rate`, the calls that it was handed in a second, over the last minute."""

    node: Node
    alive: bool
    rate: float
    switches: tuple[tuple[str, bool], ...]
    unwritten: int
    trouble: str
    latency: str


class Hours(Struct, frozen=True):
    """A schedule now and why; `override` is `open` or `closed` when `who` holds it so, until a moment or further
    notice.
    """

    company: str
    name: str
    open: bool
    why: str
    override: str
    who: str
    until: float | None


class Picture(Struct, frozen=True):
    """All routers, schedules, and where the data is."""

    routers: tuple[Router, ...]
    hours: tuple[Hours, ...]
    database: str


def look(store: Store, library: Library, company: str, now: float) -> Picture:
    """The routers, and the schedules of a company or of all when it is ""."""
    begun = Counter(line.router for line in store.journal.list(since=now - MINUTE, limit=MOST))
    routers = tuple(_router(node, begun[node.name], now) for node in store.nodes.list())
    hours: list[Hours] = []
    for book in library.books().values():
        if company in ("", book.company):
            hours += _hours(store, book, now)
    return Picture(routers, tuple(hours), database(store.name))


def _router(node: Node, begun: int, now: float) -> Router:
    detail = node.detail
    up = detail.get("freeswitch")
    switches = tuple((str(name), bool(state)) for name, state in up.items()) if isinstance(up, dict) else ()
    unwritten = detail.get("unwritten")
    latency = detail.get("latency")
    return Router(
        node,
        not is_silent(node, now),
        begun / MINUTE,
        switches,
        unwritten if isinstance(unwritten, int) else 0,
        str(detail.get("store") or ""),
        f"{latency:.1f} ms" if isinstance(latency, int | float) else "",
    )


def _hours(store: Store, book: RuleBook, now: float) -> list[Hours]:
    moment = datetime.fromtimestamp(now, ZoneInfo(book.header.timezone))
    held = store.states.overrides(book.company, now)
    found = []
    for name, schedule in book.schedules.items():
        override = held.get(name)
        open_now, why = is_open(schedule, moment, override.state if override else "")
        state, who = (override.state, override.who) if override else ("", "")
        found.append(Hours(book.company, name, open_now, why, state, who, override.until if override else None))
    return found


def database(name: str) -> str:
    """Where the data is, and how much room it takes and has."""
    path = Path(name)
    if not path.is_absolute() or not path.exists():
        return name
    free = shutil.disk_usage(path.parent).free
    return f"{name}, {_size(os.path.getsize(path))}, {_size(free)} free"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
