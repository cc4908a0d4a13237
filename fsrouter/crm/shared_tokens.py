"""Access tokens that all routers of one database share, sealed: one of them signs in, by a lease, and the others take
its token until it ends. Zoho gives ten in ten minutes, whoever asks.

A token is sealed by the installation's signing key (`store.sealing`) and is kept under a digest of what the sign-in
says, keyed as well: so another connection's token is never taken for one's own, a changed credential finds none, and
routers that do not share the signing key share no tokens. What cannot be unsealed is as if it were not there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import msgspec
from msgspec import Struct

from fsrouter.crm.errors import CrmLimited, CrmTimeout
from fsrouter.crm.transport.messages import HeldSecret, Request, Token
from fsrouter.errors import Error, StoreUnreachable
from fsrouter.runtime import Runtime
from fsrouter.store import StoredToken, Tokens
from fsrouter.store.sealing import Seal

#: A token is not used in the last seconds of its life.
MARGIN = 60.0
#: Seconds that a router has to sign in, before another one may; and between two looks whether it has.
LEASE = 30.0
LOOK = 0.1
#: Says what the derived keys are for, and their form.
PURPOSE = b"fsrouter access tokens 1"


class Issued(Struct, frozen=True):
    """A token, when it was given (epoch) and for how many seconds it may be used from now on."""

    token: Token
    at: float
    left: float


class _Sealed(Struct, frozen=True):
    name: str
    value: str


class SharedTokens:
    """The tokens in `tokens`, sealed by what follows from `key`. `digest` says what a request says, credentials and
    all, keyed. `pause` waits so many seconds and may end it all by raising.
    """

    def __init__(
        self,
        tokens: Tokens,
        key: str,
        digest: Callable[[Request, bytes], str],
        runtime: Runtime,
        pause: Callable[[float], None],
    ) -> None:
        self._seal = Seal(key, PURPOSE)
        self._tokens = tokens
        self._digest = digest
        self._runtime = runtime
        self._pause = pause

    def token(self, first: Request, refused: str, sign_in: Callable[[], Token], until: float) -> Issued:
        """A token that is good, whoever was given it; else what `sign_in` gives, for all.

        `first` is the request by which signing in begins; a token that is `refused` is none. Waits for a router that
        signs in `until` a moment of the monotonic clock. Raises CrmError, and whatever `sign_in` does.
        """
        name = self._digest(first, self._seal.naming)
        who = f"{self._runtime.below(1 << 62):x}"
        try:
            issued = self._taken(name, refused) or self._awaited(name, refused, who, until)
        except StoreUnreachable:
            return self._given(sign_in())
        return issued or self._asked(name, who, sign_in)

    def _taken(self, name: str, refused: str) -> Issued | None:
        return self._good(self._tokens.get(name), refused)

    def _awaited(self, name: str, refused: str, who: str, until: float) -> Issued | None:
        """What another router is given, or None as soon as it is for this one to ask."""
        while True:
            known = self._tokens.lease(name, who, LEASE)
            mine = known.lease_by == who
            rests = known.rests - self._tokens.clock()
            issued = self._good(known, refused)
            if mine and (issued or rests > 0):
                self._tokens.release(name, who, known.rests)
            if issued:
                return issued
            if rests > 0:
                raise CrmLimited("gives no token for now, as it said to a router a while ago", rests)
            if mine:
                return None
            if self._runtime.monotonic() + LOOK >= until:
                raise CrmTimeout("signing in takes too long; another router is at it")
            self._pause(LOOK)

    def _asked(self, name: str, who: str, sign_in: Callable[[], Token]) -> Issued:
        try:
            issued = self._given(sign_in())
        except BaseException as error:
            rests = (error.retry_after or 0.0) if isinstance(error, CrmLimited) else 0.0
            self._told(self._tokens.release, name, who, self._tokens.clock() + rests if rests else 0.0)
            raise
        sealed = self._sealed(name, issued.token.value)
        self._told(self._tokens.put, name, who, sealed, issued.at, issued.at + issued.token.lasts)
        return issued

    def _told(self, write: Callable[..., None], *what: object) -> None:
        """Tell the store what came of it. A token is a token when the database is away, too."""
        with contextlib.suppress(Error):  # the lease ends by itself
            write(*what)

    def _given(self, token: Token) -> Issued:
        return Issued(token, self._tokens.clock(), max(token.lasts - MARGIN, 1.0))

    def _good(self, known: StoredToken, refused: str) -> Issued | None:
        left = known.ends - self._tokens.clock() - MARGIN
        value = self._unsealed(known) if known.sealed and left > 0 else ""
        if not value or value == refused:
            return None
        return Issued(Token(HeldSecret(value), known.ends - known.issued), known.issued, left)

    def _sealed(self, name: str, value: HeldSecret) -> str:
        text = msgspec.json.encode(_Sealed(name, value.reveal({})))
        return self._seal.seal(text, self._tokens.clock())

    def _unsealed(self, known: StoredToken) -> str:
        """The token; "" when it is sealed by another key, or was moved here from another name."""
        try:
            held = msgspec.json.decode(self._seal.unseal(known.sealed) or b"", type=_Sealed)
        except msgspec.MsgspecError:
            return ""
        return held.value if held.name == known.name else ""
