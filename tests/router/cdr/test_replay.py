"""Replay: an unchanged rule book takes every call the way that it took, whatever happened to it."""

from __future__ import annotations

from engine.walk.test_walk_properties import SLOW, calls_on_books
from hypothesis import assume, given
from hypothesis import strategies as st
from lives import Life, places_of

from fsrouter.engine.walk.replay import CUT, SAME, UNKNOWN, replay
from fsrouter.store.what_if import past


@SLOW
@given(calls_on_books(), st.integers(0, 2**32), st.sampled_from([0.0, 0.05, 0.3]))
def test_unchanged_rule_book_changes_no_call(call, seed, often):
    book, facts = call
    record = Life(book, facts, seed, often, places_of(book)).record()
    assume(record.walks)
    verdict = replay(book, past(record))
    assert verdict.how == SAME or (verdict.how, verdict.why) == (UNKNOWN, CUT), (verdict, record.walks)
