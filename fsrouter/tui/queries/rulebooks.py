"""The rule books in force, read again only when they have changed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType

from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.store import Store
from fsrouter.tui.queries.gc_pause import still


class Library:
    """The rule books of all companies; many threads may ask."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._snapshot = Snapshot()
        self._token = 0

    def books(self) -> Mapping[str, RuleBook]:
        """The rule books in force now, by company. Raises StoreUnreachable."""
        with self._lock, still(not self._token):
            self._snapshot, self._token = self._store.books.refresh(self._snapshot, self._token)
            return MappingProxyType(self._snapshot.books)

    @property
    def known(self) -> Mapping[str, RuleBook]:
        """The rule books as they were when they were last read: asks no database."""
        return MappingProxyType(self._snapshot.books)
