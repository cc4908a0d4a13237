"""Telephone numbers: how others write them, and the one way in which we keep them.

E.164 (`+13125550150`) is the only form inside of fsrouter. Knows nothing of companies beyond their default country.
"""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

#: What carriers and phones put where a withheld number would be.
WITHHELD = frozenset({"", "anonymous", "restricted", "private", "unavailable", "unknown"})

#: What is wrong with a text that is no number, by the error of `phonenumbers`, and what to write in its place.
PROBLEMS = {
    NumberParseException.INVALID_COUNTRY_CODE: ": no country has such a code",
    NumberParseException.TOO_SHORT_AFTER_IDD: ": it ends behind the prefix for calls abroad",
    NumberParseException.TOO_SHORT_NSN: ": it has too few digits",
    NumberParseException.TOO_LONG: ": it has too many digits",
}
WRITE = "write it with its country code, as +1 312 555 0150"

#: Longer texts are no numbers; E.164 has 15 digits, and people add spaces, brackets and an extension.
MAX_LENGTH = 64


@lru_cache(maxsize=65536)
def e164(text: str, country: str) -> str:
    """Read a number as people of `country` (ISO 3166 alpha-2) write it.

    Returns its E.164 form. Raises ValueError with a reason when it is no possible number.
    """
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        raise ValueError(f"is no telephone number; {WRITE}")
    try:
        parsed = phonenumbers.parse(text, country)
    except NumberParseException as error:
        raise ValueError(f"is no telephone number{PROBLEMS.get(error.error_type, '')}; {WRITE}") from None
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(f"is no possible telephone number in {country}; {WRITE}")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def caller_number(text: str, country: str) -> str:
    """The E.164 form of a caller's number as it came over the wire, or "" when it is withheld or no possible number.

    Carriers that send E.164 without its plus are understood: a number that is not possible nationally is tried with
    one.
    """
    if text.strip().lower() in WITHHELD:
        return ""
    for attempt in (text, "+" + text.strip()):
        try:
            return e164(attempt, country)
        except ValueError:
            continue
    return ""


def national(number: str) -> str:
    """The national form's digits of an E.164 number: `+13125550150` gives `3125550150`."""
    return phonenumbers.national_significant_number(phonenumbers.parse(number, None))


def readable(number: str) -> str:
    """An E.164 number as people of its country write it for each other: `+13125550150` gives `(312) 555-0150`."""
    return phonenumbers.format_number(phonenumbers.parse(number, None), PhoneNumberFormat.NATIONAL)
