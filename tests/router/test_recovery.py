"""Routers that die: another one goes on where the call stood, with the outcome that the channel tells."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator

import pytest

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.engine.walk.cursor import Cursor, pack
from fsrouter.router.service import Service
from fsrouter.simulator import Agent, Phone, PlacedCall
from fsrouter.store import CallRecord, Node
from router.site import ADA, BOB, MAIN, TRUNK, Site, attempts, commands, heard, held, until

SILENT_LINE, BUSY_LINE = TRUNK + "+13125550152", TRUNK + "+13125550151"
MENU = 'menus: {m: {greeting: ivr/m.wav, timeout: 6s, digits: {"1": agent:nancy, "2": agent:johan}}}'


@pytest.fixture
def heir(site: Site) -> Callable[..., tuple[Service, Service]]:
    """Two routers of one installation: the first gets the calls, the second those that the first leaves."""

    def make(to: str, extra: str = "", **more: str) -> tuple[Service, Service]:
        site.rules(to, extra, **more)
        return site.serve(), site.serve(site.another_store())

    return make


Heir = Callable[..., tuple[Service, Service]]


def test_router_dies_while_a_leg_rings(site: Site, heir: Heir) -> None:
    first, _ = heir("[number:busy, number:silent, agent:johan]")
    call = site.call().reach("ringing", times=2)
    with held(call):
        site.die(first)
    call.wait()
    record = site.record(call)
    assert [ring.target for ring in call.rang] == [BUSY_LINE, SILENT_LINE, "user/1002"], call.log()
    assert attempts(record) == [("number:busy", "busy"), ("number:silent", "no-answer"), ("agent:johan", "answered")]
    assert (record.outcome, record.router, record.turn) == ("answered", "router1", 2)
    assert not call.fail_safe


def test_router_dies_between_two_commands(site: Site, heir: Heir) -> None:
    first, _ = heir("[number:busy, number:silent, agent:johan]")
    call = site.call().reach("leg over")
    with held(call):
        site.die(first)
    call.wait()
    assert [ring.target for ring in call.rang] == [BUSY_LINE, SILENT_LINE, "user/1002"], call.log()
    assert attempts(site.record(call))[0] == ("number:busy", "busy")


def test_router_dies_during_a_prompt(site: Site, heir: Heir) -> None:
    first, _ = heir('["play:ivr/long.wav", agent:johan]')
    call = site.call().reach("playback")
    with held(call):
        site.die(first)
    call.wait()
    assert heard(call) == ("ivr/long.wav",) and call.talked_to == ["user/1002"]
    assert site.record(call).outcome == "answered"


@pytest.mark.parametrize(("keys", "talked"), [("2", ["user/1002"]), ("1", ["user/1001"])])
def test_router_dies_in_a_menu(site: Site, heir: Heir, keys: str, talked: list[str]) -> None:
    first, _ = heir("menu:m", MENU)
    call = site.call().reach("play_and_get_digits")
    with held(call):
        site.die(first)
    call.press(keys)
    call.wait()
    assert call.talked_to == talked and commands(call).count("play_and_get_digits") == 1, call.log()
    assert site.record(call).outcome == "answered"


def test_wrong_key_of_an_earlier_attempt_is_not_read_again(site: Site, heir: Heir) -> None:
    menu = MENU.replace("timeout: 6s", "timeout: 6s, attempts: 2, invalid_sound: ivr/wrong.wav, invalid: hangup")
    first, _ = heir("menu:m", menu)
    call = site.call(keys=(("9", 3.0),)).reach("playback")
    with held(call):
        site.die(first)  # while it plays what follows a wrong key, before the menu is asked again
    call.reach("play_and_get_digits", times=2)
    call.press("2")
    call.wait()
    assert call.talked_to == ["user/1002"], call.log()


@pytest.mark.parametrize("how", ["timeout", "exit-key"])
def test_router_dies_while_the_caller_waits_in_a_queue(site: Site, heir: Heir, how: str) -> None:
    site.queue(max_wait=20.0)
    first, _ = heir("[queue:support, agent:johan]")
    call = site.call(keys=(("0", 15.0),) if how == "exit-key" else ()).reach("queue")
    with held(call):
        until(lambda: not first.listener.live, "the queue to have the call")
        site.die(first)
    call.wait()
    record = site.record(call)
    assert call.talked_to == ([TRUNK + "+13125550150"] if how == "exit-key" else ["user/1002"])
    assert attempts(record)[0] == ("queue:support", "no-answer")
    assert (record.outcome, record.router, record.turn) == ("answered", "router1", 2)


def test_router_dies_in_a_voicemail(site: Site, heir: Heir) -> None:
    first, _ = heir("voicemail:box")
    call = site.call().reach("voicemail")
    with held(call):
        site.die(first)
    call.wait()
    assert [message.mailbox for message in site.switch.messages] == ["1000"]
    assert len(call.routers) == 1 and not call.fail_safe


@pytest.fixture
def no_grace(site: Site) -> None:
    """What another router has to write is not waited for: it is dead, as the test knows."""
    site.grace = 0.0


@pytest.mark.usefixtures("no_grace")
@pytest.mark.parametrize("by", ["caller", "agent"])
def test_router_dies_while_they_talk(site: Site, heir: Heir, by: str) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    first, _ = heir("[agent:nancy, agent:johan]")
    call = site.call().reach("talking")
    with held(call):
        site.die(first)
    (call.hang_up if by == "caller" else call.callee_hangs_up)()
    call.wait()
    assert call.talked_to == ["user/1001"] and len(call.routers) == 1 and not call.fail_safe
    record = ended(site, call)
    assert (record.outcome, record.agent, record.destination) == ("answered", "nancy", "agent:nancy")
    assert attempts(record) == [("agent:nancy", "answered")]


def test_end_that_cannot_be_told_keeps_no_other_from_it(site: Site, heir: Heir) -> None:
    site.grace = 0.2
    site.switch.phones["user/1001"] = Phone(talk=None)
    first, second = heir("agent:nancy")
    failed: list[str] = []

    def fails_once(record: CallRecord) -> None:
        if record.ended and not failed:
            failed.append(record.uuid)
            raise RuntimeError("a listener that fails")

    second.cdr.on_record.append(fails_once)
    calls = [site.call(number).reach("talking") for number in (ADA, BOB)]
    with held(calls[0]), held(calls[1]):
        site.die(first)
    for call in calls:
        call.hang_up()
    assert [ended(site, call.wait()).outcome for call in calls] == ["answered"] * 2 and len(failed) == 1


@pytest.mark.usefixtures("no_grace")
@pytest.mark.parametrize(("agents", "outcome"), [(True, "answered"), (False, "abandoned")])
def test_queue_needs_no_router(site: Site, heir: Heir, agents: bool, outcome: str) -> None:
    site.queue(*([Agent("nancy@acme", "user/1001")] if agents else []))
    first, _ = heir("[queue:support, agent:johan]")
    call = site.call(hangs_up_after=None if agents else "at:queue+20").reach("queue")
    with held(call):
        until(lambda: not first.listener.live, "the queue to have the call")
        site.die(first)
    call.wait()
    record = ended(site, call)
    assert (record.outcome, record.agent) == (outcome, "nancy" if agents else "")


def ended(site: Site, call: PlacedCall) -> CallRecord:
    """What a router wrote of a call that is not its own."""
    until(lambda: site.written(call.uuid).ended is not None, "the end of the call in the journal")
    return site.written(call.uuid)


def test_call_that_ended_without_a_router_is_closed_by_the_next_one(site: Site) -> None:
    site.rules("agent:nancy")
    service = site.serve()
    call = site.call().reach("talking")
    with held(call):
        until(lambda: site.written(call.uuid).where.startswith("talks"), "the talk in the journal")
        site.die(service)
    call.wait()
    assert site.store.journal.live()
    site.serve(node="router0")
    record = ended(site, call)
    assert record.outcome == "answered" and "router died" in record.trace[-1].why


def test_call_that_goes_on_is_not_closed_by_the_next_router(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    site.rules("agent:nancy")
    service = site.serve()
    call = site.call().reach("talking")
    site.written(call.uuid)
    with held(call):
        site.die(service)
    second = site.serve(node="router0")
    second.recovery.catch_up(second.observers)
    assert site.written(call.uuid).ended is None


@pytest.mark.parametrize(("age", "closed"), [(0.0, False), (29.0, False), (31.0, True)])
def test_call_whose_end_a_living_router_has_not_written_is_left_to_it(site: Site, age: float, closed: bool) -> None:
    began = site.store.clock() - 600
    site.rules("agent:nancy")
    site.store.journal.write([CallRecord(uuid="a", company="acme", number=MAIN, router="other", began=began)])
    site.store.nodes.beat(Node(name="other", beat=began + 600 - age))
    service = site.serve(clock=lambda: began + 600)
    service.recovery.catch_up(service.observers)
    assert (site.written("a").ended is not None) is closed


def test_only_router_comes_back_and_resumes(site: Site) -> None:
    site.rules("[number:silent, agent:johan]")
    service = site.serve()
    address = f"127.0.0.1:{service.listener.port}"
    call = site.call().reach("ringing")
    with held(call):
        site.die(service)
        site.serve(listen=address)
    call.wait()
    assert [ring.target for ring in call.rang] == [SILENT_LINE, "user/1002"]


def test_call_goes_to_the_fail_safe_without_another_router(site: Site) -> None:
    site.rules("[number:silent, agent:johan]")
    service = site.serve()
    call = site.call().reach("ringing")
    with held(call):
        site.die(service)
    call.wait()
    assert call.fail_safe and call.talked_to == [TRUNK + "+13125550140"], call.log()


@pytest.fixture
def forged(site: Site, heir: Heir) -> Iterator[Callable[[str], PlacedCall]]:
    """A call that rings its second destination while its router dies, with another cursor put on its channel."""

    def forge(cursor: str) -> PlacedCall:
        first, _ = heir("[number:busy, number:silent, agent:johan]")
        call = site.call().reach("ringing", times=2)
        with held(call):
            site.die(first)
            site.switch.api(f"uuid_setvar {call.uuid} fsr_cursor {cursor}")
        return call.wait()

    yield forge


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "A" * 20_000,
        pack(Cursor("acme", 1, 1), "00000000-0000-4000-a000-000000000000", "site"),
        pack(Cursor("acme", 1, 1), "00000000-0000-4000-a000-000000000000", "another key"),
        "${system(id)}",
    ],
    ids=["text", "long", "of another call", "of another key", "hostile"],
)
def test_call_with_a_forged_cursor_begins_anew(site: Site, forged: Callable[[str], PlacedCall], cursor: str) -> None:
    call = forged(cursor)
    assert [ring.target for ring in call.rang[2:]] == [BUSY_LINE, SILENT_LINE, "user/1002"], call.log()
    record = site.record(call)
    assert record.outcome == "answered" and record.known()["caller"] == "first-time"
    assert [len([step for step in walked.steps if step.asked == "ring"]) for walked in record.walks] == [2, 3]
    assert not [command for command in site.switch.commands_run if command.startswith("system")]


def test_call_with_the_cursor_of_another_begins_anew(site: Site, heir: Heir) -> None:
    first, _ = heir("[number:busy, number:silent, agent:johan]")
    one = site.call().reach("ringing", times=2)
    with held(one):
        other = site.call().reach("ringing", times=2)
        with held(other):
            site.die(first)
            for name in ("fsr_cursor", "fsr_facts"):
                site.switch.api(f"uuid_setvar {other.uuid} {name} {one.variables[name]}")
    other.wait()
    assert [ring.target for ring in other.rang[2:]] == [BUSY_LINE, SILENT_LINE, "user/1002"], other.log()
    one.wait()
    assert [ring.target for ring in one.rang] == [BUSY_LINE, SILENT_LINE, "user/1002"], one.log()


def test_cursor_from_before_a_change_is_walked_by_the_old_rule_book(site: Site, heir: Heir) -> None:
    first, second = heir("[number:silent, agent:johan]")
    call = site.call().reach("ringing")
    with held(call):
        site.rules("[agent:nancy, agent:nancy]")
        until(lambda: second.rulebooks.snapshot.books["acme"].revision == 2, "the new rule book")
        site.die(first)
    call.wait()
    record = site.record(call)
    assert call.talked_to == ["user/1002"] and record.revision == 1


def wide(number: int) -> Contact:
    """A contact of whom more is known than fits on a channel."""
    texts = ("name", "title", "account", "account_id", "territory", "owner")
    fields = {f"field {i}": noise(250) for i in range(10)} | {"tier": "gold"}
    return Contact(id=f"003A00000{number:09}", **{text: noise(250) for text in texts}, fields=fields)


def noise(length: int) -> str:
    return "".join(random.choices(string.ascii_letters + string.digits, k=length))


def test_of_contacts_with_long_records_crm_and_id_travel(site: Site, heir: Heir) -> None:
    owners = [wide(i) for i in range(20)]
    site.store.contacts.replace("acme", "", [Entry(contact=owner, numbers=(ADA,)) for owner in owners])
    routers = 'routers: {r: {branches: [{when: {crm.tier: gold}, then: [number:silent, "router:r2"]}]}, '
    routers += "r2: {branches: [{when: {crm.tier: gold}, then: agent:johan}]}}"
    first, _ = heir("[router:r, agent:nancy]", routers)
    call = site.call(ADA).reach("ringing")
    with held(call):
        sent = len(call.variables["fsr_facts"]) + len(call.variables["fsr_cursor"])
        site.die(first)
    call.wait()
    record = site.record(call)
    assert sent <= 2048 and call.talked_to == ["user/1002"], call.log()
    assert record.known()["crm.tier"] == "gold" and record.contact == owners[0].id


def test_killed_process_leaves_its_calls_to_the_next(site: Site) -> None:
    site.rules("[number:silent, agent:johan]")
    process = site.process()
    site.serve()
    call = site.call().reach("ringing")
    with held(call):
        process.kill()
        process.wait(5)
    call.wait()
    assert call.talked_to == ["user/1002"]


@pytest.mark.usefixtures("no_grace")
@pytest.mark.parametrize("talks", [True, False])
def test_record_keeps_what_the_dead_router_wrote(site: Site, heir: Heir, talks: bool) -> None:
    owner = Contact(id="c-1", name="Ada Ames", fields={"shoe": "42"})
    site.store.contacts.replace("acme", "", [Entry(contact=owner, numbers=(ADA,))])
    site.switch.phones["user/1001"] = Phone(answers_after=1 if talks else None, talk=None)
    site.switch.phones["user/1002"] = Phone(answers_after=1, talk=5)
    first, _ = heir("[number:busy, agent:nancy, agent:johan]")
    call = site.call(ADA).reach("talking" if talks else "ringing", times=1 if talks else 2)
    with held(call):
        site.store.commands.add(call.uuid, "tag", "vip", "olga")
        until(lambda: "vip" in site.written(call.uuid).tags, "the tag in the journal")
        before = site.written(call.uuid)
        site.die(first)
    if talks:
        call.hang_up()
    call.wait()
    record = ended(site, call)
    assert record.trace[: len(before.trace)] == before.trace and len(record.trace) > len(before.trace)
    assert record.tags == ("vip",) and record.known() == before.known() and before.known()["crm.shoe"] == "42"
    tried = [("number:busy", "busy"), ("agent:nancy", "answered" if talks else "no-answer")]
    assert attempts(record) == (tried if talks else [*tried, ("agent:johan", "answered")])
    (walked,) = record.walks
    assert [step.asked for step in walked.steps].count("ring") == len(record.attempts)
