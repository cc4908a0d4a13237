"""Tests of fsrouter/store/secrets.py, and of what a database of before asks for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from paths import ROOT

from fsrouter.errors import UsageError
from fsrouter.freeswitch.socket_secret import SocketSecret
from fsrouter.store import KnownSecret, Store
from fsrouter.store.migrate import APPLICATION_ID
from fsrouter.store.secrets import KEEP, Verdict
from store.clock import START, Clock


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    with Store.open(url, clock=clock) as opened:
        yield opened


def verdicts(store: Store, clock: Clock, *shown: str) -> list[Verdict]:
    return [store.secrets.known().verdict(each, clock()) for each in shown]


def test_new_database_believes_nobody_until_a_secret_was_made(store: Store, clock: Clock) -> None:
    assert verdicts(store, clock, "", "anything") == [Verdict.CLOSED] * 2
    secret = SocketSecret(store.secrets, "key").first()
    assert verdicts(store, clock, secret, "", "anything", secret[:-1], secret + "0") == [
        Verdict.RIGHT, Verdict.NONE, Verdict.WRONG, Verdict.WRONG, Verdict.WRONG,
    ]  # fmt: skip


def test_first_secret_is_made_once(store: Store) -> None:
    made = SocketSecret(store.secrets, "key").first()
    assert len(made) == 64
    assert SocketSecret(store.secrets, "key").first() == made
    assert SocketSecret(store.secrets, "key").current() == made


def test_former_secret_is_right_for_a_day_after_a_change(store: Store, clock: Clock) -> None:
    secret = SocketSecret(store.secrets, "key")
    first, second = secret.first(), secret.change()
    assert verdicts(store, clock, first, second, "") == [Verdict.FORMER, Verdict.RIGHT, Verdict.NONE]
    clock.now += KEEP - 1
    assert verdicts(store, clock, first, second) == [Verdict.FORMER, Verdict.RIGHT]
    clock.now += 1
    assert verdicts(store, clock, first, second) == [Verdict.WRONG, Verdict.RIGHT]


def test_change_at_once_leaves_no_other_right(store: Store, clock: Clock) -> None:
    secret = SocketSecret(store.secrets, "key")
    first, second, third = secret.first(), secret.change(), secret.change(0)
    assert verdicts(store, clock, first, second, third) == [Verdict.WRONG, Verdict.WRONG, Verdict.RIGHT]


def test_secret_stands_nowhere_as_it_is(store: Store) -> None:
    secret = SocketSecret(store.secrets, "key")
    first, second = secret.first(), secret.change()
    kept = (str(store.secrets.known()), store.secrets.sealed(), repr(secret))
    assert not any(each in text for each in (first, second) for text in kept)


def test_secret_sealed_by_another_key_is_not_read_but_known_again(store: Store) -> None:
    made = SocketSecret(store.secrets, "one").first()
    other = SocketSecret(store.secrets, "two")
    with pytest.raises(UsageError, match="--new-secret"):
        other.current()
    with pytest.raises(UsageError, match="key_file"):
        other.current("some other text")
    assert other.current(made) == made, "a file of before has it"
    assert other.change() != made


@pytest.mark.parametrize("known", [KnownSecret(), KnownSecret(current=""), KnownSecret(current="a", previous="b")])
def test_text_of_any_kind_has_a_verdict(known: KnownSecret) -> None:
    for shown in ("", "\0", "ä" * 10, "\ud800", "-", "a", "b"):
        known.verdict(shown, START)


@pytest.fixture
def of_before(sqlite_url: str, clock: Clock) -> Iterator[Store]:
    """A database as the version before this one left it."""
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript((ROOT / "tests" / "store" / "former" / "0009.sql").read_text())
    connection.close()
    with Store.open(sqlite_url, clock=clock) as opened:
        yield opened


def test_database_of_before_asks_for_no_secret_until_one_was_made(of_before: Store, clock: Clock) -> None:
    assert of_before.books.companies(), "it has what it had"
    assert verdicts(of_before, clock, "", "anything") == [Verdict.UNASKED] * 2
    secret = SocketSecret(of_before.secrets, "key").first()
    assert verdicts(of_before, clock, secret, "", "anything") == [Verdict.RIGHT, Verdict.FORMER, Verdict.WRONG]
    clock.now += KEEP
    assert verdicts(of_before, clock, secret, "") == [Verdict.RIGHT, Verdict.NONE]
