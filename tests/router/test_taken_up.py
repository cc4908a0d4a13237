"""Calls that another router takes up, whatever has become meanwhile of what they were decided by: nobody is asked or
rung again, and none goes round.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable

import pytest

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.store import Store
from router.site import ADA, Site, attempts, commands, held, until
from router.test_database_away import Part

#: Where a call is when its router dies, by the kind of destination that it is in.
KINDS = {
    "number": ("[number:silent, agent:johan]", "ringing"),
    "group": ("[distribution:d, agent:johan]", "ringing"),
    "split": ("[split:s, agent:johan]", "ringing"),
    "queue": ("[queue:support, agent:johan]", "queue"),
    "menu": ("[menu:m, agent:nancy]", "play_and_get_digits"),
    "play": ('["play:ivr/long.wav", agent:johan]', "playback"),
}
MORE = """
distributions: {d: {owner: {ring: 10s}, groups: [{rule: random, members: [number:silent]}]}}
splits: {s: {branches: [{weight: 1, then: number:silent}]}}
menus: {m: {greeting: ivr/m.wav, timeout: 6s, digits: {"1": agent:nancy, "2": agent:johan}}}
routers: {r: {branches: [{when: {title: TITLE}, then: ROUTE}], otherwise: [agent:nancy, agent:nancy]}}
"""


def wide(number: int, title: str) -> Contact:
    """A contact of whom more is known than fits on a channel."""

    def noise() -> str:
        return "".join(random.choices(string.ascii_letters + string.digits, k=250))

    fields = {f"field {i}": noise() for i in range(10)}
    return Contact(id=f"003A00000{number:09}", name=noise(), title=title, account=noise(), fields=fields)


def known(site: Site, title: str = "CEO") -> None:
    """Twenty contacts with the caller's number."""
    owners = [Entry(contact=wide(i, title), numbers=(ADA,)) for i in range(20)]
    site.store.contacts.replace("acme", "", owners)


def rules(route: str, title: str = "CEO") -> tuple[str, str]:
    return "[router:r, agent:nancy]", MORE.replace("TITLE", title).replace("ROUTE", route)


def nothing(site: Site, store: Store, route: str) -> None:
    """All is as it was."""


def away(site: Site, store: Store, route: str) -> None:
    for name in ("books", "contacts", "journal", "visitors", "turns"):
        Part(store, name).away = True


def gone(site: Site, store: Store, route: str) -> None:
    site.store.contacts.replace("acme", "", [])


def changed(site: Site, store: Store, route: str) -> None:
    known(site, "clerk")


def other_rules(site: Site, store: Store, route: str) -> None:
    site.rules(*rules(route, "nobody"))
    until(lambda: site.services[1].rulebooks.snapshot.books["acme"].revision == 2, "the change")


def other_rules_and_away(site: Site, store: Store, route: str) -> None:
    other_rules(site, store, route)
    away(site, store, route)


MEANWHILE = (nothing, away, gone, changed, other_rules, other_rules_and_away)


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("kind", KINDS)
def test_call_goes_on_where_it_stood(site: Site, kind: str, meanwhile: Callable[[Site, Store, str], None]) -> None:
    route, moment = KINDS[kind]
    known(site)
    site.queue(max_wait=20.0)
    site.rules(*rules(route))
    first, store = site.serve(), site.another_store()
    site.serve(store)
    call = site.call(ADA).reach(moment)
    with held(call):
        until(lambda: kind != "queue" or not first.listener.live, "the queue to have the call")
        assert len(call.variables["fsr_cursor"]) + len(call.variables["fsr_facts"]) <= 2048
        meanwhile(site, store, route)
        site.die(first)
    if kind == "menu":
        call.press("2")
    call.wait()
    rung = [ring.target for ring in call.rang]
    assert call.talked_to == ["user/1002"] and len(set(rung)) == len(rung) and not call.fail_safe, call.log()
    assert commands(call).count("callcenter") + commands(call).count("play_and_get_digits") <= 1, call.log()


def test_caller_of_whom_much_is_known_waits_in_a_queue_once(site: Site) -> None:
    known(site)
    site.queue(max_wait=20.0)
    site.rules(*rules("[queue:support, number:silent, agent:johan]"))
    site.serve()
    call = site.call(ADA).wait()
    assert commands(call).count("callcenter") == 1 and call.talked_to == ["user/1002"], call.log()
    assert [name for name, _ in attempts(site.record(call))] == ["queue:support", "number:silent", "agent:johan"]


def test_contact_that_is_gone_is_told(site: Site) -> None:
    known(site)
    site.rules(*rules("[number:silent, agent:johan]"))
    first = site.serve()
    site.serve(site.another_store())
    call = site.call(ADA).reach("ringing")
    with held(call):
        gone(site, site.store, "")
        site.die(first)
    record = site.record(call.wait())
    told = [entry.why for entry in record.trace if (entry.at, entry.outcome) == ("facts", "not known")]
    assert len(told) == 1 and "003A00000000000000" in told[0]
    assert record.contact == "003A00000000000000" and record.known()["title"] == "CEO"


def test_call_whose_cursor_cannot_be_read_begins_anew_but_once(site: Site) -> None:
    site.queue(max_wait=20.0)
    site.rules("[queue:support, agent:johan]")
    service = site.serve()
    call = site.call()
    for times in (1, 2):
        call.reach("queue", times=times)
        with held(call):
            until(lambda: not service.listener.live, "the queue to have the call")
            site.switch.api(f"uuid_setvar {call.uuid} fsr_cursor former")
    call.wait()
    assert commands(call).count("callcenter") == 2 and call.fail_safe, call.log()
    assert "begun anew before" in "".join(entry.why for entry in site.record(call).trace)
