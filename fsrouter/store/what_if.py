"""A call that is only thought of: its facts from a rules file and contacts, from the database as it stands now, or
from the journal.

The command line, the dashboard and tests ask here. Nothing is counted, taken or written down: no turn advances, no
call is remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import fact_values
from fsrouter.engine.model.criteria import fold
from fsrouter.engine.model.fact_names import DRAW, folded, listed
from fsrouter.engine.model.failsafes import Gate
from fsrouter.engine.model.rulebook import RuleBook, Snapshot
from fsrouter.engine.numbers.read import Incoming, caller
from fsrouter.engine.numbers.renumbered import compared
from fsrouter.engine.times import zone
from fsrouter.engine.walk.availability import availability_of, off_hours
from fsrouter.engine.walk.dry_run import Assumptions, DryRun, dry_run
from fsrouter.engine.walk.facts import Facts, of_caller
from fsrouter.engine.walk.outcomes import Availability
from fsrouter.engine.walk.replay import Past
from fsrouter.engine.words import did_you_mean
from fsrouter.errors import RulesError, UsageError
from fsrouter.store import CallRecord, Store
from fsrouter.store.call_facts import held_schedules, with_store
from fsrouter.store.calls.places import talks_to

#: Contacts by the numbers that they own, in the form in which numbers are compared; each list in the order in which
#: contacts are tried.
People = Mapping[str, tuple[Contact, ...]]
#: What the settings let a company have dialled; None where they are not known.
Gates = Callable[[RuleBook], Gate | None]


def unknown(book: RuleBook) -> None:
    """The settings are not known, so everything counts as open."""


class WhatIf(Struct, frozen=True, kw_only=True):
    """A call as somebody thinks of it. `to` and `caller` are as people write numbers; `at` without an offset is the
    company's local time; `given` are facts that hold whatever else is known. `incoming` is the form in which callers'
    numbers come.
    """

    to: str
    caller: str = ""
    at: datetime
    given: Mapping[str, str] = {}
    press: tuple[str, ...] = ()
    unanswered: int = 0
    incoming: Incoming = Incoming.AUTO


def dialled(snapshot: Snapshot, to: str) -> tuple[RuleBook, str]:
    """Whose tracking number `to` is, and its E.164. Raises RulesError when it is nobody's."""
    number, book = snapshot.dialled(to)
    if book is None:
        near = did_you_mean(to, snapshot.numbers)
        raise RulesError(f"{to or 'nothing'} is no tracking number, so no rules say where its calls go{near}")
    return book, number


def from_file(book: RuleBook, people: People, call: WhatIf, gates: Gates = unknown) -> DryRun:
    """Walk a call by a rules file alone: its caller has never called before. `gates` tells what the settings let be
    dialled.

    Raises RulesError when `to` is no tracking number.
    """
    book, to = dialled(book.alone, call.to)
    facts = facts_of(call, book, to)
    number = facts.from_
    facts = replace(facts, caller="first-time" if number else "", contacts=people.get(compared(number), ()))
    return walked(book, facts, call, gates)


def from_store(
    store: Store, snapshot: Snapshot, call: WhatIf, people: People | None = None, gates: Gates = unknown
) -> DryRun:
    """Walk a call by the rule books in force, with all that the database knows. `people` stand for the contacts in it,
    `gates` tells what the settings let be dialled.

    Raises RulesError when `to` is no tracking number.
    """
    book, to = dialled(snapshot, call.to)
    known = facts_of(call, book, to)
    owners = None if people is None else people.get(compared(known.from_), ())
    known = replace(known, overrides=held_schedules(store, book.company, known.began))
    facts = with_store(store, book, known, owners)
    return walked(book, facts, call, gates, available=Available(store), turns=store.turns.taken(book.company))


def facts_of(call: WhatIf, book: RuleBook, to: str) -> Facts:
    """What a call to a number (E.164) tells of its caller; up to six digits are one of our own phones."""
    found = caller(call.caller, book.header.country, call.incoming)
    return of_caller(found, ours=True, came=None, to=to, began=began(call, book))


class Available:
    """Knows of everybody what the store has: breaks, hours, and how many live calls of any router they have.

    Of each company it is looked at once.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[frozenset[str], Counter[str]]] = {}
        self._off_hours: dict[str, frozenset[str]] = {}

    def availability(self, company: str, destination: str) -> Availability:
        """What is known of a destination (`agent:nancy`)."""
        if company not in self._known:
            talks = Counter(map(talks_to, self._store.journal.live(company)))
            self._known[company] = self._store.states.on_break(company), talks
        on_break, talks = self._known[company]
        return availability_of(destination, on_break, talks[destination])

    def off_hours(self, book: RuleBook) -> frozenset[str]:
        """The names of a company's agents who are outside of their hours now."""
        if book.company not in self._off_hours:
            now = self._store.clock()
            self._off_hours[book.company] = off_hours(book, now, held_schedules(self._store, book.company, now))
        return self._off_hours[book.company]


def walked(book: RuleBook, facts: Facts, call: WhatIf, gates: Gates = unknown, **more: Any) -> DryRun:
    """Walk to the end under what is assumed of the people on the way."""
    given = {folded(name): value for name, value in call.given.items()}
    draw = float(given.pop(DRAW, "") or 0)
    given = {name: _fact(book, name, value, given) for name, value in given.items()}
    assumed = Assumptions(press=call.press, unanswered=call.unanswered, draw=draw, gate=gates(book), **more)
    return dry_run(book, replace(facts, given=given), assumed)


def _fact(book: RuleBook, name: str, value: str, among: Mapping[str, str]) -> str:
    """A fact as somebody gives it, `among` others. Raises UsageError when it can be no value of it, or is no list."""
    if name == "list" and (gone := next((each for each in listed(value) if fold(each) not in book.lists), "")):
        raise UsageError(f"list: there is no list {gone!r}{did_you_mean(fold(gone), book.lists)}")
    try:
        return fact_values.given(name, value, book.context, among.get("country", "").upper())
    except ValueError as error:
        raise UsageError(f"{name}: {value!r} {error}") from None


def past(record: CallRecord) -> Past:
    """A call of the journal, to be replayed."""
    return Past(facts=record.facts, walks=record.walks, number=record.number, destination=record.destination)


def began(call: WhatIf, book: RuleBook) -> float:
    """When the call begins, in seconds since the epoch; of an hour that comes twice, the first."""
    here = zone(book.header.timezone)
    return (call.at if call.at.tzinfo else call.at.replace(tzinfo=here, fold=0)).timestamp()
