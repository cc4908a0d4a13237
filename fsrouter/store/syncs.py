"""Syncs that somebody asks for: one row for each CRM of a company, taken by one router however many there are.

Who asks writes the row, the router that takes it says how far it is and what came of it, and the row stays until
somebody asks again. What a sync is, and when it is due without being asked for, is no affair of the store.
"""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct

from fsrouter.store import limits
from fsrouter.store.database import Database
from fsrouter.store.tables import SyncRow

#: Seconds after which nobody waits any more for a sync that no router has taken.
FRESH = 600.0
#: Seconds after which a sync of which nothing was heard is another router's to take; as long as a lease of `crm.sync`.
SILENT = 300.0

KEY = [SyncRow.company, SyncRow.crm]


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
        now = time.time()
        asked = {"who": limits.short(who, limits.NAME), "at": now, "node": "", "seen": 0.0, "contacts": 0}
        asked |= {"total": None, "done": None, "failed": False, "result": ""}
        query = SyncRow.insert(company=company, crm=crm, **asked)
        with self._database.writing() as db:
            waits = list(SyncRow.select(SyncRow.crm).where(_is(company, crm) & _waits(now)).tuples().execute(db))
            if not waits:
                query.on_conflict(conflict_target=KEY, update=asked).execute(db)
        return not waits

    def waiting(self, node: str, now: float | None = None) -> list[SyncRequest]:
        """What `node` may take: nobody has, or whoever has is not heard of any more, or was `node` in an earlier life.

        Of what it is at itself, `node` knows better.
        """
        free = _free(node, time.time() if now is None else now)
        query: Any = SyncRow.select().where(free).order_by(SyncRow.at).dicts()
        with self._database.reading() as db:
            return [SyncRequest(**row) for row in query.execute(db)]

    def take(self, company: str, crm: str, node: str) -> bool:
        """Take a sync that was asked for. Returns False when another router was faster; then it is that one's."""
        now = time.time()
        query = SyncRow.update(node=limits.short(node, limits.NAME), seen=now, contacts=0, total=None)
        with self._database.writing() as db:
            return bool(query.where(_is(company, crm) & _free(node, now)).execute(db))

    def give_back(self, company: str, crm: str, node: str) -> None:
        """Let any router take what `node` has taken."""
        with self._database.writing() as db:
            SyncRow.update(node="", at=time.time()).where(_its(company, crm, node)).execute(db)

    def progress(self, company: str, crm: str, node: str, contacts: int, total: int | None) -> None:
        """Say how far the sync has come that `node` has taken."""
        with self._database.writing() as db:
            far = SyncRow.update(seen=time.time(), contacts=contacts, total=total)
            far.where(_its(company, crm, node)).execute(db)

    def done(self, company: str, crm: str, node: str, result: str, failed: bool = False) -> None:
        """Say what came of the sync that `node` has taken."""
        values = {"done": time.time(), "failed": failed, "result": limits.short(result, limits.LONG)}
        with self._database.writing() as db:
            SyncRow.update(**values).where(_its(company, crm, node)).execute(db)

    def list(self, company: str | None = None) -> list[SyncRequest]:
        """What was asked for last of each CRM, of a company or of all; also what is over."""
        query: Any = SyncRow.select().order_by(*KEY).dicts()
        if company is not None:
            query = query.where(SyncRow.company == company)
        with self._database.reading() as db:
            return [SyncRequest(**row) for row in query.execute(db)]


def _is(company: str, crm: str) -> Any:
    return (SyncRow.company == company) & (SyncRow.crm == crm)


def _its(company: str, crm: str, node: str) -> Any:
    mine = SyncRow.node == limits.short(node, limits.NAME)
    return _is(company, crm) & mine & SyncRow.done.is_null()


def _waits(now: float) -> Any:
    """Nothing has come of it yet, and something still may."""
    untaken = (SyncRow.node == "") & (SyncRow.at > now - FRESH)
    return SyncRow.done.is_null() & (untaken | ((SyncRow.node != "") & (SyncRow.seen > now - SILENT)))


def _free(node: str, now: float) -> Any:
    untaken = (SyncRow.node == "") & (SyncRow.at > now - FRESH)
    lost = (SyncRow.node != "") & ((SyncRow.seen <= now - SILENT) | (SyncRow.node == limits.short(node, limits.NAME)))
    return SyncRow.done.is_null() & (untaken | lost)
