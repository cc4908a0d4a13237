"""How long a sync waits for a CRM that wants fewer requests or cannot answer now: as it asks, and within bounds.

A call never waits by these rules; look-ups have their deadline and the breaker.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from fsrouter.crm.base import Flow
from fsrouter.crm.errors import CrmError, CrmLimited, CrmTimeout, CrmUnavailable, CrmUnreached
from fsrouter.crm.line import Line
from fsrouter.crm.messages import Reply, Request

T = TypeVar("T")

#: Attempts of one request, seconds of one wait, and seconds of all waits of one sync.
ATTEMPTS = 5
ONE_WAIT = 120.0
ALL_WAITS = 900.0


class Patience:
    """Runs flows of a line and repeats requests that may be repeated. `sleep` and `clock` are the seam of time.

    `waiting(seconds)` is told before each wait.
    """

    def __init__(
        self,
        line: Line,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        waiting: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self.line = line
        self._sleep = sleep
        self._clock = clock
        self._waiting = waiting
        self._waited = 0.0
        self._last = float("-inf")

    def run(self, flow: Flow[T], repeat: bool = True) -> T:
        """Run a flow to its end. Raises CrmError when patience is at an end.

        Without `repeat`, a request is sent again only where the CRM has done nothing: it wants fewer, or it was never
        reached.
        """
        again: tuple[type[CrmError], ...] = (CrmTimeout, CrmUnavailable) if repeat else (CrmLimited, CrmUnreached)
        return self.line.run(flow, ask=lambda request: self._ask(request, again))

    def _ask(self, request: Request, again: tuple[type[CrmError], ...]) -> Reply:
        for attempt in range(ATTEMPTS):
            self._pace(request.apart)
            try:
                return self.line.ask(request)
            except again as error:
                wait = getattr(error, "retry_after", None)
                self._wait(wait if wait is not None else 2.0**attempt, attempt, error)
        raise AssertionError("the last attempt raises")

    def _pace(self, apart: float) -> None:
        early = self._last + apart - self._clock()
        if early > 0:
            self._sleep(early)
        self._last = self._clock()

    def _wait(self, seconds: float, attempt: int, error: CrmError) -> None:
        if attempt + 1 == ATTEMPTS or seconds > ONE_WAIT or self._waited + seconds > ALL_WAITS:
            raise error
        self._waited += seconds
        self._waiting(seconds)
        self._sleep(seconds)
