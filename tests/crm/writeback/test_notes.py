"""Calls written back to each CRM, once and harmlessly."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from crm import server as faults
from crm.rig import SYNCED, Rig, book, id_of
from fsrouter.crm.errors import CrmError
from fsrouter.crm.writeback.notes import ENTRIES, crm_for, summary, write
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import crms
from fsrouter.engine.model.people import Agent
from fsrouter.engine.walk.trace import Entry
from fsrouter.store import CallRecord

Make = Callable[..., Rig]
AGENTS = {"nancy": Agent(title="Nancy Doe", endpoint="user/1", crm_user={"crm": "501"})}
RECORD = CallRecord(
    uuid="u",
    company="acme",
    number="+18725550111",
    caller="+12005550001",
    contact="1001",
    source="google-ads",
    began=1_800_000_000.0,
    ended=1_800_000_075.5,
    agent="nancy",
    outcome="answered",
    recording="2027/call.wav",
    trace=(Entry("router:callers", "agent:nancy", "first <b>call</b>\r\n"), Entry("agent:nancy", "", "")),
)


def write_to(rig: Rig, record: CallRecord = RECORD) -> None:
    contact = id_of(rig.kind, 1001)
    write(rig.connection, contact, summary(rig.book, "crm", record), rig.sleep)


def written(rig: Rig) -> Any:
    return {
        "hubspot": lambda: rig.stand_in.calls,
        "zoho": lambda: rig.stand_in.notes,
        "connectwise": lambda: rig.stand_in.notes,
        "salesforce": lambda: rig.stand_in.tasks,
    }[rig.kind]()


@pytest.mark.parametrize("kind", SYNCED)
def test_a_call_is_written_at_its_contact(crm: Make, kind: str) -> None:
    rig = crm(kind, agents=AGENTS)
    write_to(rig)
    (told,) = written(rig)
    text = html.unescape(str(told))
    for part in ("1001", "Call answered by Nancy Doe", "2027/call.wav", "router:callers -> agent:nancy", "google-ads"):
        assert part in text


def test_a_note_of_hubspots_is_a_call(crm: Make) -> None:
    rig = crm("hubspot", agents=AGENTS)
    write_to(rig)
    (told,) = rig.stand_in.calls
    properties = told["properties"]
    assert "first &lt;b&gt;call" in properties["hs_call_body"] and "<b>" not in properties["hs_call_body"]
    assert (properties["hs_timestamp"], properties["hs_call_duration"]) == ("1800000000000", "75500")
    assert (properties["hs_call_status"], properties["hubspot_owner_id"]) == ("COMPLETED", "501")
    assert told["associations"][0]["types"][0]["associationTypeId"] == 194


@pytest.mark.parametrize("kind", SYNCED)
@pytest.mark.parametrize("fault", [faults.status(500), faults.hang_up])
def test_a_note_that_may_have_arrived_is_not_sent_again(crm: Make, kind: str, fault: Any) -> None:
    rig = crm(kind, agents=AGENTS)
    rig.stand_in.always = fault
    with pytest.raises(CrmError):
        write_to(rig)
    assert len([s for s in rig.stand_in.seen if s.path not in rig.stand_in.signing_in]) == 1


def test_a_note_refused_for_now_is_sent_again(crm: Make) -> None:
    rig = crm("hubspot", agents=AGENTS)
    rig.stand_in.misbehave(faults.status(429, Retry_After="3"))
    write_to(rig)
    assert len(rig.stand_in.calls) == 1 and rig.waited[0] == 3.0


def test_a_custom_address_takes_no_calls(crm: Make) -> None:
    with pytest.raises(CrmError, match="no calls are written"):
        write_to(crm("custom", agents=AGENTS))


def test_calls_of_a_contact_with_write_back_are_written() -> None:
    hub = crms.HubSpot(token="${HUB}")
    on = book({"crm": msgspec.structs.replace(hub, write_back=True), "other": hub})
    mine, other = Contact(id="1001", crm="crm"), Contact(id="1001", crm="other")
    assert crm_for(on, RECORD, [mine]) == "crm"
    assert crm_for(on, RECORD, [other]) == ""
    assert crm_for(on, RECORD, [Contact(id="7", crm="crm")]) == ""
    assert crm_for(on, msgspec.structs.replace(RECORD, ended=None), [mine]) == ""
    assert crm_for(on, msgspec.structs.replace(RECORD, contact=""), [mine]) == ""
    assert crm_for(book({"crm": hub}), RECORD, [mine]) == ""


def test_a_summary_is_bounded() -> None:
    many = msgspec.structs.replace(RECORD, trace=(Entry("x" * 500, "", ""),) * 500, agent="", outcome="")
    told = summary(book({}, AGENTS), "crm", many)
    assert len(told.text) <= 4000 and not told.answered and told.title == "Call, unanswered"
    few = msgspec.structs.replace(many, trace=(Entry("x", "", ""),) * (ENTRIES + 5))
    assert summary(book({}), "crm", few).text.endswith("... and 5 more")
