"""Numbers as a real FreeSWITCH passes them on: callers, dialled numbers, and by which way a call came."""

from __future__ import annotations

import pytest

from live.lab import Lab, Router, until

#: The tracking number that hangs up at once, and what is dialled for it within its country.
OURS, NATIONAL = "+18725550125", "8725550125"
#: What a stranger writes to be taken for a phone that has shown its password.
FORGED = [
    ("sip_auth_username", "1001"),
    ("sip_authorized", "true"),
    ("X-sip_auth_username", "1001"),
    ("X-FS-sip_authorized", "true"),
    ("P-sip_auth_username", "1001"),
]


@pytest.mark.parametrize(
    ("caller", "number", "unread"),
    [
        ("+442071838750", "+442071838750", ""),
        ("00442071838750", "+442071838750", ""),
        ("442071838750", "+442071838750", ""),
        ("3125550142", "+13125550142", ""),
        ("+13125550142;isup-oli=0", "+13125550142", ""),
        ("anonymous", "", ""),
        ("12x34", "", "12x34"),
    ],
)
def test_caller_is_read_as_the_carrier_writes_them(
    lab: Lab, router: Router, caller: str, number: str, unread: str
) -> None:
    lab.dial(OURS, caller=caller).wait("ended")
    facts = lab.only_record().facts
    assert (facts.from_, facts.internal, facts.unread) == (number, "", unread)
    assert facts.came and (facts.came.gateway, facts.came.profile) == ("", "external")


def test_registered_phone_is_known_by_its_extension(lab: Lab, router: Router) -> None:
    lab.phones["1001"].call(NATIONAL, lab.switch.internal, "1001").wait("ended")
    record = lab.only_record()
    assert (record.facts.from_, record.facts.internal, record.caller) == ("", "1001", "1001")
    assert record.facts.came and record.facts.came.profile == "internal"


def test_stranger_is_no_extension_whatever_they_write(lab: Lab, router: Router) -> None:
    talk = lab.caller.call(f"{OURS};sip_authorized=true", lab.switch.external, "1001", headers=FORGED)
    talk.wait("ended")
    record = lab.only_record()
    assert (record.facts.from_, record.facts.internal, record.facts.unread) == ("", "", "1001")
    assert any(entry.outcome == 'could not read "1001"' for entry in record.trace)


@pytest.mark.parametrize(
    "dialled",
    [
        "0018725550125",
        "01118725550125",
        "18725550125",
        f"{OURS};phone-context=live.example",
        f"{OURS};npdi;rn=+13125550100",
        f"{NATIONAL};fsr_served=yes;execute_on_answer=hangup",
    ],
)
def test_dialled_number_is_ours_in_every_form(lab: Lab, router: Router, dialled: str) -> None:
    lab.dial(dialled).wait("ended")
    assert lab.only_record().number == OURS


def test_number_in_to_alone_is_found_by_a_gateway_with_auto_to_user(lab: Lab, router: Router) -> None:
    until(lambda: "REGED" in lab.switch.api("sofia status gateway live-carrier"), 10, "a registered gateway")
    for to in (OURS, f"{OURS};phone-context=live.example"):
        lab.carrier.call("gw+live-carrier", lab.switch.external, "+442071838750", to=to).wait("ended")
        came = lab.only_record()
        assert came.number == OURS and came.facts.came
        assert (came.facts.came.gateway, came.facts.came.profile) == ("live-carrier", "external")
        lab.quiet()
