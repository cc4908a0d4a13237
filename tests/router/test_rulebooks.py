"""What is changed in the store takes effect on the next call, on every router; calls that go on keep theirs."""

from __future__ import annotations

import time

import pytest

from fsrouter.engine.walk.facts import Contact
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.simulator import RINGS_OUT, Phone
from fsrouter.store import CallRecord, Entry
from router.house import ADA, BOB, MAIN, OTHER, STRANGER, House, attempts, held, until

OPEN = "routers: {r: {branches: [{when: {open: office}, then: agent:nancy}], otherwise: agent:johan}}"


def test_changed_rule_book_holds_for_the_next_call(house: House) -> None:
    house.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    house.rules("[number:silent, agent:nancy]")
    service, other = house.serve(), house.serve(house.another_store())
    going_on = house.call().reach("ringing")
    with held(going_on):
        house.rules("agent:johan")
        revisions = [lambda s=s: s.rulebooks.snapshot.books["acme"].revision for s in (service, other)]
        until(lambda: {revision() for revision in revisions} == {2}, "the change on each router")
    assert house.call().wait().talked_to == ["user/1002"]
    going_on.reach("talking").hang_up()
    assert going_on.talked_to == ["user/1001"]
    assert house.record(going_on).revision == 1


def test_change_is_in_force_within_a_second(house: House) -> None:
    house.rules("agent:nancy")
    service = house.serve()
    house.rules("agent:johan")
    began = time.monotonic()
    until(lambda: service.rulebooks.snapshot.books["acme"].revision == 2, "the change")
    assert time.monotonic() - began < 1


def test_call_in_a_queue_keeps_its_rule_book(house: House) -> None:
    house.queue(max_wait=30.0)
    house.rules("[queue:support, agent:nancy]")
    service = house.serve()
    call = house.call().reach("queue")
    with held(call):
        house.rules("agent:johan")
        until(lambda: service.rulebooks.snapshot.books["acme"].revision == 2, "the change")
    call.wait()
    assert call.talked_to == ["user/1001"] and house.record(call).revision == 1


def test_new_company_is_in_force(house: House) -> None:
    house.rules("agent:nancy")
    service = house.serve()
    assert OTHER not in service.rulebooks.snapshot.numbers
    number = f'tracking_numbers: [{{number: "{OTHER}", to: agent:bo}}]'
    text = f"company: beta\nagents: {{bo: {{endpoint: user/1002}}}}\n{number}"
    house.store.books.save(company_file.read(read(text, "beta.yaml")).onto(None), "test", "a second company")
    until(lambda: OTHER in service.rulebooks.snapshot.numbers, "the second company")
    house.switch.dialplan = house.dialplan()
    call = house.call(to=OTHER).wait()
    assert call.talked_to == ["user/1002"] and house.record(call).company == "beta"


def test_override_holds_a_schedule(house: House) -> None:
    house.rules("router:r", OPEN)
    service = house.serve()
    assert house.call().wait().talked_to == ["user/1001"]
    house.store.states.override("acme", "office", "closed", "test")
    until(lambda: service.rulebooks.overrides("acme"), "the override")
    call = house.call().wait()
    assert call.talked_to == ["user/1002"]
    assert any("office is closed" in entry["why"] for entry in house.record(call).trace)
    house.store.states.override("acme", "office", "auto", "test")
    until(lambda: not service.rulebooks.overrides("acme"), "the override to be gone")
    assert house.call().wait().talked_to == ["user/1001"]


def test_override_expires(house: House) -> None:
    house.rules("router:r", OPEN)
    later = 0.0
    house.store.states.override("acme", "office", "closed", "test", until=time.time() + 3600)
    house.serve(clock=lambda: time.time() + later)
    assert house.call().wait().talked_to == ["user/1002"]
    later = 3601.0
    assert house.call().wait().talked_to == ["user/1001"]


def test_agent_on_break_is_skipped(house: House) -> None:
    house.rules("[agent:nancy, agent:johan]")
    service = house.serve()
    house.store.states.set_agent("acme", "nancy", "break", "test")
    until(lambda: service.rulebooks.on_break("acme"), "the break")
    call = house.call().wait()
    assert call.talked_to == ["user/1002"]
    assert ("agent:nancy", "skipped") in [(e["at"], e["outcome"]) for e in house.record(call).trace]
    house.store.states.set_agent("acme", "nancy", "available", "test")
    until(lambda: not service.rulebooks.on_break("acme"), "the end of the break")
    assert house.call().wait().talked_to == ["user/1001"]


def test_round_robin_turns_are_shared_by_routers(house: House) -> None:
    group = "distributions: {d: {groups: [{rule: round-robin, members: [agent:nancy, agent:johan, number:desk]}]}}"
    house.rules("distribution:d", group)
    one, other = house.serve(), house.serve(house.another_store())
    answered = []
    for service in (one, other, one, other, one, other):
        house.routers = [("127.0.0.1", service.listener.port)]
        house.switch.dialplan = house.dialplan()
        answered += [target.rpartition("/")[2] for target in house.call().wait().talked_to]
    assert answered == ["1001", "1002", "+13125550150"] * 2


# Facts from the store


def entry(contact: str, *numbers: str, **fields: str) -> Entry:
    return Entry(contact=Contact(id=contact, **fields), numbers=numbers)


def test_caller_is_first_time_then_repeat(house: House) -> None:
    routers = "routers: {r: {branches: [{when: {caller: repeat}, then: agent:nancy}], otherwise: agent:johan}}"
    house.rules("router:r", routers)
    house.serve()
    for talked in ("user/1002", "user/1001", "user/1001"):
        call = house.call().wait()
        assert call.talked_to == [talked]
        house.record(call)
    assert house.call(BOB).wait().talked_to == ["user/1002"]


@pytest.mark.parametrize(("score", "talked"), [(5, "user/1001"), (3, "user/1002"), (None, "user/1002")])
def test_score_of_the_last_call_is_a_fact(house: House, score: int | None, talked: str) -> None:
    routers = 'routers: {r: {branches: [{when: {previous_score: ">= 4"}, then: agent:nancy}], otherwise: agent:johan}}'
    house.rules("router:r", routers)
    earlier = CallRecord(uuid="earlier", company="acme", number=MAIN, caller=STRANGER, began=1.0, ended=2.0)
    house.store.journal.write([earlier])
    if score:
        house.store.journal.score("earlier", score)
    house.serve()
    assert house.call().wait().talked_to == [talked]


def test_last_agent_is_a_fact(house: House) -> None:
    house.rules("[agent:last, agent:johan]")
    house.serve()
    first = house.call().wait()
    assert first.talked_to == ["user/1002"]
    house.record(first)
    second = house.call().wait()
    assert second.talked_to == ["user/1002"] and attempts(house.record(second)) == [("agent:johan", "answered")]
    assert house.record(second).facts["last_agent"] == "johan"


@pytest.mark.parametrize(("caller", "talked"), [(ADA, "user/1001"), (BOB, "user/1001"), (STRANGER, "user/1002")])
def test_contact_is_known_by_any_of_its_numbers(house: House, caller: str, talked: str) -> None:
    house.store.contacts.replace("acme", "", [entry("c-1", ADA, BOB, name="Ada", owner="501")])
    call, record = house.route("[agent:owner, agent:johan]", caller=caller)
    assert call.talked_to == [talked]
    assert record.contact == ("c-1" if talked == "user/1001" else "")
    assert record.contact_name == ("Ada" if talked == "user/1001" else "")


def test_withheld_number_has_no_contact(house: House) -> None:
    house.store.contacts.replace("acme", "", [entry("c-1", ADA, name="Ada")])
    house.rules("agent:rings")
    house.switch.phones["user/1003"] = RINGS_OUT
    house.serve()
    for _ in range(2):
        call = house.call("anonymous").wait()
        record = house.record(call)
        assert record.caller == "" and record.contact == "" and "caller" not in record.facts
