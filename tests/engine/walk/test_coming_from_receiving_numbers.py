"""Receiving numbers: the page for those who come from them does what it says, setting by setting."""

from __future__ import annotations

import msgspec
import pytest

from engine.books import EVENING, People, traced, tried
from engine.pages import Page, Shows, every_setting_is_shown, page
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.walk.actions import Dial, Leg, Play
from fsrouter.engine.walk.outcomes import Dialled
from fsrouter.rules.call_tests import mismatches
from fsrouter.rules.expectations import Expected

DESK, CLINIC, SERVICE, BOTH, THEN, TAPED = (f"01{i}" for i in range(11, 17))


def first(done) -> Dial:
    return next(action for action in done if isinstance(action, Dial))


def leg(**wanted):
    """Whether the first leg that is rung is such a one."""
    return lambda _, done: all(getattr(first(done).legs[0], name) == value for name, value in wanted.items())


def dial(**wanted):
    return lambda _, done: all(getattr(first(done), name) == value for name, value in wanted.items())


SHOWN = [
    Shows("number", DESK, leg(number="+13125550150", destination="number:desk")),
    Shows("number", SERVICE, leg(number="+18005550152")),
    Shows("name", DESK, "number:desk"),
    Shows("dial extension", CLINIC, leg(extension="204")),
    Shows("dial extension", DESK, leg(extension="")),
    Shows("pause before the extension", CLINIC, leg(extension_delay=2)),
    Shows("whisper message", DESK, leg(whisper="ivr/google-call.wav")),
    Shows("whisper message", SERVICE, leg(whisper="say:Acme patient, press one to accept")),
    Shows("no whisper", CLINIC, leg(whisper="")),
    Shows("press 1 to accept", SERVICE, leg(accept="1")),
    Shows("press 1 to accept", DESK, leg(accept="")),
    Shows("ring time", DESK, dial(ring=25)),
    Shows("ring time", SERVICE, dial(ring=30)),
    Shows("no answer, busy: send the call to", CLINIC, "number:desk", assumed={"unanswered": 1}),
    Shows("no answer, busy: send the call to", CLINIC, "voicemail:main", assumed={"unanswered": 2}),
    Shows(
        "no answer, busy: send the call to",
        DESK,
        lambda walk, _: walk.destination == "voicemail:main" and "number:desk -> busy" in traced(walk),
        people=People(dials=[Dialled(outcome="busy")]),
    ),
    Shows("tag calls by business hours", DESK, lambda walk, _: walk.tags == ["business-hours"]),
    Shows("tag calls by business hours", DESK, lambda walk, _: walk.tags == ["after-hours"], at=EVENING),
    Shows("tag calls by business hours", BOTH, lambda walk, _: walk.tags == ["business-hours"]),
    Shows("show the caller's number or the tracking number", DESK, dial(show="+18725550111")),
    Shows("show the caller's number or the tracking number", BOTH, dial(show="caller")),
    Shows("record calls", DESK, dial(record=True)),
    Shows("record calls", CLINIC, dial(record=False)),
    Shows("record calls", TAPED, lambda _, done: [a.record for a in done if isinstance(a, Dial)] == [True, True]),
    Shows(
        "announce the recording",
        TAPED,
        lambda _, done: [a.sound for a in done if isinstance(a, Play)] == ["say:This call is recorded"],
    ),
    Shows("announce the recording", DESK, lambda _, done: not [a for a in done if isinstance(a, Play)]),
    Shows("forward a tracking number", DESK, "number:desk"),
    Shows(
        "forward to several at once",
        BOTH,
        lambda walk, _: tried(walk) == ["distribution:both(number:desk number:plain) 20 no-answer"],
    ),
    Shows("forward to several at once", THEN, "agent:nancy", assumed={"unanswered": 1}),
    Shows(
        "when the router is down",
        DESK,
        lambda walk, _: (walk.number.failsafe, walk.book.header.failsafe) == ((), (Destination("number", "desk"),)),
    ),
    Shows(
        "when the router is down",
        CLINIC,
        lambda walk, _: walk.number.failsafe == (Destination("phone", "+17735550151"),),
    ),
    Shows(
        "a number that is needed once",
        TAPED,
        lambda _, done: (
            Leg(destination="phone:+13125550199", number="+13125550199")
            in [leg for a in done if isinstance(a, Dial) for leg in a.legs]
        ),
    ),
]


@pytest.fixture(scope="module")
def receiving(tmp_path_factory) -> Page:
    return page("receiving-numbers", tmp_path_factory.mktemp("page"))


def test_calls_of_the_page_go_where_it_says(receiving):
    assert len(receiving.calls) > 10 and receiving.broken() == []


def test_wrong_expectation_is_reported(receiving):
    wrong = [msgspec.structs.replace(call, expect=Expected(destination="queue:nobody")) for call in receiving.calls]
    assert all(mismatches(call, receiving.result(call)) for call in wrong)


def test_every_setting_of_the_page_has_a_call(receiving):
    every_setting_is_shown(receiving, SHOWN)


@pytest.mark.parametrize("shows", SHOWN, ids=str)
def test_setting_has_its_effect(receiving, shows):
    shows.on(receiving)
