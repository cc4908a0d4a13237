"""How often a request is tried again, and how long a sync waits for a CRM that wants fewer requests or cannot answer
now: as it asks, and within bounds.

A call never waits by these rules; look-ups have their deadline and the breaker. Knows no network.
"""

from __future__ import annotations

from collections.abc import Callable

from fsrouter.crm.errors import CrmError, CrmLimited, CrmTimeout, CrmUnavailable, CrmUnreached
from fsrouter.crm.transport.messages import Reply
from fsrouter.runtime import Clock

#: Attempts of one request, seconds of one wait, and seconds of all waits of one sync.
ATTEMPTS = 5
ONE_WAIT = 120.0
ALL_WAITS = 900.0

#: After which errors a request may be sent again: one that reads; and one that writes, only where the CRM has done
#: nothing, because it wants fewer or was never reached.
READING = (CrmTimeout, CrmUnavailable)
WRITING = (CrmLimited, CrmUnreached)


class Retries:
    """The patience of one sync, or of one call that is written back, for all of its requests together.

    `pause` waits for so many seconds, `clock` only grows, `again` are the errors after which a request is sent again.
    """

    def __init__(
        self, pause: Callable[[float], None], clock: Clock, again: tuple[type[CrmError], ...] = READING
    ) -> None:
        self._again = again
        self._pause = pause
        self._clock = clock
        self._waited = 0.0
        self._last = float("-inf")

    def ask(self, send: Callable[[], Reply], apart: float) -> Reply:
        """What `send` gives, at least `apart` seconds after the request before. Raises CrmError when patience ends."""
        attempt = 0
        while True:
            self._pace(apart)
            try:
                return send()
            except self._again as error:
                wait = 2.0**attempt if error.retry_after is None else error.retry_after
                attempt += 1
                if attempt == ATTEMPTS or wait > ONE_WAIT or self._waited + wait > ALL_WAITS:
                    raise
            self._waited += wait
            self._pause(wait)

    def _pace(self, apart: float) -> None:
        early = self._last + apart - self._clock()
        if early > 0:
            self._pause(early)
        self._last = self._clock()
