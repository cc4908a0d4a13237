"""Voicemail: what the caller hears, where the message goes, and what the journal makes of those who leave early."""

from __future__ import annotations

import pytest

from router.house import House, commands, heard


def test_message_is_left(house: House) -> None:
    call, record = house.route("voicemail:box", message=6.0)
    (message,) = house.switch.messages
    assert (message.mailbox, round(message.seconds)) == ("1000", 6)
    assert heard(call) == ("ivr/leave-a-message.wav",)
    assert commands(call) == ["answer", "playback", "voicemail"]
    assert (record.outcome, record.destination) == ("voicemail", "voicemail:box")
    assert not call.fail_safe and len(call.routers) == 1


@pytest.mark.parametrize(("said", "spoken"), [("language: de", "de"), ("", None)])
def test_mailbox_speaks_the_companys_language(house: House, said: str, spoken: str | None) -> None:
    house.rules("voicemail:box", said)
    house.serve()
    assert house.call().wait().variables.get("default_language") == spoken


def test_caller_who_never_hangs_up_is_hung_up(house: House) -> None:
    house.rules("voicemail:box")
    house.serve()
    call = house.call(message=100_000.0).wait()
    assert 600 < call.line.clock.now < 660, call.log()
    assert house.record(call).outcome == "voicemail"


@pytest.mark.parametrize(
    ("greeting", "skips"), [(", greeting: ivr/a.wav", "true"), ("", None), (', greeting: "say:★"', None)]
)
def test_own_greeting_replaces_that_of_the_mailbox(house: House, greeting: str, skips: str | None) -> None:
    house.rules("voicemail:other", voicemails=f"other: {{mailbox: '1001'{greeting}}}")
    house.serve()
    call = house.call().wait()
    assert call.variables.get("skip_greeting") == skips
    assert [message.mailbox for message in house.switch.messages] == ["1001"], call.log()


@pytest.mark.parametrize(
    ("leaves", "outcome"),
    [("at:playback+1", "abandoned"), ("at:voicemail+0.1", "voicemail"), ("at:voicemail+5", "voicemail")],
)
def test_caller_who_leaves_before_the_message_is_abandoned(house: House, leaves: str, outcome: str) -> None:
    call, record = house.route("voicemail:box", message=60.0, hangs_up_after=leaves)
    assert (record.outcome, record.destination) == (outcome, "voicemail:box"), call.log()


@pytest.mark.parametrize(
    ("mailbox", "settings", "domain"),
    [
        ("1000@pbx.example", "office.example", "pbx.example"),
        ("1000", "office.example", "office.example"),
        ("1000", "", "192.0.2.2"),
    ],
)
def test_mailbox_has_its_domain(house: House, mailbox: str, settings: str, domain: str) -> None:
    house.rules("voicemail:other", voicemails=f'other: {{mailbox: "{mailbox}"}}')
    house.serve(domain=settings)
    house.call().wait()
    assert [message.domain for message in house.switch.messages] == [domain]
