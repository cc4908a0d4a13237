"""Which kind of number a number is: every country's example numbers, and those that are told apart by our own table."""

from __future__ import annotations

import pytest

from fsrouter.engine.numbers.examples import KINDS as EXAMPLES
from fsrouter.engine.numbers.examples import examples
from fsrouter.engine.numbers.kinds import OF_NO_COUNTRY, OPENABLE, ORDINARY, Kind, numbered
from fsrouter.errors import Refused

#: What libphonenumber's example numbers of a kind may be: where it cannot tell fixed from mobile, and where it takes a
#: country's satellites for VoIP.
MEANT = {
    "mobile": {Kind.MOBILE, Kind.FIXED},
    "fixed": {Kind.FIXED},
    "toll-free": {Kind.TOLL_FREE},
    "premium": {Kind.PREMIUM},
    "shared cost": {Kind.SHARED_COST},
    "voip": {Kind.VOIP, Kind.SATELLITE},
    "personal": {Kind.PERSONAL},
    "pager": {Kind.PAGER},
    "company": {Kind.UAN},
    "voicemail": {Kind.VOICEMAIL},
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_country_s_example_numbers_are_of_their_kind_and_country(kind: str) -> None:
    found = examples(kind)
    wrong = {
        each.number: numbered(each.number)
        for each in found
        if numbered(each.number).kind not in MEANT[kind] or each.country not in numbered(each.number).countries
    }
    assert not wrong and len(found) > 10


@pytest.mark.parametrize(
    ("number", "kind", "countries"),
    [
        ("+13125550150", Kind.FIXED, {"US"}),
        ("+14165550150", Kind.FIXED, {"CA"}),
        ("+18765550100", Kind.MOBILE, {"JM"}),
        ("+18095550100", Kind.FIXED, {"DO"}),
        ("+17875550100", Kind.FIXED, {"PR"}),
        ("+12129765550", Kind.PREMIUM, {"US"}),
        ("+14169765550", Kind.PREMIUM, {"CA"}),
        ("+19765550100", Kind.UNASSIGNED, set()),  # no such area
        ("+15555550100", Kind.UNASSIGNED, set()),
        ("+11234567890", Kind.UNASSIGNED, set()),
        ("+447012345678", Kind.PERSONAL, {"GB", "GG", "IM"}),
        ("+447624123456", Kind.MOBILE, {"IM"}),
        ("+441481960194", Kind.FIXED, {"GG"}),
        ("+449098790000", Kind.PREMIUM, {"GB", "GG"}),
        ("+77771234567", Kind.MOBILE, {"KZ"}),
        ("+16007001234", Kind.SATELLITE, {"CA"}),
        ("+61147101234", Kind.SATELLITE, {"AU", "CC", "CX"}),
        ("+61145101234", Kind.SATELLITE, {"AU", "CC", "CX"}),
        ("+881612345678", Kind.SATELLITE, set()),
        ("+870773111632", Kind.SATELLITE, set()),
        ("+8821612345678", Kind.SATELLITE, set()),  # Thuraya
        ("+88213123456", Kind.INTERNATIONAL, set()),
        ("+88310012345678", Kind.INTERNATIONAL, set()),
        ("+80012345678", Kind.INTERNATIONAL, set()),
        ("+80812345678", Kind.INTERNATIONAL, set()),
        ("+878101234567890", Kind.INTERNATIONAL, set()),
        ("+97912345678", Kind.PREMIUM, set()),
        ("+979123456789", Kind.PREMIUM, set()),
        ("+999123456789", Kind.UNASSIGNED, set()),
        ("+2101234567", Kind.UNASSIGNED, set()),
    ],
)
def test_kinds_that_are_easily_taken_for_others(number: str, kind: Kind, countries: set[str]) -> None:
    found = numbered(number)
    assert (found.kind, set(found.countries)) == (kind, countries)


def test_numbers_that_all_of_a_plan_share_are_each_country_s() -> None:
    for number, kind in (("+18005550100", Kind.TOLL_FREE), ("+19005550100", Kind.PREMIUM)):
        found = numbered(number)
        assert found.kind == kind and {"US", "CA", "JM", "PR"} <= found.countries and len(found.countries) > 20


@pytest.mark.parametrize(
    "text", ["", "+", "13125550150", "+1312555015\\u0660", "+0123456789", "+1" * 9, "abc", "+1 312"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"is no E\.164 number"):
        numbered(text)


def test_every_kind_is_open_can_be_opened_or_is_not_given_out() -> None:
    assert ORDINARY | OPENABLE | {Kind.UNASSIGNED} == set(Kind) and not ORDINARY & OPENABLE
    assert OF_NO_COUNTRY <= OPENABLE
