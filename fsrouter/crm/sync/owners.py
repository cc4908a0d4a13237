"""Who of us is which user of a CRM: by the id or the e-mail address that `crm_user` of an agent says.

Contacts know their owner by id. Where an agent is known by their address, the sync writes that address into the cache
in place of the id, so that the engine has only to compare.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fsrouter.crm.connection import Connection
from fsrouter.crm.connectors.base import User
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model.criteria import fold
from fsrouter.engine.model.fact_names import folded
from fsrouter.engine.model.rulebook import RuleBook


def any_by_address(book: RuleBook, crm: str) -> bool:
    """Whether any agent is known to a CRM by an address, so that its users must be looked at."""
    return any("@" in word for word in book.crm_users(crm))


def words_of_users(book: RuleBook, crm: str, users: Iterable[User]) -> dict[str, str]:
    """Which word of an agent's stands for which user's id, where it is not the id itself."""
    addresses = {fold(word): word for word in book.crm_users(crm) if "@" in word}
    return {user.id: addresses[fold(user.email)] for user in users if user.email and fold(user.email) in addresses}


def unmapped_users(book: RuleBook, crm: str, users: Iterable[User]) -> tuple[User, ...]:
    """The users of a CRM whom no agent is: calls for their contacts find no owner."""
    known = {fold(word) for word in book.crm_users(crm)}
    return tuple(user for user in users if not {fold(user.id), fold(user.email)} & known)


def owner_properties(book: RuleBook, crm: str) -> frozenset[str]:
    """The fields, folded, that distributions take for an owner."""
    asked = (distribution.owner for distribution in book.distributions.values() if distribution.owner)
    return frozenset(folded(owner.property) for owner in asked if owner.property and owner.crm in ("", crm))


def no_owner_fields(book: RuleBook, connection: Connection) -> tuple[str, ...]:
    """The properties that distributions take for an owner and whose value is no user in the CRM. Raises CrmError."""
    wanted = owner_properties(book, connection.name)
    offered = map(folded, connection.run(connection.connector.owner_fields())) if wanted else ()
    return tuple(sorted(wanted.difference(offered)))


def with_words(contact: Contact, words: dict[str, str], fields: frozenset[str]) -> Contact:
    """A contact whose owners are told by the agents' words; `fields` are those that name owners, folded."""
    values = contact.fields
    if fields:
        values = {k: words.get(v, v) if folded(k) in fields else v for k, v in values.items()}
    return msgspec.structs.replace(contact, owner=words.get(contact.owner, contact.owner), fields=values)
