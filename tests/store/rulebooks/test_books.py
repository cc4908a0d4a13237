"""Rule books: what was saved comes back, in every revision; what does not check out is never saved."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fsrouter.engine.model.company import Header
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.people import Agent
from fsrouter.engine.model.routers import Priority
from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.errors import RulesError
from fsrouter.store import Store
from store.books import acme, as_saved, books, rule, shape, small

with_numbers = itertools.count()
generated = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def rows_of(store: Store) -> int:
    return int(store._database.rows("SELECT count(*) FROM definition")[0][0])


def test_the_example_book_is_read_as_it_was_saved(store: Store) -> None:
    revision = store.books.save(acme(), "nancy", "first")
    found = store.books.book("acme")
    assert found == as_saved(acme(), revision)
    assert found is not None and shape(found) == shape(acme())
    assert store.books.companies() == ("acme",)


@generated
@given(data=st.data())
def test_every_revision_of_any_book_is_read_as_it_was_saved(store: Store, data: st.DataObject) -> None:
    n = next(with_numbers)
    wanted = data.draw(st.lists(books(f"c{n}", f"+1312{5550000 + n}"), min_size=1, max_size=4))
    snapshot, token = store.books.load()
    saved = []
    for book in wanted:
        saved.append((store.books.save(book, "me", "change"), book))
        snapshot, token = store.books.refresh(snapshot, token)
        assert snapshot.books[book.company] == as_saved(book, saved[-1][0])
        assert shape(snapshot.books[book.company]) == shape(book)
    for revision, book in saved:
        found = store.books.book(book.company, revision)
        assert found == as_saved(book, revision)
        assert found is not None and shape(found) == shape(book)
        for name, table in found.priorities.items():
            assert list(table.index.values()) == list(table.rules)
            assert table.index == Priority(rules=book.priorities[name].rules).index


@generated
@given(orders=st.lists(st.permutations(list("abcdefg")).flatmap(lambda p: st.integers(0, 7).map(lambda n: p[:n]))))
def test_refreshed_rules_in_any_order_are_as_if_read_anew(store: Store, orders: list[list[str]]) -> None:
    n = next(with_numbers)
    company, number = f"o{n}", f"+1773{5550000 + n}"
    store.books.save(small(company, number=number), "me", "empty")
    snapshot, token = store.books.load()
    for i, order in enumerate(orders):
        store.books.save(small(company, *map(rule, order), number=number), "me", str(i))
        if i % 2:  # every other time two revisions at once
            snapshot, token = store.books.refresh(snapshot, token)
            assert snapshot.books[company] == store.books.book(company)
            index = snapshot.books[company].priorities["clients"].index
            assert [key for _, key in index] == order


def test_nothing_changed_is_no_revision(store: Store) -> None:
    first = store.books.save(acme(), "nancy", "first")
    assert store.books.save(acme(), "johan", "again") == first
    assert [revision.who for revision in store.books.log("acme")] == ["nancy"]


def test_one_changed_rule_touches_one_row(store: Store) -> None:
    values = [f"c-{i}" for i in range(300)]
    store.books.save(small("acme", *map(rule, values)), "me", "many")
    before = rows_of(store)
    changed = [rule(value, kind="title") if value == "c-7" else rule(value) for value in values]
    changed.insert(100, rule("c-new"))
    del changed[200]
    store.books.save(small("acme", *changed), "me", "few")
    assert rows_of(store) == before + 2
    latest = store.books.log("acme")[0]
    assert (latest.added, latest.changed, latest.removed) == (2, 0, 2)
    assert list(store.books.changes("acme", latest.id)) == [
        ("removed", "priority_rules", "clients/contact/c-199"),
        ("removed", "priority_rules", "clients/contact/c-7"),
        ("added", "priority_rules", "clients/contact/c-new"),
        ("added", "priority_rules", "clients/title/c-7"),
    ]


def test_the_log_tells_who_when_and_how_much(store: Store) -> None:
    store.books.save(small("acme", rule("a"), rule("b")), "nancy", "first")
    store.books.save(small("acme", rule("a"), rule("b", "last"), rule("c")), "johan", "second")
    second, first = store.books.log("acme")
    assert (first.who, first.message, first.added, first.changed, first.removed) == ("nancy", "first", 6, 0, 0)
    assert (second.who, second.message, second.added, second.changed, second.removed) == ("johan", "second", 1, 1, 0)
    assert second.id > first.id and second.at >= first.at
    assert [revision.id for revision in store.books.log(limit=1)] == [second.id]


def test_rollback_is_a_new_revision_like_the_old_one(store: Store) -> None:
    first = store.books.save(small("acme", rule("a"), rule("b")), "nancy", "first")
    second = store.books.save(small("acme", rule("c")), "nancy", "second")
    third = store.books.rollback("acme", first, "johan")
    assert third > second
    assert store.books.book("acme") == as_saved(small("acme", rule("a"), rule("b")), third)
    assert store.books.book("acme", second) == as_saved(small("acme", rule("c")), second)
    assert store.books.log("acme")[0].message == f"rollback to {first}"
    with pytest.raises(RulesError, match="had no rule book as of revision 0"):
        store.books.rollback("acme", 0, "johan")


def test_a_book_that_does_not_check_out_never_replaces_one_that_does(store: Store) -> None:
    good = store.books.save(small("acme", rule("a")), "nancy", "first")
    with pytest.raises(RulesError, match=r"acme: priorities\.clients.*agent:ghost does not exist"):
        store.books.save(small("acme", rule("a", "ghost")), "nancy", "bad")
    assert store.books.book("acme") == as_saved(small("acme", rule("a")), good)
    assert store.books.token() == good


def test_two_rules_for_one_value_are_refused(store: Store) -> None:
    with pytest.raises(RulesError, match="two rules for title/boss"):
        store.books.save(small("acme", rule("Boss", kind="title"), rule("boss", kind="title")), "nancy", "twice")
    assert store.books.companies() == ()


def test_a_number_belongs_to_one_company(store: Store) -> None:
    store.books.save(small("acme"), "nancy", "first")
    with pytest.raises(RulesError, match=r"\+13125550100: belongs to acme"):
        store.books.save(small("globex"), "johan", "mine")
    moved = msgspec.structs.replace(small("acme"), tracking_numbers={})
    store.books.save(moved, "nancy", "given away")
    store.books.save(small("globex"), "johan", "mine")
    snapshot, _ = store.books.load()
    assert snapshot.numbers["+13125550100"].company == "globex"


def test_a_change_to_an_older_revision_is_a_conflict(store: Store) -> None:
    first = store.books.save(small("acme"), "nancy", "first", expected_revision=0)
    second = store.books.save(small("acme", rule("a")), "nancy", "second", expected_revision=first)
    with pytest.raises(RulesError, match=rf"changed by nancy in the meantime.*revision {second}.*revision {first}"):
        store.books.save(small("acme", rule("b")), "johan", "late", expected_revision=first)
    assert store.books.token() == second


def test_refresh_touches_only_what_changed(store: Store) -> None:
    store.books.save(small("acme", rule("a")), "nancy", "first")
    store.books.save(small("globex", rule("a"), number="+13125550101"), "nancy", "first")
    snapshot, token = store.books.load()
    assert store.books.token() == token
    assert store.books.refresh(snapshot, token) == (snapshot, token)
    assert store.books.refresh(snapshot, token)[0] is snapshot
    store.books.save(small("acme", rule("a"), rule("b")), "nancy", "second")
    fresh, newer = store.books.refresh(snapshot, token)
    assert store.books.token() == newer > token
    assert fresh.books["globex"] is snapshot.books["globex"]
    assert fresh.books["acme"].agents is snapshot.books["acme"].agents
    assert fresh.books["acme"].priorities["clients"].rules[0] is snapshot.books["acme"].priorities["clients"].rules[0]
    assert fresh.numbers["+13125550100"] is fresh.books["acme"]


def test_a_change_too_large_to_patch_is_read_anew(store: Store) -> None:
    store.books.save(small("acme"), "nancy", "empty")
    snapshot, token = store.books.load()
    store.books.save(small("acme", *(rule(f"c-{i}") for i in range(60))), "nancy", "sixty")
    snapshot, token = store.books.refresh(snapshot, token)
    assert snapshot.books["acme"] == store.books.book("acme")
    store.books.save(small("acme", *(rule(f"c-{i}") for i in range(2000))), "nancy", "thousands")
    snapshot, token = store.books.refresh(snapshot, token)
    assert len(snapshot.books["acme"].priorities["clients"].rules) == 2000


def test_a_table_keeps_its_rules_when_only_its_settings_change(store: Store) -> None:
    store.books.save(small("acme", rule("a"), rule("b")), "nancy", "first")
    snapshot, token = store.books.load()
    table = Priority(rules=(rule("a"), rule("b")), after_hours=(Destination("hangup"),))
    other = msgspec.structs.replace(small("acme"), priorities={"clients": table, "more": Priority(rules=(rule("z"),))})
    revision = store.books.save(other, "nancy", "second")
    fresh, _ = store.books.refresh(snapshot, token)
    assert fresh.books["acme"] == as_saved(other, revision)
    assert fresh.books["acme"].priorities["clients"].rules[0] is snapshot.books["acme"].priorities["clients"].rules[0]


def test_hostile_texts_are_values_and_nothing_else(store: Store) -> None:
    hostile = "'; DROP TABLE definition; -- %s ? \U0001f4a3 " + "x" * 1900
    book = RuleBook(
        header=Header(company="acme", title=hostile),
        agents={"a": Agent(title=hostile, endpoint="user/1")},
        priorities={"clients": Priority(rules=(rule(hostile, "a"), rule(hostile + "y", "a", kind="title")))},
    )
    revision = store.books.save(book, hostile, hostile)
    assert store.books.book("acme") == as_saved(book, revision)
    assert len(store.books.log("acme")[0].who) == 128


def test_a_company_without_a_rule_book_has_none(store: Store) -> None:
    assert store.books.book("nobody") is None
    assert store.books.load() == (Snapshot(), 0)
