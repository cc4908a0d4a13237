"""The expressions that a dialplan has of open numbers take what the gate takes: numbers of every country and kind."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata

from fsrouter.engine.numbers import open_patterns
from fsrouter.engine.numbers.open_patterns import Open
from fsrouter.engine.numbers.read import Role, read
from fsrouter.errors import Refused
from fsrouter.esl.call.gate import Gate
from fsrouter.settings.model import Dialling

DESCRIPTIONS = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "fixed_line",
    "mobile",
)  # fmt: skip
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
WANTED = (
    Open(("US",)),
    Open(("US", "CA", "JM"), ("premium",)),
    Open(("GB", "IM"), ("personal", "shared-cost", "uan"), ("+1900", "+882")),
    Open(("DE", "FR", "IT", "VA"), ("premium", "satellite"), ("+44", "+4487")),
    Open(("KZ", "RU", "AU", "CX"), ("international", "pager", "voicemail"), ("+1", "+9")),
    Open(tuple(sorted(phonenumbers.SUPPORTED_REGIONS))),
    Open(("CA", "AU"), ("satellite", "premium"), ("+61",)),
    Open((), (), ("+49301234", "+1600")),
)


def samples(code: int, chance: random.Random) -> Iterator[str]:
    """National digits behind a calling code: one of each kind of each of its countries, others like it, too long ones
    and too short ones.
    """
    for region in phonenumbers.region_codes_for_country_code(code):
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
        for example in (getattr(getattr(metadata, name), "example_number", None) for name in DESCRIPTIONS):
            if not example:
                continue
            yield from (example, example + "1", example[:-1], example * 2)
            for _ in range(3):
                at = chance.randrange(len(example))
                yield example[:at] + "".join(chance.choice("0123456789") for _ in example[at:])
    yield from ("9005550100", "3129765550", "1612345678", "6007001234", "147101234", "145101234")


def opened(gate: Gate, number: str) -> bool:
    try:
        gate.number(number)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("numbers", WANTED, ids=range(len(WANTED)))
def test_international_takes_what_the_gate_takes(numbers: Open) -> None:
    chance = random.Random(7)
    dialling = Dialling(countries=numbers.countries, kinds=numbers.kinds, prefixes=numbers.prefixes)
    gate = Gate(company="acme", country="US", dialling=dialling)
    found = [re.compile(f"{each}$") for each in open_patterns.international(numbers)]
    assert not any(pattern.groups for pattern in found)
    tried = [f"+{code}{digits}" for code in CODES for digits in samples(code, chance)]
    tried += [f"+{chance.randrange(10 ** chance.randrange(3, 17))}" for _ in range(500)]
    took = {number: any(pattern.match(number[1:]) for pattern in found) for number in tried}
    assert {number: opened(gate, number) for number in tried} == took
    assert len(took) > 5000 and (sum(took.values()) > 10 or not numbers.countries)


@pytest.mark.parametrize("country", ["US", "CA", "GB", "DE", "FR", "IT", "ES", "RU", "JP", "IN", "MX", "AU", "NL"])
def test_within_a_country_numbers_are_dialled_as_they_are_read(country: str) -> None:
    """What is taken is the number that the text means, and it is taken with its code and with the country's prefix."""
    chance = random.Random(11)
    gate = Gate(company="acme", country=country, dialling=Dialling())
    within = open_patterns.within(country, Open((country,)))
    metadata = PhoneMetadata.metadata_for_region(country, None)
    assert within and metadata
    pattern, prefix = re.compile(f"^{within.head}({'|'.join(within.national)})$"), metadata.national_prefix or ""
    taken = 0
    for digits in samples(within.code, chance):
        for text in (f"{within.code}{digits}", f"{prefix}{digits}", digits):
            if found := pattern.match(text):
                taken += 1
                assert f"+{within.code}{found[1]}" == read(text, country, Role.TARGET), text
        if opened(gate, f"+{within.code}{digits}"):
            assert pattern.match(f"{prefix}{digits}") and pattern.match(f"{within.code}{digits}"), digits
    assert taken > 10


def test_abroad_is_dialled_with_a_plus_or_a_prefix() -> None:
    pattern = re.compile(f"^{open_patterns.abroad('US')}(44)$")
    taken = [text for text in ("+44", "0044", "01144", "44", "044") if pattern.match(text)]
    assert taken == ["+44", "0044", "01144"]
