"""Calls written back: at the contact, as the CRM's own kind of call, note or task.

Off unless the connection says `write_back`. What is written is text; each connector makes it harmless for its CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fsrouter.crm.connection import Connection
from fsrouter.crm.connectors.base import CallSummary, clean
from fsrouter.crm.transport.retries import WRITING, Retries
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.trace import Entry
from fsrouter.store import CallRecord

#: Entries of the trace that are told, and characters of all of it.
ENTRIES = 30
LONGEST = 4000
ANSWERED = ("answered", "taken", "transferred")


def crm_for(book: RuleBook, record: CallRecord, contacts: Iterable[Contact]) -> str:
    """The connection to which a call that is over is written; "" for none.

    It is that of the call's contact, when it has `write_back`; `contacts` own the caller's number, by the cache.
    """
    if not record.contact or record.ended is None:
        return ""
    crm = next((contact.crm for contact in contacts if contact.id == record.contact), "")
    connection = book.crms.get(crm)
    return crm if connection and connection.write_back else ""


def summary(book: RuleBook, crm: str, record: CallRecord) -> CallSummary:
    """What is written down of a call that is over."""
    agent = book.agents.get(record.agent)
    answered = record.outcome in ANSWERED or (record.answered is not None and bool(record.agent))
    who = (agent.title if agent else "") or record.agent or record.destination
    lines = [f"Dialled {record.number}" + (f" ({record.source})" if record.source else "")]
    lines += map(_line, record.trace[:ENTRIES])
    if len(record.trace) > ENTRIES:
        lines.append(f"... and {len(record.trace) - ENTRIES} more")
    return CallSummary(
        caller=record.caller,
        number=record.number,
        began=record.began,
        seconds=max(0.0, (record.ended or record.began) - record.began),
        answered=answered,
        title=clean(f"Call answered by {who}" if answered and who else f"Call, {record.outcome or 'unanswered'}")[:200],
        text="\n".join(lines)[:LONGEST],
        recording=clean(record.recording),
        owner=_user(book, crm, record.agent),
    )


def write(connection: Connection, contact: str, call: CallSummary, pause: Callable[[float], None]) -> None:
    """Write a call down at a contact, by its id; `pause` waits for so many seconds. Raises CrmError.

    What was sent and not answered is not sent again: the CRM might have the call twice.
    """
    connection.run(connection.connector.note(contact, call), retries=Retries(pause, connection.clock, WRITING))


def _line(entry: Entry) -> str:
    outcome = f" -> {entry.outcome}" if entry.outcome else ""
    return clean(f"{entry.at}{outcome}" + (f": {entry.why}" if entry.why else ""))


def _user(book: RuleBook, crm: str, agent: str) -> str:
    """The agent's user id in the CRM; an address is none."""
    if agent not in book.agents:
        return ""
    known = book.agents[agent].crm_user.items()
    return next((word for key, word in known if key in ("*", crm) and "@" not in word), "")
