"""Voicemail: what the caller hears, where the message goes, and what the journal makes of those who leave early."""

from __future__ import annotations

import pytest

from router.site import Site, commands, heard


def test_message_is_left(site: Site) -> None:
    call, record = site.route("voicemail:box", message=6.0)
    (message,) = site.switch.messages
    assert (message.mailbox, round(message.seconds)) == ("1000", 6)
    assert heard(call) == ("ivr/leave-a-message.wav",)
    assert commands(call) == ["answer", "playback", "voicemail"]
    assert (record.outcome, record.destination) == ("voicemail", "voicemail:box")
    assert not call.fail_safe and len(call.routers) == 1


@pytest.mark.parametrize(("said", "spoken"), [("language: de", "de"), ("", None)])
def test_mailbox_speaks_the_companys_language(site: Site, said: str, spoken: str | None) -> None:
    site.rules("voicemail:box", said)
    site.serve()
    assert site.call().wait().variables.get("default_language") == spoken


def test_caller_who_never_hangs_up_is_hung_up(site: Site) -> None:
    site.rules("voicemail:box")
    site.serve()
    call = site.call(message=100_000.0).wait()
    assert 600 < call.line.clock.now < 660, call.log()
    assert site.record(call).outcome == "voicemail"


@pytest.mark.parametrize(
    ("greeting", "skips"), [(", greeting: ivr/a.wav", "true"), ("", None), (', greeting: "say:★"', None)]
)
def test_own_greeting_replaces_that_of_the_mailbox(site: Site, greeting: str, skips: str | None) -> None:
    site.rules("voicemail:other", voicemails=f"other: {{mailbox: '1001'{greeting}}}")
    site.serve()
    call = site.call().wait()
    assert call.variables.get("skip_greeting") == skips
    assert call.variables["voicemail_callback_context"] == "fsr-closed", "who calls back from there gets no further"
    assert [message.mailbox for message in site.switch.messages] == ["1001"], call.log()


@pytest.mark.parametrize(
    ("leaves", "outcome"),
    [("at:playback+1", "abandoned"), ("at:voicemail+0.1", "voicemail"), ("at:voicemail+5", "voicemail")],
)
def test_caller_who_leaves_before_the_message_is_abandoned(site: Site, leaves: str, outcome: str) -> None:
    call, record = site.route("voicemail:box", message=60.0, hangs_up_after=leaves)
    assert (record.outcome, record.destination) == (outcome, "voicemail:box"), call.log()


@pytest.mark.parametrize(
    ("mailbox", "settings", "domain"),
    [
        ("1000@pbx.example", "office.example", "pbx.example"),
        ("1000", "office.example", "office.example"),
        ("1000", "", "192.0.2.2"),
    ],
)
def test_mailbox_has_its_domain(site: Site, mailbox: str, settings: str, domain: str) -> None:
    site.rules("voicemail:other", voicemails=f'other: {{mailbox: "{mailbox}"}}')
    site.serve(domain=settings)
    site.call().wait()
    assert [message.domain for message in site.switch.messages] == [domain]


@pytest.mark.parametrize("by", ["router", "fail-safe"])
@pytest.mark.parametrize(
    ("left", "rang"),
    [
        ("+13125550199", ["sofia/gateway/carrier/+13125550199"]),
        ("13125550199", ["sofia/gateway/carrier/+13125550199"]),
        ("1002", ["user/1002"]),
        ("+19005550164", []),
        ("911", []),
    ],
)
def test_who_has_logged_in_calls_back_no_further_than_is_open(site: Site, by: str, left: str, rang: list[str]) -> None:
    if by == "router":
        site.rules("voicemail:plain", voicemails="plain: {mailbox: '1001'}")
        site.serve()
    else:
        site.rules("hangup", line=", failsafe: voicemail:plain", voicemails="plain: {mailbox: '1001'}")
        site.routers = [("127.0.0.1", 1)]  # nobody listens
        site.switch.dialplan = site.dialplan()
    site.call(number=left, message=6.0).wait()
    call = site.call(keys=("01001#15",), message=100.0).wait()
    assert [ring.target for ring in call.rang] == rang, call.log()
    assert call.hangup_cause == ("NORMAL_CLEARING" if rang else "OUTGOING_CALL_BARRED"), call.log()
