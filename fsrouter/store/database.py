"""One database and the connections to it: SQLite in WAL by default, PostgreSQL when there is more than one machine.

Every piece of work is a `with` block that borrows a connection and gives it back, so that a thread which dies leaves
nothing behind. Blocks may be nested. Any thread may call; nothing here knows gevent, so a caller on a hub goes
through a thread pool. Whatever ends a connection comes out as `StoreUnreachable`. What the tables hold is no affair
of this module, but for its counters: numbers that only grow, one row each. Whoever writes what one of them counts
advances it in the same transaction. That locks its row, so such writers queue up; and whoever only looks sees by one
number whether there is anything new.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import peewee
from playhouse.pool import MaxConnectionsExceeded, PooledPostgresqlDatabase, PooledSqliteDatabase

from fsrouter.errors import Error, StoreUnreachable, UsageError
from fsrouter.runtime import Clock
from fsrouter.store.tables.database import CounterRow

T = TypeVar("T")

#: Connections that one process holds at most; its threads wait for a free one as long as for a lock.
CONNECTIONS = 32
#: Rows that are handed to the driver at a time.
BATCH = 1000

#: Counters: revisions of rule books; changes of what operators set by hand; numbers shown to visitors.
REVISION, STATES, VISITS = "revision", "states", "visits"

#: What SQLite or PostgreSQL says, and what to do about it.
REMEDIES = (
    ("locked", "another process is writing; try again, or stop it"),
    ("readonly", "this user may not write it; check owner and permissions of the file and its directory"),
    ("unable to open", "check that its directory exists and that this user may write there"),
    ("full", "make room on the disk"),
    ("malformed", "restore it from a backup"),
    ("disk i/o", "check the disk"),
    ("password", "check user and password in FSROUTER_DATABASE"),
    ("does not exist", "create it, or correct FSROUTER_DATABASE"),
)


class Database:
    """The database that a URL names: `sqlite:///PATH` (four slashes for an absolute path), `sqlite:///:memory:` for one
    that ends with `close`, or `postgresql://USER@HOST/NAME`.

    `clock` gives the epoch, `busy` is how many seconds to wait for a lock or a free connection. Making one connects to
    nothing. Raises UsageError when the URL says nothing that we understand, StoreUnreachable when the driver for it is
    not installed.
    """

    def __init__(self, url: str, clock: Clock, busy: float = 5.0) -> None:
        self.url = url
        self.busy = busy
        self.clock = clock
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self.path: Path | None = None
        scheme, _, rest = url.partition("://")
        if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
            self.path = self._file(rest[1:])
            self.name = str(self.path)
        elif scheme in ("postgresql", "postgres"):
            self.url = "postgresql://" + rest
            self.name = _without_password(self.url)
        else:
            raise UsageError(
                f"{_without_password(url)!r} is no database; write sqlite:///PATH or postgresql://USER@HOST/NAME"
            )
        self.peewee: peewee.Database = self._pooled()

    @property
    def sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.path is not None

    def _file(self, path: str) -> Path:
        if path != ":memory:":
            return Path(path).expanduser()
        # Threads cannot share a database in SQLite's memory without locking each other out, so it is a file that
        # nobody else knows.
        self._scratch = tempfile.TemporaryDirectory(prefix="fsrouter-")
        return Path(self._scratch.name) / "memory.db"

    def must_be_there(self) -> None:
        """Raise StoreUnreachable when this is a file that nobody has made yet. What a URL names elsewhere is seen when
        it is connected to.
        """
        if self.path is not None and not self._scratch and not self.path.exists():
            raise StoreUnreachable(
                f"there is no database {self.name}; correct FSROUTER_DATABASE (or `database` in the settings), or make "
                "one: `fsrouter rules import FILE`, `fsrouter serve`"
            )

    def pragmas(self) -> dict[str, Any]:
        """What is set on every SQLite connection."""
        return {
            "busy_timeout": int(self.busy * 1000),
            "synchronous": "NORMAL",  # with WAL a crash of the machine may lose the last commits, never the file
            "foreign_keys": "ON",
            "cache_size": -8000,
            "journal_size_limit": 64 << 20,
        }

    def postgresql(self) -> dict[str, Any]:
        """What is said to PostgreSQL on every connection: nothing may wait for ever."""
        return {
            "prefer_psycopg3": True,
            "connect_timeout": max(2, int(self.busy)),
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "application_name": "fsrouter",
            "options": f"-c lock_timeout={int(self.busy * 1000)} -c statement_timeout=60000",
        }

    def _pooled(self) -> peewee.Database:
        pool = {"max_connections": CONNECTIONS, "timeout": self.busy or 0.001}
        if self.sqlite:
            return PooledSqliteDatabase(  # type: ignore[no-any-return]
                str(self.path), pragmas=self.pragmas(), check_same_thread=False, **pool
            )
        if peewee.psycopg is None:  # type: ignore[attr-defined]
            raise StoreUnreachable(
                f"the database {self.name} cannot be used: no driver for PostgreSQL is installed here; "
                "pip install 'fsrouter[postgresql]'"
            )
        try:
            peewee.psycopg.conninfo.conninfo_to_dict(self.url)  # type: ignore[attr-defined]
        except peewee.psycopg.Error as error:  # type: ignore[attr-defined]
            said = str(error).strip().replace(self.url, self.name)
            raise UsageError(f"{self.name!r} is no database: {said}; write postgresql://USER@HOST/NAME") from None
        return PooledPostgresqlDatabase(self.url, **pool, **self.postgresql())  # type: ignore[no-any-return]

    def close(self) -> None:
        """Close all connections. Only when no thread is at work with one."""
        self.peewee.close_all()  # type: ignore[attr-defined]
        if self._scratch:
            self._scratch.cleanup()

    @contextmanager
    def reading(self) -> Iterator[peewee.Database]:
        """Borrow a connection to read; each statement sees what was committed before it."""
        with self.errors(), self.peewee.connection_context():
            yield self.peewee

    @contextmanager
    def snapshot(self) -> Iterator[peewee.Database]:
        """Borrow a connection to read several things as they were at one moment."""
        with self.reading() as db, db.atomic("DEFERRED" if self.sqlite else "REPEATABLE READ"):
            yield db

    @contextmanager
    def writing(self) -> Iterator[peewee.Database]:
        """Borrow a connection and write: all of the block in one transaction, or nothing."""
        # IMMEDIATE, since a transaction that begins by reading could not wait for the lock when it comes to write.
        with self.reading() as db, db.atomic(*(["IMMEDIATE"] if self.sqlite else [])):
            yield db

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run a statement that `compiled` made, and return its rows."""
        with self.reading() as db:
            return list(db.execute_sql(sql, parameters).fetchall())  # type: ignore[no-untyped-call]

    def select(self, kind: type[T], query: Any) -> list[T]:
        """The rows of a query as values of a struct that has fields of their columns' names."""
        with self.reading() as db:
            return [kind(**row) for row in query.dicts().execute(db)]

    def tuples(self, query: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.reading() as db:
            return list(query.tuples().execute(db))

    def write(self, query: Any) -> Any:
        """Run a query in a transaction of its own. Returns how many rows it changed; of an insert, the row's key."""
        with self.writing() as db:
            return query.execute(db)

    def compiled(self, query: Any) -> str:
        """The SQL of a query, to be run many times with other values in their order."""
        sql: str = self.peewee.get_sql_context().sql(query).query()[0]  # type: ignore[no-untyped-call]
        return sql

    def begins(self, field: Any, text: str) -> Any:
        """The condition that a text column begins with `text`, of letters, digits, `+` and `-` only."""
        return field % (text + ("*" if self.sqlite else "%"))  # peewee's LIKE is GLOB in SQLite, which uses an index

    def many(self, sql: str, rows: Iterable[tuple[Any, ...]], batch: int = BATCH) -> int:
        """Run a statement once for each row, inside of a `writing` block, and return how many rows there were.

        Takes the rows as they come, so a million of them need no room.
        """
        done = 0
        source = iter(rows)
        while chunk := list(itertools.islice(source, batch)):
            with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
                self.peewee.cursor().executemany(sql, chunk)  # type: ignore[no-untyped-call]
            done += len(chunk)
        return done

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Tell whatever makes the database unusable as StoreUnreachable; our own mistakes stay what they are."""
        try:
            yield
        except Error:
            raise
        except (peewee.IntegrityError, peewee.DataError, peewee.ProgrammingError, peewee.NotSupportedError):
            raise
        except MaxConnectionsExceeded:
            raise self.unreachable("all connections are in use") from None
        except (peewee.DatabaseError, peewee.InterfaceError) as error:
            raise self.unreachable(str(error)) from error

    def unreachable(self, reason: str) -> StoreUnreachable:
        """The error that says why this database cannot be used, and what to do."""
        reason = " ".join(reason.split())
        remedy = next((do for sign, do in REMEDIES if sign in reason.lower()), "see that it runs and can be reached")
        return StoreUnreachable(f"the database {self.name} cannot be used: {reason}; {remedy}")


def make_room(path: Path) -> None:
    """Make an empty file for a database, and its directory, that only this user can read: contacts are in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
        secret = parts.password
    except ValueError:
        return url.partition("://")[0] + "://…"
    return url.replace(f":{secret}@", ":…@", 1) if secret else url


def counter(db: Any, name: str) -> int:
    """The value of a counter."""
    query: Any = CounterRow.select(CounterRow.value).where(CounterRow.name == name).tuples()
    return int(next(iter(query.execute(db)))[0])


def advance(db: Any, name: str, by: int = 1) -> None:
    """Advance a counter; by 0 only has other writers wait. Inside of a `writing` block."""
    CounterRow.update(value=CounterRow.value + by).where(CounterRow.name == name).execute(db)
