"""In which forms a carrier writes a number of ours, and which of our numbers a dialled text is.

A dialled number is not read but recognised: whatever is none of these forms is none of our numbers. The index of a
router's rule books, the dialplan's regexes and `explain --to` are made of the same forms.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping

from fsrouter.engine.numbers.plan import international_prefix, written

#: How calls abroad begin nearly everywhere (ITU-T E.164, annex A).
ABROAD = "00"

#: What stands between digits when people write a number; dashes and spaces of any script do too.
_BETWEEN = frozenset("()[]./")


def heads(number: str, country: str) -> frozenset[str]:
    """What stands before the national digits of a number (E.164) of a company in `country` (ISO 3166), in each of its
    forms: with its plus, without, behind `00` and behind the country's own prefix for calls abroad; and nationally.
    The prefix for calls within the number's country may stand before the national digits each time.
    """
    code, prefix, _ = written(number)
    return _heads(code, prefix, country)


@functools.cache
def _heads(code: str, prefix: str, country: str) -> frozenset[str]:
    abroad = ("+", "", ABROAD, international_prefix(country))
    codes = {f"{start}{code}" for start in abroad} | {""}
    return frozenset(codes | {f"{start}{prefix}" for start in codes})


def dialled_forms(number: str, country: str) -> frozenset[str]:
    """All ways in which carriers write a number (E.164) of a company in `country` (ISO 3166)."""
    national = written(number).national
    return frozenset(f"{head}{national}" for head in heads(number, country))


def index(numbers: Mapping[str, str]) -> dict[str, str]:
    """Every form of some numbers (E.164, each with its company's country), and the number that it means.

    A form that would mean two of them means neither; E.164 with its plus and without always means its number.
    """
    found: dict[str, str] = {}
    shared: set[str] = set()
    for number, country in numbers.items():
        for form in dialled_forms(number, country):
            if found.setdefault(form, number) != number:
                shared.add(form)
    for form in shared:
        del found[form]
    return found | {form: number for number in numbers for form in (number, number[1:])}


def recognised(text: str, forms: Mapping[str, str]) -> str:
    """The number (E.164) that a dialled text means, by the index of those that are ours; "" when it is none of them.
    What people write between digits does not count.
    """
    return forms.get(text) or forms.get(digits(text), "")


def digits(text: str) -> str:
    """A text without what people write between digits; "" when it is nothing that can be dialled."""
    found = []
    for character in text.strip():
        if character.isdecimal():
            found.append(str(unicodedata.decimal(character)))
        elif character in "+\N{FULLWIDTH PLUS SIGN}":
            found.append("+")
        elif character not in _BETWEEN and unicodedata.category(character) not in ("Pd", "Zs"):
            return ""
    return "".join(found)
