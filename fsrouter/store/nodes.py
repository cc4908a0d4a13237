"""The routers that share this database, when each was last heard of, and the one rule for whether a router lives.

Everybody who decides by it asks here: who closes a dead router's records, who looks after the queues, what operators
see. A router that only waits for its last calls lives too.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from fsrouter.store import limits
from fsrouter.store.database import Database
from fsrouter.store.tables.routers import NodeRow

#: Seconds between two heartbeats of a router.
HEARTBEAT = 5.0
#: Seconds without a heartbeat after which a router counts as dead. Heartbeats are late when the database is busy or
#: moves to another machine, and by what the clocks of two machines differ; and the calls of a router that is only slow
#: must not be closed by another one.
DEAD = 30.0


class Node(Struct, frozen=True, kw_only=True):
    """A router: where it runs and listens, since when, its last beat (epoch), how it is and how many calls it has.

    `state` is `up`, or `draining` while it waits for its last calls; `detail` is JSON for people (switches, backlog).
    """

    name: str
    host: str = ""
    pid: int = 0
    version: str = ""
    address: str = ""
    started: float = 0.0
    beat: float = 0.0
    state: str = "up"
    calls: int = 0
    detail: dict[str, Any] = {}

    def is_alive(self, now: float) -> bool:
        """Whether it lives, as far as can be known at a moment (epoch)."""
        return now - self.beat < DEAD


TEXTS = ("host", "version", "address", "state")


class Nodes:
    """All routers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, node: Node) -> None:
        """Say that a router lives."""
        values: dict[str, Any] = {name: limits.truncate(getattr(node, name), limits.NAME) for name in TEXTS}
        detail = msgspec.json.encode(limits.bounded(node.detail)).decode()
        values |= {"pid": node.pid, "started": node.started, "beat": node.beat, "calls": node.calls, "detail": detail}
        query = NodeRow.insert(name=limits.truncate(node.name, limits.NAME), **values)
        self._database.write(query.on_conflict(conflict_target=[NodeRow.name], update=values))

    def list(self) -> list[Node]:
        """All routers that were ever heard of and not forgotten, by name."""
        found = self._database.select(Node, NodeRow.select().order_by(NodeRow.name))
        return [replace(node, detail=msgspec.json.decode(str(node.detail))) for node in found]

    def alive(self, now: float) -> tuple[Node, ...]:
        """The routers that live at a moment (epoch), by name."""
        return tuple(node for node in self.list() if node.is_alive(now))

    def others(self, name: str, now: float) -> tuple[Node, ...]:
        """The routers besides one that live at a moment (epoch), by name."""
        return tuple(node for node in self.alive(now) if node.name != name)

    def forget(self, name: str) -> None:
        """Forget a router that is gone for good."""
        self._database.write(NodeRow.delete().where(NodeRow.name == name))
