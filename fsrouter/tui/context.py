"""What the screens share: the store, the rule books in force, who looks and at which company, and the time.

Screens know this, and not the program that shows them; their queries are asked with it in threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType

from fsrouter.engine.lint.installation import Dialling, Installation
from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.engine.numbers.read import Incoming
from fsrouter.engine.rates import Rates
from fsrouter.runtime import Runtime
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store
from fsrouter.store.commands import Patience
from fsrouter.tui.gc_pause import gc_paused


class RuleBooks:
    """The rule books of all companies, read again only when they have changed; many threads may ask."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._snapshot = Snapshot()
        self._token = 0

    def read(self) -> Mapping[str, RuleBook]:
        """The rule books in force now, by company. Raises StoreUnreachable."""
        return MappingProxyType(self.snapshot().books)

    def snapshot(self) -> Snapshot:
        """The rule books in force now, with the numbers that are dialled. Raises StoreUnreachable."""
        with self._lock, gc_paused(not self._token):
            self._snapshot, self._token = self._store.books.refresh(self._snapshot, self._token)
            return self._snapshot

    @property
    def known(self) -> Mapping[str, RuleBook]:
        """The rule books as they were when they were last read: asks no database."""
        return MappingProxyType(self._snapshot.books)


class Context:
    """One sitting at the dashboard. `who` is the operator, `clock` the store's (epoch), `patience` how long a router is
    given to carry out a command, `database` what is shown of the database ("" is its name and the room that it takes
    and has); `dialling` is what the settings allow to leave, where they are known; `incoming` is the form in which
    callers' numbers come; `rates` gives what a minute costs now, None without a rate sheet; `company` is the one that
    is looked at, "" for all; `stopping` is set when the program ends.
    """

    def __init__(
        self,
        store: Store,
        who: str,
        *,
        read_only: bool = False,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        database: str = "",
        dialling: Dialling | None = None,
        incoming: Incoming = Incoming.AUTO,
        rates: Callable[[], Rates | None] = lambda: None,
        runtime: Runtime = NATIVE,
    ) -> None:
        self.store = store
        self.rulebooks = RuleBooks(store)
        self.who = who
        self.read_only = read_only
        self.clock = store.clock
        self.patience = patience
        self.database = database
        self.incoming = incoming
        self.rates = rates
        self.installation = Installation(
            dialling=dialling,
            companies_of=store.books.companies_of,
            owners=store.contacts.owned,
            namesakes=store.contacts.namesakes,
            on_break=store.states.on_break,
            rates=rates,
        )
        self.company = ""
        self.stopping = runtime.event()

    def books(self) -> list[RuleBook]:
        """The rule books in force of the company that is looked at, or of all. Raises StoreUnreachable."""
        return [book for book in self.rulebooks.read().values() if self.company in ("", book.company)]
