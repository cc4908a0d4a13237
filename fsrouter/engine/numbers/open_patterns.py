"""The numbers of some countries and kinds as regular expressions, for a dialplan that must know them without us.

What they take is what `kinds.numbered` says of a number, number for number; they are made of the same metadata. Each is
read alike by Python's `re` and by PCRE, has no group that captures, and stands before the end of the text (`$`).
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberDesc

from fsrouter.engine.numbers.kinds import ORDINARY, PREMIUM_BEHIND, SATELLITE_BEHIND, SATELLITE_CODES, Kind
from fsrouter.engine.numbers.numbering import ABROAD, MOST
from fsrouter.engine.numbers.plan import international_prefix, written_alone

#: The library's descriptions of the kinds, in the order in which it looks for them (phonenumberutil.py,
#: `_number_type_helper`); fixed and mobile come last, and which of the two does not matter here.
_LOOKED_FOR: Final = (
    ("premium_rate", Kind.PREMIUM),
    ("toll_free", Kind.TOLL_FREE),
    ("shared_cost", Kind.SHARED_COST),
    ("voip", Kind.VOIP),
    ("personal_number", Kind.PERSONAL),
    ("pager", Kind.PAGER),
    ("uan", Kind.UAN),
    ("voicemail", Kind.VOICEMAIL),
    ("fixed_line", Kind.FIXED),
    ("mobile", Kind.MOBILE),
)
#: The fewest and the most digits of a number (E.164).
_E164: Final = f"(?=[1-9][0-9]{{3,{MOST - 1}}}$)"


class Open(NamedTuple):
    """Numbers that are open: those of some countries (ISO 3166) and of some kinds besides the ordinary ones, and those
    that begin with one of some prefixes (`+1900`), as `[dialling]` has them.
    """

    countries: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


class Within(NamedTuple):
    """How numbers of a country's own calling code are dialled there: what stands before their national digits, and
    these, as expressions of which any may hold.
    """

    code: int
    head: str
    national: tuple[str, ...]


def international(numbers: Open) -> Iterator[str]:
    """Expressions that together take the digits of the open numbers (E.164 without its plus), and no others."""
    for code in _codes(numbers):
        yield from (f"{_E164}{code}{national}" for national in _national(code, numbers))
    for prefix in _prefixes(numbers):
        if not _countries(int(prefix)):
            yield f"{_E164}{prefix}[0-9]*"
    if Kind.SATELLITE in numbers.kinds:
        yield f"{_E164}(?:{SATELLITE_CODES})[0-9]*"
    if Kind.INTERNATIONAL in numbers.kinds:
        codes = [code for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE if not _countries(code)]
        premium = "|".join(f"{code}(?:{rest})" for code, rest in PREMIUM_BEHIND.items())
        yield f"{_E164}(?!{premium})(?!{SATELLITE_CODES}){_any(map(str, codes))}[0-9]*"


def abroad(country: str) -> str:
    """What may stand before the digits of a number (E.164) that is dialled in a country, as an expression."""
    return _any((r"\+", ABROAD, international_prefix(country)))


def within(country: str, numbers: Open) -> Within | None:
    """How the open numbers of a country's own calling code are dialled there; None when none is open. What a prefix
    opens is dialled as from abroad: it may be no number of any plan.
    """
    code = int(phonenumbers.country_code_for_region(country))
    national = _national(code, numbers._replace(prefixes=())) if code else ()
    if not national:
        return None
    metadata = PhoneMetadata.metadata_for_region(country, None)
    prefix = (metadata.national_prefix if metadata else None) or ""
    heads = [str(code), prefix]
    example = phonenumbers.example_number(country)
    alone = example and written_alone(f"+{code}{phonenumbers.national_significant_number(example)}")
    # As long as an E.164 number at most, with its code.
    length = f"(?=[0-9]{{1,{MOST - len(str(code))}}}$)"
    return Within(code, _any(heads) + ("?" if alone else ""), tuple(length + each for each in national))


def _codes(numbers: Open) -> list[int]:
    theirs = {int(phonenumbers.country_code_for_region(country)) for country in numbers.countries}
    named = {int(prefix) for prefix in _prefixes(numbers) if _countries(int(prefix))}
    return sorted((theirs | named) - {0})


def _prefixes(numbers: Open) -> Iterator[str]:
    return (prefix.lstrip("+") for prefix in numbers.prefixes)


def _countries(code: int) -> list[str]:
    return [each for each in phonenumbers.region_codes_for_country_code(code) if each.isalpha()]


def _national(code: int, numbers: Open) -> tuple[str, ...]:
    """The national digits of the open numbers of a calling code: one expression for each country, for PCRE refuses
    what all of North America would be.
    """
    kinds = frozenset(map(Kind, numbers.kinds)) | ORDINARY
    theirs = [country for country in _countries(code) if country in numbers.countries]
    premium, satellite = PREMIUM_BEHIND.get(str(code), ""), SATELLITE_BEHIND.get(str(code), "")
    found = [_of(country, kinds, premium, satellite) for country in theirs]
    for prefix in _prefixes(numbers):
        if prefix == str(code):
            found += [_of(country, ORDINARY, premium, satellite) for country in _countries(code)]
    return tuple(dict.fromkeys(filter(None, found)))


@functools.cache
def _of(country: str, kinds: frozenset[Kind], premium: str, satellite: str) -> str:
    """The numbers of a country that are of some kinds, without satellites; `premium` and `satellite` are those behind
    its calling code, whatever the library takes them for.
    """
    metadata = PhoneMetadata.metadata_for_region(country, None)
    assert metadata  # the library has that of every country
    here: list[str] = []
    closed: list[str] = []
    known: list[str] = []
    for name, kind in _LOOKED_FOR:
        if not (pattern := _described(getattr(metadata, name))):
            continue
        known.append(pattern)
        if kind in kinds:
            here.append("".join(f"(?!{each}$)" for each in closed) + pattern)
        else:
            closed.append(pattern)
    if premium and Kind.PREMIUM in kinds:
        here.append(f"(?=(?:{premium})$){_any(known)}")
    elif premium:
        here = [f"(?!{premium}){_any(here)}"]
    apart = f"(?!{satellite})" if satellite else ""
    return f"(?={_described(metadata.general_desc)}$){apart}{_any(here)}" if here else ""


def _described(description: PhoneNumberDesc | None) -> str:
    """A description as an expression: its digits, of a length that it says is possible."""
    if description is None or not description.national_number_pattern or description.possible_length == (-1,):
        return ""
    pattern = description.national_number_pattern.replace(r"\d", "[0-9]")
    lengths = _any(f"[0-9]{{{length}}}" for length in description.possible_length)
    return f"(?={lengths}$)(?:{pattern})" if lengths else f"(?:{pattern})"


def _any(choices: Iterable[str]) -> str:
    """Any of some expressions; "" when there is none."""
    found: Collection[str] = dict.fromkeys(each for each in choices if each)
    return f"(?:{'|'.join(found)})" if found else ""
