"""What is changed in the store takes effect on the next call, on every router; calls that go on keep theirs."""

from __future__ import annotations

import time

import pytest

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.simulator import RINGS_OUT, Phone
from fsrouter.store import CallRecord
from router.site import ADA, BOB, MAIN, OTHER, STRANGER, Site, attempts, held, until

OPEN = "routers: {r: {branches: [{when: {open: office}, then: agent:nancy}], otherwise: agent:johan}}"


def test_changed_rule_book_holds_for_the_next_call(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    site.rules("[number:silent, agent:nancy]")
    service, other = site.serve(), site.serve(site.another_store())
    going_on = site.call().reach("ringing")
    with held(going_on):
        site.rules("agent:johan")
        revisions = [lambda s=s: s.rulebooks.snapshot.books["acme"].revision for s in (service, other)]
        until(lambda: {revision() for revision in revisions} == {2}, "the change on each router")
    assert site.call().wait().talked_to == ["user/1002"]
    going_on.reach("talking").hang_up()
    assert going_on.talked_to == ["user/1001"]
    assert site.record(going_on).revision == 1


def test_change_is_soon_in_force(site: Site) -> None:
    site.rules("agent:nancy")
    service = site.serve()
    site.rules("agent:johan")
    began = time.monotonic()
    until(lambda: service.rulebooks.snapshot.books["acme"].revision == 2, "the change")
    assert time.monotonic() - began < 10


def test_call_in_a_queue_keeps_its_rule_book(site: Site) -> None:
    site.queue(max_wait=30.0)
    site.rules("[queue:support, agent:nancy]")
    service = site.serve()
    call = site.call().reach("queue")
    with held(call):
        site.rules("agent:johan")
        until(lambda: service.rulebooks.snapshot.books["acme"].revision == 2, "the change")
    call.wait()
    assert call.talked_to == ["user/1001"] and site.record(call).revision == 1


def test_new_company_is_in_force(site: Site) -> None:
    site.rules("agent:nancy")
    service = site.serve()
    assert OTHER not in service.rulebooks.snapshot.numbers
    number = f'tracking_numbers: [{{number: "{OTHER}", to: agent:bo}}]'
    text = f"company: beta\nagents: {{bo: {{endpoint: user/1002}}}}\n{number}"
    site.store.books.save(company_file.read(read(text, "beta.yaml")).onto(None), "test", "a second company")
    until(lambda: OTHER in service.rulebooks.snapshot.numbers, "the second company")
    site.install()
    call = site.call(to=OTHER).wait()
    assert call.talked_to == ["user/1002"] and site.record(call).company == "beta"


def test_override_holds_a_schedule(site: Site) -> None:
    site.rules("router:r", OPEN)
    service = site.serve()
    assert site.call().wait().talked_to == ["user/1001"]
    site.store.states.override("acme", "office", "closed", "test")
    until(lambda: service.rulebooks.overrides("acme"), "the override")
    call = site.call().wait()
    assert call.talked_to == ["user/1002"]
    assert any("office is closed" in entry.why for entry in site.record(call).trace)
    site.store.states.override("acme", "office", "auto", "test")
    until(lambda: not service.rulebooks.overrides("acme"), "the override to be gone")
    assert site.call().wait().talked_to == ["user/1001"]


def test_override_expires(site: Site) -> None:
    site.rules("router:r", OPEN)
    later = 0.0
    site.store.states.override("acme", "office", "closed", "test", until=time.time() + 3600)
    site.serve(clock=lambda: time.time() + later)
    assert site.call().wait().talked_to == ["user/1002"]
    later = 3601.0
    assert site.call().wait().talked_to == ["user/1001"]


def test_agent_on_break_is_skipped(site: Site) -> None:
    site.rules("[agent:nancy, agent:johan]")
    service = site.serve()
    site.store.states.set_agent("acme", "nancy", "break", "test")
    until(lambda: service.rulebooks.on_break("acme"), "the break")
    call = site.call().wait()
    assert call.talked_to == ["user/1002"]
    assert ("agent:nancy", "skipped") in [(e.at, e.outcome) for e in site.record(call).trace]
    site.store.states.set_agent("acme", "nancy", "available", "test")
    until(lambda: not service.rulebooks.on_break("acme"), "the end of the break")
    assert site.call().wait().talked_to == ["user/1001"]


def test_round_robin_turns_are_shared_by_routers(site: Site) -> None:
    group = "distributions: {d: {groups: [{rule: round-robin, members: [agent:nancy, agent:johan, number:desk]}]}}"
    site.rules("distribution:d", group)
    one, other = site.serve(), site.serve(site.another_store())
    answered = []
    for service in (one, other, one, other, one, other):
        site.routers = [("127.0.0.1", service.listener.port)]
        site.install()
        answered += [target.rpartition("/")[2] for target in site.call().wait().talked_to]
    assert answered == ["1001", "1002", "+13125550150"] * 2


# Facts from the store


def entry(contact: str, *numbers: str, **fields: str) -> Entry:
    return Entry(contact=Contact(id=contact, **fields), numbers=numbers)


def test_caller_is_first_time_then_repeat(site: Site) -> None:
    routers = "routers: {r: {branches: [{when: {caller: repeat}, then: agent:nancy}], otherwise: agent:johan}}"
    site.rules("router:r", routers)
    site.serve()
    for talked in ("user/1002", "user/1001", "user/1001"):
        call = site.call().wait()
        assert call.talked_to == [talked]
        site.record(call)
    assert site.call(BOB).wait().talked_to == ["user/1002"]


@pytest.mark.parametrize(("score", "talked"), [(5, "user/1001"), (3, "user/1002"), (None, "user/1002")])
def test_score_of_the_last_call_is_a_fact(site: Site, score: int | None, talked: str) -> None:
    routers = 'routers: {r: {branches: [{when: {previous_score: ">= 4"}, then: agent:nancy}], otherwise: agent:johan}}'
    site.rules("router:r", routers)
    earlier = CallRecord(uuid="earlier", company="acme", number=MAIN, caller=STRANGER, began=1.0, ended=2.0)
    site.store.journal.write([earlier])
    if score:
        site.store.journal.score("earlier", score)
    site.serve()
    assert site.call().wait().talked_to == [talked]


def test_last_agent_is_a_fact(site: Site) -> None:
    site.rules("[agent:last, agent:johan]")
    site.serve()
    first = site.call().wait()
    assert first.talked_to == ["user/1002"]
    site.record(first)
    second = site.call().wait()
    assert second.talked_to == ["user/1002"] and attempts(site.record(second)) == [("agent:johan", "answered")]
    assert site.record(second).known()["last_agent"] == "johan"


@pytest.mark.parametrize(("caller", "talked"), [(ADA, "user/1001"), (BOB, "user/1001"), (STRANGER, "user/1002")])
def test_contact_is_known_by_any_of_its_numbers(site: Site, caller: str, talked: str) -> None:
    site.store.contacts.replace("acme", "", [entry("c-1", ADA, BOB, name="Ada", owner="501")])
    call, record = site.route("[agent:owner, agent:johan]", caller=caller)
    assert call.talked_to == [talked]
    assert record.contact == ("c-1" if talked == "user/1001" else "")
    assert record.contact_name == ("Ada" if talked == "user/1001" else "")


def test_withheld_number_has_no_contact(site: Site) -> None:
    site.store.contacts.replace("acme", "", [entry("c-1", ADA, name="Ada")])
    site.rules("agent:rings")
    site.switch.phones["user/1003"] = RINGS_OUT
    site.serve()
    for _ in range(2):
        call = site.call("anonymous").wait()
        record = site.record(call)
        assert record.caller == "" and record.contact == "" and "caller" not in record.known()
