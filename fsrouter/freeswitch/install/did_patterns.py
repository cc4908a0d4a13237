"""The ways in which a carrier writes a number of ours, and one short regex that takes exactly those. Knows no XML.

A dialplan compiles each of its expressions at each call, so the numbers share one expression, factored by common
beginnings: ten consecutive numbers cost one character class, and a number that is not ours fails at its first strange
digit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from fsrouter.engine.numbers.plan import national

MAX_NUMBERS: Final = 500
"""Numbers in one expression; PCRE refuses one whose compiled form exceeds 64 KB."""

Trie = dict[str, "Trie"]
_END: Final = ""


def expressions(numbers: Iterable[str], without: frozenset[str]) -> list[str]:
    """Regexes that together take exactly these E.164 numbers, in all forms except those in `without` (see `unclear`,
    of all numbers that are ours).
    """
    ours = sorted(set(numbers))
    batches = (ours[i : i + MAX_NUMBERS] for i in range(0, len(ours), MAX_NUMBERS))
    return [expression(batch, without) for batch in batches]


def nationals(number: str) -> frozenset[str]:
    """The national ways to write an E.164 number: its national digits, outside of North America also behind the trunk
    prefix 0.
    """
    plain = national(number)
    return frozenset({plain}) if number.startswith("+1") else frozenset({plain, f"0{plain}"})


def unclear(numbers: Iterable[str]) -> frozenset[str]:
    """National forms that mean two of these numbers, or another's E.164 digits: they belong to nobody."""
    ours = list(dict.fromkeys(numbers))
    claims = Counter(form for number in ours for form in nationals(number))
    full = {number.lstrip("+") for number in ours}
    return frozenset(form for form, claimed in claims.items() if claimed > 1 or form in full)


def expression(numbers: Iterable[str], without: frozenset[str] = frozenset()) -> str:
    """A regex that takes these E.164 numbers with their plus, without it, and in their national forms except those in
    `without`.
    """
    full = {number.lstrip("+") for number in numbers}
    short = {form for digits in full for form in nationals(f"+{digits}")} - without - full
    choices = [rf"\+?{_tried(full)}"] + ([_tried(short)] if short else [])
    return f"^(?:{'|'.join(choices)})$"


def _tried(words: Iterable[str]) -> str:
    trie: Trie = {}
    for word in sorted(words):
        node = trie
        for digit in word:
            node = node.setdefault(digit, {})
        node[_END] = {}
    return _pattern(trie)


def _pattern(node: Mapping[str, Trie]) -> str:
    """The regex of what may follow; digits that are followed by the same share a class."""
    tails: dict[str, list[str]] = {}
    for digit, below in node.items():
        if digit != _END:
            tails.setdefault(_pattern(below), []).append(digit)
    choices = [_class(digits) + tail for tail, digits in tails.items()]
    if not choices:
        return ""
    one = choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})"
    return one if _END not in node else f"(?:{one})?"


def _class(digits: list[str]) -> str:
    return digits[0] if len(digits) == 1 else f"[{''.join(digits)}]"
