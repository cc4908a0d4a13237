"""Databases of former versions, with calls that a router of theirs routed: everything in them is there afterwards."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from paths import ROOT

from fsrouter.engine.model.company import Header
from fsrouter.engine.walk.replay import BEFORE_STEPS, replay
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store
from fsrouter.store.calls.records import UNREADABLE
from fsrouter.store.calls.views import whole
from fsrouter.store.database import Database
from fsrouter.store.migrate import APPLICATION_ID, MIGRATIONS
from fsrouter.store.tables.calls import CallRow
from fsrouter.store.what_if import past

FORMER = ROOT / "tests" / "store" / "former"
#: The calls in that database as the version that wrote them read them.
CALLS: list[dict[str, Any]] = json.loads((FORMER / "0003-calls.json").read_text())
LATER = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))


@pytest.fixture(params=["sqlite", "postgresql"])
def former(request: pytest.FixtureRequest) -> str:
    """The URL of a database as a former version left it."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    if request.param == "sqlite":
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.executescript((FORMER / "0003-calls.sql").read_text())
        connection.close()
        return url
    Store.open(url).close()
    rows = list(former_rows())
    database = Database(url, NATIVE.now)
    with database.writing() as db:
        for name in ("walks", "price", "currency", "cost", "priced_since"):
            db.execute_sql(f"ALTER TABLE call DROP COLUMN {name}")
        db.execute_sql("DROP TABLE outgoing")
        db.execute_sql("ALTER TABLE contact DROP COLUMN called")
        db.execute_sql("DROP TABLE token")
        db.execute_sql("DROP TABLE secret")
        db.execute_sql("DROP TABLE list_entry")
        db.execute_sql("DROP TABLE former_name")
        db.execute_sql(f"DELETE FROM schema_migration WHERE name IN ({', '.join(['%s'] * len(LATER))})", LATER)
        for row in rows:
            db.execute_sql(f"INSERT INTO call VALUES ({', '.join(['%s'] * len(row))})", row)
    database.close()
    return url


def former_rows() -> Iterator[tuple[Any, ...]]:
    connection = sqlite3.connect(":memory:")
    connection.executescript((FORMER / "0003-calls.sql").read_text())
    names = [column[1] for column in connection.execute("PRAGMA table_info(call)")]
    for row in connection.execute("SELECT * FROM call"):
        yield tuple(bool(value) if name == "record" else value for name, value in zip(names, row, strict=True))
    connection.close()


def test_no_field_of_a_former_record_is_lost(former: str) -> None:
    with Store.open(former) as store:
        found = [store.journal.get(call["uuid"]) for call in CALLS]
    told = [json.loads(msgspec.json.encode(whole(record))) for record in found if record]
    assert [call.pop("walks") for call in told] == [[]] * len(CALLS)
    # The tags that a call had when an operator sent it elsewhere are among those of its row.
    tags = {call["uuid"]: {"tags": call["tags"]} for call in CALLS if call["tags"]}
    # It knew of one contact of a number, or of none.
    owned = {call["uuid"]: {"contacts": "1"} for call in CALLS if call["facts"].get("contact")}
    more = {uuid: tags.get(uuid, {}) | owned.get(uuid, {}) for uuid in (call["uuid"] for call in CALLS)}
    for leg in (leg for call in told for attempt in call["attempts"] for leg in attempt.get("legs", ())):
        assert leg.pop("gateways") == [], "it did not write them down"
    for call in told:
        assert [call.pop(name) for name in ("price", "currency", "cost", "priced_since")] == [None, "", None, None]
    assert told == [call | {"facts": call["facts"] | more[call["uuid"]]} for call in CALLS]


def test_former_calls_cannot_be_retraced_and_say_so(former: str) -> None:
    with Store.open(former) as store:
        book = store.books.book("acme") if "sqlite" in former else None
        records = list(store.journal.records("acme"))
    assert len(records) == len(CALLS) - 1  # one was live
    if book:
        assert {replay(book, past(record)).why for record in records} == {BEFORE_STEPS}


def test_a_router_of_the_version_before_still_writes_its_calls(former: str) -> None:
    began = CALLS[0]["began"]
    names = [name for name in CallRow._meta.sorted_field_names if name != "walks"]
    with Store.open(former) as store:
        before = len(list(store.journal.records("acme")))
        columns = [getattr(CallRow, name) for name in names]
        values = CallRow.select(*columns).where(CallRow.uuid == CALLS[0]["uuid"]).tuples()
        with store.journal._database.writing() as db:
            (row,) = values.execute(db)
            own = {"uuid": "of-before", "facts": '{"to": "+1", "from": "+2"}', "trace": '[{"at": "a"}]'}
            written = [{**dict(zip(names, row, strict=True)), **own}]
            CallRow.insert_many([tuple(each.values()) for each in written], fields=columns).execute(db)
        assert len(list(store.journal.records("acme"))) == before + 1
        record = store.journal.get("of-before")
    assert record is not None and record.began == began
    assert [entry.outcome for entry in record.trace] == [UNREADABLE]


def test_company_that_went_by_the_defaults_keeps_its_country_and_zone(sqlite_url: str) -> None:
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript((FORMER / "0003-calls.sql").read_text())
    given = {"company": "acme", "title": "Acme", "timezone": "America/Chicago", "trunk": "carrier"}
    connection.execute("UPDATE definition SET body = ? WHERE section = 'company'", [json.dumps(given)])
    connection.commit()
    connection.close()
    with Store.open(sqlite_url) as store:
        book = store.books.book("acme")
        assert book is not None
        assert book.header == Header(**given, country="US")


def test_process_waits_for_another_one_that_migrates(sqlite_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("PRAGMA journal_mode = WAL")
    holder.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    holder.executescript((FORMER / "0003-calls.sql").read_text())
    holder.execute("BEGIN IMMEDIATE")
    opened = NATIVE.spawn(lambda: Store.open(sqlite_url, busy=0.05))
    opened.join(0.5)
    holder.execute("ROLLBACK")
    holder.close()
    with opened.get() as store:
        assert store.journal.get(CALLS[0]["uuid"])


def test_killed_migration_leaves_the_former_database(former: str, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    shutil.copytree(MIGRATIONS, killed)
    (killed / "0999_killed.py").write_text(
        "import os, signal\n\n\ndef up(migrator, db):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    script = (
        "import sys; from pathlib import Path; from fsrouter.store.database import Database; "
        "from fsrouter.runtime.native import NATIVE; from fsrouter.store.migrate import prepare; "
        "prepare(Database(sys.argv[1], NATIVE.now), Path(sys.argv[2]))"
    )
    assert subprocess.run([sys.executable, "-c", script, former, str(killed)]).returncode == -signal.SIGKILL
    database = Database(former, NATIVE.now)
    with database.reading() as db:
        columns = {column.name for column in db.get_columns("call")}
        rows: list[Any] = list(db.execute_sql("SELECT uuid, facts FROM call ORDER BY uuid").fetchall())
    database.close()
    assert "walks" not in columns
    assert [(uuid, json.loads(facts)) for uuid, facts in rows] == [(call["uuid"], call["facts"]) for call in CALLS]
    with Store.open(former) as store:
        assert store.journal.get(CALLS[0]["uuid"]) is not None


def test_facts_that_have_no_place_any_more_stay_visible_by_name(sqlite_url: str) -> None:
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript((FORMER / "0003-calls.sql").read_text())
    odd = {"caller": "repeat", "mood": "good", "title": "Owner of nothing", "keyword": "x", "tags": ["a", "b"]}
    connection.execute("UPDATE call SET facts = ?", (json.dumps(odd),))
    connection.commit()
    connection.close()
    with Store.open(sqlite_url) as store:
        record = store.journal.get(CALLS[0]["uuid"])
    assert record is not None
    assert record.known() | odd == record.known()
