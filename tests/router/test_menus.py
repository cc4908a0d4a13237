"""Menus: keys of one and several digits, typed in time, ahead, wrongly or not at all."""

from __future__ import annotations

import pytest

from router.site import Site, commands, heard

MENU = """
menus:
  main:
    greeting: ivr/welcome.wav
    timeout: 3s
    attempts: 2
    digits: {"1": agent:nancy, "2": agent:johan, "12": number:desk, "*": menu:main, "9": voicemail:box}
    no_input: hangup:USER_BUSY
    invalid: hangup:CALL_REJECTED
    invalid_sound: ivr/wrong.wav
"""
HELLO = '["play:ivr/hello.wav", menu:main]'

WRONG = ("ivr/wrong.wav", "ivr/welcome.wav")


@pytest.mark.parametrize(
    ("keys", "destination", "trace", "sounds"),
    [
        (("2",), "agent:johan", ["key 2"], ("ivr/welcome.wav",)),
        (("1",), "agent:nancy", ["key 1"], ("ivr/welcome.wav",)),
        (("12",), "number:desk", ["key 12"], ("ivr/welcome.wav",)),
        ((("2", 0.2),), "agent:johan", ["key 2"], ("ivr/welcome.wav",)),
        (("-", "2"), "agent:johan", ["no input", "key 2"], ("ivr/welcome.wav",) * 2),
        (("7", "2"), "agent:johan", ["wrong key", "key 2"], ("ivr/welcome.wav", *WRONG)),
        (("77", "2"), "agent:johan", ["wrong key", "key 2"], ("ivr/welcome.wav", *WRONG)),
        (("-", "-"), "hangup:USER_BUSY", ["no input"] * 2, ("ivr/welcome.wav",) * 2),
        (("7", "-"), "hangup:USER_BUSY", ["wrong key", "no input"], ("ivr/welcome.wav", *WRONG)),
        (("-", "7"), "hangup:CALL_REJECTED", ["no input", "wrong key"], ("ivr/welcome.wav",) * 2),
        (("7", "8"), "hangup:CALL_REJECTED", ["wrong key"] * 2, ("ivr/welcome.wav", *WRONG)),
        (("*", "2"), "agent:johan", ["key *", "key 2"], ("ivr/welcome.wav",) * 2),
        (("#", "2"), "agent:johan", ["no input", "key 2"], ("ivr/welcome.wav",) * 2),
    ],
)
def test_key_leads_to_its_destination(
    site: Site, keys: tuple[str, ...], destination: str, trace: list[str], sounds: tuple[str, ...]
) -> None:
    call, record = site.route("menu:main", MENU, keys=keys)
    assert record.destination == destination, call.log()
    told = [entry.outcome for entry in record.trace if entry.at == "menu:main"]
    assert [outcome for outcome in told if not outcome.startswith(("no_input:", "invalid:"))] == trace
    assert heard(call) == sounds


def test_menu_answers_the_call_first(site: Site) -> None:
    call, record = site.route("menu:main", MENU, keys=("2",))
    assert commands(call) == ["answer", "play_and_get_digits", "bridge"]
    assert record.outcome == "answered"


def test_exhausted_branch_leaves_the_menu_and_does_not_return_to_it(site: Site) -> None:
    call, record = site.route("[menu:main, voicemail:box]", MENU.replace("agent:johan", "number:busy"), keys=("2",))
    assert record.outcome == "voicemail"
    assert commands(call).count("play_and_get_digits") == 1


def test_keys_typed_ahead_of_the_menu_count(site: Site) -> None:
    site.rules('["play:ivr/long.wav", menu:main]', MENU)
    site.serve()
    call = site.call().reach("playback")
    call.press("2")
    call.wait()
    assert site.record(call).destination == "agent:johan", call.log()


def test_key_typed_during_the_first_of_two_sounds_goes_to_the_menu(site: Site) -> None:
    site.rules('["play:ivr/long.wav", "say:Our office is open", tag:x, menu:main]', MENU)
    site.serve()
    call = site.call().reach("playback")
    call.press("2")
    call.wait()
    record = site.record(call)
    assert record.destination == "agent:johan", call.log()
    told = {entry.at: entry.outcome for entry in record.trace}
    assert (told["play:ivr/long.wav"], told["say:Our office is open"]) == ("played", "skipped")
    assert not any("office" in sound for sound in heard(call))


def test_menu_leads_to_another_menu(site: Site) -> None:
    inner = '  inner: {greeting: ivr/inner.wav, digits: {"5": agent:johan}}\n'
    call, record = site.route("menu:main", MENU.replace("voicemail:box", "menu:inner") + inner, keys=("9", "5"))
    assert record.destination == "agent:johan"
    assert heard(call) == ("ivr/welcome.wav", "ivr/inner.wav")


MANY = ", ".join(f'"{key}": agent:nancy' for key in range(10_000_000, 10_000_100))


@pytest.mark.parametrize(
    "menu",
    [
        'greeting: "say:★★★"',
        "greeting: ivr/welcome.wav, timeout: 5h",
        f"greeting: ivr/welcome.wav, digits: {{{MANY}}}",
        'greeting: ivr/welcome.wav, invalid_sound: "say:★"',
    ],
)
def test_sound_that_cannot_be_sent_loses_no_caller(site: Site, menu: str) -> None:
    digits = "" if "digits" in menu else ', digits: {"2": agent:johan}'
    keys = ("10000007",) if "digits" in menu else ("7", "2") if "invalid" in menu else ("2",)
    call, record = site.route("menu:odd", f"menus:\n  odd: {{{menu}{digits}}}", keys=keys)
    assert record.outcome == "answered" and not call.fail_safe, call.log()
