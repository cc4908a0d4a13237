"""The legs of an attempt: how each far end is reached, what it is told, and which are left out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fsrouter.engine.walk.actions import Dial, Leg
from fsrouter.engine.walk.outcomes import LegResult
from fsrouter.errors import Refused
from fsrouter.esl import dialstring
from fsrouter.esl.call import legs
from fsrouter.esl.call.attempt import Attempt
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.events import Channel
from fsrouter.settings.model import Dialling, Trunk

NUMBER = "+13125550150"
SETTINGS = CallSettings(
    trunks={"carrier": Trunk(gateways=("carrier",))},
    dialling=Dialling(endpoints=("sofia/internal/*@10.0.0.1",)),
    domain="pbx.example",
)


def ignore(what: str, why: Refused) -> None:
    """Nobody is told."""


def dial(*to: Leg, show: str = "caller", name: str = "", source: str = "") -> Dial:
    return Dial(destination="x", legs=to, ring=20, trunk="carrier", show=show, name=name, source=source)


def rung(*to: Leg, registered: bool = True, settings: CallSettings = SETTINGS) -> tuple[list[str], dict[str, str]]:
    found, refused = dial_legs(dial(*to), settings, lambda user: registered)
    return [leg.target for leg in found], {name: result.cause for name, result in refused.items()}


def dial_legs(
    action: Dial, settings: CallSettings, registered: Callable[[str], bool], warn: legs.Warn = ignore
) -> tuple[list[dialstring.Leg], dict[str, LegResult]]:
    """The legs of an attempt's first round, and which are left out."""
    found, refused = legs.ways(action, settings.gate("acme", "US"), registered, lambda: 0.0)
    attempt = Attempt(action, found, refused, 0.0)
    rung = []
    for trial in attempt.next(0.0):
        try:
            rung.append(legs.dial_leg(trial, settings, warn))
        except Refused as why:
            attempt.refuse(trial.leg.destination, str(why))
    return rung, {leg.destination: leg for leg in attempt.outcome(0.0).legs if leg.outcome == "skipped"}


@pytest.mark.parametrize(
    ("endpoint", "number", "registered", "target"),
    [
        ("user/1001", "", True, "user/1001@pbx.example"),
        ("user/1001", "", False, "user/1001@pbx.example"),
        ("user/1001@other.example", "", True, "user/1001@other.example"),
        ("user/1001", NUMBER, True, "user/1001@pbx.example"),
        ("user/1001", NUMBER, False, f"sofia/gateway/carrier/{NUMBER}"),
        ("sofia/internal/1001@10.0.0.1", NUMBER, False, "sofia/internal/1001@10.0.0.1"),
        ("", NUMBER, True, f"sofia/gateway/carrier/{NUMBER}"),
    ],
)
def test_dial_legs_targets(endpoint: str, number: str, registered: bool, target: str) -> None:
    found, refused = rung(Leg(destination="agent:a", endpoint=endpoint, number=number), registered=registered)
    assert (found, refused) == ([target], {})


def test_registration_is_asked_only_with_a_number_to_ring_instead() -> None:
    asked: list[str] = []
    both = Leg(destination="agent:a", endpoint="user/1001", number=NUMBER)
    action = dial(both, Leg(destination="agent:b", endpoint="user/1002"))
    dial_legs(action, SETTINGS, lambda user: not asked.append(user))
    assert asked == ["1001@pbx.example"], "only where there is a number to ring instead"


@pytest.mark.parametrize(
    ("leg", "why"),
    [
        (Leg(destination="number:a", number="+442079460000"), "of GB; the countries"),
        (Leg(destination="number:a", number="+19005550100"), "the kind premium"),
        (Leg(destination="agent:a", endpoint="loopback/app=system:id"), "endpoint"),
        (Leg(destination="agent:a", endpoint="user/1001,user/1002"), "endpoint"),
        (Leg(destination="number:a", number=NUMBER, extension="2;x=y"), "digits"),
        (Leg(destination="number:a", number=NUMBER, extension="204", extension_delay=99), "extension delay"),
    ],
)
def test_refused_leg_leaves_the_others_ringing(leg: Leg, why: str) -> None:
    found, refused = rung(leg, Leg(destination="agent:b", endpoint="user/1002"))
    assert found == ["user/1002@pbx.example"]
    assert list(refused) == [leg.destination] and why in refused[leg.destination]


@pytest.mark.parametrize(
    ("leg", "holds"),
    [
        ({"whisper": "ivr/a.wav"}, {"group_confirm_key": "exec", "group_confirm_file": "playback ivr/a.wav"}),
        ({"whisper": "say:From the sale"}, {"group_confirm_file": "speak From the sale", "tts_voice": "slt"}),
        ({"whisper": "say:Привет"}, {"group_confirm_key": None, "tts_voice": None}),
        ({"whisper": "tone_stream://%(9,0,9);loops=2"}, {"group_confirm_key": None}),
        ({"accept": "1"}, {"group_confirm_key": "1", "group_confirm_file": "say:Press 1 to take the call"}),
        ({"accept": "*"}, {"group_confirm_key": "*", "group_confirm_file": "say:Press star to take the call"}),
        ({"accept": "#"}, {"group_confirm_key": "#", "group_confirm_file": "say:Press pound to take the call"}),
        ({"accept": "1", "whisper": "ivr/a.wav"}, {"group_confirm_key": "1", "group_confirm_file": "ivr/a.wav"}),
        ({"accept": "1", "whisper": "say:Привет"}, {"group_confirm_file": "say:Press 1 to take the call"}),
        ({}, {"group_confirm_key": None, "leg_timeout": "20", "fsr_target": "number.a"}),
    ],
)
def test_leg_variables_of_whisper_and_accept(leg: dict[str, str], holds: dict[str, str | None]) -> None:
    action = dial(Leg(destination="number:a", number=NUMBER, **leg))
    left_out: list[str] = []
    found, refused = dial_legs(action, SETTINGS, lambda user: True, lambda what, why: left_out.append(what))
    assert not refused
    (only,) = found
    assert {name: only.variables.get(name) for name in holds} == holds
    assert dialstring.dial(found)
    assert bool(left_out) == (leg.get("whisper") in ("say:Привет", "tone_stream://%(9,0,9);loops=2"))


def test_extension_is_dialled_before_the_whisper() -> None:
    to = Leg(destination="number:a", number=NUMBER, extension="204", extension_delay=2, whisper="ivr/a.wav")
    (only,) = dial_legs(dial(to), SETTINGS, lambda user: True)[0]
    assert only.variables["execute_on_answer"] == "send_dtmf WW204@120"
    assert only.variables["group_confirm_file"].endswith("ivr/a.wav")


@pytest.mark.parametrize("destination", ["agent:nancy", "number:main.desk", "phone:+13125550150", "agent:a:b"])
def test_label_and_destination_of_are_inverse(destination: str) -> None:
    assert ":" not in legs.label(destination).partition(".")[0]
    assert legs.destination_of(legs.label(destination)) == destination


@pytest.mark.parametrize(
    ("caller", "name", "source", "shown"),
    [
        ("Pat", "", "", "Pat"),
        ("Pat", "Patricia P", "", "Patricia P"),
        ("Pat", "Patricia P", "Ads", "Patricia P (Ads)"),
        ("", "", "Ads", "Ads"),
        ("", "", "", ""),
        ("ARRAY::Pat", "", "", "ARRAY Pat"),
        ("ARRAY::ARRAY::Pat|:x", "", "", "ARRAY ARRAY Pat x"),
        ("Eve <sip:x@y>", "", "Ads", "Eve sip x y (Ads)"),
        ("Pat", "Pat / Kim", "google/ads", "Pat Kim (google ads)"),
        ("${system(id)}", "", "Ads", "system(id) (Ads)"),
        ("^^:Pat", "", "", "Pat"),
        ("a;b=c,[d]", "", "", "ab=cd"),
    ],
)
def test_caller_id_name(caller: str, name: str, source: str, shown: str) -> None:
    channel = Channel({"Caller-Caller-ID-Name": caller})
    assert legs.caller_id(dial(name=name, source=source), channel)["effective_caller_id_name"] == shown


@pytest.mark.parametrize(("show", "number"), [("caller", ""), (NUMBER, NUMBER)])
def test_caller_id_number(show: str, number: str) -> None:
    assert legs.caller_id(dial(show=show), Channel({}))["effective_caller_id_number"] == number
