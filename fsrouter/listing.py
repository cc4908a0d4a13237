"""How one connection of a company stands in the directory: what its cache depends on, what was last seen and tried of
it, how far a sync has come, what fails, and when it may be tried again.

Knows no store and begins no sync: that is the directory's affair.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from fsrouter.crm.csvfile import CsvFile

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
