"""An attempt by several gateways: which is tried next, which answers are final, and how another router goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fsrouter.engine.walk.actions import Dial, Leg
from fsrouter.engine.walk.outcomes import Dialled, GatewayResult
from fsrouter.esl.call.attempt import CODES, Attempt
from fsrouter.esl.call.trunks import Route
from fsrouter.esl.events import Channel

DESK, BOSS = (
    Leg(destination="number:desk", number="+13125550150"),
    Leg(destination="number:boss", number="+13125550151"),
)
NANCY = Leg(destination="agent:nancy", endpoint="user/1001", number="+13125550152")
FINAL = (404, 486, 603)


def by(leg: Leg, *gateways: str) -> tuple[Route, ...]:
    phone = (Route(target=leg.endpoint),) if leg.endpoint else ()
    numbers = (
        Route(target=f"sofia/gateway/{name}/{leg.number}", gateway=name, trunk="out", final=FINAL, wait=5.5)
        for name in gateways
    )
    return (*phone, *numbers)


def attempt(*legs: Leg, gateways: str = "a b", ring: int = 30, began: float = 10.0, **how: Any) -> Attempt:
    """By both gateways, begun 10 s into the call."""
    ways = {leg.destination: by(leg, *gateways.split()) for leg in legs}
    return Attempt(Dial(destination="x", legs=legs, ring=ring), ways, {}, began, **how)


def failed(cause: str, code: int = 0, written: str = "") -> Channel:
    """The caller's channel behind a bridge to one leg."""
    told = {"originate_disposition": cause, "fsr_gateways": written}
    if code:
        told["last_bridge_proto_specific_hangup_cause"] = f"sip:{code}"
    return Channel({f"variable_{name}": value for name, value in told.items()})


def several(causes: Mapping[str, str], disposition: str, written: str = "", winner: str = "") -> Channel:
    """The caller's channel behind a bridge to several, by the numbers that were dialled."""
    return Channel({
        "variable_originate_disposition": disposition,
        "variable_originated_legs": [f"u{number};Out;{number}" for number in causes],
        "variable_originate_causes": [f"u{number};{cause}" for number, cause in causes.items()],
        "variable_last_bridge_to": f"u{winner}",
        "variable_last_bridge_proto_specific_hangup_cause": "sip:503",
        "variable_fsr_gateways": written,
    })  # fmt: skip


def rung(tried: Attempt, after: float) -> list[tuple[str, str, int, int]]:
    return [(each.leg.destination, each.route.gateway, each.seconds, each.wait) for each in tried.next(after)]


def gateways(ended: Dialled, place: int = 0) -> list[tuple[str, int, str]]:
    return [(each.gateway, each.code, each.cause) for each in ended.legs[place].gateways]


@pytest.mark.parametrize(
    ("cause", "code", "goes_on"),
    [
        ("NORMAL_TEMPORARY_FAILURE", 503, True),
        ("RECOVERY_ON_TIMER_EXPIRE", 408, True),
        ("PROGRESS_TIMEOUT", 0, True),
        ("PROGRESS_TIMEOUT", 487, True),
        ("GATEWAY_DOWN", 0, True),
        ("INVALID_GATEWAY", 0, True),
        ("NETWORK_OUT_OF_ORDER", 0, True),
        ("CALL_REJECTED", 403, True),
        ("CALL_REJECTED", 603, False),
        ("CALL_REJECTED", 0, False),
        ("USER_BUSY", 486, False),
        ("USER_BUSY", 600, True),
        ("UNALLOCATED_NUMBER", 404, False),
        ("ALLOTTED_TIMEOUT", 0, False),
        ("ALLOTTED_TIMEOUT", 487, False),
        ("NO_ANSWER", 0, False),
        ("ORIGINATOR_CANCEL", 0, False),
        ("NORMAL_CLEARING", 0, False),
        ("", 0, False),
    ],
)
def test_next_gateway_is_tried_when_the_far_end_was_not_reached(cause: str, code: int, goes_on: bool) -> None:
    tried = attempt(DESK)
    assert rung(tried, 10.0) == [("number:desk", "a", 30, 6)]
    tried.take(failed(cause, code), 12.0)
    assert rung(tried, 12.0) == ([("number:desk", "b", 28, 0)] if goes_on else [])
    assert tried.outcome(12.0).legs[0].gateways[0].seconds == 2.0


def test_last_gateway_rings_as_long_as_the_attempt_lasts() -> None:
    tried = attempt(DESK, ring=20)
    tried.next(10.0)
    tried.take(failed("PROGRESS_TIMEOUT"), 16.4)
    assert rung(tried, 16.4) == [("number:desk", "b", 14, 0)]
    tried.take(failed("ALLOTTED_TIMEOUT"), 30.5)
    assert not tried.next(30.5)
    ended = tried.outcome(30.5)
    assert (ended.outcome, ended.legs[0].cause) == ("no-answer", "ALLOTTED_TIMEOUT")
    assert gateways(ended) == [("a", 0, "PROGRESS_TIMEOUT"), ("b", 0, "ALLOTTED_TIMEOUT")]


def test_nothing_is_tried_when_the_ring_time_is_over() -> None:
    tried = attempt(DESK, ring=6)
    tried.next(10.0)
    tried.take(failed("PROGRESS_TIMEOUT"), 16.0)
    assert not tried.goes_on(16.0) and not tried.next(16.0)


def test_outcome_is_the_last_gateways() -> None:
    tried = attempt(DESK)
    tried.next(10.0)
    tried.take(failed("NORMAL_TEMPORARY_FAILURE", 503), 10.1)
    tried.next(10.1)
    tried.take(failed("USER_BUSY", 486), 10.3)
    ended = tried.outcome(10.3)
    assert (ended.outcome, ended.legs[0].outcome) == ("busy", "busy")
    assert gateways(ended) == [("a", 503, "NORMAL_TEMPORARY_FAILURE"), ("b", 486, "USER_BUSY")]


@pytest.mark.parametrize(("down", "expected"), [("a", ["b"]), ("ab", ["c"]), ("abc", ["c"]), ("b", ["a"])])
def test_gateway_that_is_known_to_be_down_is_passed_over(down: str, expected: list[str]) -> None:
    tried = attempt(DESK, gateways="a b c", is_down=lambda gateway: gateway in down)
    assert [each.route.gateway for each in tried.next(10.0)] == expected
    tried.take(failed("USER_BUSY", 486), 10.2)
    passed = [(name, 0, "GATEWAY_DOWN") for name in down if name < expected[0]]
    assert gateways(tried.outcome(10.2)) == [*passed, (expected[0], 486, "USER_BUSY")]


def test_number_is_dialled_when_the_phone_is_not_registered_after_all() -> None:
    tried = attempt(NANCY)
    assert rung(tried, 10.0) == [("agent:nancy", "", 30, 0)]
    tried.take(failed("USER_NOT_REGISTERED"), 10.0)
    assert rung(tried, 10.0) == [("agent:nancy", "a", 30, 6)]
    tried.take(failed("SUCCESS"), 20.0)
    assert not tried.next(20.0)
    ended = tried.outcome(20.0)
    assert (ended.outcome, ended.by, gateways(ended)) == ("answered", "agent:nancy", [("a", 0, "SUCCESS")])


@pytest.mark.parametrize("cause", ["ALLOTTED_TIMEOUT", "USER_BUSY", "CALL_REJECTED", "NORMAL_TEMPORARY_FAILURE"])
def test_number_is_not_dialled_when_the_phone_could_be_rung(cause: str) -> None:
    tried = attempt(NANCY)
    tried.next(10.0)
    tried.take(failed(cause, 503), 11.0)
    assert not tried.next(11.0)


def test_group_goes_on_with_those_whose_gateway_failed_when_all_others_are_over() -> None:
    tried = attempt(DESK, BOSS, NANCY)
    assert [each.route.gateway for each in tried.next(10.0)] == ["a", "a", ""]
    causes = {"+13125550150": "NORMAL_TEMPORARY_FAILURE", "+13125550151": "USER_BUSY", "1001": "ALLOTTED_TIMEOUT"}
    tried.take(several(causes, "NO_ANSWER"), 22.0)
    assert rung(tried, 22.0) == [("number:desk", "b", 18, 0)]
    tried.take(several({"+13125550150": "NONE"}, "SUCCESS", winner="+13125550150"), 30.0)
    ended = tried.outcome(30.0)
    assert (ended.outcome, ended.by) == ("answered", "number:desk")
    assert [leg.outcome for leg in ended.legs] == ["answered", "busy", "no-answer"]
    assert gateways(ended, 1) == [("a", 0, "USER_BUSY")] and not ended.legs[2].gateways


def test_group_that_is_answered_tries_no_other_gateway() -> None:
    tried = attempt(DESK, BOSS)
    tried.next(10.0)
    causes = {"+13125550150": "NORMAL_TEMPORARY_FAILURE", "+13125550151": "NONE"}
    tried.take(several(causes, "SUCCESS", winner="+13125550151"), 15.0)
    assert not tried.goes_on(15.0) and not tried.next(15.0)


@pytest.mark.parametrize("code", sorted(FINAL))
def test_of_several_legs_a_final_code_is_known_by_its_cause(code: int) -> None:
    tried = attempt(DESK, BOSS)
    tried.next(10.0)
    causes = {
        "+13125550150": next(cause for cause, codes in CODES.items() if code in codes),
        "+13125550151": "NORMAL_TEMPORARY_FAILURE",
    }
    tried.take(several(causes, "NO_ANSWER"), 10.2)
    assert [each.leg.destination for each in tried.next(10.2)] == ["number:boss"]


# Another router goes on

Script = Callable[[Attempt], None]


def one_failed(first: Attempt) -> None:
    first.next(10.0)
    first.take(failed("NORMAL_TEMPORARY_FAILURE", 503), 10.25)
    first.next(10.25)


def test_written_tells_what_was_tried_and_what_is_under_way() -> None:
    first = attempt(DESK)
    first.next(10.0)
    assert first.written() == "10.000 10.000|0 a"
    one_failed(again := attempt(DESK))
    assert again.written() == "10.000 10.250|0 a,503,NORMAL_TEMPORARY_FAILURE,0.25 b"
    assert attempt(DESK, gateways="a").written() == ""


def resumed(text: str, channel: Channel, *legs: Leg, after: float = 12.0, gateways: str = "a b c") -> Attempt:
    second = attempt(*legs, gateways=gateways, began=99.0)
    assert second.resume(channel, after)
    return second


def test_router_that_died_while_a_gateway_rang() -> None:
    first = attempt(DESK, gateways="a b c")
    one_failed(first)
    channel = failed("NETWORK_OUT_OF_ORDER", 502, first.written())
    second = resumed(first.written(), channel, DESK)
    assert second.goes_on(12.0) and rung(second, 12.0) == [("number:desk", "c", 28, 0)]
    assert gateways_of(second, 12.0) == [
        GatewayResult(gateway="a", code=503, cause="NORMAL_TEMPORARY_FAILURE", seconds=0.25),
        GatewayResult(gateway="b", code=502, cause="NETWORK_OUT_OF_ORDER", seconds=1.75),
    ]


def gateways_of(tried: Attempt, after: float) -> list[GatewayResult]:
    return list(tried.outcome(after).legs[0].gateways)


def test_router_that_died_between_saying_and_doing() -> None:
    first = attempt(DESK, gateways="a b c")
    one_failed(first)
    second = resumed(first.written(), failed("", 0, first.written()), DESK)
    assert rung(second, 12.0) == [("number:desk", "b", 28, 6)]


@pytest.mark.parametrize(("cause", "code", "outcome"), [("USER_BUSY", 486, "busy"), ("SUCCESS", 0, "answered")])
def test_router_that_died_when_it_was_over(cause: str, code: int, outcome: str) -> None:
    first = attempt(DESK, gateways="a b c")
    one_failed(first)
    second = resumed(first.written(), failed(cause, code, first.written()), DESK)
    assert not second.goes_on(12.0)
    assert second.outcome(12.0).outcome == outcome
    assert [each.gateway for each in gateways_of(second, 12.0)] == ["a", "b"]


def test_group_is_gone_on_with() -> None:
    first = attempt(DESK, BOSS, NANCY)
    first.next(10.0)
    causes = {"+13125550150": "NORMAL_TEMPORARY_FAILURE", "+13125550151": "USER_BUSY", "1001": "USER_NOT_REGISTERED"}
    first.take(several(causes, "NO_ANSWER"), 11.0)
    assert [each.leg.destination for each in first.next(11.0)] == ["number:desk", "agent:nancy"]
    causes = {"+13125550150": "UNALLOCATED_NUMBER", "+13125550152": "NORMAL_TEMPORARY_FAILURE"}
    second = resumed(first.written(), several(causes, "NO_ANSWER", first.written()), DESK, BOSS, NANCY, gateways="a b")
    assert rung(second, 12.0) == [("agent:nancy", "b", 28, 0)]
    assert [leg.outcome for leg in second.outcome(12.0).legs] == ["failed", "busy", "failed"]


def test_time_that_went_by_without_a_router_is_gone() -> None:
    first = attempt(DESK)
    first.next(10.0)
    second = resumed(first.written(), failed("NORMAL_TEMPORARY_FAILURE", 503, first.written()), DESK, after=40.0)
    assert not second.goes_on(40.0) and second.outcome(40.0).outcome == "no-answer"


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "10", "10.0 10.0|7 a", "10.0 10.0|-1 a", "nan 1|0 a", "1 inf|0 a", "1 1|0 a,1", "1 1|x a", "1 1||",
        "10.0 10.0|0 a,x,Y,1.0", "1 2 3|0 a", "|" * 5000,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_not_gone_on_with(text: str) -> None:
    second = attempt(DESK)
    assert not second.resume(failed("NORMAL_TEMPORARY_FAILURE", 503, text), 12.0)
    assert rung(second, 12.0) == [("number:desk", "a", 28, 6)]


def test_gateway_that_the_settings_have_no_more() -> None:
    first = attempt(DESK, gateways="old b")
    first.next(10.0)
    second = resumed(first.written(), failed("NORMAL_TEMPORARY_FAILURE", 503, first.written()), DESK, gateways="a b")
    assert [each.route.gateway for each in second.next(12.0)] == ["a"]


def test_too_many_ways_to_be_written_are_taken_for_one_bridge() -> None:
    legs = [Leg(destination=f"number:n{i}", number=f"+1312555{i:04}") for i in range(128)]
    many = attempt(*legs, gateways=" ".join(f"{'g' * 62}{i}" for i in range(3)))
    many.next(10.0)
    assert many.written() == ""
