"""The secret by which a FreeSWITCH of ours is known at the port where calls are handed over, for all routers of one
database.

Routers need digests only (SHA-256, of a secret of 256 bits that was drawn), so none of them holds the secret itself.
For who writes it into FreeSWITCH's configuration it is here once more, sealed (`sealing`), which is no affair of this
module. After a change the former one is right for some time, so that each FreeSWITCH can be told at leisure.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from fsrouter.store.database import STATES, Database, advance
from fsrouter.store.tables.routers import SecretRow

#: The row of the secret of the outbound socket.
SOCKET: Final = "socket"
#: Seconds for which the former secret is right after a change.
KEEP: Final = 86_400.0


class Verdict(StrEnum):
    """What is to be thought of what a peer shows."""

    RIGHT = "right"
    FORMER = "former"  # right until KnownSecret.until
    UNASKED = "unasked"  # none has been made since a secret is asked for: a database of before
    NONE = "none"  # nothing is shown
    WRONG = "wrong"
    CLOSED = "closed"  # none has been made, so nothing can be right

    @property
    def lets_in(self) -> bool:
        """Whether its calls are taken."""
        return self in (Verdict.RIGHT, Verdict.FORMER, Verdict.UNASKED)


class KnownSecret(Struct, frozen=True, kw_only=True):
    """Digests of the secret (`current`) and of the one before (`previous`), which is right `until` an epoch.

    None is where there is none: nothing is right then. "" is where a call shows nothing and is right.
    """

    current: str | None = None
    previous: str | None = None
    until: float = 0.0

    @property
    def until_when(self) -> str:
        """The moment `until`, in words."""
        return f"{datetime.fromtimestamp(self.until, UTC):%Y-%m-%d %H:%M} UTC"

    def verdict(self, shown: str, now: float) -> Verdict:
        """What `shown` is worth at a moment (epoch), "" for nothing shown. Takes the same time whatever it is."""
        found = digest(shown) if shown else ""
        right = hmac.compare_digest(found, self.current or "-")
        former = hmac.compare_digest(found, "-" if self.previous is None else self.previous)
        if self.current is None:
            return Verdict.CLOSED
        if not self.current:
            return Verdict.UNASKED
        if right:
            return Verdict.RIGHT
        if former and now < self.until:
            return Verdict.FORMER
        return Verdict.WRONG if shown else Verdict.NONE


def digest(secret: str) -> str:
    """What is kept of a secret to know it again."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Secrets:
    """The secret of the outbound socket."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.clock = database.clock

    def known(self) -> KnownSecret:
        """What is right now. One read by key."""
        row = SecretRow
        query = row.select(row.current, row.previous, row.until).where(row.name == SOCKET)
        found = self._database.select(KnownSecret, query)
        return found[0] if found else KnownSecret()

    def sealed(self) -> str:
        """The secret as it was sealed; "" when none has been made."""
        query: Any = SecretRow.select(SecretRow.sealed).where(SecretRow.name == SOCKET)
        found = self._database.tuples(query)
        return str(found[0][0]) if found else ""

    def change(self, secret: str, sealed: str, keep: float = KEEP) -> KnownSecret:
        """Have `secret` be the right one from now on, and the one before, if there is any, for `keep` seconds more."""
        until = self.clock() + keep
        with self._database.writing() as db:
            advance(db, STATES, 0)  # whoever else makes one now waits, also where rows are not there to be locked
            before = self.known()
            former = before.current if keep > 0 else None
            values = {"current": digest(secret), "previous": former, "until": until if former is not None else 0.0}
            fresh = SecretRow.insert(name=SOCKET, sealed=sealed, **values)
            self._database.write(
                fresh.on_conflict(conflict_target=[SecretRow.name], update={**values, "sealed": sealed})
            )
            return self.known()
