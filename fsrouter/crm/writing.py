"""Calls written back: at the contact, as the CRM's own kind of call, note or task. Off unless the connection says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fsrouter.crm import owners
from fsrouter.crm.base import CallSummary, clean
from fsrouter.crm.line import Line
from fsrouter.crm.patience import Patience
from fsrouter.engine.rulebook import RuleBook
from fsrouter.store import CallRecord

#: Steps of the trace that are told, and characters of all of it.
STEPS = 30
LONGEST = 4000
ANSWERED = ("answered", "taken", "transferred")


def is_wanted(book: RuleBook, record: CallRecord) -> str:
    """The connection to which a call is written, "" for none: that of its contact, when it has `write_back`."""
    crm = str(record.facts.get("contact_crm") or "")
    names = [crm] if crm else [name for name, c in book.crms.items() if c.write_back]
    if not record.contact or record.ended is None or len(names) != 1:
        return ""
    connection = book.crms.get(names[0])
    return names[0] if connection and connection.write_back else ""


def summary(book: RuleBook, crm: str, record: CallRecord) -> CallSummary:
    """What is written down of a call that is over."""
    agent = book.agents.get(record.agent)
    answered = record.outcome in ANSWERED or (record.answered is not None and bool(record.agent))
    who = (agent.title if agent else "") or record.agent or record.destination
    told = [f"Dialled {record.number}" + (f" ({record.source})" if record.source else "")]
    told += [_step(step) for step in record.trace[:STEPS]]
    if len(record.trace) > STEPS:
        told.append(f"... and {len(record.trace) - STEPS} more")
    return CallSummary(
        caller=record.caller,
        number=record.number,
        began=record.began,
        seconds=max(0.0, (record.ended or record.began) - record.began),
        answered=answered,
        title=clean(f"Call answered by {who}" if answered and who else f"Call, {record.outcome or 'unanswered'}")[:200],
        text="\n".join(told)[:LONGEST],
        recording=clean(record.recording),
        owner=_user(book, crm, record.agent),
    )


def write(
    line: Line, contact: str, call: CallSummary, sleep: Callable[[float], None], clock: Callable[[], float]
) -> None:
    """Write a call down at a contact, with a sync's patience. Raises CrmError."""
    Patience(line, sleep, clock).run(line.connector.note(contact, call))


def _step(step: Mapping[str, Any]) -> str:
    outcome = f" -> {step['outcome']}" if step.get("outcome") else ""
    why = f": {step['why']}" if step.get("why") else ""
    return clean(f"{step.get('at', '')}{outcome}{why}")


def _user(book: RuleBook, crm: str, agent: str) -> str:
    """The agent's user id in the CRM; an address is none."""
    if agent not in book.agents:
        return ""
    mine = {agent: book.agents[agent]}
    found = owners.words(mine, crm)
    return next((word for word in found if "@" not in word), "")
