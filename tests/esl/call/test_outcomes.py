"""How actions ended, by what FreeSWITCH leaves on the channel."""

from __future__ import annotations

from typing import Any

import pytest

from fsrouter.engine.walk.actions import Dial, Enqueue, Gather, Leg, Play
from fsrouter.engine.walk.outcomes import Dialled, Gathered, LegResult, Played, Queued
from fsrouter.esl.call import outcomes
from fsrouter.esl.events import Channel

NANCY = Leg(destination="agent:nancy", endpoint="user/1001@pbx.example", number="+13125550161")
DESK = Leg(destination="number:desk", number="+13125550150")
AGAIN = Leg(destination="number:again", number="+13125550150")


def channel(**variables: Any) -> Channel:
    return Channel({f"variable_{name}": value for name, value in variables.items()})


def dial(*legs: Leg) -> Dial:
    return Dial(destination="x", legs=legs, ring=20)


def results(*results: tuple[str, str, str]) -> tuple[LegResult, ...]:
    return tuple(LegResult(destination=d, outcome=outcome, cause=cause) for d, outcome, cause in results)


@pytest.mark.parametrize(
    ("disposition", "outcome", "leg"),
    [
        ("SUCCESS", "answered", "answered"),
        ("USER_BUSY", "busy", "busy"),
        ("CALL_REJECTED", "busy", "refused"),
        ("NO_ANSWER", "no-answer", "no-answer"),
        ("ALLOTTED_TIMEOUT", "no-answer", "no-answer"),
        ("PROGRESS_TIMEOUT", "no-answer", "no-answer"),
        ("ORIGINATOR_CANCEL", "no-answer", "no-answer"),
        ("UNALLOCATED_NUMBER", "no-answer", "failed"),
        ("USER_NOT_REGISTERED", "no-answer", "failed"),
        ("failure", "no-answer", "failed"),
        ("", "no-answer", "no-answer"),
    ],
)
def test_dialled_one_leg_without_a_list(disposition: str, outcome: str, leg: str) -> None:
    ended = outcomes.dialled(dial(DESK), channel(originate_disposition=disposition), 3.0)
    assert (ended.outcome, ended.after) == (outcome, 3.0)
    assert ended.legs == results(("number:desk", leg, disposition))
    assert ended.by == ("number:desk" if outcome == "answered" else "")


LISTED = ["u1;Outbound Call;1001", "u2;Outbound Call;+13125550150"]


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(
    ("causes", "disposition", "bridged", "outcome", "by", "legs"),
    [
        (["u1;LOSE_RACE", "u2;NONE"], "SUCCESS", "u2", "answered", "number:desk", ("lost", "answered")),
        (["u1;NONE", "u2;USER_BUSY"], "SUCCESS", "u1", "answered", "agent:nancy", ("answered", "busy")),
        (["u1;USER_BUSY", "u2;USER_BUSY"], "USER_BUSY", "", "busy", "", ("busy", "busy")),
        (["u1;USER_BUSY", "u2;CALL_REJECTED"], "USER_BUSY", "", "busy", "", ("busy", "refused")),
        (["u1;ALLOTTED_TIMEOUT", "u2;USER_BUSY"], "NO_ANSWER", "", "no-answer", "", ("no-answer", "busy")),
        # left over from an earlier attempt that was answered
        (["u1;USER_BUSY", "u2;USER_BUSY"], "USER_BUSY", "u1", "busy", "", ("busy", "busy")),
    ],
)
def test_dialled_several_legs(
    causes: list[str], disposition: str, bridged: str, outcome: str, by: str, legs: tuple[str, ...], as_text: bool
) -> None:
    lists: Any = ("ARRAY::" + "|:".join(LISTED), "ARRAY::" + "|:".join(causes)) if as_text else (LISTED, causes)
    seen = channel(
        originated_legs=lists[0],
        originate_causes=lists[1],
        originate_disposition=disposition,
        last_bridge_to=bridged,
    )
    ended = outcomes.dialled(dial(NANCY, DESK), seen, 0.0)
    assert (ended.outcome, ended.by, tuple(leg.outcome for leg in ended.legs)) == (outcome, by, legs)


@pytest.mark.parametrize(
    ("legs", "listed", "winner", "by"),
    [
        ((DESK, AGAIN), ["u1;Out;+13125550150", "u2;Out;+13125550150"], "u2", "number:again"),
        ((DESK, AGAIN), ["u1;Out;13125550150", "u2;Out;13125550150"], "u1", "number:desk"),
        ((NANCY, DESK), ["u2;Out;+13125550150"], "u2", "number:desk"),
        ((NANCY, DESK), ["u1;Out;+13125550161", "u2;Out;+13125550150"], "u1", "agent:nancy"),
        ((NANCY, DESK), ["u1;Out;elsewhere", "u2;Out;+13125550150"], "u1", "agent:nancy"),
        ((NANCY, DESK), ["u1;a;b;c;1001", "u2;;+13125550150"], "u1", "agent:nancy"),
        ((NANCY, DESK), ["u1;Out;1001", "u1;Out;1001"], "u1", "agent:nancy"),
        ((NANCY, DESK), ["u3;Out;elsewhere"], "u3", ""),
    ],
)
def test_dialled_finds_legs_by_number_then_place(
    legs: tuple[Leg, ...], listed: list[str], winner: str, by: str
) -> None:
    seen = channel(originated_legs=listed, originate_disposition="SUCCESS", last_bridge_to=winner)
    ended = outcomes.dialled(dial(*legs), seen, 0.0)
    assert (ended.outcome, ended.by) == ("answered", by)
    assert [leg.outcome for leg in ended.legs].count("answered") == (1 if by else 0)


@pytest.mark.parametrize(
    ("variables", "outcome", "by"),
    [
        ({"cc_cause": "answered", "cc_agent": "nancy@acme"}, "answered", "agent:nancy"),
        ({"cc_cause": "answered"}, "answered", ""),
        ({"cc_cause": "cancel", "cc_cancel_reason": "TIMEOUT"}, "timeout", ""),
        ({"cc_cause": "cancel", "cc_cancel_reason": "NO_AGENT_TIMEOUT"}, "no-agents", ""),
        ({"cc_cause": "cancel", "cc_cancel_reason": "EXIT_WITH_KEY"}, "exit-key", ""),
        ({"cc_cause": "cancel", "cc_cancel_reason": "NONE"}, "failed", ""),
        ({}, "failed", ""),
    ],
)
def test_queued_outcomes(variables: dict[str, str], outcome: str, by: str) -> None:
    assert outcomes.read(Enqueue(queue="q"), channel(**variables), 1.0) == Queued(outcome=outcome, by=by, after=1.0)


@pytest.mark.parametrize(
    ("variables", "keys"),
    [
        ({"fsr_digits": "1"}, "1"),
        ({"fsr_digits_invalid": "9"}, "9"),
        ({"fsr_digits": "1", "fsr_digits_invalid": "9"}, "1"),
        ({}, ""),
    ],
)
def test_gathered_keys(variables: dict[str, str], keys: str) -> None:
    menu = Gather(menu="m", sound="a.wav", choices=("1",), timeout=3)
    assert outcomes.read(menu, channel(**variables), 0.0) == Gathered(keys=keys)


@pytest.mark.parametrize(("response", "missing"), [("FILE PLAYED", False), ("FILE NOT FOUND", True), ("", False)])
def test_played_tells_a_missing_sound(response: str, missing: bool) -> None:
    seen = channel(current_application_response=response)
    assert outcomes.read(Play(sound="a.wav"), seen, 0.0) == Played(missing=missing)


@pytest.mark.parametrize(
    ("action", "variables", "begun"),
    [
        (dial(DESK), {}, False),
        (dial(DESK), {"originate_disposition": "failure"}, True),
        (Gather(menu="m", sound="a.wav", choices=("1",), timeout=3), {}, False),
        (Gather(menu="m", sound="a.wav", choices=("1",), timeout=3), {"read_result": "timeout"}, True),
        (Play(sound="a.wav"), {}, True),
        (Enqueue(queue="q"), {}, True),
    ],
)
def test_was_begun(action: Any, variables: dict[str, str], begun: bool) -> None:
    assert outcomes.was_begun(action, channel(**variables)) is begun


def test_actions_clear_the_variables_that_they_are_read_by() -> None:
    for action, cleared in outcomes.CLEARED.items():
        assert cleared and set(cleared.values()) == {""}, action


def test_dialled_answered_although_the_other_party_was_taken_away() -> None:
    """docs/wire.md 2: SUCCESS and no bridge_hangup_cause."""
    ended = outcomes.read(dial(DESK), channel(originate_disposition="SUCCESS"), 0.0)
    assert isinstance(ended, Dialled) and ended.outcome == "answered"
