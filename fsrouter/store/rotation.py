"""Whose turn it is in a ring group: a number that grows by one for every call, shared by all routers."""

from __future__ import annotations

from typing import Any

from fsrouter.store.database import Database
from fsrouter.store.tables import TurnRow


class Turns:
    """The turns of all groups of all companies. They survive restarts and are no part of a rules file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, company: str, group: str) -> int:
        """Take the next turn in a group. Returns how many were taken before: 0 at first.

        Atomic among all processes: no two calls get the same.
        """
        first = TurnRow.insert(company=company, ring_group=group, taken=1)
        query: Any = first.on_conflict(
            conflict_target=[TurnRow.company, TurnRow.ring_group], update={TurnRow.taken: TurnRow.taken + 1}
        ).returning(TurnRow.taken)
        with self._database.writing() as db:
            return int(next(iter(query.tuples().execute(db)))[0]) - 1

    def taken(self, company: str) -> dict[str, int]:
        """How many turns each group of a company has taken so far: the next one's number. Takes none."""
        query: Any = TurnRow.select(TurnRow.ring_group, TurnRow.taken).where(TurnRow.company == company)
        with self._database.reading() as db:
            return dict(query.tuples().execute(db))
