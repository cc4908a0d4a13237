"""Calls that are over are written to the CRM of their contact: when it is wanted, once, and behind the call's back."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crm import server as faults

from fsrouter.store import CallRecord
from router.crm.hub import FIRST, Hub
from router.site import held, until

ON = ", write_back: true"


def called(hub: Hub, **how: Any) -> CallRecord:
    """A call of the first person, whom the cache knows, to its end."""
    hub.cache("1", 60.0)
    hub.serve()
    return hub.site.record(hub.site.call(FIRST, **how).wait())


def test_a_call_is_written_once(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules("agent:nancy", ON, line=", record: yes")
    record = called(acme)
    until(lambda: acme.stand_in.calls, "the note")
    (service,) = acme.site.services
    counted = {"waiting": 0, "written": 1, "lost": 0, "troubles": {}}
    until(lambda: service.writeback.status() == counted, "the note to be counted")
    (told,) = acme.stand_in.calls
    properties = told["properties"]
    text = html.unescape(str(properties))
    assert record.recording and Path(record.recording).name in text
    assert "Call answered by Nancy N" in text and "-> " in text and "Dialled +18725550111 (ads)" in text
    assert told["associations"][0]["to"]["id"] == "1001"


def test_a_call_is_not_written_without_write_back(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules("agent:nancy")
    called(acme)
    assert acme.site.services[0].writeback.status()["waiting"] == 0
    assert not acme.stand_in.seen


def test_a_call_of_nobodys_contact_is_not_written(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules("agent:nancy", ON)
    acme.cache("1", 60.0)
    acme.serve()
    acme.site.record(acme.site.call().wait())
    assert acme.site.services[0].writeback.status()["waiting"] == 0
    assert not acme.stand_in.seen


def test_a_crm_that_hangs_delays_no_call(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules("agent:nancy", ON)
    acme.stand_in.always = faults.silent
    called(acme)
    until(lambda: acme.stand_in.seen, "the note to be under way")
    began = time.monotonic()
    for _ in range(5):
        acme.site.call(FIRST).wait()
    assert time.monotonic() - began < 15
    acme.stand_in.released.set()


def test_waiting_calls_are_written_when_a_router_stops(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.rules("agent:nancy", ON)
    acme.cache("1", 60.0)
    service = acme.serve()
    acme.site.call(FIRST).wait()
    service.stop()
    service.close()
    assert len(acme.stand_in.calls) == 1


def test_a_call_whose_router_died_is_written_by_the_one_that_closes_its_record(hub: Callable[..., Hub]) -> None:
    acme = hub()
    acme.site.grace = 0.0
    acme.rules("agent:nancy", ON)
    acme.cache("1", 60.0)
    first = acme.serve()
    second = acme.serve()
    call = acme.site.call(FIRST).reach("talking")
    with held(call):
        until(lambda: acme.site.written(call.uuid).where.startswith("talks"), "the talk in the journal")
        acme.site.die(first)
    call.wait()
    until(lambda: acme.stand_in.calls, "the note")
    until(lambda: second.writeback.status()["written"] == 1, "the note to be counted")
    assert "Call answered by Nancy N" in str(acme.stand_in.calls) and len(acme.stand_in.calls) == 1
