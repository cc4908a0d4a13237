"""The routers and the database, and the schedules with who holds which open or closed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from fsrouter.store import Node
from fsrouter.store.states import Hours
from fsrouter.tui.context import Context

MINUTE = 60.0


class Router(Struct, frozen=True):
    """A router as it last reported itself: whether it lives, and `rate`, the calls that it was handed in a second, over
    the last minute. `latency` is how long FreeSWITCH waits for it in milliseconds, the median and what 99 % of times
    keep within; `errors` counts what went wrong since it was started, by kind; `synced` is when a sync of contacts
    last worked (epoch, 0 for never), `disk` free bytes; `troubles` is what is amiss now, in words.
    """

    node: Node
    alive: bool
    rate: float
    switches: tuple[tuple[str, bool], ...] = ()
    unwritten: int = 0
    latency: tuple[float, float] | None = None
    errors: Mapping[str, int] = {}
    synced: float = 0.0
    disk: int | None = None
    troubles: tuple[str, ...] = ()


class Picture(Struct, frozen=True):
    """All routers, schedules, and where the data is."""

    routers: tuple[Router, ...]
    hours: tuple[Hours, ...]
    database: str


def load(context: Context) -> Picture:
    """The routers, and the schedules of the company that is looked at or of all."""
    store, now = context.store, context.clock()
    last = store.figures.by_router(now - MINUTE)
    routers = tuple(_router(node, last[node.name].offered, now) for node in store.nodes.list())
    hours = tuple(hours for book in context.books() for hours in store.states.hours(book, now))
    return Picture(routers, hours, context.database or database(store.name))


def _router(node: Node, begun: int, now: float) -> Router:
    detail = node.detail
    switches = tuple((str(name), bool(state)) for name, state in _mapping(detail, "freeswitch").items())
    latency, disk = _mapping(detail, "latency"), detail.get("disk")
    times = tuple(_number(latency.get(name)) for name in ("median", "p99"))
    return Router(
        node=node,
        alive=node.is_alive(now),
        rate=begun / MINUTE,
        switches=switches,
        unwritten=int(_number(detail.get("unwritten"))),
        latency=(times[0], times[1]) if latency else None,
        errors={str(name): int(_number(count)) for name, count in _mapping(detail, "errors").items()},
        synced=_number(detail.get("synced")),
        disk=disk if isinstance(disk, int) else None,
        troubles=tuple(_troubles(node, switches)),
    )


def _troubles(node: Node, switches: tuple[tuple[str, bool], ...]) -> Iterator[str]:
    if node.detail.get("store"):
        yield str(node.detail["store"])
    if node.detail.get("rates"):
        yield f"the rate sheet cannot be used: {node.detail['rates']}"
    for name, up in switches:
        if not up:
            yield f"no connection to {name}"
    for name, sync in _mapping(node.detail, "crms").items():
        if isinstance(sync, Mapping) and sync.get("trouble"):
            yield f"{name}: {sync['trouble']}"
    for name, why in _mapping(_mapping(node.detail, "notes"), "troubles").items():
        yield f"{name}: calls cannot be written there: {why}"
    near = _mapping(node.detail, "caps").get("high")
    yield from (f"near its cap, or at it: {each}" for each in (near if isinstance(near, list) else ()))


def _mapping(detail: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of what a router reports, which may be of another version than this program."""
    found = detail.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def database(name: str) -> str:
    """Where the data is, and how much room it takes and has."""
    path = Path(name)
    if not path.is_absolute() or not path.exists():
        return name
    free = shutil.disk_usage(path.parent).free
    return f"{name}, {size(os.path.getsize(path))}, {size(free)} free"


def size(number: float) -> str:
    """A number of bytes as people say it."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
