"""An attempt in words and as data: by which gateways it was tried."""

from __future__ import annotations

from typing import Any

import pytest

from fsrouter.engine.walk.explained import as_data, attempt
from fsrouter.engine.walk.outcomes import GatewayResult, LegResult
from fsrouter.engine.walk.trace import Attempt, describe

DOWN = GatewayResult(gateway="a", cause="GATEWAY_DOWN")
FAILED = GatewayResult(gateway="a", code=503, cause="NORMAL_TEMPORARY_FAILURE", seconds=0.12)
SILENT = GatewayResult(gateway="a", cause="PROGRESS_TIMEOUT", seconds=6.4)
DEAD = GatewayResult(gateway="a", cause="RECOVERY_ON_TIMER_EXPIRE", seconds=32.0)
BUSY = GatewayResult(gateway="b", code=486, cause="USER_BUSY", seconds=0.3)
ANSWERED = GatewayResult(gateway="b", cause="SUCCESS", seconds=9.1)
GONE = GatewayResult(gateway="b", cause="GATEWAY_DOWN", seconds=0.0)


def one(outcome: str, leg: str, cause: str, *gateways: GatewayResult) -> Attempt:
    result = LegResult(destination="number:desk", outcome=leg, cause=cause, gateways=gateways)
    return Attempt("number:desk", ("number:desk",), 30, outcome, legs=(result,))


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (one("busy", "busy", "USER_BUSY", BUSY), ""),
        (one("no-answer", "failed", "GATEWAY_DOWN", GONE), ": the gateway is down (GATEWAY_DOWN)"),
        (one("busy", "busy", "USER_BUSY", FAILED, BUSY), " by a (503 after 0.12 s), then by b (486 after 0.3 s)"),
        (one("answered", "answered", "", DOWN, ANSWERED), " by a (down), then by b"),
        (one("answered", "answered", "", SILENT, ANSWERED), " by a (did not ring for 6.4 s), then by b"),
        (
            one("no-answer", "failed", "GATEWAY_DOWN", DEAD, GONE),
            " by a (RECOVERY_ON_TIMER_EXPIRE after 32 s), then by b: the gateway is down (GATEWAY_DOWN)",
        ),
        (
            one("answered", "answered", "", GatewayResult(gateway="a"), GatewayResult(gateway="b")),
            " by a, else by b",
        ),
        (
            one("answered", "answered", "", GatewayResult(gateway="a", weight=3), GatewayResult(gateway="b", weight=1)),
            " by a (weight 3), else by b (weight 1)",
        ),
    ],
)
def test_describe_tells_each_gateway_where_there_were_several(attempt: Attempt, words: str) -> None:
    assert describe(attempt) == f"rang number:desk for up to 30 s{words}"


def test_describe_tells_each_gateway_of_each_leg() -> None:
    legs = (
        LegResult(destination="agent:ann", outcome="no-answer", cause="ALLOTTED_TIMEOUT"),
        LegResult(destination="number:desk", outcome="busy", cause="USER_BUSY", gateways=(FAILED, BUSY)),
    )
    assert describe(Attempt("x", ("agent:ann", "number:desk"), 30, "no-answer", legs=legs)) == (
        "rang agent:ann, number:desk for up to 30 s: agent:ann: no-answer (ALLOTTED_TIMEOUT); "
        "number:desk: busy (USER_BUSY) by a (503 after 0.12 s), then by b (486 after 0.3 s)"
    )


@pytest.mark.parametrize(
    ("gateways", "data"),
    [
        ((), None),
        ((GatewayResult(gateway="a"), GatewayResult(gateway="b")), ["a", "b"]),
        ((GatewayResult(gateway="a", weight=2),), [{"gateway": "a", "weight": 2}]),
        (
            (FAILED, BUSY),
            [
                {"gateway": "a", "code": 503, "cause": "NORMAL_TEMPORARY_FAILURE", "seconds": 0.12},
                {"gateway": "b", "code": 486, "cause": "USER_BUSY", "seconds": 0.3},
            ],
        ),
    ],
)
def test_explained_attempt_has_gateways_in_order(gateways: tuple[GatewayResult, ...], data: Any) -> None:
    assert as_data(attempt(one("busy", "busy", "USER_BUSY", *gateways))).get("gateways") == data
