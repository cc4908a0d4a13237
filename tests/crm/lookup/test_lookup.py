"""Live look-ups: the record now, else the cache, else not known; never later than the deadline."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crm import server as faults
from crm.conftest import LOOPBACK
from crm.rig import ALL, ENVIRONMENT, SYNCED, Rig, SetClock
from fsrouter.crm.client import Client
from fsrouter.crm.lookup import cache
from fsrouter.crm.lookup.cache import KEPT
from fsrouter.crm.lookup.lookup import LiveLookups
from fsrouter.crm.transport.http import Sender
from fsrouter.engine.model import crms
from fsrouter.engine.walk.actions import LookUp
from fsrouter.engine.walk.outcomes import LookedUp
from fsrouter.runtime.native import NATIVE

Make = Callable[..., Rig]

#: Number of the first person of the office.
ADA = "+12005550001"
CACHED = LookedUp(how="cached", value="old", found=True, age=100.0)
UNKNOWN = LookedUp(how="unknown", why="crm has no contact with this number in the cache")


def lookups(rig: Rig) -> LiveLookups:
    return LiveLookups(rig.client, rig.store.contacts.owners)


def want(field: str = "tier", module: str = "Contacts", number: str = ADA, deadline: float = 2.0) -> LookUp:
    return LookUp(crm="crm", module=module, field=field, number=number, deadline=deadline)


@pytest.mark.parametrize("kind", ALL)
def test_a_field_is_looked_up_by_number(crm: Make, kind: str) -> None:
    rig = crm(kind)
    found = lookups(rig).look_up(rig.book, want(), CACHED)
    assert (found.how, found.value, found.found, found.why) == ("live", "1", True, "")
    assert 0 <= found.age < 2


@pytest.mark.parametrize("kind", SYNCED)
def test_a_contact_that_the_cache_knows_is_fetched_by_its_id(crm: Make, kind: str) -> None:
    """So a number counts in whatever field it stands and however it is written there."""
    rig = crm(kind)
    rig.office.people[1002].other = "Reception, ask: 415-555-0133 x9"
    rig.sync()
    rig.office.people[1002].tier = "77"
    found = lookups(rig).look_up(rig.book, want(number="+14155550133"), CACHED)
    assert (found.how, found.value) == ("live", "77")


@pytest.mark.parametrize("kind", SYNCED)
@pytest.mark.parametrize(("known", "number"), [(False, ADA), (True, ADA), (False, "+12125550002")])
def test_the_account_of_a_caller_is_looked_up(crm: Make, kind: str, known: bool, number: str) -> None:
    """Of the contact with this number; else the account whose own number it is, where the CRM finds one by number."""
    rig = crm(kind)
    if known:
        rig.sync()
    found = lookups(rig).look_up(rig.book, want("balance", "Accounts", number), UNKNOWN)
    if number == ADA:
        assert (found.how, found.value) == ("live", "-20")
    else:
        assert found.how == "live" and found.value in ("-20", "")


@pytest.mark.parametrize("kind", ALL)
def test_a_contacts_own_field_is_looked_up(crm: Make, kind: str) -> None:
    rig = crm(kind)
    assert lookups(rig).look_up(rig.book, want("title"), UNKNOWN).value == "Chief Executive"


@pytest.mark.parametrize("kind", ALL)
def test_a_number_without_a_record_is_not_found(crm: Make, kind: str) -> None:
    rig = crm(kind)
    found = lookups(rig).look_up(rig.book, want(number="+13125559999"), CACHED)
    assert (found.how, found.found, found.why) == ("live", False, "crm has no record with this number")


#: What goes wrong in a look-up, and what the trace says of it.
BREAKS: list[tuple[str, Any, str]] = [
    ("401", faults.status(401), "does not know the credential"),
    ("403", faults.status(403), "does not let the credential"),
    ("400", faults.status(400), "status 400"),
    ("500", faults.status(500), "cannot answer now"),
    ("429", faults.status(429, Retry_After="7"), "wants fewer requests"),
    ("slow", faults.silent, "in time|within"),
    ("a byte at a time", faults.trickle, "in time|within"),
    ("headers a byte at a time", faults.trickled_headers, "in time|within"),
    ("hangs up", faults.hang_up, "broke off"),
    ("half an answer", faults.half, "broke off"),
    ("no JSON", faults.body(b"<html>"), "no JSON"),
    ("half of the JSON", faults.body(b'{"results": ['), "no JSON|another form"),
    ("JSON of another form", faults.body(b'"a"'), "another form|neither an object nor a list"),
    ("too deep", faults.deep, "nested too deeply|another form"),
    ("too large", faults.bomb, "more than 1024 KiB"),
    ("redirect to a private address", faults.redirect("https://10.0.0.1/x"), "public internet|redirects a POST"),
    ("redirect to http", faults.redirect("http://localhost/x"), "https only|redirects a POST"),
]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(("fault", "why"), [b[1:] for b in BREAKS], ids=[b[0] for b in BREAKS])
def test_a_failed_look_up_is_answered_from_the_cache(crm: Make, kind: str, fault: Any, why: str) -> None:
    rig = crm(kind)
    look = lookups(rig)
    if kind in ("zoho", "salesforce"):
        look.look_up(rig.book, want(number="+13125559999"), UNKNOWN)  # signed in
    rig.stand_in.always = fault
    deadline = 0.25 if fault in (faults.silent, faults.trickle, faults.trickled_headers) else 15.0
    began = time.monotonic()
    found = look.look_up(rig.book, want(deadline=deadline), CACHED)
    assert time.monotonic() - began < deadline + 5
    assert (found.how, found.value, found.found, found.age) == ("cached", "old", True, 100.0)
    assert re.search(why, found.why), found.why
    unknown = look.look_up(rig.book, want(number="+14155550177", deadline=deadline), UNKNOWN)
    assert (unknown.how, unknown.found) == ("unknown", False)
    assert "in the cache" in unknown.why and "; " in unknown.why


def test_a_wrong_certificate_ends_the_look_up(crm: Make) -> None:
    rig = crm("hubspot")
    rig.book.crms["crm"] = crms.HubSpot(token="${HUB}", url=f"https://127.0.0.1:{rig.server.port}")
    found = lookups(rig).look_up(rig.book, want(), CACHED)
    assert found.how == "cached" and "certificate" in found.why
    assert not rig.stand_in.seen


@pytest.mark.parametrize("kind", ["zoho", "salesforce"])
def test_a_token_that_has_expired_is_renewed(crm: Make, kind: str) -> None:
    clock = SetClock()
    rig = crm(kind, clock=clock)
    look = lookups(rig)
    assert look.look_up(rig.book, want(), CACHED).how == "live"
    clock.now += 100
    rig.stand_in.expired.update(rig.stand_in.tokens)
    assert look.look_up(rig.book, want("title"), CACHED).how == "live"
    assert len(rig.stand_in.tokens) == 2
    clock.now += 4000
    assert look.look_up(rig.book, want("account"), CACHED).how == "live"
    assert len(rig.stand_in.tokens) == 3


@pytest.mark.parametrize(("kind", "name"), [("zoho", "ZOHO_REFRESH"), ("salesforce", "SF_SECRET"), ("hubspot", "HUB")])
def test_a_wrong_credential_is_named(crm: Make, kind: str, name: str, ca: str) -> None:
    rig = crm(kind)
    for environment, why in (
        ({**ENVIRONMENT, name: "wrong"}, "look at"),
        ({**ENVIRONMENT, name: ""}, f"{name} is not set"),
    ):
        look = LiveLookups(Client(Sender(NATIVE, LOOPBACK, ca, environment), NATIVE), rig.store.contacts.owners)
        found = look.look_up(rig.book, want(), CACHED)
        assert found.how == "cached" and why in found.why
        assert "wrong" not in found.why


def test_an_answer_is_kept_for_a_minute(crm: Make) -> None:
    clock = SetClock()
    rig = crm("hubspot", clock=clock)
    look = lookups(rig)
    look.look_up(rig.book, want(), CACHED)
    clock.now += KEPT - 1
    found = look.look_up(rig.book, want(), CACHED)
    assert (found.how, found.age) == ("live", KEPT - 1)
    assert len(rig.stand_in.seen) == 1
    clock.now += 2
    assert look.look_up(rig.book, want(), CACHED).age == 0
    assert len(rig.stand_in.seen) == 2


def test_many_calls_for_one_number_ask_once(crm: Make) -> None:
    rig = crm("hubspot")
    gate = threading.Event()

    def slowly(talk: faults.Talk) -> None:
        gate.wait(10)
        talk.say(rig.stand_in.answer(rig.stand_in.seen[-1]))

    rig.stand_in.misbehave(slowly)
    look = LiveLookups(rig.client, rig.store.contacts.owners, at_once=20)
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(look.look_up, rig.book, want(deadline=10.0), CACHED) for _ in range(20)]
        while not rig.stand_in.seen:
            threading.Event().wait(0.001)
        gate.set()
        assert {w.result(10).value for w in waiting} == {"1"}
    assert len(rig.stand_in.seen) == 1


def test_a_crm_that_hangs_holds_a_bounded_number_of_threads(crm: Make) -> None:
    """Whoever comes then is answered from the cache at once, and what is kept is still told."""
    rig = crm("hubspot")
    look = LiveLookups(rig.client, rig.store.contacts.owners, at_once=2)
    look.look_up(rig.book, want("title"), CACHED)
    rig.stand_in.misbehave(faults.silent, faults.silent)
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(look.look_up, rig.book, want(number=f"+1312555000{n}"), CACHED) for n in range(2)]
        while len(rig.stand_in.seen) < 3:
            threading.Event().wait(0.001)
        began = time.monotonic()
        for n in range(100):
            found = look.look_up(rig.book, want(number=f"+1312556{n:04d}"), CACHED)
            assert found.how == "cached" and "2 look-ups under way" in found.why
        assert look.look_up(rig.book, want("title"), CACHED).how == "live"
        assert time.monotonic() - began < 15
        rig.stand_in.released.set()
        assert [h.result(10).how for h in held] == ["cached", "cached"]
    assert look.look_up(rig.book, want(), CACHED).how == "live"


def test_look_up_whose_deadline_is_over_before_it_begins_asks_nothing(crm: Make) -> None:
    rig = crm("hubspot")
    found = lookups(rig).look_up(rig.book, want(deadline=0.0), CACHED)
    assert found.how == "cached" and found.why.startswith("crm did not answer within 0 s")
    assert not rig.stand_in.seen


def test_a_waiting_look_up_keeps_its_own_deadline(crm: Make) -> None:
    rig = crm("hubspot")
    rig.stand_in.misbehave(faults.silent)
    look = lookups(rig)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(look.look_up, rig.book, want(deadline=15.0), CACHED)
        while not rig.stand_in.seen:
            threading.Event().wait(0.001)
        began = time.monotonic()
        found = look.look_up(rig.book, want(deadline=0.1), CACHED)
        assert time.monotonic() - began < 10
        assert found.how == "cached" and "within 0.1 s" in found.why
        rig.stand_in.released.set()
        assert first.result(10).how == "cached"


def test_a_crm_that_fails_again_and_again_is_left_alone(crm: Make) -> None:
    clock = SetClock()
    rig = crm("hubspot", clock=clock)
    look = lookups(rig)
    rig.stand_in.always = faults.status(500)
    for n in range(cache.FAILURES + 3):
        look.look_up(rig.book, want(number=f"+1312555{n:04d}"), CACHED)
    assert len(rig.stand_in.seen) == cache.FAILURES
    assert "left alone" in look.look_up(rig.book, want(), CACHED).why
    clock.now += cache.PAUSE
    rig.stand_in.always = None
    assert look.look_up(rig.book, want(), CACHED).how == "live"


def test_a_crm_that_wants_fewer_requests_gets_none(crm: Make) -> None:
    clock = SetClock()
    rig = crm("hubspot", clock=clock)
    look = lookups(rig)
    rig.stand_in.misbehave(faults.status(429, Retry_After="7"))
    look.look_up(rig.book, want(), CACHED)
    look.look_up(rig.book, want(), CACHED)
    assert len(rig.stand_in.seen) == 1
    clock.now += 7
    assert look.look_up(rig.book, want(), CACHED).how == "live"


def test_bad_replies_do_not_open_the_breaker(crm: Make) -> None:
    rig = crm("hubspot")
    look = lookups(rig)
    rig.stand_in.misbehave(*[faults.status(400)] * 20)
    for n in range(20):
        look.look_up(rig.book, want(number=f"+1312555{n:04d}"), CACHED)
    assert look.look_up(rig.book, want(), CACHED).how == "live"


def test_a_look_up_works_without_the_contact_cache(crm: Make) -> None:
    def away(company: str, number: str) -> Any:
        raise RuntimeError("no database")

    rig = crm("hubspot")
    assert LiveLookups(rig.client, away).look_up(rig.book, want(), CACHED).how == "live"


def test_unknown_crm_and_caller_without_number_ask_nothing(crm: Make) -> None:
    rig = crm("hubspot")
    assert lookups(rig).look_up(rig.book, LookUp(crm="no", module="", field="x", number=ADA), CACHED) == CACHED
    assert "no number" in lookups(rig).look_up(rig.book, want(number=""), UNKNOWN).why
    assert not rig.stand_in.seen


@pytest.mark.parametrize("kind", ["zoho", "salesforce"])
def test_signing_in_is_within_the_deadline_too(crm: Make, kind: str) -> None:
    rig = crm(kind)
    rig.stand_in.signing_in = ()

    def late(talk: faults.Talk) -> None:
        rig.stand_in.released.wait(1.0)
        talk.say(rig.stand_in.answer(rig.stand_in.seen[-1]))

    rig.stand_in.misbehave(late, faults.silent)
    began = time.monotonic()
    assert lookups(rig).look_up(rig.book, want(deadline=2.0), CACHED).how == "cached"
    assert time.monotonic() - began < 2.9
    assert len(rig.stand_in.seen) == 2


@pytest.mark.parametrize("kind", ["zoho", "salesforce"])
def test_many_threads_sign_in_once(crm: Make, kind: str) -> None:
    rig = crm(kind, 8)
    look = lookups(rig)
    with ThreadPoolExecutor(8) as pool:
        wanted = [want(number=f"+1200555{n:04d}") for n in range(1, 9)]
        found = list(pool.map(lambda w: look.look_up(rig.book, w, CACHED), wanted))
    assert [f.how for f in found] == ["live"] * 8
    assert len(rig.stand_in.tokens) == 1
