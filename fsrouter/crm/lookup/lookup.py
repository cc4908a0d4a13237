"""Live look-ups for CRM rules: the record now, else the cache, else not known; and never later than the deadline.

    record within the deadline      live, its age at most a minute
    nothing in time, or it failed   what the cache has, and why not live
    nothing in the cache either     not known, and why

No exception leaves here for a reason of the CRM's: a call never fails because of it. Blocking, in native threads; all
waits are bounded by the deadline.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Hashable, Sequence

import msgspec

from fsrouter.crm.client import Client
from fsrouter.crm.connection import Connection
from fsrouter.crm.connectors.base import Wanted
from fsrouter.crm.errors import CrmBadReply, CrmError, CrmUnavailable
from fsrouter.crm.lookup.cache import Breaker, LookupCache
from fsrouter.crm.transport.http import LOOK_UP
from fsrouter.engine.contacts import Contact, person
from fsrouter.engine.model.criteria import fold
from fsrouter.engine.model.fact_names import folded
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.actions import LookUp
from fsrouter.engine.walk.cached import cached_field
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import LookedUp

#: Look-ups of one connection that may be under way at once: a CRM that hangs holds no more threads than these.
AT_ONCE = 12

#: Who owns a number of a company, by the cache: `store.contacts.owners`.
Owners = Callable[[str, str], Sequence[Contact]]


class LiveLookups:
    """Looks records up, for all companies. `at_once` look-ups of one connection may be under way, and who comes then is
    answered from the cache at once.
    """

    def __init__(self, client: Client, owners: Owners, at_once: int = AT_ONCE) -> None:
        self._client = client
        self._owners = owners
        self._clock = client.runtime.monotonic
        self._at_once = at_once
        self._cache: LookupCache[Contact | None] = LookupCache(client.runtime)
        self._guards: dict[tuple[str, str], tuple[Breaker, threading.Semaphore]] = {}
        self._lock = threading.Lock()

    def look_up(self, book: RuleBook, wanted: LookUp, cached: LookedUp) -> LookedUp:
        """The field of the record that belongs to a number. `cached` is what the contact cache has for it.

        Takes at most `wanted.deadline` seconds.
        """
        until = self._clock() + wanted.deadline
        connection = self._client.connection(book, wanted.crm)
        if connection is None:
            return cached
        if not wanted.number:
            return answer_from_cache(cached, "the caller has no number")
        question = (book.company, wanted.crm, fold(wanted.module), folded(wanted.field), wanted.number)
        try:
            found, age = self._cache.kept(question) or self._fetched(book, wanted, connection, question, until)
        except TimeoutError:
            return answer_from_cache(cached, f"{wanted.crm} did not answer within {wanted.deadline:g} s")
        except CrmError as error:
            return answer_from_cache(cached, str(error))
        if found is None:
            return LookedUp(how="live", age=age, why=f"{wanted.crm} has no record with this number")
        return _live(found, wanted, age)

    def _fetched(
        self, book: RuleBook, wanted: LookUp, connection: Connection, question: Hashable, until: float
    ) -> tuple[Contact | None, float]:
        with self._lock:
            fresh = Breaker(self._clock), threading.Semaphore(self._at_once)
            breaker, places = self._guards.setdefault((book.company, wanted.crm), fresh)
        if not places.acquire(blocking=False):
            raise CrmUnavailable(f"{wanted.crm} has {self._at_once} look-ups under way, as many as it may have")
        try:
            ask = functools.partial(self._ask, book.company, wanted, connection, breaker, until)
            return self._cache.get(question, ask, wanted.deadline)
        finally:
            places.release()

    def _ask(
        self, company: str, wanted: LookUp, connection: Connection, breaker: Breaker, until: float
    ) -> Contact | None:
        if not breaker.allows():
            raise CrmUnavailable(f"{wanted.crm} failed too often and is left alone for a while")
        try:
            known = self._known(company, wanted)
            asked = Wanted(number=wanted.number, module=wanted.module, field=wanted.field, contact=known)
            left = until - self._clock()
            if left <= 0:
                raise TimeoutError
            found = connection.run(connection.connector.look_up(asked), LOOK_UP, left)
        except CrmBadReply:
            # It is there and answers; that this question has no answer says nothing about the next.
            breaker.succeeded()
            raise
        except BaseException as error:
            breaker.failed(getattr(error, "retry_after", None))
            raise
        breaker.succeeded()
        return found

    def _known(self, company: str, wanted: LookUp) -> str:
        """The id by which the CRM knows the caller, where the cache has it; a cache that is away is none."""
        try:
            owners = self._owners(company, wanted.number)
        except Exception:
            return ""
        known = person(contact for contact in owners if contact.crm == wanted.crm)
        return known.id if known else ""


def _live(found: Contact, wanted: LookUp, age: float) -> LookedUp:
    """A record's field, read by the engine's own rule of what a field's name means."""
    facts = Facts(to="", began=0.0, contacts=(msgspec.structs.replace(found, id=found.id or "-", crm=wanted.crm),))
    value = cached_field(facts, wanted).value
    return LookedUp(how="live", value=value, found=True, age=age)


def answer_from_cache(cached: LookedUp, why: str) -> LookedUp:
    """What the cache has, and why it is not the CRM that says so."""
    return msgspec.structs.replace(cached, why="; ".join(filter(None, (why, cached.why))))
