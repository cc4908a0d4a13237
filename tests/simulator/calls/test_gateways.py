"""Gateways that do not reach whom they should, as a real FreeSWITCH was seen to tell it (docs/live.md)."""

from __future__ import annotations

import pytest

from fsrouter.simulator import DOWN, SILENT, Caller, Phone, PlacedCall, Switch
from simulator.router import Router, Talk

A, B = "sofia/gateway/a/+13125550150", "sofia/gateway/b/+13125550150"
PATIENT = "[leg_timeout=20,leg_progress_timeout=6]"


def bridged(argument: str, **gateways: Phone) -> PlacedCall:
    """One bridge by gateways that are as they are told, and what it leaves on the caller's channel."""

    def story(talk: Talk, turn: int) -> None:
        talk.took()
        talk.set(continue_on_fail="true")
        talk.execute("bridge", argument)
        talk.serve()

    with Router(story) as router, Switch([router.address], speed=400) as switch:
        switch.gateways.update(gateways)
        return switch.call(Caller(to="+18725550111")).wait()


@pytest.mark.parametrize(
    ("manners", "cause", "code", "seconds"),
    [
        (DOWN, "GATEWAY_DOWN", None, 0.0),
        (SILENT, "PROGRESS_TIMEOUT", None, 6.0),
        (Phone(code=503), "NORMAL_TEMPORARY_FAILURE", "sip:503", 0.02),
        (Phone(code=603), "CALL_REJECTED", "sip:603", 0.02),
        (Phone(code=403), "CALL_REJECTED", "sip:403", 0.02),
        (Phone(code=486), "USER_BUSY", "sip:486", 0.02),
        (Phone(code=404), "UNALLOCATED_NUMBER", "sip:404", 0.02),
        (Phone(answers_after=None), "ALLOTTED_TIMEOUT", None, 20.0),
    ],
)
def test_gateway_tells_its_cause_and_code(manners: Phone, cause: str, code: str | None, seconds: float) -> None:
    call = bridged(PATIENT + A, a=manners)
    assert call.variables.get("originate_disposition") == cause, call.log()
    assert call.variables.get("last_bridge_proto_specific_hangup_cause") == code
    rung = [(ring.over_at or 0.0) - ring.at for ring in call.rang]
    assert rung == ([] if manners is DOWN else [pytest.approx(seconds, abs=0.01)])


def test_no_channel_is_made_for_a_gateway_that_is_down() -> None:
    call = bridged(f"[leg_timeout=5]{A},[leg_timeout=5]{B}", a=DOWN, b=Phone(code=503))
    assert [ring.target for ring in call.rang] == [B]
    assert call.variables["originated_legs"].count("+13125550150") == 1
    assert call.variables["originate_causes"].endswith(";NORMAL_TEMPORARY_FAILURE")


@pytest.mark.parametrize("first", [DOWN, SILENT, Phone(code=503), Phone(code=603), Phone(code=486)])
def test_bar_tries_the_next_whatever_the_first_says(first: Phone) -> None:
    call = bridged(f"{PATIENT}{A}|[leg_timeout=20]{B}", a=first)
    assert call.talked_to == [B], call.log()


def test_bar_tries_no_other_when_the_time_is_up() -> None:
    call = bridged("{originate_timeout=5}" + f"[leg_timeout=20]{A}|[leg_timeout=20]{B}", a=Phone(answers_after=None))
    assert [ring.target for ring in call.rang] == [A]
