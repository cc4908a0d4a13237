"""The store: everything that the processes share, in one database. The only place that knows Peewee.

    store = Store.open("sqlite:////var/lib/fsrouter/fsrouter.db")
    snapshot, token = store.books.load()

Synchronous and safe for native threads; whoever lives on a gevent hub calls it through a thread pool. All that goes in
and comes out are frozen values. `StoreUnreachable` says that the database is away, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from fsrouter.runtime import Clock
from fsrouter.runtime.native import NATIVE
from fsrouter.store.calls.figures import CallFigures
from fsrouter.store.calls.journal import CallLine, CallRecord, History, Journal
from fsrouter.store.commands import Command, Commands
from fsrouter.store.companies import Companies
from fsrouter.store.contacts import Contacts, Stage
from fsrouter.store.database import Database
from fsrouter.store.lists import Lists
from fsrouter.store.migrate import prepare
from fsrouter.store.nodes import Node, Nodes
from fsrouter.store.outgoing import OutgoingQueue
from fsrouter.store.rulebooks.books import Books, Revision
from fsrouter.store.secrets import KnownSecret, Secrets
from fsrouter.store.sources import Source, SyncRequest, SyncRequests
from fsrouter.store.states import AgentState, Override, States, Turns
from fsrouter.store.tokens import StoredToken, Tokens
from fsrouter.store.visitors import Visitors

__all__ = [
    "AgentState",
    "Books",
    "CallLine",
    "CallRecord",
    "Command",
    "Commands",
    "Companies",
    "Contacts",
    "History",
    "Journal",
    "KnownSecret",
    "Lists",
    "Node",
    "Nodes",
    "Override",
    "Revision",
    "Secrets",
    "Source",
    "Stage",
    "States",
    "Store",
    "StoredToken",
    "SyncRequest",
    "SyncRequests",
    "Tokens",
    "Turns",
    "Visitors",
]


class Store:
    """One database of ours. Make it with `open`, in the process that uses it: connections do not outlive a fork."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.books = Books(database)
        self.companies = Companies(database)
        self.contacts = Contacts(database)
        self.syncs = SyncRequests(database)
        self.journal = Journal(database)
        self.figures = CallFigures(database)
        self.lists = Lists(database)
        self.turns = Turns(database)
        self.states = States(database)
        self.visitors = Visitors(database)
        self.commands = Commands(database)
        self.nodes = Nodes(database)
        self.outgoing = OutgoingQueue(database)
        self.tokens = Tokens(database)
        self.secrets = Secrets(database)

    @classmethod
    def open(cls, url: str, busy: float = 5.0, make: bool = True, clock: Clock = NATIVE.now) -> Store:
        """Open a database, making it or bringing its schema up to date first.

        `url` is `sqlite:///PATH` (four slashes for an absolute path), `sqlite:///:memory:` for one that ends with
        `close`, or `postgresql://USER@HOST/NAME`. `busy` is how many seconds to wait for a lock. Without `make` a file
        that is not there is not made. `clock` gives the epoch, for all that is written with its time. Raises UsageError
        for any other URL, and StoreUnreachable when it cannot be had, is not ours, or is newer than this program; then
        it was left as it is.
        """
        database = Database(url, clock, busy)
        try:
            if not make:
                database.must_be_there()
            prepare(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    @property
    def clock(self) -> Clock:
        """The clock by which this store writes: seconds since the epoch."""
        return self._database.clock

    @property
    def name(self) -> str:
        """What people call this database: its file, or its address without the password."""
        return self._database.name

    @contextmanager
    def together(self) -> Iterator[None]:
        """Have everything that is written in the block come in force together, or nothing of it."""
        with self._database.writing():
            yield

    def close(self) -> None:
        """Give all connections back. Only when no thread is at work with the store."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
