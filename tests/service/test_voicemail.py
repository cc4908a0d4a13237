"""Voicemail: what the caller hears, where the message goes, and what the journal makes of those who leave early."""

from __future__ import annotations

import pytest

from fsrouter.settings import Settings

from .house import House, commands, heard


def test_a_message_is_left(house: House) -> None:
    call, record = house.route("voicemail:box", message=6.0)
    (message,) = house.switch.messages
    assert (message.mailbox, round(message.seconds)) == ("1000", 6)
    assert message.domain == call.variables.get("domain_name", message.domain)
    assert heard(call) == ("ivr/leave-a-message.wav",)
    assert commands(call) == ["answer", "playback", "voicemail"]
    assert (record.outcome, record.destination) == ("voicemail", "voicemail:box")
    assert not call.fail_safe and len(call.routers) == 1


@pytest.mark.parametrize(
    ("box", "skips"),
    [("mailbox: '1000', greeting: ivr/a.wav", True), ("mailbox: '1000'", False), ("mailbox: '1000', greeting: 'say:★'", False)],
)  # fmt: skip
def test_a_greeting_of_ours_takes_the_place_of_the_mailboxs(house: House, box: str, skips: bool) -> None:
    call, record = (
        house.route("voicemail:other", f"voicemails2: {{}}".replace("voicemails2: {}", ""), numbers="")
        if 0
        else _other(house, box)
    )
    assert (call.variables.get("skip_greeting") == "true") is skips
    assert record.outcome == "voicemail" and house.switch.messages


def _other(house: House, box: str):  # type: ignore[no-untyped-def]
    from . import house as houses

    people, houses.PEOPLE = houses.PEOPLE, houses.PEOPLE.replace("voicemails:\n", f"voicemails:\n  other: {{{box}}}\n")
    try:
        return house.route("voicemail:other")
    finally:
        houses.PEOPLE = people


@pytest.mark.parametrize(
    ("leaves", "outcome"), [("at:playback+1", "abandoned"), ("at:voicemail+0.1", "voicemail"), ("at:voicemail+5", "voicemail")]
)  # fmt: skip
def test_a_caller_who_leaves(house: House, leaves: str, outcome: str) -> None:
    call, record = house.route("voicemail:box", message=60.0, hangs_up_after=leaves)
    assert record.outcome == outcome, call.told()
    assert record.destination == "voicemail:box"


@pytest.mark.parametrize(("mailbox", "domain"), [("1000@pbx.example", "pbx.example"), ("1000", "office.example")])
def test_the_mailboxs_domain(house: House, mailbox: str, domain: str) -> None:
    from . import house as houses

    people, houses.PEOPLE = houses.PEOPLE, houses.PEOPLE.replace('mailbox: "1000"', f'mailbox: "{mailbox}"')
    try:
        house.rules("voicemail:box")
    finally:
        houses.PEOPLE = people
    house.serve(domain="office.example")
    house.call().wait()
    assert [message.domain for message in house.switch.messages] == [domain]
    assert Settings().domain == ""
