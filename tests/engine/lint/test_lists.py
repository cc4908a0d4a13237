"""What lint finds about the lists that callers can be on."""

from __future__ import annotations

import pytest

from engine.lint.test_lint import book
from fsrouter.engine.lint.check import check
from fsrouter.engine.lint.lint import lint

BOOK = """
company: acme
lists: {lists}
routers: {{r: {{branches: [{{when: {{list: {test}}}, then: hangup}}], otherwise: "extension:1"}}}}
tracking_numbers: [{{number: "+18725550111", to: router:r}}]
"""


def said(test: str, lists: str = "{blocked: {title: Nuisance callers}, vip: {}}") -> tuple[list[str], list[str]]:
    """What is wrong with a rule book that has one test of the fact, and which of its lists nothing looks at."""
    found = book(BOOK.format(test=test, lists=lists))
    unused = [".".join(map(str, each.path)) for each in lint(found) if each.code == "unused"]
    return [str(problem) for problem in check(found)], unused


@pytest.mark.parametrize(
    ("test", "unused"),
    [
        ("blocked", ["lists.vip"]),
        ("Blocked", ["lists.vip"]),
        ("[blocked, vip]", []),
        ('"!= vip"', ["lists.blocked"]),
        ('"*"', []),
        ('"!= *"', []),
        ('"v*"', ["lists.blocked"]),
        ('"!= v*"', ["lists.blocked"]),
        ("contains lock", ["lists.vip"]),
    ],
)
def test_list_that_nothing_looks_at_is_unused(test: str, unused: list[str]) -> None:
    assert said(test) == ([], unused)


@pytest.mark.parametrize(
    ("test", "wrong"),
    [
        ("bloked", "there is no list 'bloked'; did you mean 'blocked'?"),
        ("[vip, bloked]", "there is no list 'bloked'; did you mean 'blocked'?"),
        ('"!= vips"', "there is no list 'vips'; did you mean 'vip'?"),
        ('"x*"', "no list of the rule book is x*"),
        ('"!= x*"', "no list of the rule book is != x*"),
        ("contains x", "no list of the rule book is contains x"),
    ],
)
def test_criterion_that_names_no_list_of_the_book_is_an_error(test: str, wrong: str) -> None:
    assert said(test)[0] == [f"routers.r.branches.0.when.list: {wrong}"]


def test_criterion_without_any_list_is_an_error() -> None:
    assert said('"*"', "{}")[0] == ["routers.r.branches.0.when.list: no list of the rule book is *"]
