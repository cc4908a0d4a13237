"""Where contacts come from: for each CRM of a company the generation in force, and the syncs that were asked for.

A full sync stages a new generation in small transactions, so the journal never waits for it and nobody sees half of
it, and puts it in force by changing one number. What a sync did not see again is left behind with the old generation
and swept away afterwards. A sync that dies leaves the old cache whole.

A request is one row for each CRM of a company, taken by one router however many there are. Who asks writes the row, the
router that takes it says how far it is and what came of it, and the row stays until
somebody asks again. What a sync is, and when it is due without being asked for, is no affair of the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct

from fsrouter.store import limits
from fsrouter.store.database import Database
from fsrouter.store.former_names import called
from fsrouter.store.tables.contacts import ContactRow, SourceRow, SyncRow

T = TypeVar("T")

#: Contacts that are swept away in one transaction.
SWEEP = 2000
#: Seconds after which nobody waits any more for a sync that no router has taken.
FRESH = 600.0
#: Seconds for which a sync is whoever's it is that has taken it, after the last that was heard of it; longer than any
#: single wait for a CRM.
LEASE = 300.0


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
        return _all(self._database, Source, SourceRow, company)

    def get(self, db: Any, company: str, crm: str) -> Source:
        """A CRM's cache, made when there was none; of a company by its name of now. Inside of a `writing` block."""
        fresh = {"company": called(company), "crm": crm, "generation": 1, "staging": 0, "cursor": "", "mark": ""}
        SourceRow.insert(**fresh, synced=0.0, lease_by="", lease_until=0.0).on_conflict_ignore().execute(db)
        query: Any = SourceRow.select().where(_is(SourceRow, called(company), crm)).dicts()
        return Source(**next(iter(query.execute(db))))

    def update(self, db: Any, company: str, crm: str, **values: Any) -> None:
        """Set columns of a CRM's cache. Inside of a `writing` block."""
        SourceRow.update(**values).where(_is(SourceRow, company, crm)).execute(db)

    def lease(self, company: str, crm: str, node: str, seconds: float) -> bool:
        """Let `node` be the only one that syncs this CRM for so long; again by the same node prolongs it.

        Returns whether it is. 0 seconds give it back.
        """
        now = self._database.clock()
        with self._database.writing() as db:
            self.get(db, company, crm)
            free = (SourceRow.lease_until <= now) | (SourceRow.lease_by == node)
            taken = SourceRow.update(lease_by=limits.truncate(node, limits.NAME), lease_until=now + seconds)
            return bool(taken.where(_is(SourceRow, company, crm) & free).execute(db))

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
        values = {"generation": staging, "staging": 0, "cursor": "", "synced": self._database.clock()}
        values |= {} if mark is None else {"mark": limits.truncate(mark, limits.LONG)}
        return self._end(company, crm, staging, values)

    def drop(self, company: str, crm: str, staging: int) -> None:
        """Give a staged generation up."""
        self._end(company, crm, staging, {"staging": 0, "cursor": ""})

    def _end(self, company: str, crm: str, staging: int, values: Mapping[str, Any]) -> bool:
        """Stage no more, if it is still this generation that is staged, and sweep what is left behind."""
        staged = _is(SourceRow, company, crm) & (SourceRow.staging == staging)
        ended = self._database.write(SourceRow.update(**values).where(staged))
        self.sweep(company, crm)
        return bool(ended)

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


class SyncRequest(Struct, frozen=True, kw_only=True):
    """A sync that was asked for: by whom and when (epoch); `node` is the router that has taken it, "" for none yet,
    and `seen` when that was last heard of it. `contacts` of `total` have been read, as far as the CRM tells. `done`
    is None until it is over, and then `result` says in words what came of it or why it `failed`.
    """

    company: str
    crm: str
    who: str
    at: float
    node: str = ""
    seen: float = 0.0
    contacts: int = 0
    total: int | None = None
    done: float | None = None
    failed: bool = False
    result: str = ""


class SyncRequests:
    """The syncs that were asked for, of all companies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, company: str, crm: str, who: str) -> bool:
        """Ask for a sync, now. Returns False when one that was asked for waits or goes on already."""
        now = self._database.clock()
        asked = {"who": limits.truncate(who, limits.NAME), "at": now, "node": "", "seen": 0.0, "contacts": 0}
        asked |= {"total": None, "done": None, "failed": False, "result": ""}
        query = SyncRow.insert(company=company, crm=crm, **asked)
        with self._database.writing() as db:
            waits = list(
                SyncRow.select(SyncRow.crm).where(_is(SyncRow, company, crm) & _waits(now)).tuples().execute(db)
            )
            if not waits:
                query.on_conflict(conflict_target=[SyncRow.company, SyncRow.crm], update=asked).execute(db)
        return not waits

    def waiting(self, node: str, now: float | None = None) -> list[SyncRequest]:
        """What `node` may take: nobody has, or whoever has is not heard of any more, or was `node` in an earlier life.

        Of what it is at itself, `node` knows better.
        """
        free = _free(node, self._database.clock() if now is None else now)
        return self._database.select(SyncRequest, SyncRow.select().where(free).order_by(SyncRow.at))

    def take(self, company: str, crm: str, node: str) -> bool:
        """Take a sync that was asked for. Returns False when another router was faster; then it is that one's."""
        now = self._database.clock()
        query = SyncRow.update(node=limits.truncate(node, limits.NAME), seen=now, contacts=0, total=None)
        return bool(self._database.write(query.where(_is(SyncRow, company, crm) & _free(node, now))))

    def give_back(self, company: str, crm: str, node: str) -> None:
        """Let any router take what `node` has taken."""
        self._database.write(SyncRow.update(node="", at=self._database.clock()).where(_its(company, crm, node)))

    def progress(self, company: str, crm: str, node: str, contacts: int, total: int | None) -> None:
        """Say how far the sync has come that `node` has taken."""
        far = SyncRow.update(seen=self._database.clock(), contacts=contacts, total=total)
        self._database.write(far.where(_its(company, crm, node)))

    def done(self, company: str, crm: str, node: str, result: str, failed: bool = False) -> None:
        """Say what came of the sync that `node` has taken."""
        values = {"done": self._database.clock(), "failed": failed, "result": limits.truncate(result, limits.LONG)}
        self._database.write(SyncRow.update(**values).where(_its(company, crm, node)))

    def list(self, company: str | None = None) -> list[SyncRequest]:
        """What was asked for last of each CRM, of a company or of all; also what is over."""
        return _all(self._database, SyncRequest, SyncRow, company)


def _all(database: Database, kind: type[T], row: Any, company: str | None) -> list[T]:
    """The rows of a company, or of all, by company and CRM."""
    wanted = True if company is None else row.company == company
    return database.select(kind, row.select().where(wanted).order_by(row.company, row.crm))


def _is(row: Any, company: Any, crm: str) -> Any:
    return (row.company == company) & (row.crm == crm)


def _its(company: str, crm: str, node: str) -> Any:
    mine = SyncRow.node == limits.truncate(node, limits.NAME)
    return _is(SyncRow, company, crm) & mine & SyncRow.done.is_null()


def _waits(now: float) -> Any:
    """Nothing has come of it yet, and something still may."""
    untaken = (SyncRow.node == "") & (SyncRow.at > now - FRESH)
    return SyncRow.done.is_null() & (untaken | ((SyncRow.node != "") & (SyncRow.seen > now - LEASE)))


def _free(node: str, now: float) -> Any:
    untaken = (SyncRow.node == "") & (SyncRow.at > now - FRESH)
    lost = (SyncRow.node != "") & ((SyncRow.seen <= now - LEASE) | (SyncRow.node == limits.truncate(node, limits.NAME)))
    return SyncRow.done.is_null() & (untaken | lost)
