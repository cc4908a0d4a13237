"""What happens on the phone, as both ends hear it: extensions, whispers, accept keys, groups, recordings, caller ID."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from live.lab import OUTSIDE, Lab, Router, until
from live.media import encoded, loudness
from live.talk import BUSY, SILENT, Manner, Talk

#: The tones of the rule book: a whisper, a request to accept, the sound before a taped talk.
WHISPER, ASKED, SOUND = 1550, 1750, 2000
#: One of the two tones of North American ringing.
RINGING = 440


def talks(lab: Lab, talk: Talk, tone: int = 1700) -> None:
    """Wait until the caller hears the answerer's hum."""
    until(lambda: talk.media.heard.tone(tone), 10, f"a hum of {tone} Hz")


def test_an_extension_is_dialled_after_its_delay(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(hum=1700, talk=4)
    talk = lab.dial("18725550105", hum=2600)
    far = lab.outside.rung()
    talk.wait("ended")
    assert far.media.heard.digits == "204#"
    delay = far.media.heard.keys[0][0] - far.at["answered"]
    assert 0.9 < delay < 1.3
    caller = far.media.heard.tone(2600)
    assert caller and caller[0] > far.media.heard.keys[-1][0]
    assert talk.at["ringing"] < far.at["answered"] < talk.at["answered"]
    assert lab.record(talk).outcome == "answered"


def test_a_whisper_is_heard_before_the_caller_is_through(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(hum=1700, talk=4)
    talk = lab.dial("18725550106", hum=2600)
    far = lab.outside.rung()
    talk.wait("ended")
    whisper, caller = far.media.heard.tone(WHISPER), far.media.heard.tone(2600)
    assert whisper and caller
    assert whisper[1] - whisper[0] > 0.8
    assert caller[0] >= whisper[1] - 0.05
    assert talk.media.heard.tone(WHISPER) is None
    assert talk.at["answered"] >= whisper[1] - 0.1
    assert talk.at["ringing"] < far.at["answered"]


def test_an_answered_caller_hears_ringing_during_the_whisper(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(after=1.5, hum=1700, talk=2.5)
    talk = lab.dial("18725550119", hum=2600)
    far = lab.outside.rung()
    talk.wait("ended")
    ringing, whisper = talk.media.heard.tone(RINGING), far.media.heard.tone(WHISPER)
    assert ringing and whisper
    assert ringing[0] < whisper[0]
    assert not far.media.heard.tone(SOUND)


def test_extension_then_whisper_then_talk(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(hum=1700, talk=4)
    talk = lab.dial("18725550115", hum=2600)
    far = lab.outside.rung()
    talk.wait("ended")
    heard = far.media.heard
    assert heard.digits == "77"
    whisper, caller = heard.tone(WHISPER), heard.tone(2600)
    assert whisper and caller
    assert heard.keys[-1][0] < whisper[0] < caller[0]


def test_the_key_accepts(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(hum=1700, talk=6, press="1", press_after=1.0)
    talk = lab.dial("18725550107", hum=2600)
    far = lab.outside.rung()
    talk.wait("ended")
    asked, caller = far.media.heard.tone(ASKED), far.media.heard.tone(2600)
    assert asked and caller
    assert caller[0] - far.at["answered"] > 1.0
    assert lab.record(talk).destination == "number:sure"


def test_without_the_key_the_next_destination_rings(lab: Lab, router: Router) -> None:
    lab.outside.manners = {"+13125550155": Manner(hum=1700), OUTSIDE["desk"]: Manner(hum=2300, talk=2)}
    talk = lab.dial("18725550107", hum=2600)
    sure = lab.outside.rung()
    sure.wait("ended", 45)
    talks(lab, talk, 2300)
    talk.wait("ended")
    record = lab.record(talk)
    assert [(a.destination, a.outcome) for a in record.attempts] == [
        ("number:sure", "no-answer"),
        ("number:desk", "answered"),
    ]
    assert sure.media.heard.tone(2600) is None


def test_three_at_once(lab: Lab, router: Router) -> None:
    lab.outside.manners = {
        OUTSIDE["busy"]: BUSY,
        OUTSIDE["silent"]: SILENT,
        OUTSIDE["desk"]: Manner(after=1, hum=1700, talk=2),
    }
    talk = lab.dial("18725550108", hum=2600)
    lab.outside.rung(3)
    talk.wait("ended")
    silent, desk = lab.outside.called(OUTSIDE["silent"])[0], lab.outside.called(OUTSIDE["desk"])[0]
    assert silent.wait("cancelled") - desk.at["answered"] < 0.2
    record = lab.record(talk)
    assert (record.outcome, record.attempts[-1].outcome) == ("answered", "answered")
    told = next(entry for entry in record.trace if entry.at == "distribution:three" and "answered" in entry.outcome)
    assert "number:busy: busy" in told.why and "number:desk: answered" in told.why, told
    assert "number:silent: lost" in told.why, told


def test_turns_move_on_at_each_call(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(talk=0.3)
    winners = []
    for _ in range(10):
        talk = lab.dial("18725550109")
        talk.wait("ended")
        winners.append(lab.outside.taken[-1].user)
        assert lab.record(talk).outcome == "answered"
    order = [OUTSIDE["desk"], "+13125550161", "+13125550160"]
    first = order.index(winners[0])
    assert winners == [order[(first + i) % 3] for i in range(10)]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Pat Caller", "Pat Caller (Direct)"),
        ("Eve ${system(id)} {a=b}", "Eve "),
        ("Eve <sip:x@y>", "Eve sip x y (Direct)"),
        ("Eve/Sales: x@y", "Eve Sales x y (Direct)"),
        ("x%0AUnique-ID: 6666", "xUnique-ID 6666 (Direct)"),
    ],
)
def test_the_caller_is_shown_with_the_source(lab: Lab, router: Router, name: str, shown: str) -> None:
    lab.outside.manner = Manner(talk=0.3)
    talk = lab.dial("18725550104", name=name)
    heading = lab.outside.rung().shown
    talk.wait("ended")
    assert f"sip:{talk.caller}@" in heading
    found = heading.partition("<")[0].strip(' "')
    assert found.startswith(shown) and found.endswith("(Direct)") and not set(found) & set("${}<>@:/"), heading


def test_the_tracking_number_is_shown(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(talk=0.3)
    talk = lab.dial("18725550113")
    assert "sip:+18725550113@" in lab.outside.rung().shown
    talk.wait("ended")


def both_sides(path: Path) -> tuple[int, bool, bool, float]:
    """Channels of a recording, whether the left one has the caller's hum and the right one the answerer's, and its
    seconds.
    """
    with wave.open(str(path)) as file:
        channels, rate = file.getnchannels(), file.getframerate()
        data = memoryview(file.readframes(file.getnframes())).cast("h")
    seconds = len(data) / channels / rate

    def has(side: list[int], frequency: int) -> bool:
        frames = [bytes(map(encoded, side[i : i + 160])) for i in range(0, len(side) - 160, 1600)]
        return sum(loudness(frame, frequency) > 0.4 for frame in frames) >= 3

    left, right = list(data[0::channels]), list(data[1::channels]) if channels > 1 else []
    return channels, has(left, 2600), has(right, 1700), seconds


def test_a_talk_is_taped_in_stereo_from_its_answer(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(after=1, hum=1700, talk=2)
    talk = lab.dial("18725550111", hum=2600)
    talk.wait("ended")
    record = lab.record(talk)
    assert record.recording.endswith(".wav")
    channels, caller, answerer, seconds = both_sides(Path(record.recording))
    assert (channels, caller, answerer) == (2, True, True)
    assert 1.8 < seconds < 2.3


def test_a_talk_after_a_sound_is_taped_from_the_legs_answer(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(after=1, hum=1700, talk=2)
    talk = lab.dial("18725550112", hum=2600)
    talk.wait("ended")
    channels, caller, answerer, seconds = both_sides(Path(lab.record(talk).recording))
    assert (channels, caller, answerer) == (2, True, True)
    assert 1.8 < seconds < 2.3
