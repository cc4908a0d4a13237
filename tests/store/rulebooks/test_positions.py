"""Positions: they grow, and as many as can be stay."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.store.rulebooks.diff import arrange

finite = st.floats(-1e6, 1e6)


@given(st.lists(st.none() | finite, max_size=30))
def test_positions_always_grow(old: list[float | None]) -> None:
    new = arrange(old)
    assert len(new) == len(old)
    assert all(a < b for a, b in itertools.pairwise(new))


@given(st.lists(st.integers(0, 1000), unique=True, max_size=30).map(sorted), st.data())
def test_rows_that_stay_in_order_keep_their_positions(old: list[int], data: st.DataObject) -> None:
    row: list[float | None] = [float(position) for position in old]
    for _ in range(data.draw(st.integers(0, 3))):
        row.insert(data.draw(st.integers(0, len(row))), None)
    assert [new for new, was in zip(arrange(row), row, strict=True) if was is not None] == list(map(float, old))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([], []),
        ([None, None, None], [0.0, 1.0, 2.0]),
        ([0.0, None, 1.0], [0.0, 0.5, 1.0]),
        ([None, 0.0], [-1.0, 0.0]),
        ([0.0, 1.0, None], [0.0, 1.0, 2.0]),
        ([3.0, 0.0, 1.0, 2.0], [-1.0, 0.0, 1.0, 2.0]),
        ([1.0, 2.0, 0.0], [1.0, 2.0, 3.0]),
        ([1.0, 1.0], [0.0, 1.0]),
        ([1.0, None, 1.0000000000000002], [0.0, 1.0, 2.0]),
    ],
)
def test_positions_of_examples(old: list[float | None], new: list[float]) -> None:
    assert arrange(old) == new
