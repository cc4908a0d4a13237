"""The rule books in force, with who is on a break and which schedules are held: loaded from the store, and again
whenever something has changed there. While the store cannot be read, what was loaded last stays in force.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import NamedTuple

from fsrouter.engine.model.rulebook import Snapshot
from fsrouter.router.store_threads import StoreThreads
from fsrouter.store.states import Override

_log = logging.getLogger("fsrouter.router")


class CompanyStates(NamedTuple):
    """What operators have set for one company: the agents on a break, and the schedules held open or closed."""

    on_break: frozenset[str] = frozenset()
    overrides: Mapping[str, Override] = {}


class RuleBooks:
    """`snapshot` is the rule books in force; it is replaced whole, so a call keeps the one that it began with.

    `states` are by company. `trouble` is what is wrong with the store, "" for nothing. `clock` gives epoch seconds.
    """

    def __init__(self, threads: StoreThreads, clock: Callable[[], float]) -> None:
        self.snapshot = Snapshot()
        self.states: Mapping[str, CompanyStates] = {}
        self.trouble = ""
        self._threads = threads
        self._clock = clock
        self._token = 0
        self._states_token: int | None = None

    def load(self) -> None:
        """Load what has changed. Raises StoreUnreachable when the store cannot be read now."""
        self.snapshot, self._token, self.states, self._states_token = self._threads.for_router(self._read)

    def refresh(self) -> None:
        """Load what has changed, if the store can be read; if not, that is logged once."""
        try:
            self.load()
            self.trouble = ""
        except Exception as error:
            if not self.trouble:
                _log.warning("the store cannot be read; calls go on with the rule book in force: %s", error)
            self.trouble = str(error)

    def on_break(self, company: str) -> frozenset[str]:
        """The names of a company's agents who are on a break."""
        return self.states.get(company, CompanyStates()).on_break

    def overrides(self, company: str) -> dict[str, str]:
        """The schedules of a company that are held open or closed at this moment, and as what."""
        now = self._clock()
        held = self.states.get(company, CompanyStates()).overrides
        return {name: override.state for name, override in held.items() if override.holds(now)}

    def _read(self) -> tuple[Snapshot, int, Mapping[str, CompanyStates], int]:
        store, states = self._threads.store, self._threads.store.states
        snapshot, token = store.books.refresh(self.snapshot, self._token)
        states_token = states.token()
        if snapshot is self.snapshot and states_token == self._states_token:
            return snapshot, token, self.states, states_token
        found = {name: CompanyStates(states.on_break(name), states.overrides(name)) for name in snapshot.books}
        return snapshot, token, found, states_token
