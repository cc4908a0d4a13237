"""The desk: what a call's conductor asks the rest of the house, answered without keeping the call waiting.

Facts come from the store, rules from the snapshot that is in force, presence from what was last heard of agents.
Whatever cannot be reached in time is not known, the trace says so, and the call goes on (DESIGN section 7). All
blocking work runs in native threads, each with a deadline.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Any, TypeVar

import gevent
import msgspec
from gevent.threadpool import ThreadPool

from fsrouter.engine.model.company import Pool
from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.engine.walk import explain
from fsrouter.engine.walk.actions import (
    Draw,
    Drawn,
    LookedUp,
    LookUp,
    Outcome,
    Presence,
    Question,
    Seen,
    Sight,
    TakeTurn,
    Turn,
)
from fsrouter.engine.walk.facts import Contact, Facts
from fsrouter.router.crm_lookups import Enquiries, Records
from fsrouter.store import Store
from fsrouter.store.calls.journal import History
from fsrouter.store.states import Override

_log = logging.getLogger("fsrouter.desk")
T = TypeVar("T")

#: Seconds that the store may take for a call's facts, and for a turn; after that they are not known, and the turn
#: is drawn.
STORE_DEADLINE = 1.0
#: Stands for the desk's own patience, in place of a deadline.
USUAL = -1.0
#: Seconds between two looks at what has changed in the store.
REFRESH = 0.25


class Desk:
    """What conductors ask.

    `snapshot` is the rule books in force; it is replaced whole, so a call keeps the one that it began with.
    `patience` is how many seconds the store may take for what a call asks of it.
    """

    def __init__(
        self, store: Store, clock: Callable[[], float], records: Records | None = None, threads: int = 4
    ) -> None:
        self.store = store
        self.snapshot = Snapshot()
        self.trouble = ""
        self.patience = STORE_DEADLINE
        self._clock = clock
        self._enquiries = Enquiries(records)
        self._pool = ThreadPool(threads)
        self._house_pool = ThreadPool(threads)
        self._visitors_pool = ThreadPool(2)
        self._token = 0
        self._states: Any = None
        self._breaks: dict[str, frozenset[str]] = {}
        self._overrides: dict[str, dict[str, Override]] = {}
        self._books: Snapshot | None = None
        self._busy: Callable[[str, str], int] = lambda company, destination: 0
        self._watching: gevent.Greenlet | None = None

    # The rule book in force

    def open(self) -> None:
        """Load everything, then keep looking for changes. Raises StoreUnreachable when the store cannot be read now."""
        self._refresh()
        self._watching = gevent.spawn(self._watch)

    def close(self) -> None:
        """Look no more, and end the threads; one that is stuck is left behind."""
        if self._watching:
            self._watching.kill()
        for pool in (self._pool, self._house_pool, self._visitors_pool):
            with gevent.Timeout(STORE_DEADLINE, False):
                pool.kill()
        self._enquiries.close()

    def count_with(self, busy: Callable[[str, str], int]) -> None:
        """Have the live calls of a company's destination counted by `busy(company, destination)`."""
        self._busy = busy

    def _watch(self) -> None:
        while True:
            gevent.sleep(REFRESH)
            try:
                self._refresh()
                self.trouble = ""
            except Exception as error:
                if not self.trouble:
                    _log.warning("the store cannot be read; calls go on with the rule book in force: %s", error)
                self.trouble = str(error)

    def _refresh(self) -> None:
        self.snapshot, self._token = self.in_store(self.store.books.refresh, self.snapshot, self._token, deadline=None)
        token = self.in_store(self.store.states.token, deadline=None)
        if token != self._states or self._books is not self.snapshot:
            self._breaks, self._overrides = self.in_store(self._held, tuple(self.snapshot.books), deadline=None)
            self._states, self._books = token, self.snapshot

    def _held(self, companies: tuple[str, ...]) -> tuple[dict[str, frozenset[str]], dict[str, dict[str, Override]]]:
        """Who is on break, and which schedules are held open or closed, by company."""
        states = self.store.states
        agents = {company: states.agents(company) for company in companies}
        breaks = {
            company: frozenset(f"agent:{name}" for name, agent in found.items() if agent.state == "break")
            for company, found in agents.items()
        }
        return breaks, {company: states.overrides(company) for company in companies}

    def _held_now(self, company: str) -> dict[str, str]:
        now = self._clock()
        return {name: held.state for name, held in self._overrides.get(company, {}).items() if held.holds(now)}

    def in_store(self, work: Callable[..., T], *args: Any, deadline: float | None = USUAL) -> T:
        """Have blocking work done in the store's threads.

        Raises TimeoutError when it takes longer than `deadline` seconds, or than our patience. What has no deadline
        (the house's own: heartbeats, the look for changes) has threads of its own, so that a slow store keeps no call
        waiting behind it.
        """
        if deadline is None:
            return _within(self._house_pool, work, args, None)
        return _within(self._pool, work, args, self.patience if deadline == USUAL else deadline)

    def for_visitor(self, work: Callable[..., T], *args: Any) -> T:
        """Have work for a visitor of a web site done in the store.

        In threads of its own, so that a flood of visitors keeps no call waiting. Raises TimeoutError when it takes
        longer than STORE_DEADLINE.
        """
        return _within(self._visitors_pool, work, args, STORE_DEADLINE)

    # What a call asks

    def facts(self, book: RuleBook, to: str, caller: str, began: float) -> tuple[Facts, str]:
        """What is known of a call at its beginning, and what could not be found out, in words ("" when all was)."""
        known = Facts(to=to, from_=caller, began=began, overrides=self._held_now(book.company))
        pool = book.pool_of(to)
        if not caller and pool is None:
            return known, ""
        try:
            contacts, history, visitor = self.in_store(self._known_of, book, known, pool)
        except Exception as error:
            _log.warning("facts of a call could not be read: %s", error)
            return known, "the database did not answer in time, so nothing is known of the caller but the number"
        return (
            Facts(
                to=to,
                from_=caller,
                began=began,
                overrides=known.overrides,
                contacts=contacts,
                caller=history.caller,
                previous_score=history.previous_score,
                last_agent=history.last_agent,
                visitor=visitor,
            ),
            "",
        )

    def _known_of(
        self, book: RuleBook, call: Facts, pool: Pool | None
    ) -> tuple[tuple[Contact, ...], History, dict[str, str]]:
        """Everything that the store knows of a call, in one visit to its threads."""
        store, company = self.store, book.company
        visitor = store.visitors.of(company, call.to, call.began, pool.hold) if pool else {}
        if not call.from_:
            return (), History(), visitor
        return (
            store.contacts.owners(company, call.from_),
            store.journal.history(company, call.from_, call.began),
            visitor,
        )

    def answer(self, book: RuleBook, facts: Facts, question: Question, after: float) -> Outcome:
        """Answer a question of the walk.

        Never raises; what cannot be found out has an answer that lets the call go on.
        """
        match question:
            case TakeTurn():
                return Turn(number=self._turn(book, question), after=after)
            case Draw():
                return Drawn(number=random.random(), after=after)
            case Presence():
                away = self._breaks.get(book.company, frozenset())
                sights = tuple(
                    Sight(on_break=d in away, calls=self._busy(book.company, d)) for d in question.destinations
                )
                return Seen(sights=sights, after=after)
            case LookUp():
                return self._look_up(book, facts, question, after)

    def _turn(self, book: RuleBook, question: TakeTurn) -> int:
        try:
            return int(self.in_store(self.store.turns.take, book.company, question.group))
        except Exception as error:
            _log.warning("a turn of %s is drawn, the store does not give one: %s", question.group, error)
            return random.randrange(question.members)

    def _look_up(self, book: RuleBook, facts: Facts, wanted: LookUp, after: float) -> LookedUp:
        began = self._clock()
        found = self._enquiries.look_up(book, wanted, explain.cached_field(facts, wanted))
        return msgspec.structs.replace(found, after=round(after + self._clock() - began, 3))


def _within(pool: ThreadPool, work: Callable[..., T], args: tuple[Any, ...], deadline: float | None) -> T:
    # The wait for a free thread counts: with all of them stuck, `spawn` itself would wait for ever.
    late = gevent.Timeout(deadline, TimeoutError(f"no answer within {deadline} s"))
    answer = None
    try:
        with late:
            answer = pool.spawn(work, *args)
            return answer.get()  # type: ignore[no-any-return]
    except TimeoutError:
        # A hub that stood still hears the alarm before the answer that has been there all the time.
        gevent.sleep(0)
        if answer is None or not answer.ready():
            raise
        return answer.get()  # type: ignore[no-any-return]
