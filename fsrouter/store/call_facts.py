"""The facts of a call: what is asked of the store when a call begins, whether it is made or only thought of."""

from __future__ import annotations

from msgspec.structs import replace

from fsrouter.engine.contacts import Contact
from fsrouter.engine.model.lists import members
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.facts import Facts
from fsrouter.store import Store


def asks_store(book: RuleBook, call: Facts) -> bool:
    """Whether the store can know anything of a call: of its caller, or of the visitor to whom its number was shown."""
    return bool(call.from_) or book.pool_of(call.to) is not None


def asks_again(book: RuleBook, call: Facts) -> bool:
    """Whether the store knows anything of a call that does not travel with it."""
    return bool(call.contacts or (call.from_ and book.lists)) or book.pool_of(call.to) is not None


def held_schedules(store: Store, company: str, at: float) -> dict[str, str]:
    """The schedules of a company that somebody holds open or closed at a moment (epoch), and as what."""
    return {name: override.state for name, override in store.states.overrides(company, at).items()}


def with_store(store: Store, book: RuleBook, call: Facts, owners: tuple[Contact, ...] | None = None) -> Facts:
    """The facts of a `call` of which numbers (E.164), time and overrides are known, with all that the store knows of
    it. `owners` stand for the contacts that own the caller's number. Raises StoreUnreachable.
    """
    company = book.company
    history = store.journal.history(company, call.from_, call.began)
    owners = store.contacts.owners(company, call.from_, tuple(book.crms)) if owners is None else owners
    return replace(
        call,
        caller=history.caller,
        previous_score=history.previous_score,
        last_agent=history.last_agent,
        contacts=owners,
        lists=_lists(store, book, call, owners),
        visitor=_visitor(store, book, call),
    )


def again(store: Store, book: RuleBook, call: Facts) -> tuple[Facts, str]:
    """The facts of a `call` of which as much is known as travels with it, with the contacts and lists as they are now,
    and in words which of the contacts are not there any more. Raises StoreUnreachable.
    """
    wanted = call.contacts or book.lists
    owners = store.contacts.owners(book.company, call.from_, tuple(book.crms)) if wanted else ()
    found = {_who(contact): contact for contact in owners}
    gone = [contact.id or contact.account_id for contact in call.contacts if _who(contact) not in found]
    contacts = tuple(found.get(_who(contact), contact) for contact in call.contacts)
    trouble = f"there is no contact {' or '.join(gone)} with the caller's number any more" if gone else ""
    visitor = _visitor(store, book, call) | call.visitor
    return replace(call, contacts=contacts, lists=_lists(store, book, call, owners), visitor=visitor), trouble


def _lists(store: Store, book: RuleBook, call: Facts, owners: tuple[Contact, ...]) -> tuple[str, ...]:
    """The lists of the rule book that the caller is on, in its order."""
    if not book.lists:
        return ()
    found = store.lists.on(book.company, members(call.from_, owners, book.ids), call.began)
    return tuple(name for name in book.lists if name in found)


def _visitor(store: Store, book: RuleBook, call: Facts) -> dict[str, str]:
    pool = book.pool_of(call.to)
    return store.visitors.of(book.company, call.to, call.began, pool.hold) if pool else {}


def _who(contact: Contact) -> tuple[str, str]:
    """By what a contact is the same that travelled."""
    return contact.crm, contact.id or contact.account_id
