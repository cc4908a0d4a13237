"""Numbers in the cells of files and the fields of CRMs: several in one, between words, and as a spreadsheet left them.

What one number is, `read` says; here is where it stands. What cannot be read comes out too, so that it can be listed;
nothing is dropped in silence.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

from fsrouter.engine.numbers.plan import NORTH_AMERICAN, in_use
from fsrouter.engine.numbers.read import Role, read
from fsrouter.errors import Refused

#: Characters of a part that are looked at.
LONGEST = 200

#: Where a cell with several numbers is parted; `;ext=12` and `,,12#` belong to the number before them (RFC 3966, and
#: the pauses that telephones dial).
_BETWEEN = re.compile(r"[;|\n](?!\s*ext)|(?<!,),(?!,?\s*ext|,\d{1,7}#?\s*(?:[;,|\n]|$))")

#: A number as a spreadsheet shows one that is too wide for its column: the last digits are gone.
_SHORTENED = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
#: A number as a spreadsheet shows one that it takes for an amount.
_DECIMAL = re.compile(r"(\d+)[.,]0+")
_SHORTENED_IS = (
    "was a telephone number before a spreadsheet shortened it; format the column as text and export it again"
)

#: Most fields are ten digits of the North American plan: these are read without the library.
_TEN = re.compile(r"(?:\+?1[-. ]?)?\(?([2-9][0-9]{2})\)?[-. ]{0,2}([0-9]{3})[-. ]?([0-9]{4})", re.ASCII)


class Unread(NamedTuple):
    """A part of a cell that is no number, and what is wrong with it, as a phrase that goes on from it."""

    text: str
    problem: str


def plain(text: str) -> str:
    """A cell without what spreadsheets put around a text that looks like a number: `'+1312...`, `="0123"`."""
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1].strip()
    return text[1:].strip() if text.startswith("'") else text


def number_of(text: str, country: str, role: Role) -> str:
    """The number (E.164) that a cell is. Raises Refused with the remedy, as `read` does."""
    text = plain(text.strip())
    if _SHORTENED.fullmatch(text):
        raise Refused(_SHORTENED_IS)
    if decimal := _DECIMAL.fullmatch(text):
        text = decimal[1]
    return read(text, country, role)


def numbers_of(texts: Iterable[str], country: str) -> tuple[tuple[str, ...], tuple[Unread, ...]]:
    """The numbers (E.164, each once) in the cells or fields of a contact, and the parts in which there is none.

    `country` (ISO 3166) is how numbers without a country code are read. Empty parts do not count.
    """
    found: list[str] = []
    unread: list[Unread] = []
    for text in _parts(texts):
        try:
            found += _numbers(text, country)
        except ValueError as error:
            unread.append(Unread(text[:LONGEST], str(error)))
    return tuple(dict.fromkeys(found)), tuple(unread)


def _parts(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for part in _BETWEEN.split(text):
            if plain(stripped := part.strip(" \t\r,")):
                yield stripped


def _numbers(text: str, country: str) -> Iterable[str]:
    """The numbers of one part. Raises Refused when there is none."""
    # Ten bare digits may be an international number without its plus.
    ten = _TEN.fullmatch(text) if country in NORTH_AMERICAN else None
    if ten and (len(text) > 10 or _assigned(ten[1] + ten[2])):
        return ("+1" + "".join(ten.groups()),)
    try:
        return (number_of(text, country, Role.CONTACT),)
    except ValueError:
        within = () if _SHORTENED.fullmatch(text) else tuple(_within(text[:LONGEST], country))
        if within:
            return within
        raise


@functools.lru_cache(maxsize=65536)
def _assigned(exchange: str) -> bool:
    """Whether numbers of a North American exchange (area code and three digits) are in use."""
    return in_use(f"+1{exchange}0100")


def _within(text: str, country: str) -> Iterator[str]:
    """The numbers that stand somewhere in a text. A piece of a longer row of digits is none."""
    for match in PhoneNumberMatcher(text, country, leniency=Leniency.POSSIBLE):
        before, behind = text[: match.start].rstrip(" -.()"), text[match.end :].lstrip(" -.()")
        if not before[-1:].isdigit() and not behind[:1].isdigit():
            yield phonenumbers.format_number(match.number, PhoneNumberFormat.E164)
