"""The snapshot of all rule books: what is made once, and when it is made anew."""

from __future__ import annotations

from msgspec.structs import replace

from engine.books import book
from fsrouter.engine.model.rulebook import Snapshot

NUMBER = "+18725550111"
BOOK = book("", "hangup")
BEFORE = Snapshot().followed_by({"acme": BOOK})


def test_forms_of_numbers_stay_while_the_numbers_do() -> None:
    changed = replace(BOOK, revision=2)
    after = BEFORE.followed_by({"acme": changed})
    assert after.forms is BEFORE.forms
    assert after.dialled("8725550111") == (NUMBER, changed)


def test_forms_follow_numbers_and_countries() -> None:
    abroad = replace(BOOK, header=replace(BOOK.header, country="AU"))
    assert BEFORE.dialled("0011 1 872 555 0111") == ("0011 1 872 555 0111", None)
    assert BEFORE.followed_by({"acme": abroad}).dialled("0011 1 872 555 0111") == (NUMBER, abroad)
    gone = BEFORE.followed_by({"acme": replace(BOOK, tracking_numbers={})})
    assert gone.dialled("8725550111") == ("8725550111", None)
