"""`docs/cdr.md` names every field of a record, every outcome and everything that a walk asks."""

from __future__ import annotations

import re

from paths import DOCS

from fsrouter.engine.walk.steps import ASKED
from fsrouter.store.calls.records import COLUMNS, OUTCOMES

ROWS = [
    line.split("|")[1:-1] for line in (DOCS / "cdr.md").read_text(encoding="utf-8").splitlines() if line[:3] == "| `"
]
NAMED = {name for row in ROWS for name in re.findall(r"`([a-z_-]+)`", row[0])}


def test_every_field_outcome_and_question_is_named() -> None:
    asked = {word for word, _ in ASKED.values()}
    assert (set(COLUMNS) - {"walks"}) | set(OUTCOMES) | asked | {"goto", "steps"} == NAMED


def test_outcomes_are_told_in_their_own_words() -> None:
    assert {row[0].strip(" `"): row[1].strip() for row in ROWS}.items() >= OUTCOMES.items()
