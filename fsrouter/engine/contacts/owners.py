"""Who owns a number: in which order its owners are tried, and which of them count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fsrouter.engine.contacts.contact import Contact
from fsrouter.engine.contacts.identity import called, folded_name, identity, is_named


def owners(found: Iterable[Contact], crms: Sequence[str] = ()) -> tuple[Contact, ...]:
    """The owners of a number in the order in which they are tried: contacts, then companies' own numbers; each in the
    order of `crms`, the rule book's, those of no CRM last, then by id as text. Nobody is there twice.
    """
    place = {crm: i for i, crm in enumerate(crms)}
    known = sorted(found, key=lambda c: (not c.id, place.get(c.crm, len(place)), not c.crm, identity(c), c.crm))
    return tuple(c for c in known if not _is_twice(c, known)) if len(known) > 1 else tuple(known)


def _is_twice(contact: Contact, known: Sequence[Contact]) -> bool:
    """Whether another owner of the number is the same human: one whom a file without ids has by name, and one of no CRM
    whom a CRM has by the same id.
    """
    if contact.crm and not is_named(contact.id):
        return False
    others = (other for other in known if other is not contact and other.id and contact.crm in ("", other.crm))
    if is_named(contact.id):
        return any(not is_named(other.id) and called(other) == called(contact) for other in others)
    return bool(contact.id) and any(other.crm and other.id == contact.id for other in others)


def of_crm(contacts: Iterable[Contact], crm: str) -> Iterator[Contact]:
    """Those that count for a CRM: its own, and those of every CRM; all of them for ""."""
    return (contact for contact in contacts if not crm or contact.crm in ("", crm))


def people(contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    """The contacts among the owners of a number, without companies' own."""
    return tuple(contact for contact in contacts if contact.id)


def common(known: Sequence[Contact]) -> Contact:
    """What some contacts share, as a company's own number would tell it: account and territory, where they are the same
    for all of them.
    """

    def same(name: str) -> str:
        values = [str(getattr(contact, name)) for contact in known]
        return values[0] if len(set(map(folded_name, values))) == 1 else ""

    account_id = same("account_id")
    name = next(filter(None, (contact.account for contact in known)), "") if account_id else same("account")
    return Contact(account=name, account_id=account_id, territory=same("territory"), synced=known[0].synced)


def person(contacts: Iterable[Contact]) -> Contact | None:
    """The contact that counts of the owners of a number: the first, and no company's own number."""
    return next((contact for contact in contacts if contact.id), None)
