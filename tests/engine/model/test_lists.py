"""What can stand on a list, as people write it, and all that stands for a caller."""

from __future__ import annotations

import pytest

from fsrouter.engine.contacts import PLAIN, Contact, Ids
from fsrouter.engine.model.lists import CONTACT, NUMBER, PREFIX, Listed, Member, member, members, why
from fsrouter.engine.model.scalars import Context
from fsrouter.errors import Refused

US = Context("US")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(312) 555-0142", Member(NUMBER, "+13125550142")),
        ("+1 312 555 0142", Member(NUMBER, "+13125550142")),
        ("+54 9 11 2345 6789", Member(NUMBER, "+541123456789")),
        ("+1900*", Member(PREFIX, "+1900")),
        (" +1 (900) * ", Member(PREFIX, "+1900")),
        ("+4*", Member(PREFIX, "+4")),
        ("+52 1 55*", Member(PREFIX, "+5255")),
        ("Contact:51", Member(CONTACT, "51")),
        ("contact:51", Member(CONTACT, "51")),
        ("contact: name:ada byron|acme ", Member(CONTACT, "name:ada byron|acme")),
        ("contact:+1900*", Member(CONTACT, "+1900*")),
    ],
)
def test_what_people_write_is_read(text: str, found: Member) -> None:
    assert member(text, US) == found
    assert member(str(found), US) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "telephone number"),
        ("nobody", "telephone number"),
        ("312 555 0142 ext. 4", "extension"),
        ("900*", "with + and the country code"),
        ("+*", "with + and the country code"),
        ("+19*00*", "with + and the country code"),
        ("+1234567890123456*", "up to 15 digits"),
        ("contact:", "lacks the contact's id"),
        ("contact:a\x1bb", "control character"),
        ("contact:" + "x" * 257, "longer than 256"),
    ],
)
def test_what_cannot_stand_on_a_list_is_refused_with_the_remedy(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said.replace("+", r"\+")):
        member(text, US)


def test_number_without_a_plus_needs_the_company_s_country() -> None:
    with pytest.raises(Refused, match="give the company's `country`"):
        member("312 555 0142", Context())


def test_reason_is_one_line_of_harmless_text() -> None:
    assert why("  calls\n every\tday ") == "calls every day"
    for bad in ("a\x1b[2J", "x" * 501, "\u202etxt"):
        with pytest.raises(Refused):
            why(bad)


def test_caller_is_found_by_number_beginnings_and_contacts() -> None:
    owners = (Contact(id="51", crm="zoho"), Contact(id="name:bo|"), Contact(account_id="a9", account="Acme"))
    found = members("+13125", owners, lambda crm: Ids(prefix="zcrm_") if crm == "zoho" else PLAIN)
    begins = {Member(PREFIX, begin) for begin in ("+1", "+13", "+131", "+1312", "+13125")}
    contacts = {Member(CONTACT, id) for id in ("51", "zcrm_51", "name:bo|", "a9")}
    assert found == {Member(NUMBER, "+13125")} | begins | contacts
    assert members("", owners[1:2], lambda crm: PLAIN) == {Member(CONTACT, "name:bo|")}


def test_both_forms_of_an_argentine_number_are_one_caller() -> None:
    for number in ("+541123456789", "+5491123456789"):
        found = members(number, (), lambda crm: PLAIN)
        assert {Member(NUMBER, "+541123456789"), Member(PREFIX, "+5411"), Member(PREFIX, "+54911")} <= found
        assert Member(NUMBER, "+5491123456789") not in found


def test_entry_holds_until_it_runs_out() -> None:
    entry = Listed(list="blocked", member=Member(NUMBER, "+1"), until=100.0)
    assert (entry.holds(99.0), entry.holds(100.0), Listed(list="a", member=entry.member).holds(1e12)) == (
        True, False, True,
    )  # fmt: skip
