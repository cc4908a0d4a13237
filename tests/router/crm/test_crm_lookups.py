"""CRM rules on calls: the CRM's own word, else the cache's, else `otherwise`; and the trace says which."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from crm import server as faults
from crm.rig import CONNECTIONS, Stub, book
from log.lines import logged
from simulated import SimulatedRuntime

from fsrouter.crm.client import Client
from fsrouter.crm.errors import CrmTimeout
from fsrouter.crm.lookup.cache import FAILURES, PAUSE
from fsrouter.crm.lookup.lookup import AT_ONCE, LiveLookups
from fsrouter.crm.transport.http import Bounds
from fsrouter.crm.transport.messages import Reply
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.actions import LookUp
from fsrouter.engine.walk.outcomes import LookedUp
from fsrouter.router.crm_lookups import CrmLookups
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.simulator import ANSWERS
from router.crm.hub import FIRST, ONE, OTHERWISE, RULES, SEVEN, Hub
from router.site import MAIN, OTHER, STRANGER, Site, until

HOURS = 3 * 3600.0

#: what the cache says of the first person's tier, what the CRM does, who calls, where the call goes, and why
CASES = [
    (None, None, FIRST, ONE, r"Contacts tier is '1' \(asked hub just now\); equal to '1'"),
    ("7", None, FIRST, ONE, r"Contacts tier is '1' \(asked hub just now\); equal to '1'"),
    ("7", faults.status(500), FIRST, SEVEN, r"is '7' \(hub as cached 3 hours ago; hub: cannot answer now \(500\)\)"),
    ("7", faults.half, FIRST, SEVEN, r"is '7' \(hub as cached 3 hours ago; hub: localhost .*broke off"),
    ("7", faults.body(b"<html>"), FIRST, SEVEN, r"is '7' \(hub as cached 3 hours ago; hub: answered something"),
    ("7", faults.status(401), FIRST, SEVEN, r"cached 3 hours ago; hub: does not know the credential \(401\)"),
    ("7", faults.redirect("https://10.0.0.1/"), FIRST, SEVEN, r"cached 3 hours ago; .*10\.0\.0\.1, which is no"),
    (None, faults.status(500), FIRST, OTHERWISE, r"no record .* \(hub: cannot answer now \(500\); hub has no contact"),
    (
        None,
        None,
        STRANGER,
        OTHERWISE,
        r"no record with Contacts tier for this caller \(asked hub just now; hub has no record",
    ),
    (None, None, "anonymous", OTHERWISE, r"number is withheld"),
]


def why(record: Any) -> str:
    """Why the CRM rule decided as it did."""
    return " / ".join(step.why for step in record.trace if step.at == "crm:tier")


@pytest.mark.parametrize(("cached", "fault", "caller", "where", "reason"), CASES)
def test_crm_rule_uses_the_live_value_else_the_cache(
    hub: Callable[..., Hub], cached: str | None, fault: Any, caller: str, where: str, reason: str
) -> None:
    acme = hub()
    acme.rules()
    if cached:
        acme.cache(cached, HOURS)
    acme.stand_in.always = fault
    acme.serve()
    record = acme.site.record(acme.site.call(caller).wait())
    assert re.search(reason, why(record)), why(record)
    assert (record.outcome, record.destination) == ("answered", where)


def test_hanging_crm_costs_a_call_the_deadline_and_no_more(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules()
    acme.cache("7", HOURS)
    acme.stand_in.always = faults.silent
    acme.serve()
    began = time.monotonic()
    record = acme.site.record(acme.site.call(FIRST).wait())
    assert 2.0 <= time.monotonic() - began < 8
    assert record.destination == SEVEN
    assert "hub as cached 3 hours ago; hub did not answer within 2 s" in why(record)


def test_greeting_plays_during_the_lookup(hub: Callable[..., Hub]) -> None:
    acme = hub()
    asked = RULES.format(url=acme.server.url, more="")
    asked = asked.replace("    crm: hub", "    location: menu\n    greeting: b.wav\n    crm: hub")
    acme.site.rules("menu:m", asked + "menus: {m: {greeting: a.wav, digits: {'1': crm:tier}}}\n")
    acme.serve()
    call = acme.site.call(FIRST, keys=["1"]).wait()
    assert "b.wav" in call.heard and acme.site.record(call).destination == ONE


@pytest.mark.parametrize("greeting", ["", "    greeting: b.wav\n    location: menu\n"])
def test_lines_of_a_lookup_bear_the_call_that_waits_for_it(
    hub: Callable[..., Hub], greeting: str, caplog: pytest.LogCaptureFixture
) -> None:
    """They are those of the library that speaks to the CRM, in the thread that looks up."""
    acme = hub()
    asked = RULES.format(url=acme.server.url, more="").replace("    crm: hub\n", f"{greeting}    crm: hub\n")
    acme.site.rules("menu:m", asked + "menus: {m: {greeting: a.wav, digits: {'1': crm:tier}}}\n")
    acme.serve()
    caplog.set_level(logging.DEBUG, "urllib3")
    with logged() as lines:
        call = acme.site.call(FIRST, keys=["1"]).wait()
    assert call.talked_to == ["user/1001"]
    theirs = [line for line in lines.objects() if line["logger"].startswith("urllib3")]
    assert theirs and {(line["uuid"], line["company"]) for line in theirs} == {(call.uuid, "acme")}


def placed(site: Site, caller: str, to: str) -> float:
    """Place a call, and tell how many seconds went by until it was over."""
    began = time.monotonic()
    site.call(caller, to).wait(20)
    return time.monotonic() - began


def test_many_calls_are_routed_while_the_crm_hangs(hub: Callable[..., Hub]) -> None:
    """No call waits longer than its deadline, few wait at all, and calls without CRM rules do not notice."""
    acme = hub()
    acme.site.switch.phones.update({"user/1001": ANSWERS, "user/1002": ANSWERS})
    acme.rules(others=f'{{number: "{OTHER}", name: Other, to: agent:nancy}}')
    acme.stand_in.always = faults.silent
    acme.serve()
    asking, others = [], []
    for n in range(100):
        asking.append(gevent.spawn(placed, acme.site, f"+1212555{n:04d}", MAIN))
        others.append(gevent.spawn(placed, acme.site, f"+1212556{n:04d}", OTHER))
        gevent.sleep(0.01)
    gevent.joinall([*asking, *others], raise_error=True)
    waits = sorted(each.value for each in asking)
    assert waits[-1] < 4.0
    # As many as may be under way, and those who come before the breaker opens.
    assert sum(wait > 1.0 for wait in waits) < AT_ONCE + FAILURES
    assert max(each.value for each in others) < 2.0
    reasons = [why(acme.site.record(call)) for call in acme.site.switch.calls if call.caller.to == MAIN]
    told = {word for word in ("did not answer within 2 s", "12 look-ups under way") for r in reasons if word in r}
    assert len(told) == 2
    acme.stand_in.released.set()


class Stuck:
    """Records that nobody finds before the test is over."""

    def __init__(self) -> None:
        self.asked = 0
        self.ended = threading.Event()

    def look_up(self, book: RuleBook, wanted: LookUp, cached: LookedUp) -> LookedUp:
        self.asked += 1
        self.ended.wait(20)
        return LookedUp(how="live", value="late", found=True)


def test_lookup_without_a_free_thread_is_answered_at_once() -> None:
    """However many CRMs hang: nobody waits for a thread."""
    stuck = Stuck()
    lookups = CrmLookups(stuck, GREENLETS, at_once=3)
    book: Any = None
    wanted = LookUp(crm="hub", module="", field="tier", number=FIRST, deadline=0.1)
    cached = LookedUp(how="cached", value="7", found=True, age=9.0)
    first = [gevent.spawn(lookups.look_up, book, wanted, cached) for _ in range(3)]
    until(lambda: stuck.asked == 3, "three look-ups under way")
    began = time.monotonic()
    for _ in range(200):
        found = lookups.look_up(book, wanted, cached)
        assert (found.how, found.value, found.age) == ("cached", "7", 9.0) and "3 look-ups under way" in found.why
    assert time.monotonic() - began < 5
    gevent.joinall(first)
    assert {each.value.why for each in first} == {"hub did not answer within 0.1 s"}
    stuck.ended.set()
    until(lambda: lookups.look_up(book, wanted, cached).how == "live", "a free thread")
    lookups.close()


def test_a_crm_that_hangs_is_left_alone_and_found_again() -> None:
    """Ten minutes of four calls a second, on simulated time."""
    runtime, asked, waits, hows = SimulatedRuntime(), list[float](), list[float](), list[str]()
    told = book({"hub": CONNECTIONS["hubspot"]("https://crm.example")})

    def send(request: Any, bounds: Bounds) -> Reply:
        asked.append(runtime.monotonic())
        if asked[-1] >= 300:
            return Reply(status=200, body=b'{"results": [], "total": 0}')
        runtime.sleep(bounds.total)
        raise CrmTimeout("did not answer in time")

    lookups = CrmLookups(LiveLookups(Client(Stub(send), runtime), lambda company, number: ()), runtime)

    def call(number: str) -> None:
        began = runtime.monotonic()
        wanted = LookUp(crm="hub", module="", field="tier", number=number, deadline=2.0)
        hows.append(lookups.look_up(told, wanted, LookedUp(how="unknown")).how)
        waits.append(runtime.monotonic() - began)

    for n in range(2400):
        runtime.spawn(call, f"+1312555{n:04d}")
        runtime.sleep(0.25)
    assert max(waits) < 2.001
    # Those who come before the breaker opens, and one every half a minute from then on.
    assert sum(wait > 0 for wait in waits) == sum(at < 300 for at in asked) <= 12 + FAILURES + 300 / PAUSE
    back = next(at for at in asked if at >= 300)
    assert back < 300 + PAUSE + 2
    assert hows.count("live") == pytest.approx(4 * (600 - back), abs=2)
    lookups.close()


def test_own_error_in_a_lookup_costs_no_call() -> None:
    class Broken:
        def look_up(self, book: RuleBook, wanted: LookUp, cached: LookedUp) -> LookedUp:
            raise ZeroDivisionError("secret")

    lookups = CrmLookups(Broken(), GREENLETS)
    book: Any = None
    cached = LookedUp(how="unknown")
    found = lookups.look_up(book, LookUp(crm="hub", module="", field="x", number=FIRST), cached)
    assert (found.how, found.why) == ("unknown", "the look-up failed (ZeroDivisionError)")
    lookups.close()
