"""Real databases: a file in SQLite, and where PostgreSQL is installed a server of our own on a unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from fsrouter.store import Store
from fsrouter.store.tables import TABLES
from fsrouter.store.tables.database import CounterRow, MetaRow
from store.clock import Clock


@pytest.fixture
def clock() -> Clock:
    """The time, which the test sets."""
    return Clock()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'fsrouter.db'}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The directory of a running server's socket. PostgreSQL refuses to run as root, so it gets another user then."""
    pytest.importorskip("psycopg")
    if not (shutil.which("initdb") and shutil.which("pg_ctl")):
        pytest.skip("no PostgreSQL is installed")
    user = next((u.pw_name for u in pwd.getpwall() if u.pw_name in ("postgres", "nobody")), None)
    user = user if os.geteuid() == 0 else None
    directory = Path(tempfile.mkdtemp(prefix="fsrpg-"))
    if user:
        shutil.chown(directory, user)

    def run(*command: str) -> None:
        done = subprocess.run(
            command, user=user, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert done.returncode == 0, done.stderr

    data = str(directory / "data")
    options = f"-k {directory} -c listen_addresses='' -c fsync=off"
    try:
        run("initdb", "-D", data, "-U", "fsrouter", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        run("pg_ctl", "-D", data, "-w", "-l", str(directory / "log"), "-o", options, "start")
        try:
            yield str(directory)
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def new_database(server: str) -> str:
    """Make an empty database, and return its URL."""
    import psycopg

    name = "t" + uuid.uuid4().hex
    host = quote(server, safe="")
    with psycopg.connect(f"postgresql://fsrouter@/postgres?host={host}", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql://fsrouter@/{name}?host={host}"


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """A new, empty database."""
    return new_database(postgresql_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A new database of each kind."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture(scope="session")
def postgresql_store(postgresql_server: str) -> Iterator[Store]:
    """One store for all tests that do not care how it was opened: a database for each would take longer than they."""
    with Store.open(new_database(postgresql_server)) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An open store with nothing in it, on a database of each kind."""
    if request.param == "postgresql":
        shared: Store = request.getfixturevalue("postgresql_store")
        with shared._database.writing() as db:
            for table in reversed(TABLES):
                if table not in (MetaRow, CounterRow):
                    table.delete().execute(db)
            CounterRow.update(value=0).execute(db)
        yield shared
        return
    with Store.open(request.getfixturevalue("sqlite_url")) as opened:
        yield opened
