"""Who is shown which number of a pool, and what is known of a visit when the number is called."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsrouter.store import Store, limits
from fsrouter.store.visitors import FACTS, PAGE, REMEMBERED

POOL = ("+18725550120", "+18725550121", "+18725550122")
HOLD = 1800.0
NOON = 1_800_000_000.0

ASSIGN = """
import sys
from fsrouter.store import Store
numbers = [f"+1872555{i:04}" for i in range(60)]
with Store.open(sys.argv[1]) as store:
    for i in range(20):
        print(store.visitors.assign("acme", numbers, f"{sys.argv[2]}-{i}", {}, 1800.0, 1e9))
"""


def shown(store: Store, session: str, now: float = NOON, hold: float = HOLD, **facts: str) -> str | None:
    return store.visitors.assign("acme", POOL, session, facts, hold, now)


def called(store: Store, number: str | None, now: float = NOON, hold: float = HOLD) -> dict[str, str]:
    assert number is not None
    return store.visitors.of("acme", number, now, hold)


def test_each_visitor_keeps_a_number_of_their_own(store: Store) -> None:
    assert [shown(store, each) for each in "abc"] == list(POOL)
    assert [shown(store, each, NOON + 5) for each in "cba"] == [*reversed(POOL)]


def test_a_pool_without_numbers_gives_none(store: Store) -> None:
    assert store.visitors.assign("acme", (), "a", {}, HOLD, NOON) is None


def test_visitors_belong_to_one_company(store: Store) -> None:
    shown(store, "a", keyword="implants")
    assert store.visitors.assign("globex", POOL[:1], "b", {}, HOLD, NOON) == POOL[0]
    assert called(store, POOL[0]) == {"keyword": "implants"}
    assert store.visitors.of("globex", POOL[0], NOON, HOLD) == {}


@pytest.mark.parametrize(
    ("seen", "given_to_the_next"),
    [
        ((0, 10, 20), POOL[0]),  # all are held: who was seen longest ago loses theirs
        ((20, 0, 10), POOL[1]),
        ((HOLD + 50, 0, HOLD + 40), POOL[1]),  # one is free
        ((HOLD + 50, 10, 0), POOL[2]),  # two are free: the one that has rested longest
    ],
)
def test_the_next_visitor_has_the_number_that_was_not_seen_for_longest(
    store: Store, seen: tuple[float, ...], given_to_the_next: str
) -> None:
    for session in "abc":
        shown(store, session, NOON - 1)
    for session, at in sorted(zip("abc", seen, strict=True), key=lambda each: each[1]):
        shown(store, session, NOON + at)
    assert shown(store, "d", NOON + max(seen) + 1) == given_to_the_next


def test_a_number_that_was_never_shown_comes_before_one_that_has_rested(store: Store) -> None:
    shown(store, "a")
    assert shown(store, "b", NOON + 10 * HOLD) == POOL[1]


def test_being_seen_prolongs_the_hold(store: Store) -> None:
    for step in range(5):
        assert shown(store, "a", NOON + step * (HOLD - 1), landing=f"/{step}") == POOL[0]
    assert called(store, POOL[0], NOON + 5 * HOLD) == {"landing": "/0"}


def test_the_first_facts_of_a_visit_stay_but_the_active_page(store: Store) -> None:
    shown(store, "a", landing="/offers/1", active_page="/offers/1", campaign="", referrer="https://a.example/")
    shown(store, "a", NOON + 1, landing="/team", active_page="/team", campaign="spring", referrer="")
    first = {"landing": "/offers/1", "referrer": "https://a.example/", "campaign": "spring"}
    assert called(store, POOL[0]) == {**first, "active_page": "/team"}
    shown(store, "a", NOON + 2)
    assert called(store, POOL[0])["active_page"] == "/team"


def test_a_visitor_who_returns_after_the_hold_begins_a_new_visit_with_the_same_number(store: Store) -> None:
    shown(store, "z")
    assert shown(store, "a", landing="/old", keyword="implants") == POOL[1]
    assert shown(store, "a", NOON + HOLD, landing="/new") == POOL[1]
    assert called(store, POOL[1], NOON + HOLD) == {"landing": "/new"}


def test_a_visitor_whose_number_was_given_away_gets_another(store: Store) -> None:
    store.visitors.assign("acme", POOL[:1], "a", {"keyword": "a"}, HOLD, NOON)
    store.visitors.assign("acme", POOL[:1], "b", {"keyword": "b"}, HOLD, NOON + 1)
    assert called(store, POOL[0]) == {"keyword": "b"}
    assert store.visitors.assign("acme", POOL[:2], "a", {"keyword": "a"}, HOLD, NOON + 3) == POOL[1]


@pytest.mark.parametrize(
    ("hold", "after", "known"),
    [
        (HOLD, HOLD + 1, True),
        (HOLD, REMEMBERED - 1, True),
        (HOLD, REMEMBERED, False),
        (2 * REMEMBERED, 2 * REMEMBERED - 1, True),
        (2 * REMEMBERED, 2 * REMEMBERED, False),
    ],
)
def test_a_visit_is_remembered_after_the_hold(store: Store, hold: float, after: float, known: bool) -> None:
    shown(store, "a", hold=hold, keyword="implants")
    assert called(store, POOL[0], NOON + after, hold) == ({"keyword": "implants"} if known else {})


def test_a_number_that_was_never_shown_has_no_visit(store: Store) -> None:
    assert called(store, POOL[2]) == {}


def test_a_number_that_left_the_pool_is_shown_no_more(store: Store) -> None:
    assert shown(store, "a") == POOL[0]
    assert store.visitors.assign("acme", POOL[1:], "a", {}, HOLD, NOON + 1) == POOL[1]


def test_held_numbers_are_counted(store: Store) -> None:
    shown(store, "a", NOON - HOLD)
    shown(store, "b")
    assert store.visitors.held("acme", POOL, NOON - HOLD) == 1
    assert store.visitors.held("acme", POOL[2:], 0.0) == store.visitors.held("globex", POOL, 0.0) == 0


def test_old_visits_are_forgotten(store: Store) -> None:
    shown(store, "a", NOON, keyword="old")
    shown(store, "b", NOON + 10, keyword="new")
    assert store.visitors.sweep(NOON + 10) == 1
    assert (called(store, POOL[0]), called(store, POOL[1])) == ({}, {"keyword": "new"})
    assert store.visitors.sweep(NOON + 10) == 0


def test_texts_of_strangers_are_bounded(store: Store) -> None:
    hostile = {name: "'); DROP TABLE visit; --\0\ud800" + "x" * 10_000 for name in (*FACTS, "from", "seen")}
    assert shown(store, "s" * 5000, **hostile) == POOL[0] == shown(store, "s" * 5000, NOON + 1)
    found = called(store, POOL[0])
    assert set(found) == set(FACTS)
    assert (len(found["landing"]), len(found["keyword"])) == (PAGE, limits.TEXT)
    assert "\0" not in found["landing"] and found["landing"].startswith("'); DROP TABLE")


def test_several_processes_give_no_number_twice(url: str) -> None:
    Store.open(url).close()
    givers = [
        subprocess.Popen([sys.executable, "-c", ASSIGN, url, name], stdout=subprocess.PIPE, text=True) for name in "abc"
    ]
    given_away = [number for giver in givers for number in giver.communicate(timeout=25)[0].split()]
    assert len(given_away) == 60 and Counter(given_away).most_common(1)[0][1] == 1


visits = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 1500)), max_size=20)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database for all examples of a property."""
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('visits')}/visits.db") as opened:
        yield opened


@settings(deadline=None)
@given(visits)
def test_no_visitor_loses_a_number_while_another_is_free(shared: Store, visits: list[tuple[str, int]]) -> None:
    shared.visitors.sweep(float("inf"))
    now, seen, has = NOON, {}, {}
    for session, later in visits:
        now += later
        number = shown(shared, session, now)
        assert number in POOL
        loser = next((who for who, shown in has.items() if shown == number and who != session), None)
        if loser is not None and now - seen[loser] < HOLD:
            assert all(now - seen[who] < HOLD for who in has) and len(has) == len(POOL)
            assert seen[loser] == min(seen[who] for who in has)
        has.pop(loser, None)
        seen[session], has[session] = now, number
