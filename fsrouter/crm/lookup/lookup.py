"""Live look-ups for CRM rules: the record now, else the cache, else not known; and never later than the deadline.

    record within the deadline      live, its age at most a minute
    nothing in time, or it failed   what the cache has, and why not live
    nothing in the cache either     not known, and why

No exception leaves here for a reason of the CRM's: a call never fails because of it (DESIGN section 7). Blocking, in
native threads; all waits are bounded by the deadline.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Sequence

import msgspec

from fsrouter.crm.connectors.base import Wanted
from fsrouter.crm.errors import CrmBadReply, CrmError, CrmTimeout, CrmUnavailable
from fsrouter.crm.lookup.cache import Answers, Breaker
from fsrouter.crm.transport.client import Lines
from fsrouter.crm.transport.connection import Line
from fsrouter.crm.transport.http import LOOK_UP
from fsrouter.engine.model.criteria import fold
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import explain
from fsrouter.engine.walk.actions import LookedUp, LookUp
from fsrouter.engine.walk.facts import Contact, Facts

#: Look-ups of one connection that may be under way at once: a CRM that hangs holds no more threads than these.
AT_ONCE = 12

#: Who owns a number of a company, by the cache: `store.contacts.owners`.
Owners = Callable[[str, str], Sequence[Contact]]


class Records:
    """Looks records up, for all companies. `clock` is monotonic, in seconds; `at_once` look-ups of one connection may
    be under way, and who comes then is answered from the cache at once.
    """

    def __init__(
        self, lines: Lines, owners: Owners, clock: Callable[[], float] = time.monotonic, at_once: int = AT_ONCE
    ) -> None:
        self._lines = lines
        self._owners = owners
        self._clock = clock
        self._answers: Answers[Contact | None] = Answers(clock)
        self._at_once = at_once
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self._places: dict[tuple[str, str], threading.Semaphore] = {}
        self._lock = threading.Lock()

    def look_up(self, book: RuleBook, wanted: LookUp, cached: LookedUp) -> LookedUp:
        """The field of the record that belongs to a number. `cached` is what the contact cache has for it.

        Takes at most `wanted.deadline` seconds.
        """
        until = self._clock() + wanted.deadline
        line = self._lines.of(book, wanted.crm)
        if line is None:
            return cached
        if not wanted.number:
            return instead(cached, "the caller's number is withheld")
        question = (book.company, wanted.crm, fold(wanted.module), fold(wanted.field), wanted.number)
        try:
            found, age = self._answers.kept(question) or self._fetched(book, wanted, line, question, until)
        except TimeoutError:
            return instead(cached, f"{wanted.crm} did not answer within {wanted.deadline:g} s")
        except CrmError as error:
            return instead(cached, str(error))
        if found is None:
            return LookedUp(how="live", age=age, why=f"{wanted.crm} has no record with this number")
        return _live(found, wanted, age)

    def is_open(self, company: str, crm: str) -> bool:
        """Whether a connection is left alone for now, because it failed too often."""
        return self._breaker(company, crm).is_open

    def _fetched(
        self, book: RuleBook, wanted: LookUp, line: Line, question: Hashable, until: float
    ) -> tuple[Contact | None, float]:
        with self._lock:
            places = self._places.setdefault((book.company, wanted.crm), threading.Semaphore(self._at_once))
        if not places.acquire(blocking=False):
            raise CrmUnavailable(f"{wanted.crm} has {self._at_once} look-ups under way, as many as it may have")
        try:
            return self._answers.get(question, lambda: self._ask(book, wanted, line, until), wanted.deadline)
        finally:
            places.release()

    def _ask(self, book: RuleBook, wanted: LookUp, line: Line, until: float) -> Contact | None:
        breaker = self._breaker(book.company, wanted.crm)
        if not breaker.allows():
            raise CrmUnavailable(f"{wanted.crm} failed too often and is left alone for a while")
        pause: float | None = None
        answered = False
        try:
            known = self._known(book.company, wanted)
            asked = Wanted(number=wanted.number, module=wanted.module, field=wanted.field, contact=known)
            found = line.run(line.connector.look_up(asked), LOOK_UP, self._left(wanted, until))
            answered = True
            return found
        except CrmBadReply:
            # It is there and answers; that this question has no answer says nothing about the next.
            answered = True
            raise
        except CrmUnavailable as error:
            pause = error.retry_after
            raise
        finally:
            breaker.succeeded() if answered else breaker.failed(pause)

    def _left(self, wanted: LookUp, until: float) -> float:
        seconds = until - self._clock()
        if seconds <= 0:
            raise CrmTimeout(f"{wanted.crm} did not answer within {wanted.deadline:g} s")
        return seconds

    def _known(self, company: str, wanted: LookUp) -> str:
        """The id by which the CRM knows the caller, where the cache has it; a cache that is away is none."""
        try:
            owners = self._owners(company, wanted.number)
        except Exception:
            return ""
        return next((contact.id for contact in owners if contact.id and contact.crm == wanted.crm), "")

    def _breaker(self, company: str, crm: str) -> Breaker:
        with self._lock:
            return self._breakers.setdefault((company, crm), Breaker(self._clock))


def _live(found: Contact, wanted: LookUp, age: float) -> LookedUp:
    """A record's field, read by the engine's own rule of what a field's name means."""
    facts = Facts(to="", began=0.0, contacts=(msgspec.structs.replace(found, id=found.id or "-", crm=wanted.crm),))
    value = explain.cached(facts, wanted).value
    return LookedUp(how="live", value=value, found=True, age=age)


def instead(cached: LookedUp, why: str) -> LookedUp:
    """What the cache has, and why it is not the CRM that says so."""
    return msgspec.structs.replace(cached, why="; ".join(filter(None, (why, cached.why))))
