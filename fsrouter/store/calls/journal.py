"""The call journal: every call, live and over, with its facts, trace, attempts and outcome.

Records are whole and written again and again while a call goes on; the later one stands. Who writes them when is the
affair of `write_behind`; what they mean is the conductor's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from peewee import EXCLUDED, SQL, fn

from fsrouter.engine.numbers.renumbered import alike
from fsrouter.engine.walk.facts import Came
from fsrouter.errors import UsageError
from fsrouter.store.calls import records
from fsrouter.store.calls.records import CallLine, CallRecord, History
from fsrouter.store.database import Database
from fsrouter.store.former_names import adopt, called
from fsrouter.store.tables.calls import CallRow

__all__ = ["CallLine", "CallRecord", "History", "Journal"]

#: Records that `records` reads at a time, so that it holds no connection while its reader thinks.
PAGE = 500
# Written out, since a planner cannot see that a parameter fits a partial index.
NONE, ONE = SQL("''"), SQL("1")
_UUID = re.compile(r"[0-9A-Za-z-]{1,128}")


class Journal:
    """The calls of all companies."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.compiled(_upsert())
        known = (CallRow.company == called("")) & (CallRow.caller == "") & (CallRow.began < 0.0)
        latest = CallRow.began.desc()
        self._earlier = database.compiled(CallRow.select(CallRow.uuid).where(known).limit(ONE))
        scored = CallRow.select(CallRow.began, CallRow.score).where(known & CallRow.score.is_null(False))
        self._scored = database.compiled(scored.order_by(latest).limit(ONE))
        self._agent = database.compiled(
            CallRow.select(CallRow.began, CallRow.agent)
            .where(known & (CallRow.agent != NONE))
            .order_by(latest)
            .limit(ONE)
        )

    def write(self, calls: Sequence[CallRecord]) -> None:
        """Write records, all or none. A record replaces the one of its call, but never a later turn's, nor one that
        says how the call ended by one that does not; and no record takes a score away.
        """
        with self._database.writing() as db:
            self._database.many(self._upsert, (records.row(call) for call in calls))
            adopt(db)

    def get(self, uuid: str) -> CallRecord | None:
        """A call by its uuid or the beginning of it. Raises UsageError when several begin like that."""
        if not _UUID.fullmatch(uuid):
            return None
        query: Any = CallRow.select(*_columns(records.COLUMNS)).tuples()
        with self._database.reading() as db:
            found = list(query.where(CallRow.uuid == uuid).execute(db))
            if not found:
                begins = self._database.begins(CallRow.uuid, uuid)
                found = list(query.where(begins).order_by(CallRow.began.desc()).limit(6).execute(db))
        if len(found) > 1:
            raise UsageError(f"several calls begin with {uuid}: {', '.join(row[0] for row in found)}; write more of it")
        return records.record(found[0]) if found else None

    def unfinished(self, uuids: Sequence[str]) -> tuple[Sequence[CallRecord], frozenset[str]]:
        """Of these calls, those whose end is not there or not known, and the uuids of those that are not there at all;
        for many calls at once.
        """
        row = CallRow
        open_ = row.ended.is_null() | (row.outcome == "unknown")
        query: Any = row.select(*_columns(records.COLUMNS)).where(row.uuid.in_(uuids) & open_).tuples()
        there: Any = row.select(row.uuid).where(row.uuid.in_(uuids)).tuples()
        with self._database.reading() as db:
            missing = frozenset(uuids) - {uuid for (uuid,) in there.execute(db)}
            return [records.record(values) for values in query.execute(db)], missing

    def list(
        self,
        company: str | None = None,
        *,
        since: float | None = None,
        until: float | None = None,
        caller: str | None = None,
        number: str | None = None,
        agent: str | None = None,
        outcome: str | None = None,
        tag: str | None = None,
        text: str | None = None,
        live: bool | None = None,
        limit: int = 100,
    ) -> Sequence[CallLine]:
        """Calls that began from `since` until before `until` (epoch), the latest first; every filter that is given
        must hold. `text` is a part of the caller's number or name or of the contact's name.
        """
        row = CallRow
        same = {row.company: company, row.number: number, row.agent: agent, row.outcome: outcome}
        wanted: list[Any] = [field == value for field, value in same.items() if value is not None]
        wanted += [row.caller.in_(alike(caller))] if caller is not None else []
        wanted += [row.began >= since] if since is not None else []
        wanted += [row.began < until] if until is not None else []
        wanted += [row.ended.is_null(live)] if live is not None else []
        wanted += [row.tags.contains(msgspec.json.encode(tag).decode())] if tag is not None else []
        if text is not None:
            wanted.append(row.caller.contains(text) | row.caller_name.contains(text) | row.contact_name.contains(text))
        query: Any = row.select(*_columns(records.LINE)).order_by(row.began.desc()).limit(limit)
        for condition in wanted:
            query = query.where(condition)
        return [records.line(values) for values in self._database.tuples(query)]

    def live(self, company: str | None = None) -> Sequence[CallLine]:
        """The calls that are not over, the latest first; 10,000 at most."""
        return self.list(company, live=True, limit=10_000)

    def came(self, limit: int) -> Sequence[tuple[str, Came]]:
        """What came for the caller's number in the latest calls, each with its company; of those of which that is on
        record.
        """
        query: Any = CallRow.select(CallRow.company, CallRow.facts).order_by(CallRow.began.desc()).limit(limit)
        found = ((company, records.came(facts)) for company, facts in self._database.tuples(query))
        return [(company, came) for company, came in found if came is not None]

    def records(self, company: str | None = None, since: float = 0.0) -> Iterator[CallRecord]:
        """The whole records of calls that are over and began at a moment (epoch) or later, the earliest first."""
        row = CallRow
        wanted = row.ended.is_null(False) & (row.began >= since)
        wanted = wanted if company is None else wanted & (row.company == company)
        query = row.select(*_columns(records.COLUMNS)).order_by(row.began, row.uuid).limit(PAGE)
        page = query.where(wanted)
        while True:
            found = [records.record(values) for values in self._database.tuples(page)]
            yield from found
            if len(found) < PAGE:
                return
            last = found[-1]
            behind = (row.began > last.began) | ((row.began == last.began) & (row.uuid > last.uuid))
            page = query.where(wanted & (row.began >= last.began) & behind)

    def score(self, uuid: str, score: int) -> bool:
        """Score a call. Returns False when there is no such call."""
        return bool(self._database.write(CallRow.update(score=score).where(CallRow.uuid == uuid)))

    def history(self, company: str, number: str, before: float) -> History:
        """What the caller with this number did in calls to any number of the company that began before `before`,
        whichever of the subscriber's numbers came then.

        A withheld number ("") has no history.
        """
        if not number:
            return History()
        rows = self._database.rows
        # One query each, and not one for all: so the index gives the latest call first, however many there are.
        keys = [(company, company, each, before) for each in alike(number)]
        with self._database.reading():
            if not any(rows(self._earlier, *key) for key in keys):
                return History(caller="first-time")
            scored = [row for key in keys for row in rows(self._scored, *key)]
            agents = [row for key in keys for row in rows(self._agent, *key)]
        return History(
            caller="repeat",
            previous_score=str(max(scored)[1]) if scored else "",
            last_agent=max(agents)[1] if agents else "",
        )


def _columns(names: Iterable[str]) -> list[Any]:
    return [getattr(CallRow, name) for name in names]


def _upsert() -> Any:
    row = CallRow
    later = EXCLUDED.turn > row.turn
    final = (EXCLUDED.turn == row.turn) & (row.ended.is_null() | EXCLUDED.ended.is_null(False))
    kept = [getattr(row, name) for name in records.COLUMNS if name not in ("uuid", "score")]
    query = row.insert_many([(None,) * len(records.COLUMNS)], fields=_columns(records.COLUMNS))
    return query.on_conflict(
        conflict_target=[row.uuid],
        preserve=kept,
        update={row.score: fn.COALESCE(EXCLUDED.score, row.score)},
        where=later | final,
    )
