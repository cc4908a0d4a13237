"""Which number a text is: how others write telephone numbers, and the one way in which we keep them.

E.164 (`+13125550150`) is the only form inside of fsrouter. Everybody who reads a number asks `read`, with the role that
the number has; nobody else decides. Knows nothing of companies beyond their default country. docs/numbers.md tells
users the steps.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from fsrouter.engine.numbers.digits import FEWEST, Incoming, number_of
from fsrouter.engine.numbers.notation import MAX_LENGTH, Notation, noted
from fsrouter.engine.numbers.numbering import calling_code, parted, shape
from fsrouter.engine.numbers.plan import NORTH_AMERICAN, in_use, keypad
from fsrouter.engine.numbers.renumbered import folded_beginning
from fsrouter.errors import Refused

__all__ = [
    "MAX_LENGTH",
    "MOST_DIGITS",
    "WITHHELD",
    "Caller",
    "Incoming",
    "Role",
    "beginning",
    "caller",
    "read",
    "searched",
]


class Role(Enum):
    """What a number is to us: who calls, as the network says it; a contact's, as files and CRMs have it; or a target:
    whatever we own or dial, as people write it for us.
    """

    CALLER = "caller"
    CONTACT = "contact"
    TARGET = "target"


class Caller(NamedTuple):
    """Who calls, as the network says it: their `number` (E.164), "" when it is withheld or none; `digits` without a
    plus that are no number of the network, up to six, "" when it has one; `unread`, what came and is no number.
    """

    number: str = ""
    digits: str = ""
    unread: str = ""


#: What carriers, phones and switches put where a withheld number would be.
WITHHELD = frozenset(
    (
        "",
        *("anonymous", "restricted", "private", "unavailable", "unknown", "withheld", "blocked", "hidden"),
        *("private number", "unknown number", "unknown caller", "no caller id", "out of area", "not available"),
    )
)
#: ANONYMOUS on a keypad, as networks send it that carry digits alone.
ANONYMOUS = "266696687"
#: A caller's digits that are no number of the network have no more than these.
MOST_DIGITS = 6

WRITE = "write it with its country code, as +1 312 555 0150"
#: Most numbers of North America are written so, and are told at once.
_TEN = re.compile(r"(?:\+?1[-. ]?)?\(?([2-9][0-9]{2})\)?[-. ]{0,2}([0-9]{3})[-. ]?([0-9]{4})", re.ASCII)


def read(text: str, country: str, role: Role, incoming: Incoming = Incoming.AUTO) -> str:
    """Read a number as people, carriers or files of `country` (ISO 3166 alpha-2) write it; `incoming` is how the
    carrier writes callers.

    Returns its E.164 form; "" for a caller whose number is withheld. Raises Refused when it is no possible number:
    a phrase that goes on from the text, and says what to write.
    """
    if incoming is Incoming.AUTO and (number := ten_digits(text, country)):
        return number
    written = noted(text)
    if role is Role.CALLER:
        who = _caller(written, country, incoming)
        if who.number or who == Caller():
            return who.number
        if who.digits:
            raise Refused(f"is no number of the network: it has no more than {MOST_DIGITS} digits")
        raise Refused(_problem(written, country))
    # Past the cache: the numbers of a whole CRM are each seen once, and would only fill it.
    number = (_number.__wrapped__ if role is Role.CONTACT else _number)(written, country, Incoming.AUTO)
    if not number:
        raise Refused(_problem(written, country))
    if role is Role.TARGET and written.extension:
        raise Refused(
            "has an extension, which is no part of a number; write the number alone, and where it is a receiving number"
            f' (`numbers`) beside it extension: "{written.extension}"'
        )
    return number


def caller(text: str, country: str, incoming: Incoming = Incoming.AUTO) -> Caller:
    """Who calls, by the number as it came over the wire to a company of `country`. Raises nothing."""
    who = _caller(noted(text), country, incoming)
    return who._replace(unread=text[:MAX_LENGTH]) if who.unread else who


def searched(text: str, country: str) -> str:
    """The number (E.164) that somebody types to find whose it is, or the beginning of one that they write with its
    plus; "" when they look for something else.
    """
    written = noted(text)
    if not written.digits or written.letters:
        return ""
    return _number(written, country, Incoming.AUTO) or beginning(text)


def beginning(text: str) -> str:
    """The first digits of numbers (E.164) that a text with a plus is: `+1 (312)` is `+1312`; "" for every other. Of a
    country that was renumbered those that its numbers have now.
    """
    written = noted(text)
    return folded_beginning(f"+{written.digits}") if written.plus and written.digits and not written.extension else ""


def ten_digits(text: str, country: str) -> str:
    """The number that ten digits are within North America where that is beyond doubt; "" for every other text."""
    ten = _TEN.fullmatch(text) if country in NORTH_AMERICAN else None
    number = f"+1{ten[1]}{ten[2]}{ten[3]}" if ten else ""
    return number if number and in_use(number) and not _filler(number[2:]) else ""


def _caller(written: Notation, country: str, incoming: Incoming) -> Caller:
    digits = written.digits
    if written.word in WITHHELD if not digits else digits == ANONYMOUS:
        return Caller()
    if not written.plus and not written.letters and len(digits) <= MOST_DIGITS and digits.strip("0"):
        return Caller(digits=digits)
    number = _number(written, country, incoming)
    return Caller(number=number) if number else Caller(unread="?")


@lru_cache(maxsize=65536)
def _number(written: Notation, country: str, incoming: Incoming) -> str:
    """The number (E.164) that is written, "" for none."""
    digits = written.digits
    if not digits or _filler(digits):
        return ""
    number = number_of(digits, written.plus, country, incoming)
    if written.zero and not (number and in_use(number)):
        # Where the 0 belongs to the number itself, as in Italy, it is one with it.
        whole = number_of(written.with_zero(), written.plus, country, incoming)
        number = whole if whole and in_use(whole) else number
    if not number or (written.letters and not (in_use(number) and keypad(number))):
        return ""
    if number[-1] * 6 == number[-6:]:
        _, national = parted(number[1:])
        if not national.strip("0") or (_filler(national) and not in_use(number)):
            return ""
    return number


def _filler(digits: str) -> bool:
    """Whether digits stand where a number would and are none: all zeros, or many and all alike."""
    return digits == digits[0] * len(digits) and (digits[0] == "0" or len(digits) >= FEWEST)


def _problem(written: Notation, country: str) -> str:
    """What is wrong with what is written, and what to write in its place."""
    digits = written.digits
    if not digits:
        return f"is no telephone number; {WRITE}"
    if _filler(digits) and len(digits) >= FEWEST:
        return f"is no telephone number: its digits are all alike; {WRITE}"
    code, rest = parted(digits) if written.plus else (calling_code(country), digits)
    if not code:
        return f"is no telephone number: no country has such a code; {WRITE}"
    if len(rest) in shape(int(code)).local and len(rest) >= FEWEST - 1:
        return "lacks its area code, so nobody else can dial it; write the area code before it, as +1 312 555 0150"
    if len(rest) < min(shape(int(code)).lengths):
        return f"is no telephone number: it has too few digits; {WRITE}"
    if len(rest) > max(shape(int(code)).lengths):
        return f"is no telephone number: it has too many digits; {WRITE}"
    return f"is no possible telephone number in {country}; {WRITE}"
