"""The heartbeat of a router: it says in the store that it lives and how it is, and takes in what the others say there
of numbers that they have dialled, so that caps hold for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from fsrouter.esl.call.caps import Caps
from fsrouter.log.logger import get_logger
from fsrouter.router.status import Status
from fsrouter.router.store_threads import StoreThreads
from fsrouter.runtime import Clock
from fsrouter.store import Node

_log = get_logger("fsrouter.router")


@dataclass(eq=False)
class Heartbeat:
    """Says that the router `node` lives, and hears of the others."""

    node: str
    threads: StoreThreads
    status: Status
    caps: Caps
    clock: Clock

    def beat(self, stopping: bool) -> None:
        """Say so, and hear of the others. Raises StoreUnreachable; then nothing is known of them."""
        nodes, others = self.threads.store.nodes, tuple[Node, ...]()
        try:
            self.threads.for_router(nodes.beat, self.status.node(stopping))
            others = self.threads.for_router(nodes.others, self.node, self.clock())
        finally:
            self.caps.others(other.detail.get("caps") for other in others)

    def end(self) -> None:
        """Take the router off the list: one that was stopped on purpose is not missed."""
        try:
            self.threads.for_call(self.threads.store.nodes.forget, self.node)
        except Exception as error:
            _log.warning("this router stays on the list of routers, until it counts as dead", error=str(error))
