"""Which kind of number an E.164 number is, and in which countries it is one: what calls to it are, and who pays how.

libphonenumber's metadata, and where these say nothing the numbering plans themselves (PREMIUM_BEHIND,
SATELLITE_BEHIND). What is of no kind is not given out. Knows nothing of what may be dialled.
"""

from __future__ import annotations

import functools
import re
from enum import StrEnum
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberType

from fsrouter.engine.numbers.numbering import parted
from fsrouter.engine.numbers.plan import library_form
from fsrouter.errors import Refused


class Kind(StrEnum):
    """A kind of number."""

    FIXED = "fixed"
    MOBILE = "mobile"
    VOIP = "voip"
    TOLL_FREE = "toll-free"
    PREMIUM = "premium"
    SHARED_COST = "shared-cost"
    PERSONAL = "personal"
    UAN = "uan"
    PAGER = "pager"
    VOICEMAIL = "voicemail"
    SATELLITE = "satellite"
    INTERNATIONAL = "international"
    UNASSIGNED = "unassigned"


#: Those that people have, and those that cost the caller nothing.
ORDINARY: Final = frozenset({Kind.FIXED, Kind.MOBILE, Kind.VOIP, Kind.TOLL_FREE})
#: Those that belong to no country.
OF_NO_COUNTRY: Final = frozenset({Kind.SATELLITE, Kind.INTERNATIONAL})
#: Those that can be opened by their names.
OPENABLE: Final = frozenset(Kind) - ORDINARY - {Kind.UNASSIGNED}

_KINDS: Final = {
    PhoneNumberType.FIXED_LINE: Kind.FIXED,
    # Where a number's digits do not tell, as in North America.
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Kind.FIXED,
    PhoneNumberType.MOBILE: Kind.MOBILE,
    PhoneNumberType.VOIP: Kind.VOIP,
    PhoneNumberType.TOLL_FREE: Kind.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: Kind.PREMIUM,
    PhoneNumberType.SHARED_COST: Kind.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER: Kind.PERSONAL,
    PhoneNumberType.UAN: Kind.UAN,
    PhoneNumberType.PAGER: Kind.PAGER,
    PhoneNumberType.VOICEMAIL: Kind.VOICEMAIL,
    PhoneNumberType.UNKNOWN: Kind.UNASSIGNED,
}
#: Premium ranges that libphonenumber takes for something else, or for nothing, by calling code: what follows it, as an
#: expression, each with its source.
PREMIUM_BEHIND: Final = {
    "1": r"900[0-9]*"  # all of the area code 900 is pay per call (NANPA, "9YY")
    r"|[2-9][0-9]{2}976[0-9]{4}",  # and so is the exchange 976 in every area (47 CFR 64.1501)
    "979": r"[0-9]*",  # the international premium rate service (ITU-T E.169.2)
}
#: Satellite networks, by calling code: what follows it, as an expression. Some countries have them among their numbers,
#: and libphonenumber takes these for VoIP.
SATELLITE_BEHIND: Final = {
    "1": r"600",  # Canada's services that are of no place (CRTC, Telecom Decision 2006-41)
    "61": r"14[57]",  # Australia's satellite telephones, 0145 and 0147 (Telecommunications Numbering Plan 2015)
    "870": r"",  # Inmarsat
    "881": r"",  # the Global Mobile Satellite System (ITU-T E.164.1)
    "882": r"16",  # Thuraya (ITU Operational Bulletin, "list of ITU-T Recommendation E.164 assigned country codes")
}
SATELLITE_CODES: Final = "|".join(f"{code}{rest}" for code, rest in SATELLITE_BEHIND.items())

_PREMIUM = re.compile("|".join(f"{code}(?:{rest})" for code, rest in PREMIUM_BEHIND.items()))
_SATELLITE = re.compile(SATELLITE_CODES)


class Numbered(NamedTuple):
    """What a number is: the calling code that it begins with, "" for none, and whether that is of any country
    (`placed`); its kind; and the countries (ISO 3166) that have it, none for what is not given out.
    """

    code: str
    placed: bool
    kind: Kind
    countries: frozenset[str]


@functools.lru_cache(maxsize=65536)
def numbered(number: str) -> Numbered:
    """What a number (E.164) is. Raises Refused when it is no E.164 number."""
    if not re.fullmatch(r"\+[1-9][0-9]{3,14}", number, re.ASCII):
        raise Refused(f"{number[:40]!r} is no E.164 number")
    digits = number[1:]
    code, _ = parted(digits)
    if not code:
        return Numbered("", False, Kind.UNASSIGNED, frozenset())
    parsed = library_form(number)
    sharing = [each for each in phonenumbers.region_codes_for_country_code(int(code)) if each.isalpha()]
    theirs = frozenset(country for country in sharing if phonenumbers.is_valid_number_for_region(parsed, country))
    kind = _KINDS[phonenumbers.number_type(parsed)]
    if _PREMIUM.match(digits):
        kind = Kind.PREMIUM
    elif _SATELLITE.match(digits):
        kind = Kind.SATELLITE
    elif not sharing:
        kind = Kind.INTERNATIONAL
    return Numbered(code, bool(sharing), kind, theirs)
