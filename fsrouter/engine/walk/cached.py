"""What the contact cache has of a record that a rule wants fetched: for who cannot ask the CRM, or had no answer."""

from __future__ import annotations

from fsrouter.engine.contacts import of_crm, person
from fsrouter.engine.model.fact_names import folded
from fsrouter.engine.walk.actions import LookUp
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import LookedUp

#: The fields of a record that a contact has besides those that its CRM calls by names of its own.
OF_A_CONTACT = ("name", "title", "account_id", "account", "territory", "owner", "id")


def cached_field(facts: Facts, wanted: LookUp) -> LookedUp:
    """A record's field as the contact cache has it: of the first contact of that CRM that owns the caller's number."""
    given = facts.given_field(wanted.field)
    if given is not None:
        return LookedUp(how="unknown", value=given, found=True, why="as is assumed")
    contact = person(of_crm(facts.contacts, wanted.crm))
    if contact is None:
        return LookedUp(how="unknown", why=f"{wanted.crm} has no contact with this number in the cache")
    name = folded(wanted.field)
    builtin = getattr(contact, name) if name in OF_A_CONTACT else ""
    value = next((v for k, v in contact.fields.items() if folded(k) == name), builtin)
    age = max(0.0, facts.began - contact.synced) if contact.synced else 0.0
    return LookedUp(how="cached", value=value, found=True, age=age)
