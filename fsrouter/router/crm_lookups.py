"""Live look-ups of calls in CRMs, carried from their greenlets to native threads, with a deadline that always holds.

A CRM that hangs keeps its threads until their own deadline. So that no call ever waits for a free one, no more
look-ups are begun than there are threads; a call that comes then is answered from the cache at once, and told why.
What a look-up is, is the business of `crm.lookup`; these threads are nobody else's.
"""

from __future__ import annotations

from fsrouter.crm.lookup.lookup import LiveLookups, answer_from_cache
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.actions import LookUp
from fsrouter.engine.walk.outcomes import LookedUp
from fsrouter.log.context import carried
from fsrouter.log.logger import get_logger
from fsrouter.runtime import Runtime

_log = get_logger("fsrouter.router")

#: Look-ups of this router that may be under way at once, all CRMs together; one CRM may have fewer (`crm.lookup`).
AT_ONCE = 48
#: Seconds that threads get to end when the router stops; they end by themselves within a look-up's deadline.
ENDING = 1.0


class CrmLookups:
    """Has `live` look up what calls ask for, `at_once` at most at a time."""

    def __init__(self, live: LiveLookups, runtime: Runtime, at_once: int = AT_ONCE) -> None:
        self._live = live
        self._most = at_once
        self._pool = runtime.pool("look-ups", at_once)

    def look_up(self, book: RuleBook, wanted: LookUp, cached: LookedUp) -> LookedUp:
        """The field of the record that belongs to a number; `cached` is what the contact cache has for it.

        Takes at most `wanted.deadline` seconds and never raises.
        """
        if len(self._pool) >= self._most:
            return answer_from_cache(cached, f"this router has {self._most} look-ups under way, as many as it may have")
        look_up = carried(self._live.look_up)
        try:
            return self._pool.run(look_up, book, wanted, cached, deadline=wanted.deadline)
        except TimeoutError:
            return answer_from_cache(cached, f"{wanted.crm} did not answer within {wanted.deadline:g} s")
        except Exception as error:
            _log.warning("the look-up failed", crm=wanted.crm, error=f"{type(error).__name__}: {error}")
            return answer_from_cache(cached, f"the look-up failed ({type(error).__name__})")

    def close(self) -> None:
        """End the threads; one that is stuck is left behind."""
        self._pool.close(ENDING)
