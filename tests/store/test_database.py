"""Opening: ours are made and brought up to date; what is not ours is refused and left as it is."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import peewee
import pytest
from msgspec.structs import replace
from paths import ROOT
from playhouse.schema_diff import diff_models

from fsrouter.errors import StoreUnreachable, UsageError
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store
from fsrouter.store.database import Database
from fsrouter.store.migrate import APPLICATION_ID, MIGRATIONS, prepare
from fsrouter.store.tables import TABLES
from store.books import acme

#: What databases were that earlier versions made, by their latest migration.
FORMER = ROOT / "tests" / "store" / "former"
#: The facts of the call in them.
FACTS = {"from": "+14155550101", "to": "+18725550111", "tags": ["a"]}


def sql(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_a_new_database_is_made_once(url: str) -> None:
    with Store.open(url) as store:
        store.books.save(acme(), "nancy", "first")
    with Store.open(url) as store:
        assert store.books.companies() == ("acme",)


def test_no_migration_runs_on_a_new_database(url: str) -> None:
    database = Database(url, NATIVE.now)
    assert prepare(database) == []
    assert prepare(database) == []
    database.close()


def test_a_new_database_is_what_the_tables_say(url: str) -> None:
    database = Database(url, NATIVE.now)
    prepare(database)
    with database.peewee.connection_context(), database.peewee.bind_ctx(TABLES):
        diff = diff_models(database.peewee, list(TABLES))
    assert not (diff.create_tables or diff.add_columns or diff.drop_columns)
    database.close()


def schema(path: Path) -> dict[tuple[str, str], str]:
    connection = sqlite3.connect(path)
    found = {(kind, name): said for kind, name, said in connection.execute("SELECT type, name, sql FROM sqlite_master")}
    connection.close()
    return found


@pytest.mark.parametrize("former", sorted(FORMER.glob("????.sql")), ids=lambda path: path.stem)
def test_a_former_database_opens_with_all_that_was_in_it(tmp_path: Path, former: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    sql(old, f"PRAGMA application_id = {APPLICATION_ID}")
    connection = sqlite3.connect(old)
    connection.executescript(former.read_text())
    connection.close()
    Store.open(f"sqlite:///{new}").close()
    with Store.open(f"sqlite:///{old}") as store:
        assert store.books.book("acme") == replace(acme(), revision=1)
        assert [contact.name for contact in store.contacts.owners("acme", "+14155550101")] == ["Ada Ames"]
        record = store.journal.get("11111111")
        assert record is not None
        assert (record.outcome, record.agent, record.known()) == ("answered", "nancy", FACTS)
        assert store.states.overrides("acme")["office"].state == "closed"
        assert store.turns.taken("acme") == {"sales": 1}
    assert schema(old) == schema(new)


def test_a_file_is_marked_as_ours_and_private(sqlite_url: str) -> None:
    Store.open(sqlite_url).close()
    path = path_of(sqlite_url)
    assert path.stat().st_mode & 0o077 == 0
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("SELECT value FROM meta WHERE key = 'application'").fetchone() == ("fsrouter",)
    connection.close()


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["CREATE TABLE diary (entry TEXT)"], "belongs to another application"),
        (["PRAGMA application_id = 252006674", "CREATE TABLE vent0 (x)"], "belongs to another application"),
        (["CREATE TABLE meta (key TEXT, value TEXT)", "CREATE TABLE call (uuid TEXT)"], "belongs to another"),
    ],
)
def test_another_applications_file_is_refused_and_untouched(sqlite_url: str, statements: list[str], said: str) -> None:
    path = path_of(sqlite_url)
    sql(path, *statements)
    before = path.read_bytes()
    with pytest.raises(StoreUnreachable, match=said):
        Store.open(sqlite_url)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_file_that_is_no_database_is_refused_and_untouched(sqlite_url: str) -> None:
    path = path_of(sqlite_url)
    path.write_text("company: acme\n" * 100)
    with pytest.raises(StoreUnreachable, match="is no SQLite database"):
        Store.open(sqlite_url)
    assert path.read_text() == "company: acme\n" * 100


def test_another_applications_postgresql_database_is_refused(postgresql_url: str) -> None:
    db = peewee.PostgresqlDatabase(postgresql_url, prefer_psycopg3=True)
    with db.connection_context():
        db.execute_sql("CREATE TABLE meta (diary TEXT)")  # type: ignore[no-untyped-call]
    with pytest.raises(StoreUnreachable, match="another application"):
        Store.open(postgresql_url)
    with db.connection_context():
        assert db.get_tables() == ["meta"]


def test_a_newer_schema_is_refused_and_untouched(url: str) -> None:
    database = Database(url, NATIVE.now)
    prepare(database)
    future = "INSERT INTO schema_migration (name, applied) VALUES ('9999_future', '2031-01-01')"
    with database.writing() as db:
        db.execute_sql(future)  # type: ignore[no-untyped-call]
    database.close()
    with pytest.raises(StoreUnreachable, match=r"newer fsrouter \(it has 9999_future\)"):
        Store.open(url)


def test_an_older_schema_is_brought_up_to_date(url: str, tmp_path: Path) -> None:
    more = tmp_path / "more"
    shutil.copytree(MIGRATIONS, more)
    (more / "0900_more.py").write_text(
        "from peewee import TextField\n\n\n"
        "def up(migrator, db):\n"
        "    migrator.migrate(migrator.add_column('node', 'extra', TextField(default='x')))\n"
    )
    database = Database(url, NATIVE.now)
    prepare(database)
    assert prepare(database, more) == ["0900_more"]
    assert prepare(database, more) == []
    with pytest.raises(StoreUnreachable, match="0900_more"):
        prepare(database)
    database.close()


def test_a_migration_that_fails_leaves_nothing(url: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(MIGRATIONS, broken)
    (broken / "0900_broken.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('CREATE TABLE half (x TEXT)')\n    raise RuntimeError('half way')\n"
    )
    database = Database(url, NATIVE.now)
    prepare(database)
    with database.reading() as db:
        before = db.get_tables()
    with pytest.raises(RuntimeError):
        prepare(database, broken)
    with database.reading() as db:
        assert db.get_tables() == before
    database.close()
    Store.open(url).close()


def test_processes_that_start_at_once_make_one_database(url: str) -> None:
    script = "import sys; from fsrouter.store import Store; Store.open(sys.argv[1]).close()"
    started = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(3)]
    assert [process.wait(20) for process in started] == [0, 0, 0]
    with Store.open(url) as store:
        assert store.books.companies() == ()


def test_threads_make_databases_of_their_own_at_once(tmp_path: Path) -> None:
    begin = threading.Barrier(8)

    def make(name: int) -> tuple[str, ...]:
        begin.wait(10)
        with Store.open(f"sqlite:///{tmp_path}/{name}.db") as store:
            store.books.save(acme(), "nancy", "first")
            return store.books.companies()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(make, range(8))) == {("acme",)}


@pytest.mark.parametrize("url", ["", "mysql://localhost/x", "fsrouter.db", "sqlite://", "sqlite:fsrouter.db"])
def test_a_url_that_says_nothing_is_used_wrongly(url: str) -> None:
    with pytest.raises(UsageError, match="sqlite:///PATH"):
        Store.open(url)


def test_no_error_shows_a_password() -> None:
    for url in ("postgresql://bob:hunter2@127.0.0.1:1/none", "mysql://bob:hunter2@host/x"):
        with pytest.raises((StoreUnreachable, UsageError)) as caught:
            Store.open(url, busy=0.1)
        assert "hunter2" not in str(caught.value)


def test_a_place_where_nothing_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnreachable, match="check that its directory exists"):
        Store.open(f"sqlite:///{tmp_path / 'file' / 'fsrouter.db'}")


def test_a_locked_database_says_so_and_what_to_do(sqlite_url: str) -> None:
    with Store.open(sqlite_url, busy=0.05) as store:
        other = sqlite3.connect(path_of(sqlite_url), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnreachable, match=r"locked; another process is writing; try again"):
            store.turns.take("acme", "sales")
        other.execute("ROLLBACK")
        other.close()
        assert store.turns.take("acme", "sales") == 0


def test_a_database_in_memory_ends_with_the_store() -> None:
    with Store.open("sqlite:///:memory:") as store:
        store.turns.take("acme", "sales")
        place = Path(store.name).parent
    assert not place.exists()


def test_the_store_knows_no_gevent() -> None:
    script = "import sys, fsrouter.store; sys.exit('gevent' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
