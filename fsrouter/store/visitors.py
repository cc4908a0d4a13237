"""Which visitor of a web site is shown which number of a pool, and what is known of the visit.

Each number remembers one visitor: the one to whom it was shown last. A new visitor is given the number whose visitor
was seen longest ago; one that was never shown comes before all. So a number that nobody holds is always preferred to
one that somebody does, and of those that nobody holds each rests as long as can be, for people call some time after
they saw it. With more visitors than numbers the one who was seen longest ago loses theirs. Which numbers make a pool,
and how long one is held, is in the rule book and told by the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import peewee
from peewee import fn

from fsrouter.store import limits
from fsrouter.store.database import VISITS, Database, advance
from fsrouter.store.former_names import called
from fsrouter.store.tables.states import VisitRow

#: Characters of a page's path and of a referrer.
PAGE = 500
#: What is known of a visit, by the names of the facts, and how long each text may be: a call carries all of them.
FACTS = {
    "source": limits.TEXT,
    "keyword": limits.TEXT,
    "active_page": PAGE,
    "landing": PAGE,
    "campaign": limits.TEXT,
    "referrer": PAGE,
}
#: Seconds after which a call no longer counts as one of the visitor to whom the number was shown last.
REMEMBERED = 86400.0


class Visitors:
    """The visitors of all pools of all companies. Moments are in seconds since the epoch, `hold` in seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def assign(
        self, company: str, numbers: Sequence[str], session: str, facts: Mapping[str, str], hold: float, now: float
    ) -> str | None:
        """The number of a pool that a visitor is shown; None when the pool has none.

        `numbers` are the pool's, E.164; `session` is whatever names a visitor, the same at each of their visits to a
        page; `facts` are what is known of the visit, others than FACTS are left out. Who comes again within `hold`
        keeps their number, and what was told first of their visit stays; only `active_page` is always the latest. Who
        comes later begins a new visit, with the same number if nobody else was given it. Atomic among all processes.
        """
        if not numbers:
            return None
        values = {name: limits.truncate(facts.get(name, ""), limit) for name, limit in FACTS.items()}
        session, named = limits.truncate(session, limits.NAME), called(company)
        mine = (VisitRow.company == named) & VisitRow.number.in_(list(numbers)) & (VisitRow.session == session)
        with self._database.writing() as db:
            shown = _again(db, mine & (VisitRow.seen > now - hold), values, now)
        if shown is not None:
            return shown
        with self._database.writing() as db:
            # Who gives numbers away locks this row first, so that no two are given the same.
            advance(db, VISITS)
            shown = _again(db, mine & (VisitRow.seen > now - hold), values, now)
            return shown or _anew(db, named, numbers, session, {**values, "began": now, "seen": now})

    def of(self, company: str, number: str, now: float, hold: float) -> dict[str, str]:
        """The visit of somebody who calls a number of a pool: what is known of it, by the names of FACTS.

        It is the visit of whoever was shown the number last, whether they still hold it or not, unless they were not
        seen for REMEMBERED seconds (or `hold`, when that is longer). Empty when there is none.
        """
        row = VisitRow
        lately = row.seen > now - max(hold, REMEMBERED)
        query = row.select(*(getattr(row, name) for name in FACTS))
        found = self._database.tuples(query.where((row.company == called(company)) & (row.number == number) & lately))
        return {name: text for texts in found for name, text in zip(FACTS, texts, strict=True) if text}

    def held(self, company: str, numbers: Sequence[str], since: float) -> int:
        """How many numbers of a pool have a visitor who was seen after a moment."""
        row = VisitRow
        held = (row.company == company) & row.number.in_(list(numbers)) & (row.seen > since)
        return int(self._database.tuples(row.select(fn.COUNT(row.number)).where(held))[0][0])

    def sweep(self, before: float) -> int:
        """Forget the visitors who were last seen before a moment. Returns how many."""
        return int(self._database.write(VisitRow.delete().where(VisitRow.seen < before)))


def _again(db: peewee.Database, mine: Any, values: dict[str, str], now: float) -> str | None:
    """Note that a visitor was seen again; their number, or None when they hold none."""
    news: dict[str, Any] = {
        name: fn.COALESCE(fn.NULLIF(getattr(VisitRow, name), ""), text) for name, text in values.items() if text
    }
    if values["active_page"]:
        news["active_page"] = values["active_page"]
    query: Any = VisitRow.update(seen=now, **news).where(mine).returning(VisitRow.number).tuples()
    return min((number for (number,) in query.execute(db)), default=None)


def _anew(db: peewee.Database, company: Any, numbers: Sequence[str], session: str, values: dict[str, Any]) -> str:
    """Begin a visit: their old number, else the one whose visitor was seen longest ago."""
    row = VisitRow
    query: Any = row.select(row.number, row.session, row.seen)
    query = query.where((row.company == company) & row.number.in_(list(numbers))).tuples()
    shown = {number: (who, seen) for number, who, seen in query.execute(db)}
    old = (number for number in numbers if number in shown and shown[number][0] == session)
    number = next(old, None) or min(numbers, key=lambda each: shown.get(each, ("", 0.0))[1])
    visit = {"session": session, **values}
    added = row.insert(company=company, number=number, **visit)
    added.on_conflict(conflict_target=[row.company, row.number], update=visit).execute(db)
    return number
