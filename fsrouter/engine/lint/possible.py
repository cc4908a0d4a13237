"""Can a test hold at all? Whether a fact has any value that satisfies it, by the form of the fact's values.

Sound: of what is said never to hold, no value of the fact satisfies it. Where a fact's values can be listed, or have a
form, also the reverse; where they can be any text, whatever does not exclude all of it may hold.
"""

from __future__ import annotations

import itertools
import re

from fsrouter.engine.model.criteria import NUMERIC, ORDER, Test, fold
from fsrouter.engine.model.criterion import SCHEDULE_TESTS
from fsrouter.engine.model.fact_names import FACTS, LISTS, NUMBERS
from fsrouter.engine.model.fact_values import options

#: The form of a telephone number as calls have it.
_E164 = r"\+[1-9][0-9]{1,14}"
#: The least and the greatest value of facts whose values are numbers and no others.
_ENDS = {
    "internal": ("0", "999999"),
    "contacts": ("1", "999999"),
    "area_code": ("0", "99999999"),
    "previous_score": ("-999999999.999999999", "999999999.999999999"),
    **dict.fromkeys(NUMBERS, ("+10", "+999999999999999")),
}
#: What a `*` may stand for: one of these, where it can stand for anything that leaves a text in the form of its fact.
_STARS = ("", "1", "A", "11", "+1", "+11", "+", "-1", ".1", "1.1", "-1.1")
#: Patterns with more than so many stars are taken to hold.
_MOST = 3


def can_hold(fact: str, test: Test) -> bool:
    """Whether some value of a fact (`folded` name), or that it is not known, satisfies a test."""
    if fact in SCHEDULE_TESTS or test.op == "known":
        return True
    if test.op == "unknown":
        return fact not in (*LISTS, "to")
    if known := options(fact):
        return any(test.holds(value) for value in known)
    form = _E164 if fact in NUMBERS else FACTS[fact].form if fact in FACTS else ""
    if test.op == "!=":
        return fact in LISTS or set(test.value) != {"*"}
    if not form:
        return True
    if test.op in ORDER:
        ends = _ENDS.get(fact)
        return ends is None or any(test.holds(end) for end in ends)
    if test.op == "=" and "*" not in test.value:
        return any(re.fullmatch(form, spelling) for spelling in _spellings(test.value))
    return _fits(form, test.value.split("*") if test.op == "=" else ["", test.value, ""])


def _spellings(value: str) -> tuple[str, ...]:
    """The ways to write what equals a value."""
    text = fold(value)
    if not NUMERIC.fullmatch(text):
        return value, text, text.upper()
    number = text.lstrip("+").rstrip("0").rstrip(".") if "." in text else text.lstrip("+")
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    short = sign + (digits.lstrip("0") or "0")
    return text, number, short, f"+{short}"


def _fits(form: str, parts: list[str]) -> bool:
    """Whether a text of the form has some parts in their order, anything between them."""
    stars = len(parts) - 1
    if stars > _MOST:
        return True
    for fill in itertools.product(_STARS, repeat=stars):
        text = parts[0] + "".join(itertools.chain.from_iterable(zip(fill, parts[1:], strict=True)))
        if any(re.fullmatch(form, spelling) for spelling in (text, text.lower(), text.upper())):
            return True
    return False
