"""A trunk of two gateways: the first does not get through, and what that costs; codes that are final; order by weight;
a router that dies between the two.
"""

from __future__ import annotations

import time

import pytest

from fsrouter.freeswitch.callcenter.model import AgentDef
from fsrouter.store import CallRecord
from live.lab import OUTSIDE, Lab, Router, until
from live.talk import BUSY, Manner, Talk
from live.test_gateways import state

TALKS = Manner(hum=1700, talk=1)
#: Neither answers nor rings; the second says that it has heard.
MUTE, TRYING = Manner(after=None, progress=()), Manner(after=None, progress=(100,))


def refuses(code: int) -> Manner:
    return Manner(after=0.05, code=code, progress=(100,))


def gateways(record: CallRecord, attempt: int = 0) -> list[tuple[str, int, str]]:
    return [(each.gateway, each.code, each.cause) for each in record.attempts[attempt].legs[0].gateways]


def told(record: CallRecord) -> str:
    return next(entry.why for entry in record.trace if entry.at == "number:desk")


def between(lab: Lab) -> float:
    """Seconds from the first gateway's INVITE to the second's."""
    return lab.second.rung(seconds=30).at["invited"] - lab.first.rung().at["invited"]


def served(lab: Lab, talk: Talk) -> CallRecord:
    talk.wait("ended", 60)
    record = lab.record(talk)
    print(told(record))
    return record


@pytest.mark.parametrize(
    ("manner", "code", "cause", "least", "most"),
    [
        (MUTE, 0, "PROGRESS_TIMEOUT", 2.0, 5.0),
        (TRYING, 0, "PROGRESS_TIMEOUT", 2.0, 5.0),
        (refuses(503), 503, "NORMAL_TEMPORARY_FAILURE", 0.0, 2.0),
        (refuses(500), 500, "NORMAL_TEMPORARY_FAILURE", 0.0, 2.0),
        (refuses(403), 403, "CALL_REJECTED", 0.0, 2.0),
        (Manner(after=0.5, code=503), 503, "NORMAL_TEMPORARY_FAILURE", 0.3, 2.5),
    ],
    ids=["silent", "100 only", "503", "500", "403", "180 then 503"],
)
def test_next_gateway_when_the_first_does_not_get_through(
    lab: Lab, router: Router, manner: Manner, code: int, cause: str, least: float, most: float
) -> None:
    lab.first.manner, lab.second.manner = manner, TALKS
    talk = lab.dial("18725550131", hum=2600)
    seconds = between(lab)
    record = served(lab, talk)
    print(f"{code or cause}: {seconds * 1000:.0f} ms from INVITE to INVITE")
    assert least <= seconds <= most
    assert (record.outcome, gateways(record)[0]) == ("answered", (("live-first"), code, cause))
    assert [each[0] for each in gateways(record)] == ["live-first", "live-second"]
    assert len(lab.second.taken) == 1 and lab.second.taken[0].user == OUTSIDE["desk"]
    assert len(lab.first.taken) == 1, "one attempt by each"


@pytest.mark.parametrize("progress", [180, 183])
def test_gateway_that_rings_is_not_given_up(lab: Lab, router: Router, progress: int) -> None:
    lab.first.manner = Manner(after=4.5, hum=1700, talk=1, progress=(progress,))
    record = served(lab, lab.dial("18725550131", hum=2600))
    assert record.outcome == "answered" and [each[0] for each in gateways(record)] == ["live-first"]
    assert not lab.second.taken


@pytest.mark.parametrize(
    ("code", "outcome"), [(603, "busy"), (486, "busy"), (600, "busy"), (404, "no-answer"), (604, "no-answer")]
)
def test_final_code_sends_no_second_invite(lab: Lab, router: Router, code: int, outcome: str) -> None:
    lab.first.manner, lab.second.manner = refuses(code), TALKS
    record = served(lab, lab.dial("18725550131", hum=2600))
    assert record.attempts[0].outcome == outcome and gateways(record)[0][:2] == ("live-first", code)
    assert not lab.second.taken


def test_gateway_that_is_down(lab: Lab, router: Router) -> None:
    """FreeSWITCH knows it of a gateway that it asks; the call goes by the other at once."""
    until(lambda: "UP" in state(lab), 30, "a gateway that is up")
    lab.carrier.refuses = True
    until(lambda: state(lab)[1] == "DOWN", 40, "a gateway that is down")
    lab.second.manner = TALKS
    talk = lab.dial("18725550133", hum=2600)
    seconds = lab.second.rung().at["invited"] - talk.at["invited"]
    record = served(lab, talk)
    lab.carrier.refuses = False
    print(f"down: {seconds * 1000:.0f} ms from the caller's INVITE to the second gateway's")
    assert gateways(record)[0] == ("live-carrier", 0, "GATEWAY_DOWN") and record.outcome == "answered"
    assert "by live-carrier (down), then by live-second" in told(record)
    until(lambda: "UP" in state(lab), 60, "a gateway that is back")


def test_ring_time_is_for_both(lab: Lab, router: Router) -> None:
    lab.first.manner, lab.second.manner = MUTE, Manner(after=None)
    talk = lab.dial("18725550131", hum=2600)
    record = served(lab, talk)
    rang = time.monotonic() - talk.at["invited"]
    assert record.attempts[0].outcome == "no-answer"
    assert [each[2] for each in gateways(record)] == ["PROGRESS_TIMEOUT", "ALLOTTED_TIMEOUT"]
    assert 9.0 < rang < 15.0


def test_group_tries_the_next_gateway_when_all_else_is_over(lab: Lab, router: Router) -> None:
    lab.first.manners = {OUTSIDE["busy"]: BUSY, OUTSIDE["silent"]: refuses(503), OUTSIDE["desk"]: refuses(503)}
    lab.second.manners = {OUTSIDE["silent"]: Manner(after=None), OUTSIDE["desk"]: TALKS}
    talk = lab.dial("18725550132", hum=2600)
    talk.wait("ended", 30)
    record = lab.record(talk)
    print(record.trace[-1].why, record.attempts)
    assert (record.outcome, record.attempts[0].by) == ("answered", "number:desk")
    assert sorted(each.user for each in lab.second.taken) == sorted([OUTSIDE["silent"], OUTSIDE["desk"]])


def test_group_of_which_one_leg_gets_no_channel(lab: Lab, router: Router) -> None:
    """Of several legs FreeSWITCH tells no cause for one whose gateway it does not have, or knows to be down."""
    lab.phones["1002"].manner, lab.second.manner = BUSY, TALKS
    talk = lab.dial("18725550135", hum=2600)
    talk.wait("ended", 30)
    record = lab.record(talk)
    print(record.trace[-1].why, record.attempts)
    assert (record.outcome, record.attempts[0].by) == ("answered", "number:desk")
    assert [leg.outcome for leg in record.attempts[0].legs] == ["busy", "answered"]


def test_weights(lab: Lab, router: Router) -> None:
    lab.first.manner = lab.second.manner = Manner(talk=0.1)
    for _ in range(40):
        lab.dial("18725550134", hum=0).wait("ended")
    first, second = len(lab.first.taken), len(lab.second.taken)
    print(f"weights 3 and 1: {first} and {second} calls")
    assert first + second == 40 and 20 <= first <= 38


@pytest.mark.parametrize("silent", [True, False], ids=["while the first is silent", "while the second rings"])
def test_router_dies_between_two_gateways(lab: Lab, router: Router, silent: bool) -> None:
    other = lab.serve(1)
    lab.first.manner = MUTE if silent else refuses(503)
    lab.second.manner = TALKS if silent else Manner(after=3, hum=1700, talk=1)
    talk = lab.dial("18725550131", hum=2600)
    (lab.first if silent else lab.second).rung()
    router.kill()
    talk.wait("ended", 30)
    record = lab.record(talk)
    other.stop()
    assert (record.outcome, len(record.attempts)) == ("answered", 1)
    assert (len(lab.first.taken), len(lab.second.taken)) == (1, 1), "each is tried once"
    assert [each[0] for each in gateways(record)] == ["live-first", "live-second"]


# Without a router


@pytest.mark.parametrize("first", [MUTE, refuses(503), refuses(486)], ids=["silent", "503", "486"])
def test_fail_safe_goes_by_the_next_gateway(lab: Lab, nobody: None, first: Manner) -> None:
    """FreeSWITCH tries it after any refusal: codes cannot be final there."""
    lab.first.manner, lab.second.manner = first, TALKS
    talk = lab.dial("18725550131", hum=2600)
    seconds = between(lab)
    talk.wait("ended", 30)
    print(f"fail-safe: {seconds * 1000:.0f} ms from INVITE to INVITE")
    assert lab.second.taken[0].user == OUTSIDE["failsafe"] and "answered" in talk.at


def test_fail_safe_that_rings_to_its_end_rings_nobody_again(lab: Lab, nobody: None) -> None:
    lab.first.manner = Manner(after=None)
    talk = lab.dial("18725550131", hum=2600)
    talk.wait("ended", 40)
    assert len(lab.first.taken) == 1 and not lab.second.taken


def test_queue_agent_is_rung_by_the_next_gateway(lab: Lab, router: Router) -> None:
    first, second = (f"sofia/gateway/live-{name}/{OUTSIDE['desk']}" for name in ("first", "second"))
    before = next(agent for agent in lab.wanted.callcenter.agents if agent.name == "ben@lab")
    several = AgentDef("ben@lab", first, instead=(second,), wait=2)
    assert lab.switch.api(f"callcenter_config agent set contact ben@lab {several.contact}").startswith("+OK")
    lab.first.manner, lab.second.manner = MUTE, TALKS
    talk = lab.dial("18725550122", hum=2600)
    seconds = between(lab)
    talk.wait("ended", 30)
    lab.switch.api(f"callcenter_config agent set contact ben@lab {before.contact}")
    print(f"queue's agent: {seconds * 1000:.0f} ms from INVITE to INVITE")
    assert (lab.record(talk).outcome, len(lab.first.taken), len(lab.second.taken)) == ("answered", 1, 1)
