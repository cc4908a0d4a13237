"""Contacts and callers of a former database are those of today afterwards: known by the ids of their CRM's API, by the
numbers that they have now, and read again in full.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from paths import ROOT

from fsrouter.crm.sync.marks import Mark, due, mark_of
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store
from fsrouter.store.database import Database
from fsrouter.store.migrate import APPLICATION_ID, MIGRATIONS

FORMER = (ROOT / "tests" / "store" / "former" / "0005-contacts.sql").read_text()
LATER = sorted(path.stem for path in MIGRATIONS.glob("0*.py") if path.stem > "0005_outgoing")
TABLES = ("revision", "definition", "contact_source", "contact", "contact_number", "call")


@pytest.fixture(params=["sqlite", "postgresql"])
def former(request: pytest.FixtureRequest) -> str:
    """The URL of a database as a former version left it."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    if request.param == "sqlite":
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.executescript(FORMER)
        connection.close()
        return url
    Store.open(url).close()
    database = Database(url, NATIVE.now)
    with database.writing() as db:
        db.execute_sql("ALTER TABLE contact DROP COLUMN called")
        db.execute_sql("DROP TABLE token")
        db.execute_sql("DROP TABLE secret")
        db.execute_sql("DROP TABLE list_entry")
        db.execute_sql("DROP TABLE former_name")
        for name in ("price", "currency", "cost", "priced_since"):
            db.execute_sql(f"ALTER TABLE call DROP COLUMN {name}")
        db.execute_sql(f"DELETE FROM schema_migration WHERE name IN ({', '.join(['%s'] * len(LATER))})", LATER)
        for table in TABLES:
            for row in former_rows(table):
                db.execute_sql(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", row)
    database.close()
    return url


def former_rows(table: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(FORMER)
    names = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
    rows = connection.execute(f"SELECT * FROM {table}").fetchall()
    connection.close()
    return [tuple(bool(v) if name == "record" else v for name, v in zip(names, row, strict=True)) for row in rows]


def owners(store: Store, number: str) -> list[str]:
    return [f"{contact.crm}/{contact.id or contact.account_id}" for contact in store.contacts.owners("acme", number)]


def test_contacts_have_the_ids_of_their_crms_api_and_no_other_is_changed(former: str) -> None:
    with Store.open(former) as store:
        found = {n: owners(store, f"+1415555{n}") for n in ("0101", "0102", "0103", "0104", "0105", "0106")}
        assert found == {
            "0101": ["hub/51"],
            "0102": ["hub/zcrm_1"],
            "0103": ["books/4876876000000432001"],
            "0104": ["force/001A0000006Vm9rIAC"],
            "0105": ["force/001A0000006Vm9rIAC"],
            "0106": ["force/a"],
        }
        (grace,) = store.contacts.find("acme", "4876876000000432001")
        assert (grace.contact.account_id, grace.contact.title) == ("99", "Admiral")
        assert grace.numbers == ("+14155550103", "+525512345678")
        assert store.contacts.count("acme") == 9


def test_numbers_are_those_that_subscribers_have_now(former: str) -> None:
    with Store.open(former) as store:
        assert owners(store, "+525512345678") == ["books/4876876000000432001", "hub/a-1"]
        assert owners(store, "+525587654321") == ["people/c-1"]
        assert owners(store, "+5511987654321") == owners(store, "+551123456789") == ["books/4876876000000432002"]
        assert owners(store, "+541123456789") == ["/i-1"]
        assert owners(store, "+5215512345678") == owners(store, "+551187654321") == []


@pytest.mark.parametrize(
    ("caller", "repeat"),
    [
        ("+525512345678", "repeat"),
        ("+5511987654321", "repeat"),
        ("+14155550101", "repeat"),
        ("+525512345679", "first-time"),
    ],
)
def test_who_has_called_before_has_called_before(former: str, caller: str, repeat: str) -> None:
    with Store.open(former) as store:
        history = store.journal.history("acme", caller, 1795000000.0)
        assert (history.caller, history.last_agent) == (repeat, "nancy" if repeat == "repeat" else "")
        assert history.previous_score == ("4" if caller == "+525512345678" else "")
        calls = store.journal.list("acme", caller=caller)
        records = [store.journal.get(call.uuid) for call in calls]
        assert [record and record.facts.from_ for record in records] == [caller] * (repeat == "repeat")


def test_tracking_numbers_and_tests_have_the_numbers_of_now_but_what_is_dialled_stays(former: str) -> None:
    with Store.open(former) as store:
        book = store.books.book("acme")
        # One that stands there in both forms already is left alone.
        assert book is not None
        ours = [number for number in book.tracking_numbers if number.startswith("+55")]
        assert ours == ["+5511981234567", "+551181234568", "+5511981234568"]
        assert [tracking.number for tracking in book.tracking_numbers.values()] == list(book.tracking_numbers)
        first, second = book.routers["by"].branches
        assert str(first.when["from"][0]) == "+5511987654321"
        assert [str(test) for test in second.when["to"]] == ["+5511981234567", "+551181234568"]
        assert str(first.then[0]) == "phone:+551171234567"
        (call,) = store.journal.list("acme", number="+5511981234567")
        record = store.journal.get(call.uuid)
        assert record is not None and record.facts.to == record.number == "+5511981234567"


def test_every_cache_is_read_again_in_full_and_nothing_goes_on_where_it_broke(former: str) -> None:
    with Store.open(former) as store:
        for source in store.contacts.sources.list("acme"):
            assert (source.staging, source.cursor) == (0, "")
            assert bool(source.mark) == bool(source.crm)
            assert mark_of(store.contacts, "acme", source.crm) == Mark()
            assert due(source.mark, 3600, 1795000000.0)
        assert store._database.rows("SELECT count(*) FROM contact WHERE name = 'Half Read'") == [(0,)]
        assert store._database.rows("SELECT count(*) FROM contact_number") == [(13,)]


def test_names_are_compared_from_then_on(former: str) -> None:
    with Store.open(former) as store:
        store.contacts.upsert("acme", "", ())
        (ada,) = store.contacts.owners("acme", "+14155550101")
        assert ada.namesakes == ()
        called = dict(store._database.rows("SELECT key, called FROM contact WHERE crm = 'hub'"))
        assert called == {"51": "ada byron", "zcrm_1": "not zoho", "a-1": "globex ltd"}
