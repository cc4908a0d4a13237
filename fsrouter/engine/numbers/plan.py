"""What the world's numbering plans say of a number (E.164): its country, its kind, how its country writes it.

Source: libphonenumber's metadata, by `phonenumbers`. Knows nothing of how a number came to be E.164; `read` does.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberFormat, PhoneMetadata, PhoneNumber, PhoneNumberFormat

from fsrouter.engine.numbers.numbering import metadata_of, parted
from fsrouter.errors import Refused

#: The countries (ISO 3166 alpha-2) that have numbers.
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
#: The countries of the North American plan.
NORTH_AMERICAN = frozenset(phonenumbers.region_codes_for_country_code(1))


#: The digits of a North American number that say whether it is in use: calling code, area code and exchange.
_EXCHANGE = len("+1312555")


class Written(NamedTuple):
    """A number as its own country's plan parts it: the calling code, the digits that dial it from within the country
    (`prefix`, "" where none are), and the national digits.
    """

    calling_code: str
    prefix: str
    national: str


@functools.lru_cache(maxsize=1 << 18)
def written(number: str) -> Written:
    """How a number (E.164) is parted. Raises Refused when it is no E.164 number."""
    parsed = _parsed(number)
    code = parsed.country_code or 0
    region = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(code)
    plan = PhoneMetadata.metadata_for_region(region, None)
    prefix = (plan.national_prefix if plan else None) or ""
    return Written(str(code), prefix, phonenumbers.national_significant_number(parsed))


def international_prefix(country: str) -> str:
    """The digits that people of a country (ISO 3166) dial before a calling code, "" when there is no single way."""
    plan = PhoneMetadata.metadata_for_region(country, None)
    found = (plan.preferred_international_prefix or plan.international_prefix) if plan else None
    digits = (found or "").replace("~", "")  # a second dial tone
    return digits if digits.isdecimal() else ""


def in_use(number: str) -> bool:
    """Whether a number (E.164) lies in a range that its country has given out."""
    if number.startswith("+1") and len(number) == len("+13125550142"):
        return _assigned(number[:_EXCHANGE])
    return bool(phonenumbers.is_valid_number(library_form(number)))


@functools.lru_cache(maxsize=65536)
def _assigned(exchange: str) -> bool:
    """Whether the numbers of a North American exchange are in use: its numbers are given out together."""
    return bool(phonenumbers.is_valid_number(library_form(f"{exchange}0100")))


def library_form(number: str) -> PhoneNumber:
    """A number (E.164) as the library has it, as it stands: no prefix is looked for."""
    code, digits = parted(number[1:])
    zeros = len(digits) - len(digits.lstrip("0"))
    zeros = min(zeros, len(digits) - 1)
    return PhoneNumber(
        country_code=int(code or 0),
        national_number=int(digits or 0),
        italian_leading_zero=True if zeros > 0 else None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )


def keypad(number: str) -> bool:
    """Whether a number (E.164) can be one that is told by letters: of a plan in which all are equally long, or one of
    those that belong to no place. Elsewhere letters would only make a longer number.
    """
    kind = phonenumbers.number_type(library_form(number))
    kinds = phonenumbers.PhoneNumberType
    return number.startswith("+1") or kind in (kinds.TOLL_FREE, kinds.SHARED_COST, kinds.UAN, kinds.PREMIUM_RATE)


def written_alone(number: str) -> bool:
    """Whether a number's country writes it without a national prefix: it has none, or need not be written."""
    code, digits = parted(number[1:])
    forms = _forms(int(code))
    if len({form.alone for form in forms}) == 1:
        return forms[0].alone
    return next((form.alone for form in forms if form.begins.match(digits) and form.whole.fullmatch(digits)), False)


class _Form(NamedTuple):
    """A way in which numbers are written: how those begin and look of which it is the way, and whether the country's
    prefix may be absent.
    """

    begins: re.Pattern[str]
    whole: re.Pattern[str]
    alone: bool


@functools.cache
def _forms(code: int) -> tuple[_Form, ...]:
    metadata = metadata_of(code)
    prefix = metadata.national_prefix

    def form_of(form: NumberFormat) -> _Form:
        rule = (form.national_prefix_formatting_rule or "").replace(r"\1", "")
        alone = not prefix or prefix not in rule or bool(form.national_prefix_optional_when_formatting)
        begins = re.compile(form.leading_digits_pattern[-1] if form.leading_digits_pattern else "")
        return _Form(begins, re.compile(form.pattern or ""), alone)

    return tuple(map(form_of, metadata.number_format)) or (_Form(re.compile(""), re.compile(""), not prefix),)


def national(number: str) -> str:
    """The national form's digits of a number (E.164): `+13125550150` gives `3125550150`."""
    return phonenumbers.national_significant_number(_parsed(number))


def readable(number: str) -> str:
    """A number (E.164) as people of its country write it for each other: `+13125550150` gives `(312) 555-0150`."""
    return phonenumbers.format_number(_parsed(number), PhoneNumberFormat.NATIONAL)


def _parsed(number: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        raise Refused(f"{number[:40]!r} is no E.164 number") from None
