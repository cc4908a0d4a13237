"""How the sync of one connection stands, and the syncs that somebody asked for, as the scheduler of one router sees
them: what fails and when it may be tried again; what may be taken, how far it is, and what came of it.

A sync goes on when the database cannot be told of it: then whoever asked sees it as not done, and another look takes
it again. Begins no sync: that is the scheduler's affair, and how a sync goes is that of `sync`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.errors import Error
from fsrouter.log.logger import get_logger
from fsrouter.runtime import Clock, Thread
from fsrouter.store import SyncRequests

_log = get_logger("fsrouter.crm")

#: Seconds until what has failed is tried again, at most.
LONGEST_AGAIN = 1800.0
#: Seconds between two reports of how far a sync is.
REPORT = 1.0

#: A connection: its company, and its name in the rule book.
Key = tuple[str, str]


@dataclass(slots=True)
class SyncState:
    """How the sync of one connection stands. `wants` is what its cache depends on in the rule book, `changed` (epoch)
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
    left_out: int = 0
    busy: Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a sync of it goes on."""
        return self.busy is not None and self.busy.is_alive()

    def depends_on(self, wants: object, now: float) -> None:
        """What its cache depends on `now` (epoch). When that is news, whatever failed before may work."""
        if self.wants != wants:
            self.wants, self.changed, self.tried, self.again = wants, now, None, 0.0

    def moved(self, file: CsvFile) -> bool:
        """Look at its file: whether it is another than at the last sync, and rests: it is not being written."""
        try:
            stat = file.path.stat()
            now: object = stat.st_mtime_ns, stat.st_size, stat.st_ino
        except OSError:
            now = "away"
        before, self.seen = self.seen, now
        return now == before and now != self.tried

    def begins(self) -> None:
        """A sync of it begins."""
        self.read, self.of, self.tried = 0, None, self.seen

    def worked(self, unread: int, left_out: int) -> None:
        """A sync of it is over and has worked; so many numbers could not be read, so many rows were left out."""
        self.failures, self.again, self.trouble, self.unread, self.left_out = 0, 0.0, "", unread, left_out

    def failed(self, why: str, now: float, again: float, least: float) -> None:
        """A sync of it has failed `now` (monotonic): it rests for `again` seconds, twice as long for each failure in a
        row, but not less than `least`.
        """
        wait = min(LONGEST_AGAIN, again * 2.0 ** min(self.failures, 16))
        self.trouble, self.again = why, now + max(wait, least)
        self.failures += 1

    def as_dict(self) -> dict[str, Any]:
        """As data for people."""
        shown: dict[str, Any] = {"trouble": self.trouble, "failures": self.failures} if self.trouble else {}
        shown |= {"unread": self.unread} if self.unread else {}
        shown |= {"left_out": self.left_out} if self.left_out else {}
        return shown | ({"read": self.read, "of": self.of} if self.is_busy else {})


class Requested:
    """What `node` may do, and does, of what was asked for; it says how far it is every `report` seconds of `clock`,
    which only grows.
    """

    def __init__(self, requests: SyncRequests, node: str, clock: Clock, report: float = REPORT) -> None:
        self._requests = requests
        self._node = node
        self._clock = clock
        self._report = report
        self._mine: dict[Key, float] = {}

    def waiting(self) -> frozenset[Key]:
        """The connections whose sync this router may take. Raises StoreUnreachable."""
        return frozenset((each.company, each.crm) for each in self._requests.waiting(self._node))

    def take(self, key: Key) -> bool:
        """Take a sync. Returns False when another router has it. Raises StoreUnreachable."""
        if not self._requests.take(*key, self._node):
            return False
        self._mine[key] = self._clock()
        return True

    def refuse(self, key: Key, why: str) -> None:
        """Say of a sync that nobody has taken why there will be none. Raises StoreUnreachable."""
        if self.take(key):
            self.done(key, why, failed=True)

    def progress(self, key: Key, read: int, of: int | None) -> None:
        """A sync has come so far."""
        reported = self._mine.get(key)
        if reported is not None and self._clock() - reported >= self._report:
            self._mine[key] = self._clock()
            self._update(key, self._requests.progress, read, of)

    def done(self, key: Key, result: str, failed: bool = False) -> None:
        """A sync is over, and this is what came of it; when it has `failed` the cache is as it was."""
        if self._mine.pop(key, None) is not None:
            self._update(key, self._requests.done, result, failed)

    def give_back(self, key: Key) -> None:
        """A sync is not over, and is another router's to go on with."""
        if self._mine.pop(key, None) is not None:
            self._update(key, self._requests.give_back)

    def _update(self, key: Key, write: Callable[..., None], *what: object) -> None:
        try:
            write(*key, self._node, *what)
        except Error as error:
            _log.info("cannot update sync request", company=key[0], crm=key[1], error=str(error))
