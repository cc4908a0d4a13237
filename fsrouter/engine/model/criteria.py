"""Tests on facts: `">= 4"`, `"*implant*"`, `unknown`, lists of them.

A fact that is not known satisfies no test but `unknown`; `*` means known and is
the only wildcard; text is compared whole and without case; two numbers compare as numbers; a list of tests means
any of them; a fact that is itself a list holds if any of its elements does, and for `!=` if none is equal. Such a fact
is always known: `unknown` never holds for it, and of one without elements only `!=` does.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Annotated, Any

from msgspec import Struct

from fsrouter.engine.model.fact_names import Fact
from fsrouter.engine.model.foreign_tests import remedy
from fsrouter.engine.model.scalars import MAX_TEXT, Context, Scalar
from fsrouter.engine.model.schema import OneOrMany
from fsrouter.engine.numbers.renumbered import alike, compared
from fsrouter.engine.text import find
from fsrouter.errors import Refused

ORDER = (">=", "<=", ">", "<")
#: A date, and perhaps a time as CRMs write it; whatever follows (fractions, a zone) does not count.
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?)?.*")
NUMERIC = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")


class Test(Struct, frozen=True, array_like=True):
    """One test: `op` is `=`, `!=`, `<`, `<=`, `>`, `>=`, `contains`, `known` or `unknown`; `value` what it compares
    with.
    """

    __test__ = False

    op: str
    value: str = ""

    def holds(self, fact: Fact) -> bool:
        """Whether a fact satisfies this test; `fact` is None when it is not known."""
        if self.op == "unknown":
            return fact is None
        if fact is None:
            return False
        return HOLDS[self.op](self.value, fact if isinstance(fact, tuple) else (fact,))

    def __str__(self) -> str:
        if self.op in ("known", "unknown"):
            return "*" if self.op == "known" else "unknown"
        return self.value if self.op == "=" else f"{self.op} {self.value}"


Tests = tuple[Test, ...]


def read(text: str, context: Context, expressions: bool = True) -> Test:
    """Read one test, whatever fact it is of. Raises Refused when an operator lacks its value, and for tests as other
    products write them (`foreign_tests`).
    """
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise Refused(f"is no test: it is longer than {MAX_TEXT} characters")
    if found := find(text):
        raise Refused(str(found))
    if text in ("*", "unknown"):
        return Test("known" if text == "*" else "unknown")
    if foreign := remedy(text, expressions):
        raise Refused(foreign)
    for op in ("!=", *ORDER):
        if text.startswith(op):
            return Test(op, _operand(op, text[len(op) :].strip()))
    if text == "contains" or text.startswith("contains "):
        return Test("contains", _operand("contains", text[8:].strip()))
    if not text:
        raise Refused("is an empty test; write unknown for a fact that is not known")
    return Test("=", text)


def _operand(op: str, value: str) -> str:
    if not value:
        raise Refused(f"lacks what {op} compares with")
    if op in ORDER and not NUMERIC.fullmatch(value) and not date_of(value):
        raise Refused(f"compares by {op} with neither a number nor a date (2026-12-24)")
    return value


#: Not as other products write tests (`foreign_tests`).
_HERE = r"^(?!\s*(?:[=~\u2260\u2264\u2265]|<>|!(?!=)))"
TEST = Scalar("test", read, str, {"type": ["string", "number", "boolean"], "pattern": _HERE})
AnyOf = Annotated[tuple[Annotated[Test, TEST], ...], OneOrMany]


def any_holds(tests: Tests, fact: Fact) -> bool:
    """Whether a fact satisfies any of several tests."""
    return any(test.holds(fact) for test in tests)


def always(tests: Tests) -> bool:
    """Whether several tests of a single value hold for every one: two `!=` in one list exclude nothing that is not
    equal to both.
    """
    values = [t.value for t in tests if t.op == "!="]
    pairs = itertools.combinations(values, 2)
    return any(not equal(a, b) and not equal(b, a) and "*" not in (a if "*" in b else "") for a, b in pairs)


def format_tests(tests: Tests) -> str:
    """Tests as people read them: `spring or summer`."""
    return " or ".join({"known": "anything", "unknown": "not known"}.get(t.op, str(t)) for t in tests)


def fold(text: str) -> str:
    """Text as it is compared: without case and without space around it."""
    return text.strip().casefold()


def equal(value: str, fact: str) -> bool:
    """Whether a fact equals a test's value: as telephone numbers (E.164) or as numbers when both are, else as text
    without case, `*` standing for anything.
    """
    if value[:1] == fact[:1] == "+":
        if "*" in value:
            return any(_wild(fold(value), fold(number)) for number in alike(fact))
        value, fact = compared(value), compared(fact)
    if NUMERIC.fullmatch(value) and NUMERIC.fullmatch(fact.strip()):
        return float(value) == float(fact)
    if "*" in value:
        return _wild(fold(value), fold(fact))
    return fold(value) == fold(fact)


def _wild(pattern: str, text: str) -> bool:
    """Whether a text is the pattern's parts in their order, anything between them.

    Each part is taken where it first fits, which never hides a match; so a hostile text takes linear time, where a
    regular expression would try every way to part it.
    """
    first, *between, last = pattern.split("*")
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in between:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def compare(op: str, value: str, fact: str) -> bool | None:
    """Order two texts as numbers, else as ISO dates; None when they are neither."""
    fact, value = fact.strip(), value.strip()
    if NUMERIC.fullmatch(value) and NUMERIC.fullmatch(fact):
        return COMPARE[op](float(fact), float(value))
    left, right = date_of(fact), date_of(value)
    return COMPARE[op](left, right) if left and right else None


def date_of(text: str) -> str:
    """A text's ISO date (and time, when it has one) in a form that sorts, or ""."""
    found = _DATE.fullmatch(text)
    if not found:
        return ""
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}{found[3] or ':00'}").isoformat()
    except ValueError:
        return ""


COMPARE: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}

HOLDS: dict[str, Callable[[str, tuple[str, ...]], bool]] = {
    "=": lambda value, facts: any(equal(value, f) for f in facts),
    "!=": lambda value, facts: not any(equal(value, f) for f in facts),
    "contains": lambda value, facts: any(fold(value) in fold(f) for f in facts),
    "known": lambda value, facts: bool(facts),
    **{op: (lambda value, facts, op=op: any(compare(op, value, f) for f in facts)) for op in ORDER},  # type: ignore[misc]
}
