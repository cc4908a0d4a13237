"""What operators order: carried out on running calls by the router that has them, and told."""

from __future__ import annotations

import pytest

from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.simulator import Phone, PlacedCall
from fsrouter.store.commands import Command
from router.site import MAIN, OTHER, Site, attempts, heard, until


@pytest.fixture
def talking(site: Site) -> PlacedCall:
    """A caller who talks with Nancy, for as long as nobody does anything about it."""
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    site.queue(max_wait=20.0)
    menu = 'menus: {m: {greeting: ivr/m.wav, digits: {"2": agent:johan}}}'
    far = 'far: {number: "+44 20 7946 0100"}\n  stray: {endpoint: sofia/gateway/elsewhere/+13125550150}'
    dear = 'dear: {number: "+1 900 555 0153"}'
    others = f'{{number: "{OTHER}", to: agent:johan}}'
    site.rules("agent:nancy", menu, others=others, agents=far, numbers=dear)
    service = site.serve()
    call = site.call().reach("talking")
    until(lambda: service.cdr.live[call.uuid].talking, "the talk to be heard of")
    site.written(call.uuid)
    return call


def order(site: Site, call: PlacedCall, verb: str, argument: str = "") -> str:
    """Order something as the command line does, and wait for what came of it."""
    id = site.store.commands.add(call.uuid, verb, argument, "olga")
    until(lambda: site.store.commands.get(id).done is not None, "the order to be carried out")  # type: ignore[union-attr]
    return site.store.commands.get(id).result  # type: ignore[union-attr]


def test_hangup_ends_the_call(site: Site, talking: PlacedCall) -> None:
    assert order(site, talking, "hangup") == "done"
    talking.wait()
    record = site.record(talking)
    assert (record.outcome, record.agent) == ("answered", "nancy")
    assert ("operator", "hangup", "olga ordered it") in [(e.at, e.outcome, e.why) for e in record.trace]


def test_hangup_uses_the_given_cause(site: Site, talking: PlacedCall) -> None:
    assert order(site, talking, "hangup", "CALL_REJECTED") == "done"
    assert talking.wait().hangup_cause == "CALL_REJECTED"


@pytest.mark.parametrize(
    ("to", "talked", "outcome", "destination"),
    [
        ("agent:johan", "user/1002", "answered", "agent:johan"),
        ("number:desk", "sofia/gateway/carrier/+13125550150", "answered", "number:desk"),
        ("phone:+13125550150", "sofia/gateway/carrier/+13125550150", "answered", "phone:+13125550150"),
        ("voicemail:box", None, "voicemail", "voicemail:box"),
        ("menu:m", "user/1002", "answered", "agent:johan"),
        ("queue:support", None, "unanswered", "hangup"),
        ("hangup:USER_BUSY", None, "ended", "hangup:USER_BUSY"),
    ],
)
def test_transfer_during_a_talk_reaches_the_destination(
    site: Site, talking: PlacedCall, to: str, talked: str | None, outcome: str, destination: str
) -> None:
    assert order(site, talking, "transfer", to) == "done"
    if to == "menu:m":
        talking.reach("play_and_get_digits").press("2")
    talking.wait()
    record = site.record(talking)
    assert talking.talked_to == ["user/1001", *([talked] if talked else [])], talking.log()
    assert (record.outcome, record.destination) == (outcome, destination)
    assert attempts(record)[0] == ("agent:nancy", "answered") and record.number == MAIN
    assert record.known()["caller"] == "first-time"
    assert ("operator", f"transfer {to}") in [(e.at, e.outcome) for e in record.trace]
    assert talking.rang[0].outcome == "SUCCESS" and not talking.fail_safe


def test_transfer_reaches_an_extension(site: Site, talking: PlacedCall) -> None:
    assert order(site, talking, "transfer", "extension:8790") == "done"
    talking.wait()
    assert heard(talking) == ("/ivr/8790.wav",)
    assert site.record(talking).outcome == "taken"


def test_transferred_call_outlives_its_router(site: Site, talking: PlacedCall) -> None:
    heir = site.serve(site.another_store())
    site.switch.phones["user/1002"] = Phone(answers_after=None)
    assert order(site, talking, "transfer", "distribution:none") != "done"
    assert order(site, talking, "transfer", "number:silent") == "done"
    talking.reach("ringing", times=2)
    site.die(site.services[0])
    talking.wait()
    record = site.record(talking)
    assert record.router == heir.settings.node and record.outcome == "unanswered"
    assert talking.talked_to == ["user/1001"] and len(talking.rang) == 2, talking.log()


def test_another_router_continues_the_record_of_a_transferred_call(site: Site, talking: PlacedCall) -> None:
    first = site.services[0]
    heir = site.serve(site.another_store())
    uuid, began = talking.uuid, site.written(talking.uuid).began
    first.listener.stop_accepting()
    assert order(site, talking, "transfer", "agent:johan") == "done"
    talking.wait()
    record = site.record(talking)
    assert (record.uuid, record.router, record.began) == (uuid, heir.settings.node, began)
    assert attempts(record) == [("agent:nancy", "answered"), ("agent:johan", "answered")]
    told = [(e.at, e.outcome) for e in record.trace]
    assert told.index((MAIN, "agent:nancy")) < told.index(("operator", "transfer agent:johan"))
    assert told[-1] == ("agent:johan", "answered") and record.known()["caller"] == "first-time"


@pytest.mark.parametrize(
    ("verb", "argument", "says"),
    [
        ("transfer", "agent:nobody", "agent:nobody does not exist in the rule book of acme"),
        ("transfer", "nonsense", "is no destination"),
        ("transfer", "agent:johan;fsr_served=yes", "names no definition"),
        ("transfer", "phone:12", "number"),
        ("transfer", "phone:+19005550100", "the kind premium, which is closed"),
        ("transfer", "number:dear", 'kinds = ["premium"] under [dialling]'),
        ("transfer", "agent:far", 'countries = ["US", "GB"] under [dialling]'),
        ("transfer", "agent:stray", "the gateway elsewhere is of no trunk"),
        ("transfer", "extension:9011442079460100", 'extensions = ["9011442079460100"] under [dialling]'),
        ("transfer", "", "is no destination"),
        ("transfer", "tag:vip", "tag:vip does not exist"),
        ("hangup", "no such cause", "refused as hangup cause"),
        ("hangup", "NORMAL_CLEARING\n\napi system id", "refused as hangup cause"),
    ],
)
def test_impossible_command_is_reported_and_harmless(
    site: Site, talking: PlacedCall, verb: str, argument: str, says: str
) -> None:
    assert says in order(site, talking, verb, argument)
    assert not talking.over and talking.steps[-1] == "talking"
    assert not [run for run in site.switch.commands_run if run.startswith("system")]
    assert order(site, talking, "hangup") == "done"
    talking.wait()


def test_call_of_a_removed_company_can_still_be_tagged_and_sent_to_an_extension(
    site: Site, talking: PlacedCall
) -> None:
    site.store.books.remove("acme", "test")
    until(lambda: not site.services[0].rulebooks.snapshot.books, "the router to hear of it")
    assert order(site, talking, "tag", "vip") == "done"
    assert "acme has no rule book any more" in order(site, talking, "transfer", "agent:johan")
    assert not talking.over
    assert order(site, talking, "transfer", "extension:8790") == "done"
    talking.wait()
    assert site.record(talking).tags == ("vip",) and not talking.fail_safe


def test_tag_is_in_the_journal(site: Site, talking: PlacedCall) -> None:
    service = site.services[0]
    tag = Command(id=1, call=talking.uuid, verb="tag", argument="vip", who="olga", at=0.0)
    assert service.operator_commands.carry_out(tag) == "done"
    assert site.written(talking.uuid).tags == ("vip",)
    talking.hang_up()
    talking.wait()
    record = site.record(talking)
    assert record.tags == ("vip",) and record.known()["tags"] == ["vip"]


def test_tag_needs_no_observing_connection(site: Site, talking: PlacedCall) -> None:
    site.blind()
    service = site.services[0]
    until(lambda: not service.observers[0].up, "the connection to be lost")
    command = Command(id=1, call=talking.uuid, verb="tag", argument="vip", who="olga", at=0.0)
    assert service.operator_commands.carry_out(command) == "done"
    hangup = Command(id=2, call=talking.uuid, verb="hangup", argument="", who="olga", at=0.0)
    assert "no connection to FreeSWITCH" in service.operator_commands.carry_out(hangup)


@pytest.mark.parametrize(
    ("verb", "argument", "says"),
    [("tag", "a b", "is no tag"), ("dance", "", "not known"), ("tag", "x" * 99, "is no tag")],
)
def test_malformed_command_is_refused(site: Site, talking: PlacedCall, verb: str, argument: str, says: str) -> None:
    command = Command(id=1, call=talking.uuid, verb=verb, argument=argument, who="olga", at=0.0)
    assert says in site.services[0].operator_commands.carry_out(command)


def test_command_for_a_call_of_another_router_is_refused(site: Site, talking: PlacedCall) -> None:
    command = Command(id=1, call="no-such-call", verb="hangup", argument="", who="olga", at=0.0)
    assert "does not have the call" in site.services[0].operator_commands.carry_out(command)


def test_command_reaches_a_call_on_the_second_switch(site: Site, talking: PlacedCall) -> None:
    """The first FreeSWITCH does not know it; that is no answer yet."""
    from fsrouter.esl.observer import Observer
    from fsrouter.simulator import Switch

    service = site.services[0]
    with Switch() as other:
        host, port = other.listen_inbound(password="x").address
        first = Observer(host, port, "x", GREENLETS)
        first.start()
        service.observers.insert(0, first)
        until(lambda: first.up, "the other connection")
        command = Command(id=1, call=talking.uuid, verb="hangup", argument="", who="olga", at=0.0)
        assert service.operator_commands.carry_out(command) == "done"
        talking.wait()
        service.observers.remove(first)
        first.stop()
