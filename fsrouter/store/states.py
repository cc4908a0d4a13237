"""State outside of any rule book: agents' breaks and schedules held open or closed, set by operators; and whose turn it
is in a ring group, a number that grows by one for every call. All routers share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.schedule import is_open
from fsrouter.engine.times import zone
from fsrouter.errors import UsageError
from fsrouter.store import limits
from fsrouter.store.database import STATES, Database, advance, counter
from fsrouter.store.former_names import called
from fsrouter.store.tables.states import AgentRow, OverrideRow, TurnRow

AGENT_STATES = ("available", "break")
OVERRIDES = ("open", "closed", "auto")


class AgentState(Struct, frozen=True, kw_only=True):
    """Whether an agent is `available` or on `break`, who said so, and when (epoch)."""

    name: str
    state: str
    who: str
    at: float


class Override(Struct, frozen=True, kw_only=True):
    """A schedule held `open` or `closed`, by whom, since when, and until when (epoch; None is until further notice)."""

    schedule: str
    state: str
    who: str
    at: float
    until: float | None = None

    def holds(self, now: float) -> bool:
        """Whether it still does at a moment (epoch)."""
        return self.until is None or now < self.until


class Hours(Struct, frozen=True):
    """A schedule now and why; `override` is `open` or `closed` when `who` holds it so, until a moment or further
    notice.
    """

    company: str
    name: str
    open: bool
    why: str
    override: str
    who: str
    until: float | None


class States:
    """The states of all companies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def token(self) -> int:
        """What changes whenever anything here is set. An override that runs out does not change it: `holds` tells."""
        with self._database.reading() as db:
            return counter(db, STATES)

    def agents(self, company: str) -> dict[str, AgentState]:
        """The agents whose state was ever set, by name; all others are available."""
        row = AgentRow
        query = (
            row.select(row.name, row.state, row.who, row.at).where(row.company == called(company)).order_by(row.name)
        )
        return {agent.name: agent for agent in self._database.select(AgentState, query)}

    def on_break(self, company: str) -> frozenset[str]:
        """The names of a company's agents who are on a break."""
        return frozenset(name for name, agent in self.agents(company).items() if agent.state == "break")

    def set_agent(self, company: str, name: str, state: str, who: str) -> None:
        """Let an agent be `available`, or on `break`. Raises UsageError for any other state."""
        _one_of(state, AGENT_STATES)
        key = {"company": called(company), "name": limits.truncate(name, limits.NAME)}
        with self._database.writing() as db:
            self._put(db, AgentRow, key, state, who)
            advance(db, STATES)

    def overrides(self, company: str, now: float | None = None) -> dict[str, Override]:
        """The overrides that hold at a moment (epoch; now when not given), by schedule."""
        now = self._database.clock() if now is None else now
        row = OverrideRow
        query = row.select(row.schedule, row.state, row.who, row.at, row.until).where(row.company == called(company))
        found = self._database.select(Override, query.order_by(row.schedule))
        return {override.schedule: override for override in found if override.holds(now)}

    def hours(self, book: RuleBook, now: float) -> Iterator[Hours]:
        """The schedules of a company as they are at a moment (epoch)."""
        moment = datetime.fromtimestamp(now, zone(book.header.timezone))
        held = self.overrides(book.company, now)
        for name, schedule in book.schedules.items():
            override = held.get(name)
            open_now, why = is_open(schedule, moment, override.state if override else "")
            state, who = (override.state, override.who) if override else ("", "")
            yield Hours(book.company, name, open_now, why, state, who, override.until if override else None)

    def override(self, company: str, schedule: str, state: str, who: str, until: float | None = None) -> None:
        """Hold a schedule `open` or `closed`, until a moment (epoch) or further notice; `auto` lets go of it.

        Raises UsageError for any other state.
        """
        _one_of(state, OVERRIDES)
        key = {"company": called(company), "schedule": limits.truncate(schedule, limits.NAME)}
        with self._database.writing() as db:
            if state == "auto":
                mine = (OverrideRow.company == company) & (OverrideRow.schedule == schedule)
                OverrideRow.delete().where(mine).execute(db)
            else:
                self._put(db, OverrideRow, key, state, who, until=until)
            advance(db, STATES)

    def _put(self, db: Any, row: Any, key: Mapping[str, Any], state: str, who: str, **more: Any) -> None:
        """Write what somebody has set now, in place of what was set before."""
        values = {"state": state, "who": limits.truncate(who, limits.NAME), "at": self._database.clock(), **more}
        query = row.insert(**key, **values)
        query.on_conflict(conflict_target=[getattr(row, column) for column in key], update=values).execute(db)


def _one_of(state: str, known: tuple[str, ...]) -> None:
    if state not in known:
        raise UsageError(f"{limits.truncate(state, 60)!r} is no state; it is one of {', '.join(known)}")


class Turns:
    """The turns of all groups of all companies. They survive restarts and are no part of a rules file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, company: str, group: str) -> int:
        """Take the next turn in a group. Returns how many were taken before: 0 at first.

        Atomic among all processes: no two calls get the same.
        """
        first = TurnRow.insert(company=called(company), ring_group=group, taken=1)
        query: Any = first.on_conflict(
            conflict_target=[TurnRow.company, TurnRow.ring_group], update={TurnRow.taken: TurnRow.taken + 1}
        ).returning(TurnRow.taken)
        with self._database.writing() as db:
            return int(next(iter(query.tuples().execute(db)))[0]) - 1

    def taken(self, company: str) -> dict[str, int]:
        """How many turns each group of a company has taken so far: the next one's number. Takes none."""
        query = TurnRow.select(TurnRow.ring_group, TurnRow.taken).where(TurnRow.company == company)
        return {group: taken for group, taken in self._database.tuples(query)}
