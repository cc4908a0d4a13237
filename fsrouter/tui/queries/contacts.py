"""Contacts: found by anything, with all of their numbers, how old they are, and which rules would take their calls."""

from __future__ import annotations

from msgspec import Struct

from fsrouter.engine.contacts import Contact, identity
from fsrouter.engine.walk.dry_run import Assumptions, dry_run
from fsrouter.engine.walk.facts import Facts
from fsrouter.store.call_facts import held_schedules, with_store
from fsrouter.store.contact_search import found
from fsrouter.store.what_if import Available
from fsrouter.tui.context import Context
from fsrouter.tui.queries.contact_sources import ContactSource, contact_sources

#: Contacts that are listed.
LISTED = 200
#: Kinds of definitions that decide by who is calling.
DECIDING = ("priority", "router", "crm", "geo")


class Person(Struct, frozen=True):
    """A contact, or a company's own number when `contact.id` is ""; `company` is whose contact it is."""

    company: str
    contact: Contact
    numbers: tuple[str, ...]

    @property
    def key(self) -> str:
        """What tells one from all others."""
        return "/".join((self.company, self.contact.crm, *identity(self.contact)))


class Picture(Struct, frozen=True):
    """The contacts that were found, how many there are, and where they come from."""

    people: tuple[Person, ...]
    all: int
    sources: tuple[ContactSource, ...]


class Route(Struct, frozen=True):
    """What happens when a contact calls a tracking number now: `rule` decides, and `destination` takes the call."""

    number: str
    name: str
    rule: str
    destination: str


def load(context: Context, text: str) -> Picture:
    """Contacts by a number, by id, or by a part of a name or account; "" finds the first ones by name."""
    people: list[Person] = []
    books = context.books()
    for book in books:
        matches = found(context.store, book, text, LISTED)
        people += [Person(book.company, entry.contact, entry.numbers) for entry in matches]
    sources = contact_sources(context, books)
    return Picture(tuple(people), sum(source.contacts for source in sources), sources)


def routes(context: Context, person: Person) -> tuple[Route, ...]:
    """What would become of a call of a contact to each tracking number, now, if everybody answers."""
    book = context.rulebooks.read()[person.company]
    caller = person.numbers[0] if person.numbers else ""
    owners = None if caller else (person.contact,)
    assumed = Assumptions(available=Available(context.store), gate=context.installation.gate(book))
    told, now = [], context.clock()
    held = held_schedules(context.store, book.company, now)
    for number, tracking in book.tracking_numbers.items():
        call = Facts(to=number, from_=caller, began=now, overrides=held)
        walk = dry_run(book, with_store(context.store, book, call, owners), assumed).walk
        # What did not hold stands at a branch (`router:callers branch 1`), what decided at its definition.
        decided = [e for e in walk.trace if e.at.partition(":")[0] in DECIDING and " " not in e.at]
        why = "; ".join(f"{entry.at} → {entry.outcome}" for entry in decided)
        told.append(Route(number, tracking.name, why, walk.destination or "nobody"))
    return tuple(told)
