"""Whether a database is ours, and how it gets the schema that this program knows.

Looked at before anything is written: another application's database, a file that is no database, and one that a newer
fsrouter made are refused and left as they are. A new one is made of the tables; an older one is brought to what they
say by the migrations, one process at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee
from playhouse.migrations import Runner

from fsrouter.errors import StoreUnreachable
from fsrouter.store.database import REVISION, STATES, VISITS, Database, make_room
from fsrouter.store.tables import TABLES
from fsrouter.store.tables.calls import CallRow, CommandRow
from fsrouter.store.tables.contacts import NumberRow
from fsrouter.store.tables.database import CounterRow, MetaRow
from fsrouter.store.tables.routers import OutgoingRow
from fsrouter.store.tables.rulebooks import DefinitionRow
from fsrouter.store.tables.states import ListEntryRow

#: `FSRT`, as SQLite's application_id: says to `file` and to us whose database it is.
APPLICATION_ID = int.from_bytes(b"FSRT", "big")
#: The same for PostgreSQL's advisory locks.
LOCK = APPLICATION_ID

MIGRATIONS = Path(__file__).parent / "migrations"
HISTORY = "schema_migration"
#: Seconds that a process waits for another one that brings the database up to date: a journal of millions of calls
#: takes minutes.
MIGRATING = 600
#: What every database remembers whose schema is at least the first that was published.
BASELINE = ("0001_first", "0002_visits", "0003_sync_requests")

# Offsets in SQLite's file header (https://www.sqlite.org/fileformat.html, section 1.3).
MAGIC = b"SQLite format 3\0"
APPLICATION = slice(68, 72)


def prepare(database: Database, directory: Path = MIGRATIONS) -> list[str]:
    """Make the schema of a database what this program knows, from nothing or from an older one.

    Returns the names of the migrations that were run: none on a new database. Raises StoreUnreachable when the database
    is not ours, is newer than we are, or cannot be written.
    """
    with database.errors():
        if database.path is not None:
            try:
                make_room(database.path)
            except OSError as error:
                raise database.unreachable(f"unable to open it: {error.strerror}") from error
            _examine(database, database.path, directory)
            return _prepare_sqlite(database, database.path, directory)
        return _prepare_postgresql(database, directory)


def _examine(database: Database, path: Path, directory: Path) -> None:
    """Refuse a file by its header and its tables, opened for reading only."""
    with path.open("rb") as file:
        head = file.read(100)
    if not head:
        return
    if head[:16] != MAGIC:
        raise _refusal(database, "is no SQLite database")
    # Zero is what a database has that was never told, and one of ours whose first transaction is still in its WAL.
    if int.from_bytes(head[APPLICATION], "big") not in (0, APPLICATION_ID):
        raise _refusal(database, "belongs to another application")
    db = peewee.SqliteDatabase(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=database.busy)
    with db.connection_context():
        ours = db.pragma("application_id") == APPLICATION_ID
        if not ours and db.get_tables():
            raise _refusal(database, "belongs to another application")
        _not_newer(database, db, directory)


def _not_newer(database: Database, db: peewee.Database, directory: Path) -> None:
    steps = Runner(db, str(directory), HISTORY).status()
    unknown = [step.name for step in steps if step.path is None and step.name not in BASELINE]
    if unknown:
        raise StoreUnreachable(
            f"the database {database.name} was made by a newer fsrouter (it has {', '.join(unknown)}); "
            "update this fsrouter, or use another database"
        )


def _prepare_sqlite(database: Database, path: Path, directory: Path) -> list[str]:
    # A connection of its own: a migration that rebuilds a table must not set off foreign keys.
    db = peewee.SqliteDatabase(str(path), timeout=database.busy, pragmas={"foreign_keys": 0})
    with db.connection_context():
        if db.pragma("journal_mode") != "wal":
            db.pragma("journal_mode", "wal")
        if any(step.path is not None and step.applied is None for step in Runner(db, str(directory), HISTORY).status()):
            db.pragma("busy_timeout", MIGRATING * 1000)
        # Processes that start at once wait for each other here.
        with db.atomic("IMMEDIATE"):
            if db.pragma("application_id") != APPLICATION_ID:
                db.pragma("application_id", APPLICATION_ID)
            return _migrate(db, directory)


def _prepare_postgresql(database: Database, directory: Path) -> list[str]:
    db = peewee.PostgresqlDatabase(database.url, **database.postgresql())
    with db.connection_context(), db.atomic():
        db.execute_sql("SELECT pg_advisory_xact_lock(%s)", (LOCK,))  # type: ignore[no-untyped-call]
        tables = db.get_tables()
        if tables and not (MetaRow._meta.table_name in tables and _says_fsrouter(db)):
            raise _refusal(database, "holds the tables of another application")
        _not_newer(database, db, directory)
        return _migrate(db, directory)


def _says_fsrouter(db: peewee.Database) -> bool:
    query: Any = MetaRow.select(MetaRow.value).where(MetaRow.key == "application").tuples()
    try:
        return list(query.execute(db)) == [("fsrouter",)]
    except peewee.ProgrammingError:
        return False


def _migrate(db: peewee.Database, directory: Path) -> list[str]:
    runner = Runner(db, str(directory), HISTORY)
    if db.table_exists(MetaRow._meta.table_name):
        applied: list[str] = runner.up()
        return applied
    _create(db)
    runner.fake()
    runner.History.insert_many([{"name": name} for name in BASELINE]).execute()
    return []


def _create(db: peewee.Database) -> None:
    sqlite = isinstance(db, peewee.SqliteDatabase)
    for table in TABLES:
        schema: Any = peewee.SchemaManager(table, db)
        sql, parameters = schema._create_table().query()
        # A million numbers are looked up by the whole key: with it as the table itself that is one descent, and takes
        # half the room.
        option = " WITHOUT ROWID" if sqlite and table in (NumberRow, ListEntryRow) else ""
        db.execute_sql(sql + option, parameters)  # type: ignore[no-untyped-call]
        schema.create_indexes()
    for index in _partial_indexes():
        schema = peewee.SchemaManager(index._model, db)
        db.execute(schema._create_index(index))  # type: ignore[no-untyped-call]
    MetaRow.insert(key="application", value="fsrouter").execute(db)
    CounterRow.insert_many([{"name": name, "value": 0} for name in (REVISION, STATES, VISITS)]).execute(db)


def _partial_indexes() -> Iterator[Any]:
    """The indexes over a part of a table: what they leave out, nobody looks for by them."""
    row: Any = DefinitionRow
    in_force = row.until.is_null()
    # A number that is dialled belongs to one company.
    dialled = in_force & (row.section == "tracking_numbers")
    place = (row.company, row.section, row.parent, row.position)
    yield row.index(row.company, row.section, row.name, unique=True, where=in_force, name="definition_name")
    yield row.index(*place, where=in_force, name="definition_position")
    yield row.index(row.name, unique=True, where=dialled, name="definition_dialled")
    call: Any = CallRow
    # The latest scored call, and the latest that an agent took, without walking past all that were neither.
    caller = (call.company, call.caller, call.began)
    yield call.index(call.company, call.began, where=call.ended.is_null(), name="call_live")
    yield call.index(*caller, where=call.score.is_null(False), name="call_scored")
    yield call.index(*caller, where=call.agent != "", name="call_with_agent")
    command: Any = CommandRow
    yield command.index(command.at, where=command.done.is_null(), name="command_waiting")
    outgoing: Any = OutgoingRow
    subject = (outgoing.kind, outgoing.company, outgoing.target, outgoing.subject, outgoing.id)
    yield outgoing.index(*subject, where=outgoing.done.is_null(), name="outgoing_waiting")


def _refusal(database: Database, why: str) -> StoreUnreachable:
    return StoreUnreachable(
        f"{database.name} {why}; it was left as it is. Name another file or database in FSROUTER_DATABASE"
    )
