"""The rule books in force, with who is on a break and which schedules are held: loaded from the store, and again
whenever something has changed there. While the store cannot be read, what was loaded last stays in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fsrouter.engine.lint.installation import UNKNOWN, Installation
from fsrouter.engine.lint.lint import installation_errors
from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.log.logger import get_logger
from fsrouter.router.store_threads import StoreThreads
from fsrouter.runtime import Clock
from fsrouter.store.states import Override

_log = get_logger("fsrouter.router")


class CompanyStates(NamedTuple):
    """What operators have set for one company: the agents on a break, and the schedules held open or closed."""

    on_break: frozenset[str] = frozenset()
    overrides: Mapping[str, Override] = {}


class RuleBooks:
    """`snapshot` is the rule books in force; it is replaced whole, so a call keeps the one that it began with.

    `states` are by company. `trouble` is what is wrong with the store, "" for nothing. `clock` gives epoch seconds.
    What of a book is not right for the installation that is `known` is logged: who put it in force may have known less.
    """

    def __init__(self, threads: StoreThreads, clock: Clock, known: Installation = UNKNOWN) -> None:
        self.snapshot = Snapshot()
        self.states: Mapping[str, CompanyStates] = {}
        self.trouble = ""
        self._threads = threads
        self._clock = clock
        self._known = known
        self._token = 0
        self._checked = Snapshot()
        self._states_of: Snapshot | None = None
        self._states_token = 0

    def load(self) -> None:
        """Load what has changed. Raises StoreUnreachable when the store cannot be read now; rule books are in force
        from when they could be, even if the states could not.
        """
        run, store = self._threads.for_router, self._threads.store
        self.snapshot, self._token = run(store.books.refresh, self.snapshot, self._token)
        token = run(store.states.token)
        if self.snapshot is not self._states_of or token != self._states_token:
            self.states = run(self._read_states, tuple(self.snapshot.books))
            self._states_of, self._states_token = self.snapshot, token
        if self.snapshot is not self._checked:
            run(self._check, self._checked.books)
            self._checked = self.snapshot

    def refresh(self) -> None:
        """Load what has changed, if the store can be read; if not, that is logged once."""
        try:
            self.load()
            self.trouble = ""
        except Exception as error:
            if not self.trouble:
                _log.warning("the store cannot be read; calls go on with the rule book in force", error=str(error))
            self.trouble = str(error)

    def owner(self, number: str) -> str:
        """The company that has a number which was dialled, "" for none."""
        book = self.snapshot.dialled(number)[1]
        return book.company if book else ""

    def on_break(self, company: str) -> frozenset[str]:
        """The names of a company's agents who are on a break."""
        return self.states.get(company, CompanyStates()).on_break

    def overrides(self, company: str) -> dict[str, str]:
        """The schedules of a company that are held open or closed at this moment, and as what."""
        now = self._clock()
        held = self.states.get(company, CompanyStates()).overrides
        return {name: override.state for name, override in held.items() if override.holds(now)}

    def _check(self, before: Mapping[str, RuleBook]) -> None:
        """Log what is not right for this installation in the books that have changed."""
        for name, book in self.snapshot.books.items():
            for found in installation_errors(book, self._known) if book is not before.get(name) else ():
                what = "a rule book is not right for this installation"
                _log.error(what, company=name, revision=book.revision, problem=str(found.problem))

    def _read_states(self, companies: tuple[str, ...]) -> Mapping[str, CompanyStates]:
        states = self._threads.store.states
        return {company: CompanyStates(states.on_break(company), states.overrides(company)) for company in companies}
