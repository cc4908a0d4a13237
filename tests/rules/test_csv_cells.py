"""Cells of CSV files: routes, yes and no."""

from __future__ import annotations

import pytest

from fsrouter.rules import csv_cells


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("queue:vip", "queue:vip"),
        ("say:Hello, world; how are you", "say:Hello, world; how are you"),
        ("play:tone_stream://%(200,0,440)", "play:tone_stream://%(200,0,440)"),
        ("queue:vip, voicemail:main", ["queue:vip", "voicemail:main"]),
        ("say:One, two;hangup", ["say:One, two", "hangup"]),
        ("queue:vip | hangup\ntag:x", ["queue:vip", "hangup", "tag:x"]),
    ],
)
def test_cell_is_split_only_where_a_destination_follows(text: str, tree: object) -> None:
    assert csv_cells.route(text) == tree


def test_cells_that_say_yes_and_no() -> None:
    assert [csv_cells.yes(text) for text in ("yes", "Y", "1", "x", " TRUE ", "", "no", "0")] == [True] * 5 + [False] * 3
    with pytest.raises(ValueError, match="'perhaps' is neither yes nor no"):
        csv_cells.yes("perhaps")
