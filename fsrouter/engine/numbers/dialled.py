"""In which forms a carrier writes a number of ours, and which of our numbers a dialled text is.

A dialled number is not read but recognised: whatever is none of these forms is none of our numbers. The index of a
router's rule books, the dialplan's regexes and `explain --to` are made of the same forms.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import phonenumbers

from fsrouter.engine.numbers.plan import international_prefix, written
from fsrouter.engine.numbers.renumbered import alike, folded

#: How calls abroad begin nearly everywhere (ITU-T E.164, annex A).
ABROAD = "00"

#: What stands between digits when people write a number; dashes and spaces of any script do too.
_BETWEEN = frozenset("()[]./")


#: Where a carrier's parameters begin, or the host of an address: `3125550150;phone-context=+1`, `3125550150@host`.
_CUT = re.compile("[;@]")
#: The national digits that a number had before its country gave it others: Brazil's mobile numbers had no 9 behind the
#: area code; Argentina's have a 15 there within the country; Mexico had a 1 behind its calling code, and
#: prefixes within the country.
_BRAZIL = re.compile(r"\+55(\d\d)9([6-9]\d{7})", re.ASCII)
_MEXICO = re.compile(r"\+52(\d{10})", re.ASCII)

_MEXICAN_PREFIXES = frozenset({"01", "044", "045"})


class Way(NamedTuple):
    """How a carrier writes a number: some `national` digits behind one of some `heads`."""

    heads: frozenset[str]
    national: str


def ways(number: str, country: str) -> Iterator[Way]:
    """The ways in which carriers write a number (E.164) of a company in `country` (ISO 3166): with its plus, without,
    behind `00` and behind the country's own prefix for calls abroad; and nationally. The prefix for calls within the
    number's country may stand before the national digits each time. A number of a country that was renumbered comes
    with the digits of before, too, whichever of both is kept.
    """
    for each in alike(folded(number)):
        code, prefix, national = written(each)
        heads = _heads(code, prefix, country)
        yield Way(heads, national)
        if found := _BRAZIL.fullmatch(each):
            yield Way(heads, found[1] + found[2])
        elif found := _MEXICO.fullmatch(each):
            yield Way(frozenset(head for head in heads if head.endswith(code)), f"1{found[1]}")
            yield Way(_MEXICAN_PREFIXES, found[1])
        elif each.startswith("+549") and (area := _argentine_area(each)):
            yield Way(heads, f"{area}15{each[4 + len(area) :]}")


def _argentine_area(number: str) -> str:
    """The area code of a mobile number (`+549…`), "" when it lies in no area that is given out."""
    end = phonenumbers.length_of_geographical_area_code(phonenumbers.parse(number, None))  # with the 9
    return number[4 : 3 + end]


@functools.cache
def _heads(code: str, prefix: str, country: str) -> frozenset[str]:
    abroad = ("+", "", ABROAD, international_prefix(country))
    codes = {f"{start}{code}" for start in abroad} | {""}
    return frozenset(codes | {f"{start}{prefix}" for start in codes})


def dialled_forms(number: str, country: str) -> frozenset[str]:
    """All forms in which carriers write a number (E.164) of a company in `country` (ISO 3166)."""
    return frozenset(f"{head}{way.national}" for way in ways(number, country) for head in way.heads)


def index(numbers: Mapping[str, str]) -> dict[str, str]:
    """Every form of some numbers (E.164, each with its company's country), and the number that it means.

    A form that would mean two of them means neither (`shared`); E.164 with its plus and without always means its
    number.
    """
    found, twice = _meant(numbers)
    for form in twice:
        del found[form]
    return found | {form: number for number in numbers for form in (number, number[1:])}


def shared(numbers: Mapping[str, str]) -> dict[tuple[str, ...], list[str]]:
    """The forms of some numbers (E.164, each with its company's country) that mean none of them, for they would mean
    several: by the numbers that share them, in their order, shortest first.
    """
    _, twice = _meant(numbers)
    found: dict[tuple[str, ...], list[str]] = {}
    for form in sorted(twice, key=lambda form: (len(form), form)):
        if form not in numbers and f"+{form}" not in numbers:
            found.setdefault(tuple(twice[form]), []).append(form)
    return found


def _meant(numbers: Mapping[str, str]) -> tuple[dict[str, str], dict[str, dict[str, None]]]:
    """Every form with the first number that has it, and those that several have, with all of these."""
    first: dict[str, str] = {}
    twice: dict[str, dict[str, None]] = {}
    for number, country in numbers.items():
        for form in dialled_forms(number, country):
            other = first.setdefault(form, number)
            if other != number:
                twice.setdefault(form, {other: None})[number] = None
    return first, twice


def recognised(text: str, forms: Mapping[str, str]) -> str:
    """The number (E.164) that a dialled text means, by the index of those that are ours; "" when it is none of them.
    What people write between digits does not count, nor what stands behind a `;` or `@`.
    """
    return forms.get(text) or forms.get(digits(text), "")


def digits(text: str) -> str:
    """A text without what people write between digits and carriers behind them; "" when it is nothing that can be
    dialled.
    """
    found = []
    for character in _CUT.split(text, maxsplit=1)[0].strip():
        if character.isdecimal():
            found.append(str(unicodedata.decimal(character)))
        elif character in "+\N{FULLWIDTH PLUS SIGN}":
            found.append("+")
        elif character not in _BETWEEN and unicodedata.category(character) not in ("Pd", "Zs"):
            return ""
    return "".join(found)
