"""Park and hold, by the buttons that telephones have: the caller hears music meanwhile, and nobody is cut off."""

from __future__ import annotations

import pytest

from live.lab import Lab, Router, until
from live.media import loudness
from live.talk import Manner, Talk
from live.test_transfers import talking, talking_with_ann

#: Vanilla's two ways to park, each with the extension that parks and the one that picks up.
PARKS = pytest.mark.parametrize(("park", "pick_up"), [("6001", "6001"), ("5900", "5901")], ids=["valet", "fifo"])


def hears_music(talk: Talk, seconds: float = 8.0) -> None:
    """Wait until somebody has heard a second of sound that is none of the telephones' own hums."""
    begun = len(talk.media.heard.frames)

    def music() -> bool:
        frames = [frame for _, frame in talk.media.heard.frames[begun:]]
        loud = [frame for frame in frames if len(set(frame)) > 20]
        return sum(all(loudness(frame, hum) < 0.4 for hum in (1700, 2300, 2600)) for frame in loud) > 50

    until(music, seconds, "music")


@PARKS
def test_the_answerer_parks_and_another_telephone_picks_up(lab: Lab, router: Router, park: str, pick_up: str) -> None:
    talk, far = talking_with_ann(lab)
    far.refer(park)
    far.wait("ended")
    hears_music(talk)
    picked = lab.phones["1002"].call(pick_up, lab.switch.internal, "1002", hum=2300)
    until(lambda: talk.media.heard.tone(2300), 8, "who picks up, for the caller")
    until(lambda: picked.media.heard.tone(2600), 8, "the caller, for who picks up")
    picked.hang_up()
    talk.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.destination) == ("taken", "agent:ann")
    assert record.trace[-1].why.endswith(f"it was transferred to {park}"), record.trace[-1]
    assert record.attempts[-1].outcome == "answered"


def test_an_operator_parks_and_a_telephone_picks_up(lab: Lab, router: Router) -> None:
    talk, far = talking(lab)
    assert lab.order(talk, "transfer", "extension:6002") == "done"
    far.wait("ended")
    hears_music(talk)
    picked = lab.phones["1002"].call("6002", lab.switch.internal, "1002", hum=2300)
    until(lambda: talk.media.heard.tone(2300), 8, "who picks up, for the caller")
    talk.hang_up()
    picked.wait("ended")
    record = lab.record(talk)
    assert record.outcome == "taken"
    assert [entry.outcome for entry in record.trace[-2:]] == ["transfer extension:6002", "taken"]
    assert "6002" in record.trace[-1].why


def test_hold_by_the_answerers_telephone(lab: Lab, router: Router) -> None:
    talk, far = talking(lab)
    far.hold()
    hears_music(talk)
    before = lab.store.journal.get(lab.uuid(talk))
    silent = len(far.media.heard.frames)
    far.hold(False)
    last = talk.media.heard.tone(1700)
    assert before and last
    until(lambda: (talk.media.heard.tone(1700) or last)[1] > last[1] + 0.5, 5, "the answerer again")
    until(lambda: len(far.media.heard.frames) > silent + 25, 5, "the caller again, for the answerer")
    assert lab.store.journal.get(before.uuid) == before
    far.hang_up()
    talk.wait("ended")
    record = lab.record(talk)
    assert (record.outcome, record.destination) == ("answered", "number:desk")
    assert record.trace[: len(before.trace)] == before.trace


def test_hold_by_the_callers_telephone(lab: Lab, router: Router) -> None:
    talk, far = talking(lab)
    talk.hold()
    hears_music(far)
    talk.hold(False)
    last = far.media.heard.tone(2600)
    assert last
    until(lambda: (far.media.heard.tone(2600) or last)[1] > last[1] + 0.5, 5, "the caller again")
    talk.hang_up()
    far.wait("ended")
    assert lab.record(talk).outcome == "answered"


def test_the_callers_telephone_gets_no_further_than_a_caller(lab: Lab, router: Router) -> None:
    """It may send the answerer on, but not to extensions that only our own telephones may dial."""
    talk, far = talking(lab)
    lab.outside.manners["+13125550140"] = Manner(hum=1000)
    talk.refer("6003")
    far.wait("ended")
    assert "6003" not in lab.switch.api("valet_info")
    record = lab.record(talk)
    assert record.outcome == "answered"
