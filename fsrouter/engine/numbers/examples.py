"""A number of each kind in each country, as the world's numbering plans show them: for tests, and for docs/numbers.md.

Source: libphonenumber's example numbers, by `phonenumbers`.
"""

from __future__ import annotations

from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from fsrouter.engine.numbers.plan import COUNTRIES

#: The kinds of telephone lines that most calls come from and go to.
USUAL = {"mobile": PhoneNumberType.MOBILE, "fixed": PhoneNumberType.FIXED_LINE, "toll-free": PhoneNumberType.TOLL_FREE}
#: Those that are called for a fee or for a purpose.
OTHERS = {
    "premium": PhoneNumberType.PREMIUM_RATE,
    "shared cost": PhoneNumberType.SHARED_COST,
    "voip": PhoneNumberType.VOIP,
    "personal": PhoneNumberType.PERSONAL_NUMBER,
    "pager": PhoneNumberType.PAGER,
    "company": PhoneNumberType.UAN,
    "voicemail": PhoneNumberType.VOICEMAIL,
}
KINDS = USUAL | OTHERS


class Example(NamedTuple):
    """A number (E.164) of a kind of line in a country (ISO 3166)."""

    country: str
    kind: str
    number: str


def examples(*kinds: str) -> tuple[Example, ...]:
    """A number of each of some kinds in every country that has one, by country."""
    found = (
        (country, kind, phonenumbers.example_number_for_type(country, KINDS[kind]))
        for country in sorted(COUNTRIES)
        for kind in kinds
    )
    e164 = PhoneNumberFormat.E164
    return tuple(Example(c, kind, phonenumbers.format_number(number, e164)) for c, kind, number in found if number)
