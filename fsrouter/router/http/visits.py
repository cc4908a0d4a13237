"""A page asks which number to show to its visitor, and tells what it knows of the visit.

The store decides; this module looks after what anybody on the web may do: which pools there are, how many may wait at
once, how long. A visitor who gets no number sees the one that stands in the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers.plan import readable
from fsrouter.log.logger import get_logger
from fsrouter.router.http.messages import Answer, RequestRefused, as_json
from fsrouter.router.rulebooks import RuleBooks
from fsrouter.router.store_threads import StoreThreads
from fsrouter.runtime import Clock
from fsrouter.store.visitors import FACTS, REMEMBERED

_log = get_logger("fsrouter.router")

#: What names a visitor: made by the page at random, and no secret.
SESSION = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
#: Visits that may wait for the store at once; the next is told to come again.
MOST_WAITING = 32
#: Seconds after which a visitor who is told to come again may do so.
AGAIN = ("Retry-After", "2")
#: Seconds between two clearings of old visits.
SWEEP = 3600.0


@dataclass(eq=False)
class Visits:
    """Shows visitors their numbers. `counts` says how often each came of it: shown, refused (too many at once), failed
    (the store did not answer in time). `most_waiting` and `sweep` are as MOST_WAITING and SWEEP.
    """

    threads: StoreThreads
    rulebooks: RuleBooks
    clock: Clock
    most_waiting: int = MOST_WAITING
    sweep: float = SWEEP

    def __post_init__(self) -> None:
        self.counts = Counter(shown=0, refused=0, failed=0)
        self._waiting = 0
        self._swept = self.clock()

    def show(self, company: str, pool: str, fields: Mapping[str, str]) -> Answer:
        """The number of a pool that a visitor is shown, as `{number, national, expires}`.

        `fields` are the request's fields: `session`, and any of FACTS. `expires` is until when (epoch) the number stays
        theirs if they are not seen again. Raises RequestRefused: 400, 404, 429, 503.
        """
        book = self.rulebooks.snapshot.book(company)
        if book is None or not book.pool_numbers(pool):
            raise RequestRefused("404 Not Found", "there is no such pool, or it has no numbers")
        session = fields.get("session", "")
        if not SESSION.fullmatch(session):
            raise RequestRefused("400 Bad Request", "session must be 8 to 64 letters, digits, '.', '_' or '-'")
        if self._waiting >= self.most_waiting:
            self.counts["refused"] += 1
            raise RequestRefused("429 Too Many Requests", "too many visitors ask at once", AGAIN)
        facts = {name: fields[name] for name in FACTS if name in fields}
        self._waiting += 1
        try:
            number, expires = self.threads.for_visitor(self._assigned, book, pool, session, facts)
        except Exception as error:
            self.counts["failed"] += 1
            _log.warning("a visitor is shown no number", company=company, pool=pool, error=str(error))
            raise RequestRefused("503 Service Unavailable", "the database did not answer in time", AGAIN) from None
        finally:
            self._waiting -= 1
        self.counts["shown"] += 1
        return as_json({"number": number, "national": readable(number), "expires": int(expires)})

    def _assigned(self, book: RuleBook, pool: str, session: str, facts: Mapping[str, str]) -> tuple[str, float]:
        """What the store's threads do."""
        visitors, now, hold = self.threads.store.visitors, self.clock(), book.pools[pool].hold
        number = visitors.assign(book.company, book.pool_numbers(pool), session, facts, hold, now)
        if now >= self._swept + self.sweep:
            self._swept = now
            visitors.sweep(now - self._longest())
        assert number is not None  # a pool without numbers was refused
        return number, now + hold

    def _longest(self) -> float:
        """Seconds for which any visit may still matter."""
        books = self.rulebooks.snapshot.books.values()
        return max([REMEMBERED, *(float(pool.hold) for book in books for pool in book.pools.values())])
