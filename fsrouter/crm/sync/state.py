"""How one connection of a company stands in the directory: what its cache depends on, what was last seen and tried of
it, how far a sync has come, what fails, and when it may be tried again.

Knows no store and begins no sync: that is the directory's affair.

The syncs that operators have asked for, as the directory of one router sees them: what it may take, how far it is
with what it has taken, and what came of it.

A sync goes on when the database cannot be told of it: then whoever asked sees it as not done, and another look takes
it again. How a sync goes is `directory`'s and `crm.sync`'s affair.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.crm.sync.sync import Report
from fsrouter.errors import Error
from fsrouter.store import SyncRequests

#: Seconds until what has failed is tried again, at most.
LONGEST_AGAIN = 1800.0


@dataclass(slots=True)
class Listing:
    """How one connection of a company stands. `wants` is what its cache depends on in the rule book, `changed` (epoch)
    since when; `seen` and `tried` are a file's times and size at the last look and the last sync; `again` (monotonic)
    is when it may be tried once more, `read` and `of` how far a sync has come.
    """

    wants: object
    changed: float = 0.0
    seen: object = None
    tried: object = None
    failures: int = 0
    again: float = 0.0
    trouble: str = ""
    read: int = 0
    of: int | None = None
    unread: int = 0
    busy: threading.Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a sync of it goes on."""
        return self.busy is not None and self.busy.is_alive()

    def depends_on(self, wants: object) -> None:
        """What its cache depends on now. When that is news, whatever failed before may work."""
        if self.wants != wants:
            self.wants, self.changed, self.tried, self.again = wants, time.time(), None, 0.0

    def moved(self, file: CsvFile) -> bool:
        """Look at its file: whether it is another than at the last sync, and rests: it is not being written."""
        try:
            stat = file.path.stat()
            now: object = stat.st_mtime_ns, stat.st_size, stat.st_ino
        except OSError:
            now = "away"
        before, self.seen = self.seen, now
        return now == before and now != self.tried

    def begin(self, busy: threading.Thread) -> None:
        """A sync of it begins, in a thread of its own."""
        self.read, self.of, self.tried = 0, None, self.seen
        self.busy = busy
        busy.start()

    def worked(self, unread: int) -> None:
        """A sync of it is over and has worked; so many numbers could not be read."""
        self.failures, self.again, self.trouble, self.unread = 0, 0.0, "", unread

    def failed(self, why: str, patience: float, least: float) -> None:
        """A sync of it has failed: it rests for `patience` seconds, twice as long for each failure in a row, but not
        less than `least`.
        """
        wait = min(LONGEST_AGAIN, patience * 2.0 ** min(self.failures, 16))
        self.trouble, self.again = why, time.monotonic() + max(wait, least)
        self.failures += 1

    def told(self) -> dict[str, Any]:
        """As data for people."""
        said: dict[str, Any] = {"trouble": self.trouble, "failures": self.failures} if self.trouble else {}
        said |= {"unread": self.unread} if self.unread else {}
        return said | ({"read": self.read, "of": self.of} if self.is_busy else {})


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
