"""Which number a text is: how others write telephone numbers, and the one way in which we keep them.

E.164 (`+13125550150`) is the only form inside of fsrouter. Everybody who reads a number asks `read`, with the role that
the number has; nobody else decides. Knows nothing of companies beyond their default country.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from fsrouter.engine.numbers.plan import in_use
from fsrouter.errors import Refused


class Role(Enum):
    """What a number is to us: who calls, as the network says it; a contact's, as files and CRMs have it; or a target:
    whatever we own or dial, as people write it for us.
    """

    CALLER = "caller"
    CONTACT = "contact"
    TARGET = "target"


class Incoming(Enum):
    """What a carrier's numbers of callers look like (the setting `[numbers] incoming`): anything; international with
    its plus or without; international only with a plus; national without one.
    """

    AUTO = "auto"
    E164 = "e164"
    PLUS = "plus"
    NATIONAL = "national"


class Caller(NamedTuple):
    """Who calls, as the network says it: their `number` (E.164), "" when it is withheld or none; `digits` without a
    plus that are no number of the network, up to six, "" when it has one; `unread`, what came and is no number.
    """

    number: str = ""
    digits: str = ""
    unread: str = ""


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
#: Longer digits of a caller are a number of the network.
MOST_DIGITS = 6

_BARE = re.compile(r"[1-9][0-9]{6,14}")
_TYPED = frozenset("+0123456789 ()-./")


def read(text: str, country: str, role: Role, incoming: Incoming = Incoming.AUTO) -> str:
    """Read a number as people, carriers or files of `country` (ISO 3166 alpha-2) write it; `incoming` is how the
    carrier writes callers.

    Returns its E.164 form; "" for a caller whose number is withheld. Raises Refused when it is no possible number:
    a phrase that goes on from the text, and says what to write.
    """
    return _READINGS[role](text, country)


def caller(text: str, country: str, incoming: Incoming = Incoming.AUTO) -> Caller:
    """Who calls, by the number as it came over the wire to a company of `country`. Raises nothing."""
    digits = text.strip()
    if len(digits) <= MOST_DIGITS and digits.isdecimal():
        return Caller(digits=digits)
    try:
        return Caller(number=read(text, country, Role.CALLER, incoming))
    except ValueError:
        return Caller(unread=text[:MAX_LENGTH])


def caller_number(text: str, country: str) -> str:
    """The E.164 form of a caller's number as it came over the wire, or "" when it is withheld or no possible number."""
    return caller(text, country).number


def searched(text: str, country: str) -> str:
    """The number (E.164) that somebody types to find whose it is, or the beginning of one that they write with its
    plus; "" when they look for something else.
    """
    if not _TYPED.issuperset(text):
        return ""
    digits = "".join(c for c in text if c.isdigit())
    return caller_number(text, country) or (f"+{digits}" if digits and text.strip().startswith("+") else "")


def _caller(text: str, country: str) -> str:
    # Carriers that send E.164 without its plus are understood: a number that is not possible nationally is tried with
    # one.
    text = text.strip()
    if text.lower() in WITHHELD:
        return ""
    try:
        return _possible(text, country)
    except ValueError:
        try:
            return _possible("+" + text, country)
        except ValueError:
            pass
        raise


def _contact(text: str, country: str) -> str:
    # Bare digits can be a national number, or an international one whose + a spreadsheet took for arithmetic: what is
    # a number in use wins, the national reading first; else what could be one. Past the cache: the numbers of a whole
    # CRM are each seen once, and would only fill it.
    text, possible = text.strip(), _possible.__wrapped__
    if not _BARE.fullmatch(text):
        return possible(text, country)
    readings = []
    for written in (text, "+" + text):
        try:
            readings.append(possible(written, country))
        except ValueError:
            continue
    if not readings:
        return possible(text, country)
    return next((number for number in readings if in_use(number)), readings[0])


@lru_cache(maxsize=65536)
def _possible(text: str, country: str) -> str:
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        raise Refused(f"is no telephone number; {WRITE}")
    try:
        parsed = phonenumbers.parse(text, country)
    except NumberParseException as error:
        raise Refused(f"is no telephone number{PROBLEMS.get(error.error_type, '')}; {WRITE}") from None
    if not phonenumbers.is_possible_number(parsed):
        raise Refused(f"is no possible telephone number in {country}; {WRITE}")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


_READINGS: dict[Role, Callable[[str, str], str]] = {
    Role.CALLER: _caller,
    Role.CONTACT: _contact,
    Role.TARGET: _possible,
}
