"""Splits: a drawn number decides."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.books import book, traced, walked
from fsrouter.engine.model.routers import Share, Split
from fsrouter.engine.walk.branching import drawn_branch
from fsrouter.rules.file_errors import InvalidFile

WEIGHTS = st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any)


def split(*weights: int) -> Split:
    return Split(branches=tuple(Share(weight=weight, then=()) for weight in weights))


@given(WEIGHTS)
def test_split_shares_are_exact(weights):
    draws = sum(weights) * 5
    found = Counter(drawn_branch(split(*weights), (2 * i + 1) / (2 * draws)) for i in range(draws))
    assert found == {i: weight * 5 for i, weight in enumerate(weights) if weight}


@given(WEIGHTS, st.floats(0, 1))
def test_zero_weight_branch_is_never_drawn(weights, drawn):
    assert weights[drawn_branch(split(*weights), drawn)] > 0


TRIAL = """
splits:
  t: {branches: [{weight: 90, then: agent:nancy}, {weight: 0, then: hangup}, {weight: 10, then: agent:johan}]}
"""


@pytest.mark.parametrize(
    ("drawn", "rung"), [(0.0, "nancy"), (0.899, "nancy"), (0.9, "johan"), (0.999, "johan"), (1.0, "johan")]
)
def test_draw_decides_the_split_and_is_traced(drawn, rung):
    walk = walked(book(TRIAL, to="split:t"), draw=drawn)
    assert walk.destination == f"agent:{rung}"
    assert f"drew {drawn:.4f}; this branch gets {90 if rung == 'nancy' else 10} of 100 calls" in traced(walk)


def test_unanswered_split_branch_is_exhausted():
    walk = walked(book(TRIAL, to="[split:t, voicemail:main]"), unanswered=1)
    assert walk.destination == "voicemail:main"


def test_split_without_weight_is_refused():
    with pytest.raises(InvalidFile, match="weight above 0"):
        book("splits: {t: {branches: [{weight: 0, then: hangup}]}}")
