"""Who calls, by what a channel says: FreeSWITCH's own word counts, and nothing that a far end can write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fsrouter.engine.model.company import Header
from fsrouter.engine.walk.facts import Facts
from fsrouter.esl.events import Channel
from fsrouter.router.callers import Callers
from fsrouter.settings.model import Incoming, Numbers

#: What FreeSWITCH sets for a phone that has shown its password.
PHONE = {"sip_authorized": "true", "sip_auth_username": "1001", "sip_auth_realm": "pbx.example"}

#: No setting at all.
AUTO = Numbers()


def facts(
    number: str,
    variables: Mapping[str, str] = {},
    numbers: Numbers = AUTO,
    country: str = "US",
    **headers: str,
) -> Facts:
    found = {"Caller-Caller-ID-Number": number, "Caller-Context": "public", "FreeSWITCH-Switchname": "fs1"}
    found |= {name.replace("_", "-"): value for name, value in headers.items()}
    found |= {f"variable_{name}": value for name, value in variables.items()}
    return Callers(numbers).facts(Channel(found), Header(company="acme", country=country), "+18725550111", 1000.0)


def told(found: Facts) -> tuple[str, str, str]:
    return found.from_, found.internal, found.unread


@pytest.mark.parametrize("country", ["US", "GB", "DE", "AT"])
def test_short_digits_of_a_phone_with_a_password_are_its_extension(country: str) -> None:
    assert told(facts("1001", PHONE, country=country)) == ("", "1001", "")
    assert told(facts("1001", country=country)) == ("", "", "1001")


@pytest.mark.parametrize(
    "variables",
    [
        {"sip_authorized": "true"},
        {"sip_authorized": "true", "sip_acl_authed_by": "domains", "sip_auth_username": "1001"},
        {"sip_authorized": "false", "sip_auth_username": "1001"},
        {"sip_auth_username": "1001"},
        {"sip_h_X-sip_auth_username": "1001", "sip_h_X-sip_authorized": "true"},
        {"sip_from_sip_auth_username": "1001", "verto_dvar_verto_user": "1001"},
        {"sip_looped_call": "true", "sip_authorized": "true"},
    ],
)
def test_call_that_has_shown_no_password_is_no_extension(variables: dict[str, str]) -> None:
    assert told(facts("1001", variables)) == ("", "", "1001")


def test_browser_that_is_logged_in_is_an_extension() -> None:
    assert told(facts("1008", {"verto_user": "1008@pbx.example"})) == ("", "1008", "")


@pytest.mark.parametrize("name", ["phones", "office"])
def test_profiles_and_contexts_of_our_own_phones_are_believed(name: str) -> None:
    numbers = Numbers(internal=(name,))
    came: dict[str, Any] = {"Caller_Context": "office"} if name == "office" else {}
    variables = {"sofia_profile_name": "phones"} if name == "phones" else {}
    assert told(facts("1001", variables, numbers, **came)) == ("", "1001", "")
    assert told(facts("1001", {"sofia_profile_name": "external"}, numbers)) == ("", "", "1001")


def test_caller_with_a_number_is_no_extension_whoever_they_are() -> None:
    assert told(facts("+13125550150", PHONE)) == ("+13125550150", "", "")


def test_withheld_and_unread_are_told_apart() -> None:
    assert told(facts("anonymous")) == ("", "", "")
    assert told(facts("12x34567890123456789")) == ("", "", "12x34567890123456789")
    assert len(facts("x" * 5000).unread) == 64


@pytest.mark.parametrize("incoming", ["auto", "e164", "plus", "national"])
def test_company_without_a_country_has_callers_too(incoming: str) -> None:
    numbers = Numbers(incoming=incoming)
    assert told(facts("+442071838750", {}, numbers, country="")) == ("+442071838750", "", "")
    assert told(facts("1001", PHONE, numbers, country="")) == ("", "1001", "")
    assert facts("3125550142", {}, numbers, country="").from_ in ("", "+3125550142")
    assert facts("03125550142", {}, numbers, country="").unread == "03125550142"


def test_setting_of_gateway_profile_and_freeswitch_decides() -> None:
    bare = "4915123456"
    numbers = Numbers(
        gateways={"carrier": Incoming(incoming="e164")},
        profiles={"external": Incoming(incoming="national")},
        freeswitch={"fs1": Incoming(incoming="e164")},
    )
    by_gateway = {"sip_gateway": "carrier", "sofia_profile_name": "external"}
    assert facts(bare, by_gateway, numbers).from_ == "+4915123456"
    assert facts(bare, {"sofia_profile_name": "external"}, numbers).from_ == "+14915123456"
    assert facts(bare, {}, numbers).from_ == "+4915123456"
    assert facts(bare, {}, numbers, FreeSWITCH_Switchname="", FreeSWITCH_Hostname="fs1").from_ == "+4915123456"


def test_record_keeps_what_came_and_by_which_way() -> None:
    came = facts("0044 20 7183 8750", {"sip_gateway": "g" * 80, "sofia_profile_name": "external"}).came
    assert came is not None
    assert (came.text, came.gateway, came.profile, came.switch) == ("0044 20 7183 8750", "g" * 64, "external", "fs1")
