"""Calls that no session is about and whose end is never heard: they do not stay for ever, and real ones do."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from esl.ends import API_OK, OK, api, block, dumped
from gevent import socket

from fsrouter.esl.events import Event
from fsrouter.router.service import Service
from fsrouter.simulator import Agent, Phone, PlacedCall
from router.site import MAIN, OTHER, Site, attempts, held, until

FORGED = "0b3e1a52-9f0c-4c1c-8f0e-7d6a2f6a9c01"


def forge(site: Site, service: Service, uuid: str = FORGED) -> None:
    """Hand a call over to a queue that no FreeSWITCH has, with the secret."""
    with closing(socket.create_connection(("127.0.0.1", service.listener.port), 20)) as sock:
        sock.sendall(
            block(Unique_ID=uuid, Caller_Destination_Number=MAIN, Caller_Caller_ID_Number="+12125550100")
            + api(site.secret.current())
        )
        heard = b""
        while data := sock.recv(65_536):
            heard += data
            while b"\n\n" in heard:
                command, _, heard = heard.partition(b"\n\n")
                if command.startswith(b"api uuid_dump"):
                    sock.sendall(dumped(4, uuid))
                elif command.startswith(b"api uuid_"):
                    sock.sendall(API_OK)
                elif command.startswith(b"sendmsg"):
                    sock.sendall(OK)
    until(lambda: service.cdr.live[uuid].waiting, "a call in the queue")


def looked(service: Service, **changed: float) -> None:
    """The router looks for calls of which nothing is heard."""
    service.recovery = replace(service.recovery, **changed)
    service.recovery.look(service.observers)


def test_call_that_no_freeswitch_has_is_closed(site: Site) -> None:
    site.queue()
    site.rules("queue:support")
    service = site.serve()
    forge(site, service)
    looked(service)
    assert FORGED in service.cdr.live, "it was heard of a moment ago"
    looked(service, quiet=0.0)
    record = site.record(FORGED)
    assert (record.outcome, record.where) == ("unknown", "")
    assert record.trace[-1].why == "the call waits in queue:support, and no FreeSWITCH has it any more"


@pytest.mark.parametrize("agents", [(), (Agent("nancy@acme", "user/1001"),)], ids=["waits", "talks"])
def test_call_that_is_there_for_hours_stays(site: Site, agents: tuple[Agent, ...]) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    site.queue(*agents)
    site.rules("queue:support")
    service = site.serve()
    call = site.call().reach("talking" if agents else "queue")
    with held(call):
        until(lambda: service.cdr.live[call.uuid].waiting, "the call to be let go")
        for _ in range(3):
            service.cdr.live[call.uuid].heard -= 7200.0
            looked(service)
            assert call.uuid in service.cdr.live
    call.hang_up()
    assert site.record(call).outcome == ("answered" if agents else "abandoned")


def unheard(site: Site) -> tuple[Service, PlacedCall]:
    """A caller in a queue while nobody observes, of whom nothing was heard for too long."""
    service, call = site.waiting()
    site.blind()
    until(lambda: not service.observers[0].up, "the connection to be lost")
    looked(service, quiet=0.0)
    assert call.uuid in service.cdr.live, "it might be there"
    looked(service, unheard=0.0)
    assert site.record(call).outcome == "unknown"
    return service, call


def test_truth_is_merged_when_it_is_heard(site: Site) -> None:
    site.grace = 0.0
    service, call = unheard(site)
    closed = site.written(call.uuid)
    site.see()
    until(lambda: service.observers[0].up, "the connection to be back")
    call.hang_up()
    call.wait()
    until(lambda: site.written(call.uuid).outcome == "abandoned", "the end in the journal")
    record = site.written(call.uuid)
    assert record.cause == "NORMAL_CLEARING" and record.ended is not None and closed.ended is not None
    assert record.ended >= closed.ended
    assert record.trace[: len(closed.trace)] == closed.trace


def test_call_that_comes_back_goes_on_with_its_record(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    service, call = site.waiting()
    site.rules("[queue:support, agent:nancy]")
    site.blind()
    until(lambda: not service.observers[0].up, "the connection to be lost")
    looked(service, quiet=0.0, unheard=0.0)
    assert site.record(call).outcome == "unknown"
    call.press("0")  # the queue's exit key
    until(lambda: call.uuid in service.cdr.live, "the call to be back")
    call.wait()
    record = site.record(call)
    assert record.turn > 1 and attempts(record) == [("queue:support", "no-answer"), ("number:desk", "answered")]


def test_there_are_not_too_many(site: Site) -> None:
    site.queue()
    site.rules("queue:support")
    service = site.serve()
    uuids = [FORGED[:-1] + digit for digit in "123"]
    for uuid in uuids:
        forge(site, service, uuid)
    looked(service, most_unattended=2)
    assert list(service.cdr.live) == uuids[1:]
    assert site.written(uuids[0]).outcome == "unknown"


@pytest.mark.parametrize("switch", ["another", ""])
def test_end_of_a_channel_of_the_same_uuid_on_another_freeswitch_is_not_the_calls(site: Site, switch: str) -> None:
    service, call = site.waiting()
    live = service.cdr.live[call.uuid]
    fields = {"Event-Name": "CHANNEL_HANGUP_COMPLETE", "Unique-ID": call.uuid, "Hangup-Cause": "NORMAL_CLEARING"}
    assert live.call.channel.switchname
    service.cdr.heard(Event(fields | {"FreeSWITCH-Switchname": switch or live.call.channel.switchname}))
    assert (call.uuid in service.cdr.live) is bool(switch)


def test_live_call_is_refused_on_another_connection(site: Site) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    site.rules("agent:nancy")
    service = site.serve()
    call = site.call().reach("talking")
    with closing(socket.create_connection(("127.0.0.1", service.listener.port), 20)) as sock:
        sock.sendall(block(Unique_ID=call.uuid, Caller_Destination_Number=OTHER) + api(site.secret.current()))
        until(lambda: service.listener.rejected["duplicate"] == 1, "the second connection to be refused")
    assert service.cdr.live[call.uuid].talking == "agent:nancy" and service.listener.live == 1
    call.hang_up()
    assert site.record(call).outcome == "answered"
