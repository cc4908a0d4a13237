"""A criterion of a rule book as it is read: a fact, and tests that its value can satisfy.

What a test compares with must be a value that its fact can have (`fact_values`); a telephone number is read as
everywhere, and the beginning of numbers is a plus, digits and one `*` at the end.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Annotated, Any

from fsrouter.engine.model import criteria, fact_names, fact_values
from fsrouter.engine.model.criteria import ORDER, Test
from fsrouter.engine.model.scalars import Context, Scalar
from fsrouter.engine.model.schema import OneOrMany
from fsrouter.engine.numbers.notation import noted
from fsrouter.engine.numbers.numbering import calling_code, national_prefix
from fsrouter.engine.numbers.read import beginning
from fsrouter.errors import Refused

#: The two criteria that are no facts: a schedule that must be open, or closed.
SCHEDULE_TESTS = ("open", "closed")
#: Facts whose values are paths or addresses: text between two slashes is one.
_PAGES = ("active_page", "landing", "referrer")


def read(fact: str, text: str, context: Context) -> Test:
    """One test of a fact. Raises Refused when it is none, or compares with what the fact can never be."""
    test = criteria.read(text, context, expressions=fact not in _PAGES)
    if fact in fact_names.NUMBERS:
        return _of_number(test, context)
    if test.op in ("=", "!=") and "*" not in test.value:
        return Test(test.op, fact_values.read(fact, test.value, context))
    return test


def _of_number(test: Test, context: Context) -> Test:
    if test.op in ORDER:
        raise Refused(f"compares a telephone number by {test.op}, and none is more or less than another")
    if test.op not in ("=", "!="):
        return test
    if "*" not in test.value:
        return Test(test.op, fact_values.read("from", test.value, context))
    return Test(test.op, _beginning(test.value, context))


def _beginning(text: str, context: Context) -> str:
    start = text[:-1]
    if not text.endswith("*") or "*" in start:
        raise Refused("is no pattern of numbers; write a plus, the first digits and one * at the end, as +1312*")
    if found := beginning(start):
        return f"{found}*"
    code, written = calling_code(context.country), noted(start)
    digits = written.digits.removeprefix(national_prefix(code)) if code else ""
    like = f"+{code}{digits}*" if digits and not written.letters else "+1312*"
    raise Refused(f"is no pattern of numbers: it lacks the plus and the country code; write {like}")


@functools.cache
def _tests(fact: str) -> Any:
    """What stands below a fact in `when:`, as an annotation."""
    kind = replace(criteria.TEST, read=lambda text, context: read(fact, text, context))
    return Annotated[tuple[Annotated[Test, kind], ...], OneOrMany]


def _below(name: str) -> Any:
    fact = fact_names.folded(name)
    return _tests(fact if fact in fact_names.FACTS else "")


#: The name of a criterion, and of a fact alone, folded; below each stand tests that it can have.
CRITERION: Scalar = replace(fact_names.names("fact", *SCHEDULE_TESTS), below=_below)
FACT: Scalar = replace(fact_names.GIVEN, below=_below)
