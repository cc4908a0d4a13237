"""A connection to a CRM: flows of its connector are run over it, signed in and within a deadline.

It is shared by the threads that sync, look up and write back. It knows no particular CRM, and no store.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import TypeVar

import msgspec

from fsrouter.crm.connectors.rest import RestConnector
from fsrouter.crm.errors import CrmBadReply, CrmError, CrmLimited, CrmRefused, CrmTimeout, CrmUnavailable
from fsrouter.crm.shared_tokens import LEASE, SharedTokens
from fsrouter.crm.sign_in import SignIn
from fsrouter.crm.transport.http import SYNC, Bounds
from fsrouter.crm.transport.messages import Flow, Reply, Request, Token, retry_after
from fsrouter.crm.transport.retries import Retries
from fsrouter.runtime import Runtime

T = TypeVar("T")

#: Whoever sends: `client.Client.send`.
Send = Callable[[Request, Bounds], Reply]


class Connection:
    """The connection of one company to one CRM. `clock` only grows, in seconds. `shared` are the tokens of all routers,
    None where each keeps its own.
    """

    def __init__(
        self, connector: RestConnector, send: Send, runtime: Runtime, shared: SharedTokens | None = None
    ) -> None:
        self.name = connector.name
        self.connector = connector
        self._send = send
        self._today, self.clock = runtime.now, runtime.monotonic
        self._sign_in = SignIn(connector, runtime, shared)

    def run(self, flow: Flow[T], bounds: Bounds = SYNC, within: float = math.inf, retries: Retries | None = None) -> T:
        """Run a flow to its end. Raises CrmError, with the connection's name in it.

        `bounds` are those of each request, and `within` the seconds for all of them together. `retries` say which are
        sent again, and when; without them each is sent once.
        """
        until = self.clock() + within

        def ask(request: Request) -> Reply:
            if retries is None:
                return self._ask(request, bounds, until)
            return retries.ask(lambda: self._ask(request, bounds, until), request.apart)

        try:
            return run_flow(flow, ask)
        except CrmError as error:
            raise type(error)(f"{self.name}: {error}", error.retry_after) from None
        except (msgspec.MsgspecError, LookupError, ValueError, TypeError, AttributeError) as error:
            # JSON of a form that nobody thought of: whatever it trips over here, it is the CRM's reply.
            raise CrmBadReply(f"{self.name} answered what makes no sense ({type(error).__name__})") from None

    def _ask(self, request: Request, bounds: Bounds, until: float) -> Reply:
        """Send one request, signed in. Returns a reply whose status is one that the request accepts."""
        until = min(until, self.clock() + bounds.total)
        reply = self._send(self._authorised(request, bounds, until), self._left(bounds, until))
        if reply.status == 401 and 401 not in request.accepts and self._sign_in.renew():
            reply = self._send(self._authorised(request, bounds, until), self._left(bounds, until))
        return self._accepted(request, reply)

    def _authorised(self, request: Request, bounds: Bounds, until: float) -> Request:
        token = self._sign_in.token(lambda flow: self._signed_in(flow, bounds, until), until)
        credentials = self.connector.credentials(token.value if token else None)
        return msgspec.structs.replace(request, credentials=credentials)

    def _signed_in(self, flow: Flow[Token], bounds: Bounds, until: float) -> Token:
        """What signing in gives, before another router may think that this one has died of it."""
        until = min(until, self.clock() + LEASE)
        return run_flow(flow, lambda r: self._accepted(r, self._send(r, self._left(bounds, until))))

    def _accepted(self, request: Request, reply: Reply) -> Reply:
        status = reply.status
        if status in request.accepts:
            return reply
        wait = retry_after(reply.headers.get("retry-after", ""), self._today())
        if status == 429:
            raise CrmLimited("wants fewer requests (429)", wait)
        if status in (401, 403):
            self._look_for_rations(reply)
            why = "does not know the credential" if status == 401 else "does not let the credential do this"
            raise CrmRefused(
                f"{why} ({status}); look at the credential of the CRM {self.name!r} and at what it may read"
            )
        if status >= 500:
            raise CrmUnavailable(f"cannot answer now ({status})", wait)
        raise CrmBadReply(f"answered with status {status}{self.connector.hint(status)}")

    def _look_for_rations(self, reply: Reply) -> None:
        with contextlib.suppress(CrmBadReply):  # it says nothing of the kind
            wait = self.connector.rationed(reply)
            if wait is not None:
                raise CrmLimited(f"gives no more answers for now: too many were asked for ({reply.status})", wait)

    def _left(self, bounds: Bounds, until: float) -> Bounds:
        seconds = until - self.clock()
        if seconds <= 0:
            raise CrmTimeout("did not answer in time")
        return bounds.within(seconds)


def run_flow(flow: Flow[T], ask: Callable[[Request], Reply]) -> T:
    """Run a flow, each of whose requests is answered by `ask`."""
    try:
        request = next(flow)
        while True:
            request = flow.send(ask(request))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    finally:
        flow.close()
