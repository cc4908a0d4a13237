"""The access token of one connection: asked for once for all threads of this process, and, where routers share tokens,
for all routers; kept in memory until it ends, and asked for once more when the CRM refuses it.
"""

from __future__ import annotations

from collections.abc import Callable

from fsrouter.crm.connectors.rest import RestConnector
from fsrouter.crm.errors import CrmLimited, CrmTimeout
from fsrouter.crm.shared_tokens import MARGIN, Issued, SharedTokens
from fsrouter.crm.transport.messages import Flow, Token
from fsrouter.runtime import Runtime

#: A token that was refused is replaced at most once in so many seconds: CRMs ration them.
AGAIN = 30.0


class SignIn:
    """How one connection is signed in. `shared` is None where tokens are not shared."""

    def __init__(self, connector: RestConnector, runtime: Runtime, shared: SharedTokens | None) -> None:
        self._connector = connector
        self._shared = shared
        self._today, self._clock = runtime.now, runtime.monotonic
        # Held to look, never while the CRM is asked: `_busy` tells that a thread asks it for a token.
        self._changed = runtime.condition()
        self._busy = False
        self._token: Token | None = None
        self._until = 0.0
        self._signed = float("-inf")
        self._rests = float("-inf")
        self._refused = ""

    def token(self, run: Callable[[Flow[Token]], Token], until: float) -> Token | None:
        """The token that is good now, None for a CRM that needs none. Threads that need one at once wait for the one
        that asks, `until` a moment of the monotonic clock. `run` runs a flow. Raises CrmError.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: not self._busy, max(0.0, until - self._clock())):
                raise CrmTimeout("signing in takes too long")
            self._busy = True
        try:
            if self._token and self._clock() < self._until:
                return self._token
            flow = self._connector.sign_in()
            return None if flow is None else self._take(self._issued(flow, run, until))
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def renew(self) -> bool:
        """Forget a token that the CRM refuses. Returns whether another one may be asked for."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy)
            if self._token is None or self._clock() - self._signed < AGAIN:
                return False
            self._refused = self._token.value.reveal({})
            self._token = None
            return True

    def _issued(self, flow: Flow[Token], run: Callable[[Flow[Token]], Token], until: float) -> Issued:
        left = self._rests - self._clock()
        if left > 0:
            raise CrmLimited("gives no token for now, as it said a while ago", left)
        try:
            if self._shared is None:
                token = run(flow)
                return Issued(token, self._today(), max(token.lasts - MARGIN, 1.0))
            first = next(flow)  # whoever signs in runs a flow of their own, from its beginning
            flow.close()
            return self._shared.token(first, self._refused, lambda: run(self._anew()), until)
        except CrmLimited as error:
            self._rests = self._clock() + (error.retry_after or 0.0)
            raise

    def _anew(self) -> Flow[Token]:
        flow = self._connector.sign_in()
        assert flow is not None
        return flow

    def _take(self, issued: Issued) -> Token:
        self._token = issued.token
        self._signed = self._clock() - max(0.0, self._today() - issued.at)
        self._until = self._clock() + issued.left
        return issued.token
