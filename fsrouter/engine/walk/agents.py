"""Agents looked up for a call: who last talked with the caller, and who owns the caller's contact.

CRMs name their users in their own words; an agent's `crm_user`, else their title, says which of them they are.
"""

from __future__ import annotations

from fsrouter.engine.contacts import Contact
from fsrouter.engine.model.fact_names import folded
from fsrouter.engine.walk.state import WalkState


def last_agent(state: WalkState) -> str:
    """The agent who last talked with this caller, or ""."""
    found = str(state.fact("last_agent") or "")
    return state.chosen(found if found in state.book.agents else "", state.book.agents)


def owner(state: WalkState) -> str:
    """The agent who owns the caller's contact, or ""."""
    return owner_of(state, state.facts.contact)


def owner_of(state: WalkState, contact: Contact | None, property: str = "") -> str:
    """The agent whom a contact's `property` names, or its owner when it has no such property; "" when no agent is
    that user.

    Facts that are given win here as everywhere.
    """
    return state.chosen(_owner_of(state, contact, property), state.book.agents)


def _owner_of(state: WalkState, contact: Contact | None, property: str) -> str:
    named = state.facts.given_field(property)
    if named is None:
        named = state.facts.given.get("owner")
    if named is not None:
        return state.book.agent_of(contact.crm if contact else "", named)
    if contact is None:
        return ""
    wanted = folded(property)
    value = next((v for k, v in contact.fields.items() if wanted and folded(k) == wanted and v), contact.owner)
    return state.book.agent_of(contact.crm, value)


#: The names of agents who are found during the call: how, why it is that one, and what is said when there is none.
DYNAMIC = {
    "last": (last_agent, "the last to talk with this caller", "no agent is known to have talked with this caller"),
    "owner": (owner, "who owns the caller's contact", "the caller's contact is owned by none of the agents"),
}
