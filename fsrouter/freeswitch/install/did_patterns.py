"""One short regex that takes the forms in which carriers write our numbers, and exactly those. Knows no XML.

A dialplan compiles each of its expressions at each call, so the numbers share one expression, factored by common
beginnings: ten consecutive numbers cost one character class, and a number that is not ours fails at its first strange
digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from fsrouter.engine.numbers import dialled

PARAMETERS: Final = "(?:[;@].*)?"
"""What a carrier may write behind a number: its parameters, or the host of an address."""
MAX_NUMBERS: Final = 500
"""Numbers in one expression; PCRE refuses one whose compiled form exceeds 64 KB."""

Trie = dict[str, "Trie"]
_END: Final = ""


class Patterns:
    """The forms of all numbers that are ours: E.164, each with its company's country (ISO 3166)."""

    def __init__(self, numbers: Mapping[str, str]) -> None:
        self._numbers = numbers
        self._forms = dialled.index(numbers)

    def expressions(self, numbers: Iterable[str] | None = None) -> Iterator[str]:
        """Regexes that together take exactly these numbers, or all, in every form that means them alone; what they
        capture first is the number.
        """
        ours = sorted(self._numbers if numbers is None else set(numbers))
        return (self._expression(ours[i : i + MAX_NUMBERS]) for i in range(0, len(ours), MAX_NUMBERS))

    def _expression(self, numbers: Iterable[str]) -> str:
        # Numbers that have the same heads in their forms share these.
        groups: dict[frozenset[str], list[str]] = {}
        for number in numbers:
            for heads, national in dialled.ways(number, self._numbers[number]):
                meant = frozenset(head for head in heads if self._forms.get(f"{head}{national}") == number)
                if meant:
                    groups.setdefault(meant, []).append(national)
        return f"^({'|'.join(_tried(heads) + _tried(nationals) for heads, nationals in groups.items())}){PARAMETERS}$"


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
    return re.escape(digits[0]) if len(digits) == 1 else f"[{''.join(digits)}]"
