"""Which of the words that are known an unknown one may be meant as."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Container, Iterable, Iterator, Sized
from itertools import islice

#: Known words that an unknown one is compared with; of more it is looked up as what it may be a slip of.
COMPARED = 1000
#: Known words that are told, where none is near.
TOLD = 32
#: Characters of an unknown word that are looked at.
LONGEST = 64

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789._-"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error about an unknown word: the nearest known one, or all of them when none is near."""
    words = known if isinstance(known, Collection) else list(known)
    if near := nearest(word, words):
        return f"; did you mean {near!r}?"
    return f"; known: {', '.join(islice(words, TOLD))}" if words else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like one, "" when none is near."""
    word = word[:LONGEST]
    if isinstance(known, Container) and isinstance(known, Sized) and len(known) > COMPARED:
        return next((near for near in _slips(word) if near in known), "")
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)), "")


def _slips(word: str) -> Iterator[str]:
    """What may be meant by a word with one slip in it: two letters that changed places, one that is too many, missing
    or wrong.
    """
    parts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    yield from (a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1)
    yield from (a + b[1:] for a, b in parts if b)
    yield from (a + letter + b for a, b in parts for letter in _LETTERS)
    yield from (a + letter + b[1:] for a, b in parts if b for letter in _LETTERS)
