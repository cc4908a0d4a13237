"""Which number some digits are: international or national, by what stands before them and by what is in use.

A number (E.164) or "" for none comes out; what was written between the digits, and who wrote it, is known no more.
"""

from __future__ import annotations

from enum import Enum

from fsrouter.engine.numbers.numbering import (
    ABROAD,
    behind_abroad,
    calling_code,
    national_prefix,
    numbered,
    parted,
)
from fsrouter.engine.numbers.plan import in_use, written_alone
from fsrouter.engine.numbers.renumbered import folded, folded_nationally

#: Fewer digits without a plus are a number only where the country has such numbers in use.
FEWEST = 7


class Incoming(Enum):
    """What a carrier's numbers of callers look like (the setting `[numbers] incoming`): anything; international with
    its plus or without; international only with a plus, else national; or as people of the country dial them, foreign
    ones behind a plus or a prefix for calls abroad.
    """

    AUTO = "auto"
    E164 = "e164"
    PLUS = "plus"
    NATIONAL = "national"


def number_of(digits: str, plus: bool, country: str, incoming: Incoming = Incoming.AUTO) -> str:
    """The number (E.164) that digits are to a company of a country (ISO 3166), "" for none."""
    if plus:
        return international(digits)
    if incoming is Incoming.E164:
        return international(digits.removeprefix(ABROAD))
    if incoming is Incoming.PLUS:
        return _national(digits, country)[0]
    foreign = _behind_abroad(digits, country)
    if foreign or incoming is Incoming.NATIONAL:
        return foreign or _national(digits, country)[0]
    return _bare(digits, country)


def international(digits: str) -> str:
    """The number (E.164) that digits are behind a plus, "" for none."""
    code, rest = parted(folded(f"+{digits}")[1:]) if digits else ("", "")
    return numbered(code, rest) if code else ""


def _behind_abroad(digits: str, country: str) -> str:
    """The number behind a prefix for calls abroad, one in use before one that could be."""
    found = [number for rest in behind_abroad(digits, country) if (number := international(rest))]
    return next(filter(in_use, found), found[0] if found else "")


def _national(digits: str, country: str) -> tuple[str, bool]:
    """The number that digits are within a country, and whether the country's prefix stands before them."""
    code = calling_code(country)
    if not code:  # a company that gives no country
        return "", False
    now = folded_nationally(code, digits)
    number, prefix = numbered(code, now), national_prefix(code)
    begins = bool(prefix) and now.startswith(prefix)
    if number and number != f"+{code}{now}":
        # What carriers put before a number may be part of a foreign one; the country's prefix itself is none.
        return number, begins
    rest = now.removeprefix(prefix)
    # One prefix and no more: behind two there is a call abroad that somebody has mistyped.
    if begins and (found := numbered(code, rest)) == f"+{code}{rest}" and in_use(found):
        return found, True
    return number, bool(number) and len(now) < len(digits)


def _bare(digits: str, country: str) -> str:
    """The number that digits are without a plus or a prefix for calls abroad."""
    national, prefixed = _national(digits, country)
    if len(digits) < FEWEST:
        return national if national and in_use(national) else ""
    if prefixed:
        return national
    code = calling_code(country)
    if digits.startswith(code):
        own = international(digits)
        if own and in_use(own):
            return own
    alone = national == f"+{code}{folded_nationally(code, digits)}"
    if alone and in_use(national) and written_alone(national):
        return national
    foreign = international(digits)
    if foreign and in_use(foreign):
        return foreign
    return national
