"""Companies as a whole: removed, rolled back, renamed, forgotten; numbers that change hands."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec
import pytest
from paths import ROOT

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.engine.model.company import Header, TrackingNumber
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.lists import Change as ListChange
from fsrouter.engine.model.lists import Listed, Member
from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.errors import RulesError
from fsrouter.store import Store
from fsrouter.store.migrate import APPLICATION_ID
from fsrouter.store.tables import OF_COMPANIES, ON_RECORD, TABLES
from fsrouter.store.tables.row import Row
from store.books import acme, as_saved, rule, small
from store.calls.test_journal import call

FIRST, SECOND = "+13125550001", "+13125550002"


def filled(table: type[Row], company: str) -> dict[str, Any]:
    """A row of a table, of a company."""
    values: dict[str, Any] = {}
    for name, field in table._meta.fields.items():
        text = type(field).__name__ == "TextField"
        values[name] = company if name == "company" else f"x{table.__name__}" if text else 1
    return {name: value for name, value in values.items() if table._meta.fields[name].column_name != "id"}


def fill(store: Store, company: str) -> None:
    """A row of the company in each table that has rows of companies; a rule book, too."""
    store.books.save(small(company, number=FIRST), "me", "first")
    with store._database.writing() as db:
        for table in OF_COMPANIES:
            if table._meta.table_name not in ("revision", "definition", "contact_number"):
                table.insert(**filled(table, company)).execute(db)
        contact = next(iter(db.execute_sql("SELECT id FROM contact").fetchall()))[0]
        number = next(table for table in OF_COMPANIES if table._meta.table_name == "contact_number")
        number.insert(company=company, number="+1", contact=contact).execute(db)


def companies_of(store: Store, table: Any) -> set[str]:
    with store._database.reading() as db:
        return {company for (company,) in table.select(table.company).tuples().execute(db)}


def test_tables_with_rows_of_companies_are_found_by_their_columns() -> None:
    names = {table for table in TABLES if any("company" in column for column in table._meta.columns)}
    assert names == set(OF_COMPANIES) >= set(ON_RECORD)


def test_removed_company_is_in_force_nowhere_and_rolled_back_whole(store: Store) -> None:
    kept = store.books.save(acme(), "me", "first")
    other = small("globex", number=SECOND)
    store.books.save(other, "me", "other")
    before, token = store.books.load()
    removed = store.books.remove("acme", "nancy", kept)
    for snapshot, _ in (store.books.refresh(before, token), store.books.load()):
        assert set(snapshot.books) == {"globex"} and snapshot.former == {"acme": ""}
        assert snapshot.companies == {"acme", "globex"} and snapshot.book("acme") is None
    assert store.books.companies() == ("globex",)
    assert store.books.book("acme") is None and store.books.book("acme", removed) is None
    assert store.books.book("acme", kept) == as_saved(acme(), kept)
    assert (store.books.log("acme")[0].message, store.books.log("acme")[0].who) == ("removed", "nancy")
    assert store.books.log("acme")[0].removed == store.books.log("acme")[1].added
    back = store.books.rollback("acme", kept, "johan")
    assert store.books.book("acme") == as_saved(acme(), back)
    snapshot, _ = store.books.refresh(*store.books.refresh(before, token))
    assert snapshot.books["acme"] == as_saved(acme(), back) and snapshot.former == {}


def test_removed_company_keeps_its_revision_from_who_has_not_heard(store: Store) -> None:
    first = store.books.save(small("acme"), "me", "first")
    store.books.remove("acme", "nancy")
    with pytest.raises(RulesError, match="removed in the meantime"):
        store.books.save(small("acme", rule("a")), "me", "second", expected_revision=first)
    with pytest.raises(RulesError, match="no rule book in force"):
        store.books.remove("acme", "nancy")
    with pytest.raises(RulesError, match="no rule book as of revision 2"):
        store.books.rollback("acme", 2, "me")
    assert store.books.save(small("acme"), "me", "again", expected_revision=0) == 3


def test_number_of_a_removed_company_is_free(store: Store) -> None:
    store.books.save(small("acme", number=FIRST), "me", "first")
    store.books.remove("acme", "me")
    store.books.save(small("globex", number=FIRST), "me", "taken")
    with pytest.raises(RulesError, match=r"\+13125550001: belongs to globex"):
        store.books.rollback("acme", 1, "me")


def moved(number: str, giving: RuleBook, getting: RuleBook) -> tuple[RuleBook, RuleBook]:
    there = TrackingNumber(number=number, to=(Destination("agent", "nancy"),))
    left = {n: value for n, value in giving.tracking_numbers.items() if n != number}
    return (
        msgspec.structs.replace(giving, tracking_numbers=left),
        msgspec.structs.replace(getting, tracking_numbers=getting.tracking_numbers | {number: there}),
    )


def test_number_goes_from_one_company_to_another_at_once(store: Store) -> None:
    first, second = small("acme", number=FIRST), small("globex", number=SECOND)
    revisions = [store.books.save(book, "me", "first") for book in (first, second)]
    giving, getting = moved(FIRST, first, second)
    changes = list(zip((giving, getting), revisions, strict=True))
    # Whichever is named first, and whatever somebody else does meanwhile.
    assert store.books.save_together(changes[::-1], "me", "moved") == [3, 4]
    assert store.books.companies_of([FIRST, SECOND]) == {FIRST: "globex", SECOND: "globex"}
    with pytest.raises(RulesError, match=r"(acme|globex) was changed by me in the meantime"):
        store.books.save_together(changes, "me", "again")
    assert store.books.token() == 4


def test_both_books_stay_where_one_of_them_cannot_be_in_force(store: Store) -> None:
    first, second = small("acme", number=FIRST), small("globex", number=SECOND)
    revisions = [store.books.save(book, "me", "first") for book in (first, second)]
    giving, getting = moved(FIRST, first, second)
    for books in ([(getting, revisions[1])], [(giving, revisions[0]), (getting, 99)]):
        with pytest.raises(RulesError):
            store.books.save_together(books, "me", "moved")
        assert store.books.companies_of([FIRST, SECOND]) == {FIRST: "acme", SECOND: "globex"}
    assert store.books.token() == 2


def test_renaming_takes_every_table_along(store: Store) -> None:
    fill(store, "acme")
    rows = store.companies.rows("acme")
    revision = store.companies.rename("acme", "apex", "me", 1)
    assert {table: companies_of(store, table) for table in OF_COMPANIES} == {table: {"apex"} for table in OF_COMPANIES}
    # The revision of the renaming, and the former name.
    assert store.companies.rows("apex") == rows | {"revision": rows["revision"] + 1, "former_name": 2}
    assert store.books.book("apex") == as_saved(small("apex", number=FIRST), revision)
    assert store.books.book("apex", 1) == as_saved(small("apex", number=FIRST), 1)
    assert store.books.book("acme") is None and store.books.companies() == ("apex",)
    assert [each.message for each in store.books.log("apex")] == ["renamed: was acme", "first"]


def test_router_that_has_the_old_name_gets_the_new_one_alone(store: Store) -> None:
    store.books.save(small("acme", rule("a"), number=FIRST), "me", "first")
    before, token = store.books.load()
    store.companies.rename("acme", "apex", "me", 1)
    snapshot, _ = store.books.refresh(before, token)
    assert snapshot == Snapshot({"apex": as_saved(small("apex", rule("a"), number=FIRST), 2)}, snapshot.former)
    assert snapshot.called("acme") == "apex" and snapshot.book("acme") is snapshot.books["apex"]
    assert snapshot.dialled(FIRST)[1] is snapshot.books["apex"]


def test_company_is_renamed_again_and_back(store: Store) -> None:
    store.books.save(small("acme"), "me", "first")
    store.companies.rename("acme", "apex", "me", 1)
    store.companies.rename("apex", "zenith", "me", 2)
    assert store.books.former() == {"acme": "zenith", "apex": "zenith"}
    store.companies.rename("zenith", "acme", "me", 3)
    assert store.books.former() == {"apex": "acme", "zenith": "acme"}


def test_name_that_anything_has_is_not_taken(store: Store) -> None:
    store.books.save(small("acme", number=FIRST), "me", "first")
    store.books.save(small("globex", number=SECOND), "me", "first")
    store.books.remove("globex", "me")
    with pytest.raises(RulesError, match=r"globex.*something of it in 'revision'"):
        store.companies.rename("acme", "globex", "me", 1)
    store.journal.write([call("of-nobody", company="apex")])
    with pytest.raises(RulesError, match=r"apex.*something of it in 'call'"):
        store.companies.rename("acme", "apex", "me", 1)
    with pytest.raises(RulesError, match="changed in the meantime"):
        store.companies.rename("acme", "free", "me", 7)
    assert store.books.companies() == ("acme",)


def test_what_is_written_by_the_old_name_is_the_new_ones(store: Store) -> None:
    store.books.save(small("acme"), "me", "first")
    store.journal.write([call("a", company="acme")])
    assert store.contacts.sources.lease("acme", "hub", "router", 60)
    stage = store.contacts.stage("acme", "hub")
    store.companies.rename("acme", "apex", "me", 1)
    store.journal.write([call("a", company="acme", turn=2), call("b", company="acme"), call("c", company="other")])
    assert store.turns.take("acme", "d/0") == 0 and store.turns.take("apex", "d/0") == 1
    store.states.set_agent("acme", "ann", "break", "me")
    store.states.override("acme", "office", "open", "me")
    blocked = Listed(list="blocked", member=Member("number", "+13125550142"))
    store.lists.change("acme", [ListChange(listed=blocked)])
    store.outgoing.put("note", ("acme", "hub"), "c-1", "k", "{}")
    store.visitors.assign("acme", [FIRST], "s", {"source": "ads"}, 60.0, 1000.0)
    entry = Entry(contact=Contact(crm="hub", id="1"), numbers=("+1312",))
    with pytest.raises(Exception, match="given up"):
        stage.add([entry])
    stage.drop()
    assert not store.contacts.sources.lease("acme", "hub", "router", 60)
    store.contacts.upsert("acme", "hub", [entry])
    for table in OF_COMPANIES:
        assert "acme" not in companies_of(store, table), table
    assert {line.uuid for line in store.journal.list("apex")} == {"a", "b"}
    for company in ("acme", "apex"):
        assert store.lists.on(company, frozenset({blocked.member}), 0.0) == {"blocked"}
        assert [each.id for each in store.contacts.owners(company, "+1312")] == ["1"]
        assert store.states.on_break(company) == {"ann"} and store.states.overrides(company).keys() == {"office"}
        assert store.journal.history(company, call("a").caller, 1e12).caller == "repeat"
        assert store.visitors.of(company, FIRST, 1000.0, 60.0) == {"source": "ads"}
    assert store.states.on_break("apex") == {"ann"} and store.contacts.count("apex") == 1


def test_forgotten_company_has_its_calls_and_revisions_alone(store: Store) -> None:
    fill(store, "acme")
    with pytest.raises(RulesError, match="remove it first"):
        store.companies.forget("acme")
    store.books.remove("acme", "me")
    store.books.save(small("globex", number=SECOND), "me", "another")
    store.states.set_agent("globex", "ann", "break", "me")
    gone = store.companies.forget("acme")
    forgotten = {table._meta.table_name for table in OF_COMPANIES} - {table._meta.table_name for table in ON_RECORD}
    assert set(gone) | {"contact_number"} == forgotten
    assert set(store.companies.rows("acme")) == {table._meta.table_name for table in ON_RECORD}
    assert store.states.on_break("globex") == {"ann"}
    store.books.rollback("acme", 1, "me")
    assert store.books.book("acme") is not None


def test_name_that_a_company_had_is_no_other_ones(store: Store) -> None:
    store.books.save(small("acme", number=FIRST), "me", "first")
    store.books.save(small("globex", number=SECOND), "me", "first")
    store.companies.rename("acme", "apex", "me", 1)
    for take in (
        lambda: store.books.save(small("acme", number="+13125550003"), "me", "a new one"),
        lambda: store.companies.rename("globex", "acme", "me", 2),
    ):
        with pytest.raises(RulesError, match="'acme' was the name of apex"):
            take()
    store.journal.write([call("late", company="acme")])
    assert [line.uuid for line in store.journal.list("apex")] == ["late"]


def test_header_of_each_revision_has_the_new_name(store: Store) -> None:
    for title in ("One", "Two"):
        book = small("acme")
        header = msgspec.structs.replace(book.header, title=title)
        store.books.save(msgspec.structs.replace(book, header=header), "me", title)
    store.companies.rename("acme", "apex", "me", 2)
    headers = [book.header for n in (1, 2, 3) if (book := store.books.book("apex", n))]
    assert [(header.company, header.title) for header in headers] == [("apex", "One"), ("apex", "Two"), ("apex", "Two")]
    assert isinstance(headers[0], Header)


def test_company_of_a_database_of_before_is_renamed(sqlite_url: str) -> None:
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript((ROOT / "tests" / "store" / "former" / "0010.sql").read_text())
    connection.close()
    with Store.open(sqlite_url) as store:
        (company,) = store.books.companies()
        before = store.books.book(company)
        assert before is not None
        revision = store.companies.rename(company, "apex", "me", before.revision)
        header = msgspec.structs.replace(before.header, company="apex")
        assert store.books.book("apex") == msgspec.structs.replace(before, header=header, revision=revision)
