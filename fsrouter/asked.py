"""The syncs that operators have asked for, as the directory of one router sees them: what it may take, how far it is
with what it has taken, and what came of it.

A sync goes on when the database cannot be told of it: then whoever asked sees it as not done, and another look takes
it again. How a sync goes is `directory`'s and `crm.sync`'s affair.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from fsrouter.crm.sync import Report
from fsrouter.errors import Error
from fsrouter.store import SyncRequests

_log = logging.getLogger("fsrouter.directory")

#: Seconds between two tellings of how far a sync is.
TOLD = 1.0

Key = tuple[str, str]


class Asked:
    """What `node` may do, and does, of what was asked for."""

    def __init__(self, syncs: SyncRequests, node: str) -> None:
        self._syncs = syncs
        self._node = node
        self._mine: dict[Key, float] = {}

    def waiting(self) -> frozenset[Key]:
        """The connections, by company and name, whose sync this router may take. Raises StoreUnreachable."""
        return frozenset((each.company, each.crm) for each in self._syncs.waiting(self._node))

    def take(self, key: Key) -> bool:
        """Take a sync. Returns False when another router has it. Raises StoreUnreachable."""
        if not self._syncs.take(*key, self._node):
            return False
        self._mine[key] = time.monotonic()
        return True

    def refuse(self, key: Key, why: str) -> None:
        """Say of a sync that nobody has taken why there will be none. Raises StoreUnreachable."""
        if self.take(key):
            self.failed(key, why)

    def progress(self, key: Key, read: int, of: int | None) -> None:
        """A sync has come so far."""
        told = self._mine.get(key)
        if told is not None and time.monotonic() - told >= TOLD:
            self._mine[key] = time.monotonic()
            self._tell(lambda: self._syncs.progress(*key, self._node, read, of))

    def done(self, key: Key, report: Report) -> None:
        """A sync is over and has worked."""
        if self._mine.pop(key, None) is not None:
            self._tell(lambda: self._syncs.done(*key, self._node, words(report)))

    def failed(self, key: Key, why: str) -> None:
        """A sync is over, and the cache is as it was."""
        if self._mine.pop(key, None) is not None:
            self._tell(lambda: self._syncs.done(*key, self._node, why, failed=True))

    def give_back(self, key: Key) -> None:
        """A sync is not over, and is another router's to go on with."""
        if self._mine.pop(key, None) is not None:
            self._tell(lambda: self._syncs.give_back(*key, self._node))

    def _tell(self, write: Callable[[], None]) -> None:
        try:
            write()
        except Error as error:
            _log.info("who asked for a sync is not told of it: %s", error)


def words(report: Report) -> str:
    """What a sync did, for who asked."""
    if report.kind == "unchanged":
        return "the file has not changed"
    told = [f"{report.contacts:,} {'read' if report.kind == 'full' else 'changed'}"]
    told += [f"{report.gone:,} gone"] if report.gone else []
    told += [f"{report.unread:,} numbers cannot be read"] if report.unread else []
    return f"{', '.join(told)}, in {report.seconds:.1f} s"
