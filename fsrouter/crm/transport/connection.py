"""A connection's line to its CRM: flows are run over it, signed in and within a deadline.

It is shared by the threads that sync, look up and write back. A token is asked for once, kept in memory until it ends,
and asked for once more when the CRM refuses it. It knows no particular CRM, and no store.

How long a sync waits for a CRM that wants fewer requests or cannot answer now: as it asks, and within bounds.

A call never waits by these rules; look-ups have their deadline and the breaker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from fsrouter.crm.connectors.base import Connector, Flow, Token
from fsrouter.crm.errors import CrmBadReply, CrmError, CrmLimited, CrmRefused, CrmTimeout, CrmUnavailable, CrmUnreached
from fsrouter.crm.transport.http import SYNC, Bounds
from fsrouter.crm.transport.messages import Reply, Request, retry_after

T = TypeVar("T")

#: A token is not used in the last seconds of its life.
MARGIN = 60.0
#: A token that was refused is replaced at most once in so many seconds: CRMs ration them.
AGAIN = 30.0


class Send(Protocol):
    """Whoever sends: `http.Sender.send`."""

    def __call__(self, request: Request, bounds: Bounds = ...) -> Reply: ...


class Line:
    """The line of one connection. `clock` is monotonic, in seconds; `today` gives seconds since the epoch."""

    def __init__(
        self,
        connector: Connector,
        send: Send,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], float] = time.time,
    ) -> None:
        self.connector = connector
        self._send = send
        self._clock = clock
        self._today = today
        self._signing = threading.Lock()
        self._token: Token | None = None
        self._until = 0.0
        self._signed = float("-inf")

    def run(
        self,
        flow: Flow[T],
        bounds: Bounds = SYNC,
        within: float | None = None,
        ask: Callable[[Request], Reply] | None = None,
    ) -> T:
        """Run a flow to its end. Raises CrmError, with the connection's name in it.

        `within` are the seconds for all of it together; `ask` takes the place of asking each request once.
        """
        until = self._clock() + within if within is not None else None
        try:
            return driven(flow, ask or (lambda request: self.ask(request, self._cut(bounds, until))))
        except CrmError as error:
            raise self._named(error) from None
        except (msgspec.MsgspecError, LookupError, ValueError, TypeError, AttributeError) as error:
            # JSON of a form that nobody thought of: whatever it trips over here, it is the CRM's reply.
            raise CrmBadReply(f"{self.connector.name} answered what makes no sense ({type(error).__name__})") from None

    def ask(self, request: Request, bounds: Bounds = SYNC) -> Reply:
        """Send one request, signed in, all of it within the bounds.

        Returns a reply whose status is one that the request accepts, else raises CrmError.
        """
        until = self._clock() + bounds.total
        reply = self._send(self._authorised(request, bounds, until), self._cut(bounds, until))
        if reply.status == 401 and 401 not in request.accepts and self._renewed():
            reply = self._send(self._authorised(request, bounds, until), self._cut(bounds, until))
        return self._accepted(request, reply)

    def _authorised(self, request: Request, bounds: Bounds, until: float) -> Request:
        token = self._signed_in(bounds, until)
        credentials = self.connector.credentials(token.value if token else None)
        return msgspec.structs.replace(request, credentials=credentials)

    def _signed_in(self, bounds: Bounds, until: float) -> Token | None:
        """The token that is good now. Threads that need one at once wait for the one that asks."""
        if not self._signing.acquire(timeout=max(0.0, until - self._clock())):
            raise CrmTimeout("signing in takes too long")
        try:
            if self._token and self._clock() < self._until:
                return self._token
            flow = self.connector.sign_in()
            if flow is None:
                return None
            self._token = driven(flow, lambda r: self._accepted(r, self._send(r, self._cut(bounds, until))))
            self._signed = self._clock()
            self._until = self._signed + max(self._token.lasts - MARGIN, 1.0)
            return self._token
        finally:
            self._signing.release()

    def _renewed(self) -> bool:
        """Forget a token that the CRM refuses. Returns whether another one may be asked for."""
        with self._signing:
            if self._token is None or self._clock() - self._signed < AGAIN:
                return False
            self._token = None
            return True

    def _accepted(self, request: Request, reply: Reply) -> Reply:
        status, name = reply.status, self.connector.name
        if status in request.accepts:
            return reply
        wait = retry_after(reply.headers.get("retry-after", ""), self._today())
        if status == 429:
            raise CrmLimited("wants fewer requests (429)", wait)
        if status in (401, 403):
            why = "does not know the credential" if status == 401 else "does not let the credential do this"
            raise CrmRefused(f"{why} ({status}); look at the credential of the CRM {name!r} and at what it may read")
        if status >= 500:
            raise CrmUnavailable(f"cannot answer now ({status})", wait)
        raise CrmBadReply(f"answered with status {status}")

    def _cut(self, bounds: Bounds, until: float | None) -> Bounds:
        if until is None:
            return bounds
        seconds = until - self._clock()
        if seconds <= 0:
            raise CrmTimeout("did not answer in time")
        return Bounds(min(bounds.connect, seconds), min(bounds.read, seconds), min(bounds.total, seconds), bounds.most)

    def _named(self, error: CrmError) -> CrmError:
        """The error with the connection's name before it."""
        message = f"{self.connector.name}: {error}"
        if isinstance(error, CrmUnavailable):
            return type(error)(message, error.retry_after)
        return type(error)(message)


def driven(flow: Flow[T], ask: Callable[[Request], Reply]) -> T:
    """Run a flow, each of whose requests is answered by `ask`."""
    try:
        request = next(flow)
        while True:
            request = flow.send(ask(request))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    finally:
        flow.close()


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
