"""Tokens that one router asks for and all take."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fsrouter.store import Store, StoredToken
from fsrouter.store.tokens import FORGET
from store.clock import START, Clock


@pytest.fixture
def shared(url: str, clock: Clock) -> Iterator[Store]:
    with Store.open(url, clock=clock) as store:
        yield store


def test_one_at_a_time_has_the_lease(shared: Store, clock: Clock) -> None:
    tokens = shared.tokens
    assert tokens.get("a") == StoredToken(name="a")
    assert tokens.lease("a", "one", 30).lease_by == "one"
    assert tokens.lease("a", "two", 30).lease_by == "one"
    assert tokens.lease("b", "two", 30).lease_by == "two"
    tokens.release("a", "two")
    assert tokens.lease("a", "two", 30).lease_by == "one"
    tokens.release("a", "one")
    assert tokens.lease("a", "two", 30).lease_by == "two"
    clock.now += 30
    assert tokens.lease("a", "one", 30).lease_by == "one"


def test_what_is_put_is_there_for_all_and_only_by_who_has_the_lease(shared: Store) -> None:
    tokens = shared.tokens
    tokens.lease("a", "one", 30)
    tokens.put("a", "two", "forged", START, START + 60)
    assert tokens.get("a").sealed == ""
    tokens.put("a", "one", "sealed", START, START + 60)
    assert tokens.get("a") == StoredToken(name="a", sealed="sealed", issued=START, ends=START + 60)


def test_who_is_told_to_rest_says_so(shared: Store) -> None:
    tokens = shared.tokens
    tokens.lease("a", "one", 30)
    tokens.release("a", "one", START + 600)
    assert tokens.lease("a", "two", 30).rests == START + 600
    tokens.put("a", "two", "sealed", START, START + 60)
    assert tokens.get("a").rests == 0.0


def test_old_tokens_are_forgotten_and_no_lease_that_holds(shared: Store, clock: Clock) -> None:
    tokens = shared.tokens
    for name in ("old", "new"):
        tokens.lease(name, "one", 30)
        tokens.put(name, "one", "sealed", clock.now, clock.now + 60)
        clock.now += FORGET + 61
    tokens.lease("asked for", "two", 30)
    tokens.lease("newest", "one", 30)
    tokens.put("newest", "one", "sealed", clock.now, clock.now + 60)
    assert [bool(tokens.get(name).sealed) for name in ("old", "new", "newest")] == [False, False, True]
    assert tokens.get("asked for").lease_by == "two"
