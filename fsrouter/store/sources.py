"""Where contacts come from: for each CRM of a company, which generation of its contacts is in force.

A full sync stages a new generation in small transactions, so the journal never waits for it and nobody sees half of
it, and puts it in force by changing one number. What a sync did not see again is left behind with the old generation
and swept away afterwards. A sync that dies leaves the old cache whole.
"""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct

from fsrouter.store import limits
from fsrouter.store.database import Database
from fsrouter.store.tables import ContactRow, SourceRow

#: Contacts that are swept away in one transaction.
SWEEP = 2000


class Source(Struct, frozen=True, kw_only=True):
    """A CRM's cache: when it was last complete (`synced`, epoch, 0 for never), the mark up to which an incremental
    sync has seen changes, and how far a staged sync has come (`cursor`); both are the CRM's own words.
    """

    company: str
    crm: str
    generation: int = 0
    staging: int = 0
    cursor: str = ""
    mark: str = ""
    synced: float = 0.0
    lease_by: str = ""
    lease_until: float = 0.0


class Sources:
    """The caches of all CRMs of all companies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, company: str | None = None) -> list[Source]:
        """The caches of a company, or of all."""
        query: Any = SourceRow.select().order_by(SourceRow.company, SourceRow.crm).dicts()
        if company is not None:
            query = query.where(SourceRow.company == company)
        with self._database.reading() as db:
            return [Source(**row) for row in query.execute(db)]

    def get(self, db: Any, company: str, crm: str) -> Source:
        """A CRM's cache, made when there was none. Inside of a `writing` block."""
        fresh = {"company": company, "crm": crm, "generation": 1, "staging": 0, "cursor": "", "mark": ""}
        SourceRow.insert(**fresh, synced=0.0, lease_by="", lease_until=0.0).on_conflict_ignore().execute(db)
        query: Any = SourceRow.select().where(_is(company, crm)).dicts()
        return Source(**next(iter(query.execute(db))))

    def update(self, db: Any, company: str, crm: str, **values: Any) -> None:
        """Set columns of a CRM's cache. Inside of a `writing` block."""
        SourceRow.update(**values).where(_is(company, crm)).execute(db)

    def lease(self, company: str, crm: str, node: str, seconds: float) -> bool:
        """Let `node` be the only one that syncs this CRM for so long; again by the same node prolongs it.

        Returns whether it is. 0 seconds give it back.
        """
        now = time.time()
        with self._database.writing() as db:
            self.get(db, company, crm)
            free = (SourceRow.lease_until <= now) | (SourceRow.lease_by == node)
            taken = SourceRow.update(lease_by=limits.short(node, limits.NAME), lease_until=now + seconds)
            return bool(taken.where(_is(company, crm) & free).execute(db))

    def begin(self, company: str, crm: str, resume: bool) -> Source:
        """Begin to stage a generation, or go on with the one that a sync left behind."""
        with self._database.writing() as db:
            source = self.get(db, company, crm)
            if not (resume and source.staging):
                self.update(db, company, crm, staging=max(source.generation, source.staging) + 1, cursor="")
                source = self.get(db, company, crm)
        self.sweep(company, crm)
        return source

    def swap(self, company: str, crm: str, staging: int, mark: str | None) -> bool:
        """Put a staged generation in force. Returns False when another sync has begun since."""
        values = {"generation": staging, "staging": 0, "cursor": "", "synced": time.time()}
        values |= {} if mark is None else {"mark": limits.short(mark, limits.LONG)}
        with self._database.writing() as db:
            swapped = SourceRow.update(**values).where(_is(company, crm) & (SourceRow.staging == staging)).execute(db)
        self.sweep(company, crm)
        return bool(swapped)

    def drop(self, company: str, crm: str, staging: int) -> None:
        """Give a staged generation up."""
        with self._database.writing() as db:
            done = SourceRow.update(staging=0, cursor="").where(_is(company, crm) & (SourceRow.staging == staging))
            done.execute(db)
        self.sweep(company, crm)

    def sweep(self, company: str, crm: str) -> int:
        """Delete the contacts of generations that are neither in force nor staged. Returns how many there were."""
        swept = 0
        while True:
            with self._database.writing() as db:
                source = self.get(db, company, crm)
                useful = (source.generation, source.staging)
                old = ContactRow.select(ContactRow.id).where(
                    (ContactRow.company == company) & (ContactRow.crm == crm) & ContactRow.generation.not_in(useful)
                )
                deleted = int(ContactRow.delete().where(ContactRow.id << old.limit(SWEEP)).execute(db))
            swept += deleted
            if not deleted:
                return swept


def _is(company: str, crm: str) -> Any:
    return (SourceRow.company == company) & (SourceRow.crm == crm)
