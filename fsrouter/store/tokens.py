"""The access tokens that CRMs gave, for all routers of one database: one asks for a token, the others take it from
here.

A token is sealed before it comes here, and its name is a digest: whoever reads the database learns neither. Which
connection it belongs to and how it is sealed is no affair of the store.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from fsrouter.store.database import Database
from fsrouter.store.tables.routers import TokenRow

#: Seconds after its end until a token is forgotten.
FORGET = 86_400.0


class StoredToken(Struct, frozen=True, kw_only=True):
    """A sealed token, "" for none yet; when it was `issued`, `ends`, and until when none is to be asked for (`rests`);
    who asks for one now, until when at most (`lease_by`, `lease_until`). All times are epochs.
    """

    name: str
    sealed: str = ""
    issued: float = 0.0
    ends: float = 0.0
    rests: float = 0.0
    lease_by: str = ""
    lease_until: float = 0.0


class Tokens:
    """The tokens of all connections."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.clock = database.clock

    def get(self, name: str) -> StoredToken:
        """What is known of a token."""
        found = self._database.select(StoredToken, TokenRow.select().where(TokenRow.name == name))
        return found[0] if found else StoredToken(name=name)

    def lease(self, name: str, who: str, seconds: float) -> StoredToken:
        """Let `who` be the only one that asks for this token for so long, unless somebody else is.

        Returns what is known of it then; `lease_by` says whose the lease is.
        """
        now = self.clock()
        free: Any = (TokenRow.name == name) & (TokenRow.lease_until <= now)
        with self._database.writing() as db:
            fresh = {"name": name, "sealed": "", "issued": 0.0, "ends": 0.0, "rests": 0.0}
            TokenRow.insert(**fresh, lease_by="", lease_until=0.0).on_conflict_ignore().execute(db)
            TokenRow.update(lease_by=who, lease_until=now + seconds).where(free).execute(db)
            query: Any = TokenRow.select().where(TokenRow.name == name).dicts()
            return StoredToken(**next(iter(query.execute(db))))

    def put(self, name: str, who: str, sealed: str, issued: float, ends: float) -> None:
        """Keep the token that `who` was given, and end their lease. Forgets tokens that ended long ago."""
        values = {"sealed": sealed, "issued": issued, "ends": ends, "rests": 0.0, "lease_by": "", "lease_until": 0.0}
        old: Any = (TokenRow.ends < self.clock() - FORGET) & (TokenRow.lease_until < self.clock() - FORGET)
        with self._database.writing() as db:
            TokenRow.update(**values).where(_leased(name, who)).execute(db)
            TokenRow.delete().where(old).execute(db)

    def release(self, name: str, who: str, rests: float = 0.0) -> None:
        """End the lease of `who`, who was given none; nobody is to ask before `rests`."""
        ended = TokenRow.update(lease_by="", lease_until=0.0, rests=rests)
        self._database.write(ended.where(_leased(name, who)))


def _leased(name: str, who: str) -> Any:
    return (TokenRow.name == name) & (TokenRow.lease_by == who)
