"""The tables, as Peewee models that belong to no database: every query names the one that it runs on.

So one process can hold several stores (tests, `demo`), and no thread depends on a global. A new database is made of
them; one that is older is brought to what they say by the migrations (a test holds the two together).
"""

from __future__ import annotations

from typing import Any

from fsrouter.store.tables.calls import CallRow, CommandRow
from fsrouter.store.tables.contacts import ContactRow, NumberRow, SourceRow, SyncRow
from fsrouter.store.tables.database import CounterRow, MetaRow
from fsrouter.store.tables.routers import NodeRow, OutgoingRow, SecretRow, TokenRow
from fsrouter.store.tables.row import Row
from fsrouter.store.tables.rulebooks import DefinitionRow, FormerNameRow, RevisionRow
from fsrouter.store.tables.states import AgentRow, ListEntryRow, OverrideRow, TurnRow, VisitRow

TABLES: tuple[type[Row], ...] = (
    MetaRow, CounterRow, RevisionRow, DefinitionRow, SourceRow, SyncRow, ContactRow, NumberRow,
    CallRow, TurnRow, AgentRow, OverrideRow, VisitRow, CommandRow, OutgoingRow, NodeRow, TokenRow,
    SecretRow, ListEntryRow, FormerNameRow,
)  # fmt: skip

#: Those that have rows of companies, each in its column `company`.
OF_COMPANIES: tuple[Any, ...] = tuple(table for table in TABLES if "company" in table._meta.fields)
#: Of these, what is on record for good: rule books, the names that companies have had, and the journal.
ON_RECORD: tuple[Any, ...] = (RevisionRow, DefinitionRow, FormerNameRow, CallRow)
