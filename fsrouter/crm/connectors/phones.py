"""Telephone numbers as people type them into a CRM: with an extension, with a word before, two in one field.

E.164 comes out. What cannot be read comes out too, so that it can be listed; nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

from fsrouter.engine.numbers import e164

#: Characters of a field that are looked at.
LONGEST = 200
#: Countries of the North American plan, in which most fields are ten digits: these are read without the library.
_NORTH_AMERICAN = frozenset(phonenumbers.region_codes_for_country_code(1))
_TEN = re.compile(r"(?:\+?1[-. ]?)?\(?([2-9][0-9]{2})\)?[-. ]{0,2}([0-9]{3})[-. ]?([0-9]{4})", re.ASCII)


def read(texts: Iterable[str], country: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The numbers (E.164, each once) in the fields of a contact, and the fields in which there is none.

    `country` (ISO 3166) is how numbers without a country code are read. Empty fields do not count.
    """
    found: list[str] = []
    unread: list[str] = []
    for text in texts:
        text = text.strip()
        if text:
            numbers_of = read_field(text, country)
            found.extend(numbers_of)
            if not numbers_of:
                unread.append(text[:LONGEST])
    return tuple(dict.fromkeys(found)), tuple(unread)


def read_field(text: str, country: str) -> tuple[str, ...]:
    """The numbers in one field, E.164; empty when there is none."""
    if country in _NORTH_AMERICAN and (ten := _TEN.fullmatch(text)):
        return ("+1" + "".join(ten.groups()),)
    if len(text) <= e164.MAX_LENGTH:
        try:
            # Past the cache of `e164`: the numbers of a whole CRM are each seen once, and would only fill it.
            return (e164.e164.__wrapped__(text, country),)
        except ValueError:
            pass
    return _within(text[:LONGEST], country)


def _within(text: str, country: str) -> tuple[str, ...]:
    """The numbers that stand somewhere in a text. A piece of a longer row of digits is none."""
    matches = PhoneNumberMatcher(text, country, leniency=Leniency.POSSIBLE)
    return tuple(
        phonenumbers.format_number(match.number, PhoneNumberFormat.E164)
        for match in matches
        if not text[: match.start].rstrip(" -.()")[-1:].isdigit()
        and not text[match.end :].lstrip(" -.()")[:1].isdigit()
    )
