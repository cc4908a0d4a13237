"""Does one test always hold where another one does? And which branch does that leave nothing to decide?

All of it is sound and none of it complete: what is said to be implied is implied for every fact, and a branch that is
said to be covered never decides; what is too subtle to be seen here is passed over in silence. The semantics are
those of `criteria`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from fsrouter.engine.model import criteria
from fsrouter.engine.model.criteria import COMPARE, NUMERIC, ORDER, Test, Tests
from fsrouter.engine.model.criterion import SCHEDULE_TESTS
from fsrouter.engine.model.fact_names import LISTS
from fsrouter.engine.numbers.renumbered import compared

UNKNOWN = Test("unknown")

When = Mapping[str, Tests]


def implies(fact: str, test: Test, other: Test) -> bool:
    """Whether whatever value of a fact satisfies `test` also satisfies `other`."""
    if fact in SCHEDULE_TESTS:
        return test.value == other.value
    if "unknown" in (test.op, other.op):
        return test.op == other.op
    if fact in LISTS and (other.op == "!=") != (test.op == "!="):
        # One element says nothing of the others, and that one is missing says nothing of whether there are any.
        return False
    if other.op == "known" or (other.op == "=" and not other.value.strip("*")):
        return True
    # Two numbers of one subscriber are one, though their digits are not the same.
    whole = other.op in ("=", "!=") and other.value.startswith("+")
    if test.value.startswith("+54") and not whole:
        return False
    test, other = Test(test.op, compared(test.value)), Test(other.op, compared(other.value))
    return IMPLIES[test.op](test, other) if test.op in IMPLIES else False


def _equal(test: Test, other: Test) -> bool:
    """From `= 3`, `= gold`, `= g*d`."""
    if "*" in test.value:
        return _pattern(test, other)
    if NUMERIC.fullmatch(test.value):
        return _figure(float(test.value), other)
    if other.op in ("=", "!="):
        return criteria.equal(other.value, test.value) == (other.op == "=")
    if other.op == "contains":
        return criteria.fold(other.value) in criteria.fold(test.value)
    # Without regard to case a date's T may be a t, which is none.
    return all(criteria.compare(other.op, other.value, text) for text in (test.value.upper(), test.value.lower()))


def _figure(value: float, other: Test) -> bool:
    """From a number, which may be written in many ways."""
    if not NUMERIC.fullmatch(other.value):
        return other.op == "!=" and "*" not in other.value
    if other.op in ORDER:
        return COMPARE[other.op](value, float(other.value))
    return other.op in ("=", "!=") and (value == float(other.value)) == (other.op == "=")


def _pattern(test: Test, other: Test) -> bool:
    """From text with wildcards in it: a star of one pattern can only be swallowed by a star of the other."""
    if other.op == "=":
        return "*" in other.value and criteria.equal(other.value, test.value)
    if other.op == "!=":
        concrete = "*" not in other.value and not NUMERIC.fullmatch(other.value)
        return concrete and not criteria.equal(test.value, other.value)
    return other.op == "contains" and any(
        criteria.fold(other.value) in part for part in criteria.fold(test.value).split("*")
    )


def _contains(test: Test, other: Test) -> bool:
    if other.op == "contains":
        return criteria.fold(other.value) in criteria.fold(test.value)
    return other.op == "=" and "*" in other.value and criteria.equal(other.value, f"*{test.value}*")


def _ordered(test: Test, other: Test) -> bool:
    """From `>= 3` or `< 2026-12-24`, which only numbers, or only dates, satisfy."""
    if other.op == "!=":
        if NUMERIC.fullmatch(test.value) and NUMERIC.fullmatch(other.value):
            return not COMPARE[test.op](float(other.value), float(test.value))
        return bool(NUMERIC.fullmatch(test.value)) and "*" not in other.value
    if other.op not in ORDER or test.op[0] != other.op[0]:
        return False
    if NUMERIC.fullmatch(test.value) and NUMERIC.fullmatch(other.value):
        ends: tuple[float | str, float | str] = float(test.value), float(other.value)
    else:
        ends = criteria.date_of(test.value), criteria.date_of(other.value)
    if not all(isinstance(end, float) or end for end in ends):
        return False
    return COMPARE[test.op[0]](*ends) or (ends[0] == ends[1] and not (len(test.op) == 2 and len(other.op) == 1))


def _unequal(test: Test, other: Test) -> bool:
    return other.op == "!=" and implies("", Test("=", other.value), Test("=", test.value))


IMPLIES = {
    "=": _equal,
    "!=": _unequal,
    "contains": _contains,
    **dict.fromkeys(ORDER, _ordered),
}


def holds_with(when: When, fact: str, tests: Tests) -> bool:
    """Whether one criterion always holds where all criteria of a branch do."""
    given = when.get(fact, ())
    if given and all(any(implies(fact, test, other) for other in tests) for test in given):
        return True
    return everything(fact, tests)


def everything(fact: str, tests: Sequence[Test], known: bool = False) -> bool:
    """Whether tests leave out no value of a fact, nor that it is not known (unless it is `known`, as lists are)."""
    if fact in SCHEDULE_TESTS or not (known or fact in LISTS or UNKNOWN in tests):
        return False
    if fact not in LISTS and any(implies(fact, Test("known"), test) for test in tests):
        return True
    return any(
        test.op == "!="
        and any(other.op in ("=", "known") and implies(fact, Test("=", test.value), other) for other in tests)
        for test in tests
    )


def covering(branches: Sequence[When], i: int) -> list[int]:
    """The branches before branch `i` that between them always decide where it would; none when it may decide.

    Either one of them holds wherever it does; or several do whose criteria would, but for one fact, and which leave
    out no value that this fact can have there (`open: office`, then `closed: office`).
    """
    when = branches[i]
    together: dict[str, list[tuple[int, Test]]] = {}
    for earlier, other in enumerate(branches[:i]):
        # Two that are missing are as good as ten, and most branches of a long router miss two at once.
        lacking = ((fact, tests) for fact, tests in other.items() if not holds_with(when, fact, tests))
        missing = list(itertools.islice(lacking, 2))
        if not missing:
            return [earlier]
        if len(missing) == 1:
            fact, tests = missing[0]
            together.setdefault(fact, []).extend((earlier, test) for test in tests)
    for fact, found in together.items():
        tests = tuple(test for _, test in found)
        known = bool(when.get(fact)) and UNKNOWN not in when[fact]
        if holds_with(when, fact, tests) or everything(fact, tests, known):
            return sorted({earlier for earlier, _ in found})
    return _at_any_hour(together)


def _at_any_hour(together: Mapping[str, list[tuple[int, Test]]]) -> list[int]:
    closed = {test.value: earlier for earlier, test in together.get("closed", ())}
    pairs = ((i, closed[test.value]) for i, test in together.get("open", ()) if test.value in closed)
    return sorted(next(pairs, ()))
