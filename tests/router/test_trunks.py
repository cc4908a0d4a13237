"""A trunk of several gateways: which are tried, what is written down of each, and routers that die between two."""

from __future__ import annotations

from collections import Counter

import pytest

from fsrouter.settings.model import Gateway, Trunk
from fsrouter.simulator import ANSWERS, DOWN, RINGS_OUT, SILENT, Phone, PlacedCall
from fsrouter.store import CallRecord
from router.site import DESK, Site, attempts, held, until

TRUNK = Trunk(gateways=("a", "b", "c"))


def by(gateway: str, number: str = DESK) -> str:
    return f"sofia/gateway/{gateway}/{number}"


def serve(site: Site, to: str, extra: str = "", trunk: Trunk = TRUNK, routers: int = 1) -> None:
    site.rules(to, extra)
    for i in range(routers):
        site.serve(*((site.another_store(),) if i else ()), trunks={"carrier": trunk})


def rung(call: PlacedCall) -> list[str]:
    return [ring.target for ring in call.rang]


def tried(record: CallRecord, leg: int = 0) -> list[tuple[str, int, str]]:
    return [(each.gateway, each.code, each.cause) for each in record.attempts[0].legs[leg].gateways]


def told(record: CallRecord) -> str:
    return next(entry.why for entry in record.trace if entry.at == "number:desk" and entry.why.startswith("rang"))


@pytest.mark.parametrize(
    ("first", "code", "cause", "words"),
    [
        (DOWN, 0, "GATEWAY_DOWN", "by a (down), then by b"),
        (SILENT, 0, "PROGRESS_TIMEOUT", "by a (did not ring for"),
        (Phone(code=503), 503, "NORMAL_TEMPORARY_FAILURE", "by a (503 after"),
        (Phone(code=500), 500, "NORMAL_TEMPORARY_FAILURE", "by a (500 after"),
        (Phone(code=403), 403, "CALL_REJECTED", "by a (403 after"),
        (Phone(code=480), 480, "NO_USER_RESPONSE", "by a (480 after"),
    ],
)
def test_next_gateway_is_tried(site: Site, first: Phone, code: int, cause: str, words: str) -> None:
    site.switch.gateways["a"] = first
    serve(site, "[number:desk, agent:johan]")
    call = site.call().wait()
    record = site.record(call)
    assert call.talked_to == [by("b")], call.log()
    assert attempts(record) == [("number:desk", "answered")]
    assert tried(record)[0] == ("a", code, cause) and [each[0] for each in tried(record)] == ["a", "b"]
    assert words in told(record)
    assert len([step for step in call.steps if step == "bridge"]) == 2


@pytest.mark.parametrize(
    ("code", "outcome"), [(603, "busy"), (486, "busy"), (600, "busy"), (404, "no-answer"), (604, "no-answer")]
)
def test_final_code_ends_the_attempt(site: Site, code: int, outcome: str) -> None:
    site.switch.gateways["a"] = Phone(code=code)
    serve(site, "[number:desk, agent:johan]")
    call = site.call().wait()
    record = site.record(call)
    assert rung(call) == [by("a"), "user/1002"], call.log()
    assert attempts(record) == [("number:desk", outcome), ("agent:johan", "answered")]
    assert tried(record)[0][:2] == ("a", code)


@pytest.mark.parametrize(("final", "rings"), [((503,), ["a"]), ((), ["a", "b"])])
def test_settings_say_which_codes_are_final(site: Site, final: tuple[int, ...], rings: list[str]) -> None:
    site.switch.gateways["a"] = Phone(code=503)
    serve(site, "[number:desk, hangup]", trunk=Trunk(gateways=("a", "b"), final=final))
    assert rung(site.call().wait()) == [by(gateway) for gateway in rings]


def test_gateway_that_rings_is_not_given_up(site: Site) -> None:
    site.switch.gateways["a"] = Phone(answers_after=15, talk=1)
    serve(site, "number:desk")
    assert rung(site.call().wait()) == [by("a")]


def test_last_gateway_rings_to_the_end(site: Site) -> None:
    site.switch.gateways |= {"a": SILENT, "b": SILENT, "c": RINGS_OUT}
    serve(site, "[number:desk, agent:johan]")
    call = site.call().wait()
    assert rung(call) == [by("a"), by("b"), by("c"), "user/1002"], call.log()
    waits = [ring.variables.get("leg_progress_timeout") for ring in call.rang]
    assert waits == ["6", "6", None, None]


def test_all_are_tried_when_none_works(site: Site) -> None:
    site.switch.gateways |= {"a": DOWN, "b": Phone(code=503), "c": DOWN}
    serve(site, "[number:desk, agent:johan]")
    call = site.call().wait()
    record = site.record(call)
    assert attempts(record) == [("number:desk", "no-answer"), ("agent:johan", "answered")]
    assert [each[0] for each in tried(record)] == ["a", "b", "c"]
    assert "the gateway is down (GATEWAY_DOWN)" in told(record)


def test_group_goes_on_by_the_next_gateway(site: Site) -> None:
    site.switch.gateways |= {"a": Phone(code=503), "b": ANSWERS}
    group = "distributions: {d: {groups: [{rule: simultaneous, members: [agent:rings, number:desk], ring: 8s}]}}"
    site.switch.phones["user/1003"] = Phone(reject="CALL_REJECTED", refuses_after=3)
    serve(site, "distribution:d", group)
    call = site.call().wait()
    record = site.record(call)
    assert rung(call) == ["user/1003", by("a"), by("b")], call.log()
    assert (attempts(record), record.attempts[0].by) == ([("distribution:d", "answered")], "number:desk")
    assert call.rang[2].at - call.rang[1].at == pytest.approx(3, abs=0.5)


@pytest.mark.parametrize("down", ["a", "ab", "abc"])
def test_group_passes_over_gateways_that_are_down(site: Site, down: str) -> None:
    """FreeSWITCH is asked, for it could add no leg to a bridge that rings."""
    site.switch.gateways |= dict.fromkeys(down, DOWN)
    group = "distributions: {d: {groups: [{rule: simultaneous, members: [agent:rings, number:desk], ring: 8s}]}}"
    serve(site, "distribution:d", group)
    call = site.call().wait()
    record = site.record(call)
    assert rung(call) == ["user/1003", *([by("abc"[len(down)])] if len(down) < 3 else [])], call.log()
    assert [each[2] for each in tried(record, 1)][: len(down)] == ["GATEWAY_DOWN"] * len(down)
    asked = [command for command in site.switch.commands_run if command.startswith("sofia status gateway")]
    assert len(asked) == 2, "each once, and the last one not: there is no other"


def test_leg_that_rings_alone_asks_nothing(site: Site) -> None:
    site.switch.gateways["a"] = DOWN
    serve(site, "number:desk")
    site.call().wait()
    assert not [command for command in site.switch.commands_run if command.startswith("sofia")]


def test_leg_carries_its_trunk_and_the_caller_does_not(site: Site) -> None:
    serve(site, "number:desk")
    call = site.call().wait()
    assert call.rang[0].variables["fsr_trunk"] == "carrier" and "fsr_trunk" not in call.variables
    assert "fsr_trunk" not in call.variables["export_vars"]


def test_weighted_order_is_drawn_for_each_call(site: Site) -> None:
    trunk = Trunk(gateways=(Gateway(name="a", weight=3), Gateway(name="b", weight=1)), order="weighted")
    site.switch.gateways |= {"a": Phone(talk=0.1), "b": Phone(talk=0.1)}
    serve(site, "number:desk", trunk=trunk)
    calls = [site.call() for _ in range(80)]
    rang = Counter(rung(call.wait())[0] for call in calls)
    assert rang[by("a")] + rang[by("b")] == 80 and 40 <= rang[by("a")] <= 78


# Routers that die

STEPS = [("ringing", 1), ("leg over", 1), ("ringing", 2), ("leg over", 2), ("ringing", 3), ("talking", 1)]


@pytest.mark.parametrize(("step", "times"), STEPS)
def test_router_dies_at_each_step_and_each_gateway_is_tried_once(site: Site, step: str, times: int) -> None:
    site.switch.gateways |= {"a": Phone(code=503, refuses_after=0.5), "b": SILENT, "c": Phone(answers_after=2, talk=5)}
    serve(site, "[number:desk, agent:johan]", routers=2)
    first = site.services[0]
    call = site.call().reach(step, times=times)
    with held(call):
        site.die(first)
    call.wait()
    assert rung(call) == [by("a"), by("b"), by("c")], call.log()
    assert not call.fail_safe
    until(lambda: site.written(call.uuid).ended is not None, "the end of the call in the journal")
    record = site.written(call.uuid)
    assert attempts(record) == [("number:desk", "answered")]
    if step != "talking":
        assert [each[0] for each in tried(record)] == ["a", "b", "c"]


@pytest.mark.parametrize(("step", "times"), [("ringing", 1), ("leg over", 1)])
def test_router_dies_where_a_code_is_final(site: Site, step: str, times: int) -> None:
    site.switch.gateways["a"] = Phone(code=486, refuses_after=0.5)
    serve(site, "[number:desk, agent:johan]", routers=2)
    first = site.services[0]
    call = site.call().reach(step, times=times)
    with held(call):
        site.die(first)
    call.wait()
    assert rung(call) == [by("a"), "user/1002"], call.log()
    assert attempts(site.record(call)) == [("number:desk", "busy"), ("agent:johan", "answered")]


def test_what_an_attempt_leaves_is_not_read_by_the_next(site: Site) -> None:
    """The second destination has one gateway to go by, the first had three: nothing of it is gone on with."""
    site.switch.gateways |= dict.fromkeys("abc", Phone(code=503))
    serve(site, "[number:desk, agent:nancy, agent:johan]", routers=2)
    site.switch.phones["user/1001"] = RINGS_OUT
    first = site.services[0]
    call = site.call().reach("ringing", times=4)
    with held(call):
        assert "fsr_gateways" not in call.variables
        site.die(first)
    call.wait(60)
    assert rung(call) == [by("a"), by("b"), by("c"), "user/1001", "user/1002"], call.log()


def test_phone_of_the_directory_and_then_each_gateway(site: Site) -> None:
    site.switch.gateways["a"] = DOWN
    serve(site, "agent:cas", trunk=Trunk(gateways=("a", "b")))
    call = site.call().wait()
    assert rung(call) == [by("b", "+13125550160")], call.log()
