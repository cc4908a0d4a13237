"""Caps on routers: a number over one of them is skipped, and whoever looks is told; all routers count together."""

from __future__ import annotations

import sqlite3

import pytest

from fsrouter.errors import StoreUnreachable
from fsrouter.freeswitch.callcenter.model import AgentDef
from fsrouter.router.http.application import Application
from fsrouter.router.http.messages import Origins
from fsrouter.router.http.visits import Visits
from fsrouter.router.service import Service
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.settings.model import Dialling, Trunk
from fsrouter.simulator import Agent, Phone, PlacedCall
from fsrouter.store import Node, Store
from fsrouter.store.nodes import DEAD
from fsrouter.tui.context import Context
from fsrouter.tui.queries import routers
from router.http.samples import samples
from router.http.shop import data, request
from router.site import DESK, GUARD, PATIENCE, Site, attempts, until

STAYS = Phone(answers_after=1, talk=None)
ROUTE = "[number:desk, agent:johan]"
GROUP = "distributions: {d: {groups: [{rule: simultaneous, members: [%s], ring: 20s}]}}"


@pytest.fixture
def site(site: Site) -> Site:
    site.switch.phones |= {DESK: STAYS, "user/1002": Phone(answers_after=1, talk=1)}
    return site


def serve(site: Site, calls: int = 2, an_hour: int = 0, trunk: int = 0, **how: object) -> Service:
    trunks = {"carrier": Trunk(gateways=("carrier",), calls=trunk)}
    return site.serve(dialling=Dialling(calls=calls, an_hour=an_hour), trunks=trunks, **how)


def used(service: Service, what: str = "calls", whose: str = "acme") -> int:
    return next(each.used for each in service.caps.usages(["acme"]) if (each.what, each.whose) == (what, whose))


def talks(site: Site, service: Service) -> PlacedCall:
    """A call that talks with the desk, and goes on."""
    call = site.call().reach("talking")
    until(lambda: service.cdr.live[call.uuid].talking == "number:desk", "the talk to be heard of")
    return call


def skipped(site: Site, call: PlacedCall) -> str:
    """Why the desk was skipped for a call; "" when it was rung."""
    record = site.record(call.wait(PATIENCE))
    why = [entry.why for entry in record.trace if (entry.at, entry.outcome) == ("number:desk", "skipped")]
    assert bool(why) == (attempts(record)[0][0] != "number:desk")
    return "".join(why)


def application(service: Service) -> Application:
    visits = Visits(service.threads, service.rulebooks, GREENLETS.now)
    return Application(lambda everything: service.status.condition(), service.metrics, visits, Origins(()))


def test_number_over_the_cap_is_skipped_and_everybody_is_told(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.rules(ROUTE)
    service = serve(site)
    talking = [talks(site, service) for _ in range(2)]
    why = "refused as number to dial: there are 2 of 2 numbers of acme at once; to open it: a greater [dialling] calls"
    for _ in range(3):
        call = site.call()
        assert skipped(site, call) == why and call.talked_to == ["user/1002"]

    assert data(application(service).answer(request("/health")))["near_caps"] == ["2 of 2 numbers of acme at once"]
    found = samples(application(service).answer(request("/metrics")).body)
    assert found["fsrouter_numbers_dialled_total", ("acme",)] == 2
    assert found["fsrouter_dialling_refused_total", ("acme", "calls")] == 3
    assert found["fsrouter_dialling_used", ("calls", "acme")] == found["fsrouter_dialling_cap", ("calls", "acme")] == 2
    service.heartbeat.beat(False)
    (router,) = routers.load(Context(site.store, "ada")).routers
    assert router.troubles == ("near its cap, or at it: 2 of 2 numbers of acme at once ([dialling] calls)",)
    lines = [(each.levelname, each.getMessage()) for each in caplog.records if each.name == "fsrouter.esl"]
    assert [line for line in lines if "numbers" in line[1]] == [
        ("WARNING", "soon there are as many numbers as the settings allow"),
        ("ERROR", "numbers are not dialled: there are as many as the settings allow"),
    ], "once a minute, however many there are"

    talking[0].hang_up()
    until(lambda: used(service) == 1, "the number to be over")
    assert talks(site, service) and not service.caps.problem("other")


def test_trunk_has_a_cap_of_its_own(site: Site) -> None:
    site.rules(ROUTE)
    service = serve(site, calls=0, trunk=1)
    talks(site, service)
    assert "there are 1 of 1 calls of the trunk carrier" in skipped(site, site.call())
    assert service.caps.refused == {("acme", "trunk"): 1}


def test_endpoint_at_a_gateway_is_a_number_too(site: Site) -> None:
    site.rules("[agent:by, agent:johan]", agents=f"by: {{endpoint: sofia/gateway/carrier/{DESK}}}")
    service = serve(site, calls=1)
    site.call().reach("talking")
    call = site.call().wait(PATIENCE)
    assert call.talked_to == ["user/1002"] and used(service) == 1


def test_hour_is_counted_whatever_came_of_the_calls(site: Site) -> None:
    site.rules("[number:busy, agent:johan]")
    service = serve(site, calls=0, an_hour=2)
    for _ in range(2):
        assert attempts(site.record(site.call().wait(PATIENCE)))[0] == ("number:busy", "busy")
    record = site.record(site.call().wait(PATIENCE))
    assert attempts(record) == [("agent:johan", "answered")] and used(service, "an_hour") == 2
    assert any("2 of 2 numbers of acme in an hour" in entry.why for entry in record.trace)


def test_of_a_group_the_numbers_that_do_not_talk_are_over(site: Site) -> None:
    site.switch.phones[GUARD] = Phone(answers_after=30, talk=None)
    site.rules("distribution:d", GROUP % "number:guard, number:desk")
    service = serve(site, calls=9)
    call = site.call().reach("ringing")
    until(lambda: used(service) == 2, "both to ring")
    until(lambda: used(service) == 1, "one to talk")
    call.hang_up()
    until(lambda: used(service) == 0, "it to be over")


def test_group_over_the_cap_rings_as_many_as_may_be(site: Site) -> None:
    site.switch.phones |= {DESK: Phone(answers_after=None), "user/1002": Phone(answers_after=None)}
    site.rules("distribution:d", GROUP % "number:guard, agent:johan, number:desk")
    site.switch.phones[GUARD] = Phone(answers_after=None)
    service = serve(site, calls=1)
    call = site.call().reach("ringing")
    until(lambda: used(service) == 1, "one to ring")
    call.hang_up()
    record = site.record(call.wait(PATIENCE))
    (attempt,) = record.attempts
    assert attempt.targets == ("number:guard", "agent:johan"), "who was not rung is no target, though the caller left"
    assert [entry.at for entry in record.trace if entry.outcome == "skipped"] == ["number:desk"]
    until(lambda: used(service) == 0, "all to be over")


def test_number_that_talks_on_without_its_router_counts_until_it_ends(site: Site) -> None:
    site.rules(ROUTE)
    service = serve(site)
    call = talks(site, service)
    service.caps.done(call.uuid)
    assert used(service) == 1
    call.hang_up()
    until(lambda: used(service) == 0, "its end to be heard")


def test_leg_of_a_queue_by_a_trunk_is_heard_and_leaves_less_to_others(site: Site) -> None:
    site.switch.phones["+13125550161"] = STAYS
    fay = AgentDef("fay@acme", "sofia/gateway/carrier/+13125550161", trunk="carrier")
    site.queue(Agent(fay.name, fay.contact))
    site.rules("queue:support")
    service = serve(site, calls=1)
    call = site.call()
    until(lambda: used(service) == 1 and used(service, "calls", "acme") == 1, "the agent to be heard")
    assert service.caps.problem("acme") and not service.caps.dialled
    call.hang_up()
    until(lambda: used(service) == 0, "the agent's end to be heard")


def test_leg_of_a_fail_safe_is_heard_with_its_company(site: Site) -> None:
    site.switch.phones[GUARD] = STAYS
    site.rules(ROUTE)
    service = serve(site, trunk=9)
    service.listener.stop_accepting()
    call = site.call()
    until(lambda: used(service) == 1, "the fail-safe to be heard")
    assert call.fail_safe and used(service, "trunk", "carrier") == 1
    call.hang_up()
    until(lambda: used(service) == 0, "its end to be heard")


# All routers together


def test_routers_count_together_once_they_have_told(site: Site) -> None:
    site.rules(ROUTE)
    first, second = serve(site), serve(site, store=site.another_store())
    for _ in range(2):
        talks(site, first)
    first.listener.stop_accepting()
    assert not second.caps.problem("acme")
    for each in (first, second, first):
        each.heartbeat.beat(False)
    assert used(first) == used(second) == 2
    assert "2 of 2 numbers of acme" in skipped(site, site.call())
    site.die(first)
    second.heartbeat.beat(False)
    assert used(second) == 0, "it is gone, and so are its counts"


def test_counts_of_a_dead_router_end_when_it_counts_as_dead(site: Site) -> None:
    site.rules(ROUTE)
    ahead = 0.0
    service = serve(site, clock=lambda: GREENLETS.now() + ahead)
    own = {"calls": {"acme": 2}, "an_hour": {"acme": 2}}
    site.store.nodes.beat(Node(name="gone", beat=GREENLETS.now(), detail={"caps": {"own": own, "heard": {}}}))
    service.heartbeat.beat(False)
    assert used(service) == 2 and service.caps.problem("acme")
    ahead = DEAD + 60
    service.heartbeat.beat(False)
    assert used(service) == 0


def test_without_the_database_each_knows_its_own(site: Site) -> None:
    site.rules(ROUTE)
    site._stores.append(Store.open(site.url, busy=0.05))
    first, second = serve(site), serve(site, store=site._stores[-1])
    talks(site, first)
    for each in (first, second):
        each.heartbeat.beat(False)
    assert used(second) == 1
    holder = sqlite3.connect(site.path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnreachable):
        second.heartbeat.beat(False)
    holder.close()
    assert used(second) == 0 and used(first) == 1
